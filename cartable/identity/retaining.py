"""Retentions: how long things are kept, as who answers for the protection of data in the whole ministry sets it.

What is kept for less is lost, so a shorter time is agreed to by who has read what would go. A change holds at once, in every
process (`kernel/retentions.py`); what has to follow it is put in with it, or not at all. Decision 18.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from cartable.identity import delegations, directory
from cartable.identity.actors import Actor
from cartable.identity.delegations import Act
from cartable.identity.models import Structure
from cartable.kernel import audit, retentions
from cartable.kernel.errors import BadInput, Changed, Conflict, Denied, NotFound
from cartable.kernel.retentions import Setting
from cartable.web import register
from cartable.web.register import Kept, Retention


class Shorter(Conflict):
    """Things would go that are kept today, or more of them than was agreed to. `costs`: how many, and in words."""

    def __init__(self, costs: Sequence[tuple[int, str | Promise]]) -> None:
        super().__init__(*costs)
        self.costs = costs

    @property
    def count(self) -> int:
        """How many things in all."""
        return sum(count for count, _said in self.costs)


@dataclass(frozen=True, slots=True)
class Standing:
    """A retention, what it is the retention of, how it stands, and who set it; an empty `by`: nobody, or nobody any more."""

    about: Retention
    kept: Sequence[Kept]
    setting: Setting
    default: int
    by: str


def listed(actor: Actor) -> list[Standing]:
    """Return all retentions there are. Raises Denied to who answers for the protection of data nowhere. Two queries more."""
    delegations.any_office(actor, Act.RETENTION)
    known, entries = _in_force(), register.every()
    hits = directory.names_of({f"person:{one.by}" for one in known.values() if one.by})
    return [
        Standing(
            about,
            [one for one in entries if about.name in one.days],
            setting := known[about.name],
            retentions.by_default(about.name),
            hits[f"person:{setting.by}"].name if f"person:{setting.by}" in hits else "",
        )
        for about in register.every_retention()
    ]


def in_force() -> dict[str, int]:
    """Return for how many days what is kept, by the names of retentions. One query."""
    return {name: setting.days for name, setting in _in_force().items()}


def _in_force() -> dict[str, Setting]:
    return retentions.in_force([about.name for about in register.every_retention()])


def may_set(actor: Actor) -> bool:
    """Return whether an actor may change retentions: they are those of the whole ministry."""
    return delegations.everywhere(actor, Act.RETENTION)


def one(actor: Actor, name: str) -> Standing:
    """Return one that the actor may change. Raises Denied, NotFound."""
    if not may_set(actor):
        raise Denied(actor.person)
    found = next((each for each in listed(actor) if each.about.name == name), None)
    if found is None:
        raise NotFound(name)
    return found


@transaction.atomic
def change(actor: Actor, name: str, days: int | None, *, was: int, agreed: int | None = None) -> None:
    """Keep something for so many days; None: for as long as the operator's option says. It was kept for `was`.

    Less is done by who agreed to lose so many things: raises Shorter else. Raises Denied, NotFound; BadInput out of its
    bounds; Changed if it is not `was` that is in force.
    """
    found = one(actor, name)
    if was != found.setting.days:
        raise Changed(name)
    about, then = found.about, found.default if days is None else days
    if days is not None and not about.least <= days <= about.most:
        raise BadInput(days)
    if then < was:
        refusal = Shorter(about.costs(was, then))
        if agreed is None or refusal.count > agreed:
            raise refusal
    retentions.put(name, days, was=was, by=actor.person)
    if about.after and then != was:
        import_string(about.after)(was, then)
    by = delegations.office(actor, Act.RETENTION, ministry := _ministry(actor))
    signed = delegations.signed(actor, by)
    audit.record("retention.change", structure=ministry, retention=name, days=then, was=was, **signed)


def _ministry(actor: Actor) -> int:
    places = delegations.roots(actor, Act.RETENTION)
    return int(Structure.objects.values_list("pk", flat=True).get(pk__in=places, kind=Structure.Kind.MINISTRY))
