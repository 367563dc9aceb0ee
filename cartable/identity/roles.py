"""Roles as they are given, ended and listed. What each is worth, and to whom: `delegations.py`."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from cartable.identity import dated, delegations, directory, people, postings, principals, structures
from cartable.identity.actors import Actor
from cartable.identity.delegations import Act, Oneself
from cartable.identity.models import Delegation, Person, Posting, Structure
from cartable.kernel import audit, clock
from cartable.kernel.errors import BadInput, Conflict, Denied, NotFound, Past

IN_CONFLICT = frozenset(
    {delegations.Role.ADMIN, delegations.Role.DPO}
)  # of interests, for one person: GDPR, art. 38(6)
LONGEST = timedelta(days=366)  # of a role that a person gives; who runs the site may give one without an end


class NotOfThere(Conflict):
    """Somebody has no posting at, below or above the structure: a role there would be worth nothing."""


class TooLong(BadInput):
    """A role that a person gives would run for too long."""


@dataclass(frozen=True, slots=True)
class Given:
    """A role as people see it: `last_day` is the last one it runs, None without an end; `state` is announced, current, ended or idle."""

    id: int
    role: str
    structure: str
    structure_id: int
    holder: str
    sub: str
    giver: str  # empty: a command
    first_day: date
    last_day: date | None
    state: str  # idle: its dates are today's, but its holder or its giver is no longer of there
    may_end: bool  # it is for the reader to end


@transaction.atomic
def give(
    actor: Actor | None,
    person: Person,
    role: str,
    structure: Structure,
    *,
    start: date | None = None,
    until: date | None = None,
) -> Delegation:
    """Give a person a role in a structure and all below it, from `start` (today) until the day before `until`.

    None is who runs the site. An actor has the role themselves, and gives it for LONGEST at most. Raises Denied, Oneself; BadInput, TooLong,
    Past of days that cannot be; NotOfThere; Conflict if they have it already.
    """
    if role not in delegations.ACTS:
        raise BadInput(role)
    if actor and person.pk == actor.person:
        raise Oneself(actor.person, structure=structure.pk)
    if actor and not delegations.may_give(actor, role, structure.pk):
        raise Denied(actor.person, structure=structure.pk)
    today = postings.day_at(structure)
    start = start or today
    if until is not None and (until <= start or until <= today):
        raise Past(until)
    if actor and (start < today or until is None or until - start > LONGEST):
        raise TooLong(until or start)
    (person,) = people.locked(person.pk)
    if not person.is_active or not _is_of(person, structure, start):
        raise NotOfThere(person.pk)
    if _overlapping(person, role, structure, start, until):
        raise Conflict(person.pk)
    by = delegations.office(actor, Act.DELEGATIONS, structure.pk) if actor else None
    made = Delegation.objects.create(
        person=person,
        role=role,
        structure=structure,
        start=start,
        end=until,
        given_by_id=actor.person if actor else None,
    )
    people.changed([person.pk])
    signed = delegations.signed(actor, by) if actor and by else {}
    audit.record("delegation.give", account=person.pk, structure=structure.pk, role=role, **signed)
    return made


@transaction.atomic
def end(actor: Actor | None, delegation_id: int) -> Delegation:
    """End a role now: by who could give it, by its holder, by who runs the site (None). Raises NotFound to everybody else."""
    people.locked(
        *Delegation.objects.filter(pk=delegation_id).values_list("person_id", flat=True)
    )  # before it, as merges do
    found = Delegation.objects.select_for_update(of=("self",)).select_related("structure__parent__parent", "person")
    one = found.filter(pk=delegation_id).first()
    if one is None or (
        actor and one.person_id != actor.person and not delegations.may_give(actor, one.role, one.structure_id)
    ):
        raise NotFound(delegation_id)
    today = postings.day_at(one.structure)
    if one.end is not None and one.end <= today:
        raise Conflict(delegation_id)
    one.end = max(one.start, today)
    Delegation.objects.filter(pk=one.pk).update(end=one.end)
    people.changed([one.person_id])
    signed = {} if actor is None else {"person": actor.person}
    if actor and actor.person != one.person_id:
        signed = delegations.signed(actor, delegations.office(actor, Act.DELEGATIONS, one.structure_id))
    audit.record("delegation.end", account=one.person_id, structure=one.structure_id, role=one.role, **signed)
    return one


def listed(
    actor: Actor | None, structure: Structure | None = None, person: Person | None = None, *, limit: int = 200
) -> list[Given]:
    """Return the roles given below a structure, or to a person, wherever the actor gives some: to come and ended ones too.

    None is who runs the site. Raises Denied to who gives none.
    """
    rows, mine = (
        Delegation.objects.order_by("structure__folded", "person__folded", "-start", "-pk"),
        set(delegations.ACTS),
    )
    if actor:
        delegations.any_office(actor, Act.DELEGATIONS)
        rows, mine = rows.filter(structure__in=delegations.where_may(actor, Act.DELEGATIONS)), set(givable(actor))
    if structure:
        rows = rows.filter(structure__in=structures.below([structure.pk]))
    if person:
        rows = rows.filter(person=person)
    return _told(rows[:limit], mine, actor.person if actor else None)


def held(person: Person) -> set[str]:
    """Return the roles a person was given and has, or will have, wherever it is."""
    return set(Delegation.objects.filter(dated.not_over(clock.today()), person=person).values_list("role", flat=True))


def heads(actor: Actor, *, limit: int = 50) -> list[tuple[str, str, str]]:
    """Return who directs structures where the actor gives roles, and so administers them: structure, name, id. Raises Denied."""
    delegations.any_office(actor, Act.DELEGATIONS)
    held = Posting.objects.filter(
        dated.running_there(),
        structure__in=delegations.where_may(actor, Act.DELEGATIONS),
        function__in=principals.HEADS,
        cancelled=False,
    )
    rows = held.select_related("structure", "person").order_by("structure__folded", "person__folded")[:limit]
    return [(directory.title_of(one.structure), one.person.name, one.person.sub) for one in rows]


def givable(actor: Actor) -> list[str]:
    """Return the roles an actor may give, in some structure at least."""
    mine = [one for one in delegations.offices(actor) if Act.DELEGATIONS in delegations.ACTS[one.role]]
    return [role for role, acts in delegations.ACTS.items() if any(acts <= delegations.ACTS[one.role] for one in mine)]


def _told(rows: QuerySet[Delegation], givable: Collection[str], reader: int | None) -> list[Given]:
    found = list(rows.select_related("structure__parent__parent", "person", "given_by"))
    worth = delegations.worth_something({one.person_id for one in found})
    return [
        Given(
            one.pk,
            one.role,
            directory.title_of(one.structure),
            one.structure_id,
            one.person.name,
            one.person.sub,
            one.given_by.name if one.given_by else "",
            one.start,
            dated.last_day(one.start, one.end),
            (state := _state(one, worth)),
            state != "ended" and (one.role in givable or one.person_id == reader),
        )
        for one in found
    ]


def _state(one: Delegation, worth: frozenset[int]) -> str:
    day = postings.day_at(one.structure)
    if one.end is not None and one.end <= day:
        return "ended"
    if one.start > day:
        return "announced"
    return "current" if one.pk in worth else "idle"


def _is_of(person: Person, structure: Structure, day: date) -> bool:
    """Return whether a person is posted at, below or above a structure on a day."""
    held = Posting.objects.filter(dated.running(day), person=person, cancelled=False)
    near = Q(structure__in=structures.below([structure.pk])) | Q(structure__in=structures.chain(structure.pk))
    return held.filter(near).exists()


def _overlapping(person: Person, role: str, structure: Structure, start: date, until: date | None) -> bool:
    same = Delegation.objects.filter(dated.meeting(start, until), person=person, role=role, structure=structure)
    return same.exists()
