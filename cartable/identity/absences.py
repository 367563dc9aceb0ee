"""Absences: secondment, availability, parental leave, long illness. Who is away has not left, whatever became of their posting.

Stated by who administers where somebody works, or worked last: their posting there may have ended long ago, and one by hand
does not count, for whoever gave it would learn of an illness, and close the account. The trail keeps that somebody is away,
not why. Whoever changes an absence locks the person first, as merges and erasures do.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cartable.identity import dated, delegations, departures, people, structures
from cartable.identity.actors import Actor
from cartable.identity.delegations import Act
from cartable.identity.models import Absence, Person
from cartable.kernel import audit, clock
from cartable.kernel.errors import BadInput, Conflict, Denied, NotFound, Past

Kind = Absence.Kind
TITLES: Mapping[str, str | Promise] = {
    Kind.SECONDMENT: _("Détachement"),
    Kind.AVAILABILITY: _("Disponibilité"),
    Kind.PARENTAL: _("Congé parental"),
    Kind.SICK: _("Congé de longue maladie ou de longue durée"),
}
FARTHEST = timedelta(days=11 * 366)  # from today, of its days: ten years of availability are the longest
LATELY = timedelta(days=60)  # an absence that ended is listed for so long


class TooFarAway(BadInput):
    """An absence would begin, or end, more than FARTHEST from today."""


class Twice(Conflict):
    """Somebody is away already on one of these days."""


class Archived(Denied):
    """The account is archived, and the absence would open it again, with its shares and the passwords of its devices."""


@dataclass(frozen=True, slots=True)
class Away:
    """An absence as people see it: `last_day` is the last one away, None while none is known."""

    kind: str
    first_day: date
    last_day: date | None
    id: int = 0

    @property
    def title(self) -> str | Promise:
        """What it is called."""
        return TITLES[self.kind]

    @property
    def state(self) -> str:
        """Whether it is announced, current or ended."""
        if self.first_day > clock.today():
            return "announced"
        return "current" if self.last_day is None or self.last_day >= clock.today() else "ended"


@transaction.atomic
def begin(person: Person, kind: Kind, *, on: date | None = None, until: date | None = None) -> None:
    """State that a person is away from a day (today) until the day before another, if it is known.

    Raises BadInput, Twice, Conflict of who was merged or erased.
    """
    person = people.locked(person.pk)[0]
    if person.merged_into_id is not None or person.erased_at is not None:
        raise Conflict(person.pk)
    _begin(person, kind, on or clock.today(), until)
    audit.record("absence.begin", account=person.pk)


def _begin(person: Person, kind: str, start: date, end: date | None) -> None:
    """State an absence of a person whom the caller has locked."""
    if end is not None and end <= start:
        raise BadInput(end)
    _refuse_twice(person.pk, start, end)
    Absence.objects.create(person=person, kind=kind, start=start, end=end)
    people.changed([person.pk])


@transaction.atomic
def end(person: Person, *, on: date | None = None) -> None:
    """State that a person is no longer away from a day (today) on. Raises NotFound if they are not."""
    day = on or clock.today()
    people.locked(person.pk)
    going_on = Absence.objects.filter(dated.not_over(day), person=person)
    gone, _rows = going_on.filter(start__gte=day).delete()  # it never was
    if not going_on.update(end=day) and not gone:
        raise NotFound(person.pk)
    people.changed([person.pk])
    audit.record("absence.end", account=person.pk)


def of(person_id: int) -> list[Away]:
    """Return the absences of a person, the latest first."""
    return [_away(one) for one in Absence.objects.filter(person=person_id).order_by("-start", "-pk")]


# By who administers where they work


def reach(actor: Actor, id_or_mail: str) -> Person:
    """Return somebody whose absences an actor may state. Raises Denied to who may of nobody; NotFound, for oneself too."""
    delegations.any_office(actor, Act.ABSENCES)
    person = people.find(id_or_mail)
    if not may_state(actor, person):
        raise NotFound(id_or_mail)
    return person


def whose(actor: Actor, absence_id: int) -> Person:
    """Return whose absence it is that an actor may change. Raises Denied, NotFound."""
    delegations.any_office(actor, Act.ABSENCES)
    found = Absence.objects.select_related("person").filter(pk=absence_id).first()
    if found is None or not may_state(actor, found.person):
        raise NotFound(absence_id)
    return found.person


def may_state(actor: Actor, person: Person) -> bool:
    """Return whether an actor may state absences of a person: where they work, or worked last."""
    return delegations.is_over(actor, Act.ABSENCES, person) or delegations.was_over(actor, Act.ABSENCES, person)


@transaction.atomic
def state(actor: Actor, sub: str, kind: str, *, first_day: date, last_day: date | None = None) -> None:
    """State that a person is away. Raises Denied, NotFound; BadInput, TooFarAway, Past of days that cannot be; Twice; Archived to
    who may not bring the person back (`delegations.may_bring_back`)."""
    person = _locked(actor, reach(actor, sub))
    if kind not in TITLES:
        raise BadInput(kind)
    _begin(person, kind, first_day, _end(first_day, last_day))
    _follow(actor, "absence.begin", person)


@transaction.atomic
def date_again(actor: Actor, absence_id: int, *, first_day: date, last_day: date | None) -> None:
    """Give an absence other days, perhaps before today. Raises as `state`, and NotFound."""
    absence = _reach(actor, absence_id)
    until = _end(first_day, last_day)
    _refuse_twice(absence.person_id, first_day, until, but=absence_id)
    Absence.objects.filter(pk=absence_id).update(start=first_day, end=until)
    people.changed([absence.person_id])
    _follow(actor, "absence.date", absence.person)


@transaction.atomic
def back(actor: Actor, absence_id: int, *, first_day: date) -> None:
    """State that a person is back from a day on: if that is before the absence began, it never was.

    Raises Denied, NotFound, TooFarAway; Past if it ends before.
    """
    absence = _reach(actor, absence_id)
    if first_day > clock.today() + FARTHEST:
        raise TooFarAway(first_day)
    if absence.end is not None and absence.end < first_day:
        raise Past(first_day)
    if first_day <= absence.start:
        Absence.objects.filter(pk=absence_id).delete()
    else:
        Absence.objects.filter(pk=absence_id).update(end=first_day)
    people.changed([absence.person_id])
    _follow(actor, "absence.end", absence.person)


def listed(actor: Actor, *, limit: int = 200) -> list[tuple[Person, Away]]:
    """Return who is away, will be, or was lately, where an actor may state it, by name. Raises Denied. A fixed number of queries."""
    roots = delegations.any_office(actor, Act.ABSENCES)
    rows = Absence.objects.filter(
        dated.not_over(clock.today() - LATELY), person__merged_into=None, person__erased_at=None
    ).exclude(person=actor.person)
    if not delegations.everywhere(actor, Act.ABSENCES):
        last = delegations.worked_last(OuterRef("person"), Act.ABSENCES).values("structure")[:1]
        rows = rows.alias(place=Subquery(last)).filter(place__in=structures.below(roots))
    rows = rows.select_related("person").order_by("person__folded", "person", "-start")
    return [(one.person, _away(one)) for one in rows[:limit]]


def _reach(actor: Actor, absence_id: int) -> Absence:
    """Return an absence that an actor may change, as it is now, its person locked. Raises Denied, NotFound."""
    person = _locked(actor, whose(actor, absence_id))
    found = Absence.objects.select_related("person").filter(pk=absence_id, person=person).first()
    if found is None:
        raise NotFound(absence_id)
    return found


def _locked(actor: Actor, person: Person) -> Person:
    """Return a person as they are now, locked. Raises NotFound if by now they are merged, erased or elsewhere."""
    person = people.locked(person.pk)[0]
    if not may_state(actor, person):
        raise NotFound(person.sub)
    return person


def _end(first_day: date, last_day: date | None) -> date | None:
    today = clock.today()
    if not today - FARTHEST <= first_day <= today + FARTHEST or (last_day and last_day > today + FARTHEST):
        raise TooFarAway(first_day)
    return dated.end_of(first_day, last_day)


def _refuse_twice(person: int, start: date, end: date | None, *, but: int = 0) -> None:
    if Absence.objects.filter(dated.meeting(start, end), person=person).exclude(pk=but).exists():
        raise Twice(person)


def _follow(actor: Actor, verb: str, person: Person) -> None:
    """Keep what was done of a person, who is as they were before."""
    _refuse_opening(actor, person)
    by = delegations.office_over(actor, Act.ABSENCES, person)
    audit.record(verb, account=person.pk, **delegations.signed(actor, by))


def _refuse_opening(actor: Actor, person: Person) -> None:
    if not departures.is_closed(person.left_on) or delegations.may_bring_back(actor, person):
        return
    if not departures.is_closed(Person.objects.values_list("left_on", flat=True).get(pk=person.pk)):
        raise Archived(actor.person, member=person.pk)


def _away(one: Absence) -> Away:
    return Away(one.kind, one.start, dated.last_day(one.start, one.end), one.pk)
