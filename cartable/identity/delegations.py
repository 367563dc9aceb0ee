"""Delegated administration: what somebody may do in a structure and all that is below it, by a role given to them for a time.

Who directs a structure is its administrator, without being named. A role is worth something while its holder is of the
structure (posted at, below or above it), and while who gave it could still give it: it ends with either's posting, by the
day of the academy, though its row stays listed. Nobody gives more than they have, nor anything to themselves.
None of the acts is about a document: no role reads anyone's files. Decision 17.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cartable.identity import dated, people, principals, structures, zones
from cartable.identity.actors import Actor
from cartable.identity.models import Delegation, Person, Posting, Structure
from cartable.kernel import clock, retentions
from cartable.kernel.errors import Denied, NotFound

Role = Delegation.Role
TITLES: Mapping[str, str | Promise] = {
    Role.ADMIN: _("Administration"),
    Role.SUPPORT: _("Assistance"),
    Role.DPO: _("Protection des données"),
    Role.AUDITOR: _("Audit"),
}
BY_HAND = "by hand"  # the source of a posting that somebody gave: no feed bears this name, so none ends it


class Act(StrEnum):
    """What is done in a structure on behalf of others."""

    PEOPLE = "people"  # find who is posted there, see their postings
    POSTINGS = "postings"  # give, end, cancel and date them again, by hand
    ABSENCES = "absences"  # state and end them: they hold an account open, and say who is ill
    RESET = "reset"  # help somebody in: a link by mail, second factors taken away, signed out everywhere
    TEAMS = "teams"
    QUOTAS = "quotas"
    DELEGATIONS = "delegations"
    DEMANDS = "demands"  # of second factors
    CASES = "cases"  # whether two accounts are one person
    APPLICATIONS = "applications"  # that sign people in with their account
    AUDIT = "audit"  # read who did what
    RETENTION = "retention"  # how long what is kept


ACTS: Mapping[str, frozenset[Act]] = {
    Role.ADMIN: frozenset(Act) - {Act.AUDIT, Act.RETENTION},  # who is watched does not choose who watches
    Role.SUPPORT: frozenset({Act.PEOPLE, Act.RESET}),
    Role.DPO: frozenset({Act.PEOPLE, Act.AUDIT, Act.RETENTION}),
    Role.AUDITOR: frozenset({Act.AUDIT}),
}
ABOVE_SCHOOLS = frozenset({Act.CASES, Act.APPLICATIONS})  # not by a role bounded to one school
OF_WHO_LEFT = frozenset({Act.ABSENCES, Act.RETENTION})  # where they worked last: see `was_over`
# not over whom a posting by hand alone brought there
OVER_ACCOUNTS = frozenset({Act.ABSENCES, Act.RESET, Act.QUOTAS, Act.AUDIT, Act.RETENTION})


class Oneself(Denied):
    """One administers others: nobody helps themselves in, gives themselves room, a posting or a role."""


@dataclass(frozen=True, slots=True)
class Office:
    """A role as it runs: in which structure, with all below. `delegation` is None for who directs it."""

    role: str
    structure: int
    delegation: int | None = None


# What one may


def offices(actor: Actor) -> list[Office]:
    """Return the roles an actor has today. No query once it is kept, but one for each step up to who gave them."""
    found = [
        Office(Role.ADMIN, int(one.removeprefix("head:")))
        for one in sorted(actor.principals)
        if one.startswith("head:")
    ]
    if actor.person is None or not _was_given_any(actor.person, actor.version):
        return found
    return found + _Known({actor.person: actor.version}).named(actor.person)


def roots(actor: Actor, act: Act) -> frozenset[int]:
    """Return the structures below which, and in which, an actor may do something."""
    return frozenset(one.structure for one in _opening(actor, act))


def _opening(actor: Actor, act: Act) -> list[Office]:
    """Return the roles of an actor by which they may do something."""
    fit = [one for one in offices(actor) if act in ACTS[one.role]]
    if fit and act in ABOVE_SCHOOLS:
        schools = Structure.objects.filter(pk__in={one.structure for one in fit}, kind=Structure.Kind.SCHOOL)
        low = set(schools.values_list("pk", flat=True))
        fit = [one for one in fit if one.structure not in low]
    return fit


def where_may(actor: Actor, act: Act) -> QuerySet[Structure]:
    """Return every structure where an actor may do something."""
    return structures.below(roots(actor, act))


def may(actor: Actor, act: Act, structure: int) -> bool:
    """Return whether an actor may do something in a structure."""
    return not roots(actor, act).isdisjoint(structures.chain(structure))


def everywhere(actor: Actor, act: Act) -> bool:
    """Return whether an actor may do something in the whole ministry."""
    return Structure.objects.filter(pk__in=roots(actor, act), kind=Structure.Kind.MINISTRY).exists()


def office(actor: Actor, act: Act, structure: int) -> Office:
    """Return the role by which an actor may do something in a structure, the widest one. Raises Denied."""
    above = structures.chain(structure)
    fit = [one for one in _opening(actor, act) if one.structure in above]
    if not fit:
        raise Denied(actor.person, structure=structure)
    return max(fit, key=lambda one: above.index(one.structure))


def any_office(actor: Actor, act: Act) -> frozenset[int]:
    """Return `roots`. Raises Denied to who may do it nowhere: for what is not about one structure."""
    found = roots(actor, act)
    if not found:
        raise Denied(actor.person)
    return found


def signed(actor: Actor, by: Office) -> dict[str, Any]:
    """Return what the audit trail keeps of who acted, and by which role: the last details of an act."""
    return {"person": actor.person, "office": by.role, "at": by.structure}


# On whom


def whom_may(actor: Actor, act: Act) -> QuerySet[Person]:
    """Return the people on whom an actor may do something: posted there, soon or lately; never themselves."""
    others = Person.objects.filter(merged_into=None, erased_at=None).exclude(pk=actor.person or 0)
    held = _held(actor, act)
    return others if held is None else others.filter(pk__in=held.values("person_id"))


def whom_left(actor: Actor, act: Act) -> QuerySet[Person]:
    """Return the people who have left on whom an actor may do something that concerns who is away: `was_over`, asked of all."""
    gone = Person.objects.filter(left_on__lte=clock.today(), erased_at=None).exclude(pk=actor.person or 0)
    gone = gone.exclude(merged_into__gt=0)  # for `= None` SQLite would read by that index nearly everybody
    if everywhere(actor, act):
        return gone
    last = worked_last(OuterRef("pk"), act).values("structure")[:1]
    return gone.alias(place=Subquery(last)).filter(place__in=structures.below(roots(actor, act)))


def is_over(actor: Actor, act: Act, person: Person, *, stated: bool = False) -> bool:
    """Return whether an actor may do something on a person: `whom_may`, asked of one. `stated`: a posting by hand is not enough."""
    if person.pk == actor.person or person.merged_into_id is not None or person.erased_at is not None:
        return False
    held = _held(actor, act, stated=stated)
    return held is None or held.filter(person=person).exists()


def was_over(actor: Actor, act: Act, person: Person) -> bool:
    """Return whether an actor may do something where a person works, or worked last; who never worked: if in the whole ministry.

    For what concerns who left long ago, or is away. A posting by hand counts for what is no act over an account.
    """
    if person.pk == actor.person or person.merged_into_id is not None or person.erased_at is not None:
        return False
    place = worked_last(person.pk, act).values_list("structure", flat=True).first()
    return may(actor, act, place) if place else everywhere(actor, act)


def worked_last(person: int | OuterRef, act: Act, *, stated: bool = False) -> QuerySet[Posting]:
    """Return the postings that say who may do something for who has left: the one that ends last first."""
    held = dated.latest_first(Posting.objects.filter(person=person, cancelled=False))
    return _that_count(held, act, stated=stated)


def reach(actor: Actor, act: Act, sub: str) -> Person:
    """Return the person of an opaque id, on whom an actor may do something; of one that was merged, who they are now.

    Raises Denied to who may do it on nobody, Oneself, NotFound.
    """
    any_office(actor, act)
    person = people.find(sub)
    if person.pk == actor.person:
        raise Oneself(actor.person, member=person.pk)
    if not is_over(actor, act, person):
        raise NotFound(sub)
    return person


def may_bring_back(actor: Actor, person: Person) -> bool:
    """Return whether an actor may open an archived account again: they post people in the academy of its last stated posting.

    In the ministry, if there is none.
    """
    last = worked_last(person.pk, Act.POSTINGS, stated=True).values_list("structure", flat=True).first()
    above = Structure.objects.filter(pk__in=structures.chain(last or 0), kind=Structure.Kind.ACADEMY)
    academy = above.values_list("pk", flat=True).first()
    return may(actor, Act.POSTINGS, academy) if academy else everywhere(actor, Act.POSTINGS)


def _that_count(held: QuerySet[Posting], act: Act, *, stated: bool) -> QuerySet[Posting]:
    """Return the postings that put people below somebody for an act; those that are stated, if no other is enough."""
    return held.exclude(source=BY_HAND) if stated or act in OVER_ACCOUNTS else held


def _held(actor: Actor, act: Act, *, stated: bool = False) -> QuerySet[Posting] | None:
    """Return the postings that put people below an actor for something; None: whoever it is."""
    places = roots(actor, act)
    if Structure.objects.filter(pk__in=places, kind=Structure.Kind.MINISTRY).exists():
        return None
    lately = clock.today() - timedelta(days=retentions.days("grace_days"))
    held = Posting.objects.filter(dated.not_over(lately), structure__in=structures.below(places), cancelled=False)
    return _that_count(held, act, stated=stated)


def office_over(actor: Actor, act: Act, person: Person) -> Office:
    """Return the role by which an actor may do something on a person whom they have reached, the widest one."""
    counts = set(worked_last(person.pk, act).values_list("structure", flat=True))
    above = {place for one in principals.held_by(person.pk) if one.structure in counts for place in one.above}
    mine = _opening(actor, act)
    fit = [one for one in mine if one.structure in above] or mine
    return min(fit, key=lambda one: len(structures.chain(one.structure)))


def outranks(actor: Actor, person: Person) -> bool:
    """Return whether an actor has each power of a person: none is taken over by helping somebody in."""
    theirs = offices(principals.actor_of(person.pk, person.version))
    return all(_includes(offices(actor), one.role, structures.chain(one.structure)) for one in theirs)


def may_give(actor: Actor, role: str, structure: int) -> bool:
    """Return whether an actor may give a role in a structure: one their own includes, below theirs."""
    return _includes(_giving(offices(actor)), role, structures.chain(structure))


def _giving(held: Sequence[Office]) -> list[Office]:
    return [one for one in held if Act.DELEGATIONS in ACTS[one.role]]


def _includes(held: Sequence[Office], role: str, above: Collection[int]) -> bool:
    return any(ACTS[role] <= ACTS[one.role] and one.structure in above for one in held)


def worth_something(people: Collection[int]) -> frozenset[int]:
    """Return which delegations of these people run today, by id. The number of queries does not depend on how many they are."""
    known = _Known(_versions(people))
    return frozenset(one.delegation for who in known.facts for one in known.named(who) if one.delegation)


# Which roles run

_RUNNING = """
WITH RECURSIVE up(delegation, id, parent_id, kind, code) AS (
    SELECT d.id, s.id, s.parent_id, s.kind, s.code
    FROM identity_delegation d
    JOIN identity_structure s ON s.id = d.structure_id
    WHERE d.person_id IN ({}) AND d.start <= %s AND (d."end" IS NULL OR d."end" > %s)
    UNION ALL
    SELECT up.delegation, s.id, s.parent_id, s.kind, s.code FROM identity_structure s JOIN up ON s.id = up.parent_id
)
SELECT d.id, d.person_id, d.role, d.structure_id, d.given_by_id, d.start, d."end", up.id, up.kind, up.code
FROM up JOIN identity_delegation d ON d.id = up.delegation
"""


class _Row(NamedTuple):
    """A delegation that runs today, if its giver could still give it: above which structures it lies."""

    id: int
    person: int
    role: str
    structure: int
    giver: int | None
    above: frozenset[int]


class _Facts(NamedTuple):
    """What a person holds today: delegations of where they are posted, and the structures they direct."""

    rows: tuple[_Row, ...]
    heads: frozenset[int]


_KEPT: dict[
    tuple[int, int, zones.Days], _Facts
] = {}  # by person, their version, and the day: whatever writes these changes one
MOST_KEPT = 10_000


class _Known:
    """What some people hold, those who gave it, and so on: who has no open account holds nothing."""

    def __init__(self, versions: Mapping[int, int]) -> None:
        days, asked = zones.days(), set(versions)
        self.facts: dict[int, _Facts] = {}
        while versions:
            now = _facts(versions, days)
            self.facts |= now
            left = {row.giver for one in now.values() for row in one.rows if row.giver} - asked
            asked |= left
            versions = _versions(left)

    def named(self, person: int, passed: frozenset[int] = frozenset()) -> list[Office]:
        """Return the roles a person was given and has, without those that `passed` ones would have to hold up."""
        rows = self.facts[person].rows
        return [Office(row.role, row.structure, row.id) for row in rows if self._stands(row, passed)]

    def _stands(self, row: _Row, passed: frozenset[int]) -> bool:
        """Return whether an operator gave it, or somebody who could give it today, not by roles that hang on this one."""
        if row.id in passed:
            return False
        if row.giver is None:
            return True
        if row.giver not in self.facts:
            return False
        heads = [Office(Role.ADMIN, one) for one in self.facts[row.giver].heads]
        return _includes(_giving([*heads, *self.named(row.giver, passed | {row.id})]), row.role, row.above)


def _versions(people: Collection[int]) -> dict[int, int]:
    if not people:
        return {}
    return dict(Person.objects.filter(pk__in=people, is_active=True).values_list("pk", "version"))


def _facts(versions: Mapping[int, int], days: zones.Days) -> dict[int, _Facts]:
    """Return what each of these people holds; of those not kept, by two queries for all."""
    kept = {
        pk: _KEPT.get((pk, version, days)) for pk, version in versions.items()
    }  # another thread may empty it meanwhile
    found = {pk: facts for pk, facts in kept.items() if facts is not None}
    missing = [pk for pk in versions if pk not in found]
    if missing:
        if len(_KEPT) > MOST_KEPT:
            _KEPT.clear()
        rows, posts = _running(missing, days), principals.held_by_each(missing, days)
        for pk in missing:
            held = [one for one in posts[pk] if one.current]
            heads = frozenset(one.structure for one in held if one.function in principals.HEADS)
            mine = tuple(row for row in rows if row.person == pk and _is_of(row, held))
            found[pk] = _KEPT[pk, versions[pk], days] = _Facts(mine, heads)
    return found


def _is_of(row: _Row, held: Sequence[principals.Held]) -> bool:
    """Return whether somebody with these postings is of the structure of a role: at, below or above it."""
    return any(row.structure in one.above or one.structure in row.above for one in held)


def _running(people: Collection[int], days: zones.Days) -> list[_Row]:
    chains: dict[int, list[tuple[Any, ...]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_RUNNING.format(", ".join(["%s"] * len(people))), [*people, max(days), min(days)])
        for row in cursor.fetchall():
            chains.setdefault(row[0], []).append(row)
    return [row for chain in chains.values() if (row := _row(chain, days))]


def _row(chain: Sequence[tuple[Any, ...]], days: zones.Days) -> _Row | None:
    number, person, role, structure, giver, start, end = chain[0][:7]
    day = zones.day_in(next((code for *_, kind, code in chain if kind == "academy"), ""), days)
    if principals.as_date(start) > day or (end is not None and principals.as_date(end) <= day):
        return None
    return _Row(number, person, role, structure, giver, frozenset(row[7] for row in chain))


@lru_cache(maxsize=10_000)
def _was_given_any(person_id: int, _version: int) -> bool:
    """Return whether a person was ever given a role: of nearly everybody it is kept that they were not."""
    return Delegation.objects.filter(person_id=person_id).exists()
