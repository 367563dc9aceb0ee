"""The end of an account as the data protection officer sees it: what would go, what stays, and what is still on its way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cartable.identity import departures, erasing, people
from cartable.identity.actors import Actor
from cartable.identity.dated import DAY
from cartable.identity.models import Person
from cartable.kernel import audit
from cartable.spaces import departing
from cartable.web import register

STAYS: Sequence[str | Promise] = (
    _("Ce que la personne a écrit dans les espaces d’équipes et de structures, par « ancien agent »."),
    _("Le journal des actes, pour sa durée à lui, par un numéro qui ne dit plus rien."),
    _("Une empreinte illisible de ses adresses : aucune ne sera donnée à quelqu’un d’autre."),
    _("Ce que gardent les sauvegardes, jusqu’à leur propre fin."),
)
LATELY = 20  # erasures listed


@dataclass(frozen=True, slots=True)
class Plan:
    """What erasing somebody would do. `due_on` is the first day after the legal period, None for who has not left."""

    person: Person
    state: str
    held: bool  # by a posting or an absence: not before it ends
    left_on: date | None
    closed_on: date | None
    due_on: date | None
    due: bool
    documents: int
    size: int  # bytes
    goes: Sequence[str | Promise]


@dataclass(frozen=True, slots=True)
class Erased:
    """An erasure the reader had done: why, and how many documents are still to go."""

    at: datetime
    reason: str
    left: int


def plan(actor: Actor, sub: str) -> Plan:
    """Return what erasing somebody would do. Raises Denied, NotFound, as `erasing.reach`."""
    person = erasing.reach(actor, sub)
    held = erasing.is_held(person)
    left_on = None if held else person.left_on
    documents, size = departing.holds(person.pk)
    return Plan(
        person,
        departures.of(person),
        held,
        left_on,
        left_on and departures.closes_on(left_on),
        left_on and erasing.due_on(left_on),
        erasing.is_due(person),
        documents,
        size,
        [one.title for one in register.every() if one.days == register.ACCOUNT],
    )


def archived(actor: Actor) -> list[tuple[Person, date, date]]:
    """Return who is archived where the actor answers for it, with the last day of each and the day of their erasure, the next first."""
    left = erasing.archived(actor)
    days = erasing.due_days({one.left_on for one in left if one.left_on})
    return [(one, one.left_on - DAY, days[one.left_on]) for one in left if one.left_on]


def had_done(actor: Actor) -> list[Erased]:
    """Return the last erasures the actor had done, and how far each has come. Two queries."""
    acts = audit.search(who=people.once(actor.somebody), verb="person.erase", limit=LATELY)
    left = departing.remains({act.object or 0 for act in acts})
    return [Erased(act.at, act.detail.get("reason", ""), left.get(act.object or 0, 0)) for act in acts]
