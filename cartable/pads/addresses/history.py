"""The pads that a person opened, the last first: what HedgeDoc calls history. A row for each pad, never one list of all (hedgedoc 182).

It shows what they may still see: what was hidden from them since shows again if they may again.
"""

from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from cartable.identity.actors import Actor
from cartable.kernel import clock, given
from cartable.kernel.errors import NotFound
from cartable.pads.addresses import naming, presets, titles
from cartable.pads.addresses.models import Visit
from cartable.pads.addresses.naming import Known
from cartable.spaces.access import Right, reach, seen
from cartable.spaces.lineage import lineages

MOST = 1000  # that are listed; pinned ones first
LAST = 4_102_444_800_000  # ms: 2100; what is sent is not later

Sent = tuple[str, str, datetime, list[str], bool]  # a word that leads to a pad, title, when, tags, pinned


class Opened(NamedTuple):
    """A pad in the history of a person."""

    known: Known
    title: str
    at: datetime
    tags: list[str]
    pinned: bool


def opened(actor: Actor, node: int, name: str, text: str) -> None:
    """Keep that the actor opens a pad, of this name and text, which they have just reached. Two statements at most.

    What they pinned stays pinned. Who has left, or came by a link, keeps no history.
    """
    if actor.person is None or actor.leaving:
        return
    said = titles.told(text)
    visit = Visit(person=actor.person, node=node, at=clock.now(), title=said.title or _stem(name), tags=list(said.tags))
    fields = ["at", "title", "tags"]
    Visit.objects.bulk_create([visit], update_conflicts=True, unique_fields=["person", "node"], update_fields=fields)


def of(actor: Actor) -> list[Opened]:
    """Return the history of the actor, the last opened first, of what they may see: a fixed number of queries."""
    rows = list(Visit.objects.filter(person=actor.somebody).order_by("-pinned", "-at")[:MOST])
    visible = _visible(actor, [row.node for row in rows])
    rows = sorted((row for row in rows if row.node in visible), key=lambda row: row.at, reverse=True)
    known = naming.known_of([row.node for row in rows])
    return [Opened(known[row.node], row.title, row.at, row.tags, row.pinned) for row in rows]


def pin(actor: Actor, node: int, *, pinned: bool) -> None:
    """Pin a pad of the actor's history, or take the pin away. Raises NotFound, ReadOnly."""
    reach(presets.visitor(actor, node), node, Right.VIEW)
    if not Visit.objects.filter(person=actor.active, node=node).update(pinned=pinned):
        raise NotFound(node)


def forget(actor: Actor, node: int) -> bool:
    """Take a pad out of the actor's history; the pad stays. Return whether it was there. Raises ReadOnly."""
    return Visit.objects.filter(person=actor.active, node=node).delete()[0] > 0


def clear(actor: Actor) -> None:
    """Take all pads out of the actor's history, those that are hidden from them too. Raises ReadOnly."""
    Visit.objects.filter(person=actor.active).delete()


@transaction.atomic
def replace(actor: Actor, entries: Iterable[Sent]) -> None:
    """Make these the actor's history. What leads nowhere they may see is left out.

    Raises BadInput, ReadOnly.
    """
    person = actor.active
    rows = _rows(person, entries)
    visible = _visible(actor, rows)
    Visit.objects.filter(person=person).delete()
    Visit.objects.bulk_create([row for node, row in rows.items() if node in visible], batch_size=500)


def bring(person: int, entries: Iterable[Sent]) -> None:
    """Add these to a person's history; what is in it stays as it is."""
    Visit.objects.bulk_create(_rows(person, entries).values(), ignore_conflicts=True, batch_size=500)


def _rows(person: int, entries: Iterable[Sent]) -> dict[int, Visit]:
    """Return the rows of these entries, by pad; of two of one pad, the last. Raises BadInput."""
    rows = {}
    for name, title, at, tags, pinned in entries:
        with suppress(NotFound):
            node = naming.resolve(name)
            said = [given.text(tag, titles.LONGEST) for tag in tags[: titles.MOST_TAGS]]
            title = given.text(title, titles.LONGEST)
            rows[node] = Visit(person=person, node=node, at=at, title=title, tags=said, pinned=pinned)
    return rows


def _visible(actor: Actor, nodes: Collection[int]) -> Collection[int]:
    return seen(presets.agent(actor, nodes), lineages(nodes).values())


def _stem(name: str) -> str:
    """Return the name of a file without its suffix."""
    return (name.rpartition(".")[0] or name)[: titles.LONGEST]
