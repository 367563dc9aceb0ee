"""Postings: where a person works, and since when. A move ends one and begins another; nothing else changes hands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cartable.identity import dated, functions, people, zones
from cartable.identity.models import Person, Posting, Structure
from cartable.kernel import audit, clock
from cartable.kernel.errors import BadInput

STATES: Mapping[str, str | Promise] = {
    "announced": _("Annoncée"),
    "current": _("Actuelle"),
    "ended": _("Terminée"),
    "cancelled": _("Annulée"),
}


@dataclass(frozen=True, slots=True)
class Held:
    """A posting as people see it: `last_day` is the last one worked, None while none is known."""

    structure: str
    academy: str
    function: str
    first_day: date
    last_day: date | None
    state: str  # announced, current, ended, or cancelled: announced, and taken back before it began
    id: int = 0
    structure_id: int = 0
    source: str = ""  # the feed that states it; `delegations.BY_HAND`

    @property
    def current(self) -> bool:
        """Whether it is held today."""
        return self.state == "current"

    @property
    def standing(self) -> str | Promise:
        """Where it stands, in words."""
        return STATES[self.state]

    @property
    def title(self) -> str:
        """What the function is called."""
        return functions.title_of(self.function)


@transaction.atomic
def begin(person: Person, structure: Structure, *, on: date | None = None, function: str = "ENS") -> Posting:
    """Post a person to a structure from the day `on` (today)."""
    posting = Posting.objects.create(person=person, structure=structure, function=function, start=on or clock.today())
    people.changed([person.pk])
    audit.record("posting.begin", person=person.pk, structure=structure.pk)
    return posting


@transaction.atomic
def end(posting: Posting, *, on: date | None = None) -> None:
    """End a posting: the day `on` (today) is the first one no longer worked. Raises BadInput if it is before the start.

    One that is announced, ended the day it would begin, is cancelled: it never was.
    """
    day = on or clock.today()
    if day < posting.start:
        raise BadInput(day)
    Posting.objects.filter(pk=posting.pk).update(end=day, cancelled=day == posting.start > clock.today())
    people.changed([posting.person_id])
    audit.record("posting.end", person=posting.person_id, structure=posting.structure_id)


@transaction.atomic
def move(person: Person, to: Structure, *, on: date | None = None, mail: str | None = None) -> bool:
    """End, on a day, every other posting the person then has, and post them at `to` from then on: return whether one begins.

    Their files are not even looked at. Raises BadInput if a posting they have elsewhere begins after that day, and what
    `people.give_address` raises.
    """
    day = on or clock.today()
    open_then = Posting.objects.filter(dated.not_over(day), person=person, cancelled=False)
    elsewhere = open_then.exclude(structure=to)
    if elsewhere.filter(start__gt=day).exists():
        raise BadInput(day)
    function = elsewhere.order_by("-start").values_list("function", flat=True).first() or "ENS"
    elsewhere.update(end=day)
    begins = not open_then.filter(structure=to, start__lte=day).exists()
    coming = open_then.filter(structure=to, start__gt=day).order_by("start").values_list("start", flat=True).first()
    if begins:
        Posting.objects.create(person=person, structure=to, function=function, start=day, end=coming)
    elif not open_then.filter(structure=to, start__lte=day, end=None).exists():
        open_then.filter(structure=to, start__lte=day).update(end=coming)  # it was to end: they stay
    if mail:
        people.give_address(person, mail, since=min(clock.morning(day), clock.now()))
    people.changed([person.pk])
    audit.record("person.move", person=person.pk, structure=to.pk)
    return begins


def of(person: Person) -> list[Held]:
    """Return every posting of a person, the latest first."""
    days = zones.days()
    rows = Posting.objects.filter(person=person).select_related("structure__parent__parent").order_by("-start", "-pk")
    return [
        Held(
            row.structure.name,
            academy_of(row.structure),
            row.function,
            row.start,
            dated.last_day(row.start, row.end),
            state_of(row, days),
            row.pk,
            row.structure_id,
            row.source,
        )
        for row in rows
    ]


def state_of(posting: Posting, days: zones.Days) -> str:
    """Return where a posting stands, by the day it is in its academy: announced, current, ended or cancelled."""
    day = zones.day_in(_academy_code(posting.structure), days)
    if posting.cancelled:
        return "cancelled"
    if posting.start > day:
        return "announced"
    return "current" if posting.end is None or posting.end > day else "ended"


def day_at(structure: Structure) -> date:
    """Return what day it is where a structure is."""
    return zones.day_in(_academy_code(structure))


def academy_of(structure: Structure) -> str:
    """Return the name of the academy a structure is in; its own name above that."""
    return (academy_above(structure) or structure).name


def academy_above(structure: Structure) -> Structure | None:
    """Return the academy a structure is in, or is; none above that."""
    above: Structure | None = structure
    while above and above.kind != Structure.Kind.ACADEMY:
        above = above.parent
    return above


def _academy_code(structure: Structure) -> str:
    academy = academy_above(structure)
    return academy.code if academy else ""
