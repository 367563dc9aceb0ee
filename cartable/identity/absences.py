"""Absences: secondment, availability, parental leave, long illness. Who is away has not left, whatever became of their posting."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from cartable.identity import dated, people
from cartable.identity.models import Absence, Person
from cartable.kernel import audit, clock
from cartable.kernel.errors import BadInput, NotFound

Kind = Absence.Kind


@dataclass(frozen=True, slots=True)
class Away:
    """An absence as people see it: `last_day` is the last one away, None while none is known."""

    kind: str
    first_day: date
    last_day: date | None


@transaction.atomic
def begin(person: Person, kind: Kind, *, on: date | None = None, until: date | None = None) -> None:
    """State that a person is away from a day (today) until the day before another, if it is known. Raises BadInput."""
    start = on or clock.today()
    if until is not None and until <= start:
        raise BadInput(until)
    Absence.objects.create(person=person, kind=kind, start=start, end=until)
    people.changed([person.pk])
    audit.record("absence.begin", account=person.pk)


@transaction.atomic
def end(person: Person, *, on: date | None = None) -> None:
    """State that a person is no longer away from a day (today) on. Raises NotFound if they are not."""
    day = on or clock.today()
    going_on = Absence.objects.filter(dated.not_over(day), person=person)
    gone, _ = going_on.filter(start__gte=day).delete()  # it never was
    if not going_on.update(end=day) and not gone:
        raise NotFound(person.pk)
    people.changed([person.pk])
    audit.record("absence.end", account=person.pk)


def of(person_id: int) -> list[Away]:
    """Return the absences of a person, the latest first."""
    rows = Absence.objects.filter(person=person_id).order_by("-start", "-pk").values_list("kind", "start", "end")
    return [Away(kind, start, dated.last_day(start, end)) for kind, start, end in rows]
