"""Which texts lead to a document: by its lasting address, or by a path from where they stand, as both stand now."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db.models import Q

from cartable.identity.actors import Actor
from cartable.pads.extracts import near
from cartable.pads.extracts.models import Extract, Link
from cartable.spaces.access import Reached
from cartable.spaces.entries import Entry

MOST, SHOWN = 500, 30  # links that are looked at; texts


class Leading(NamedTuple):
    """A text that leads to a document."""

    node: int
    title: str


def to(actor: Actor, reached: Reached) -> list[Leading]:
    """Return the texts that lead to a document and that the actor may read, by title. Six queries, one where there are none."""
    if actor.person is None:
        return []
    named = Q(target=reached.id) | Q(name=reached.entry.name, target=None)
    links = list(Link.objects.filter(named).exclude(node=reached.id).order_by("-pk")[:MOST])
    if not links:
        return []
    found = near.readable(actor, [one.node for one in links])
    leading = [
        one.node
        for one in links
        if one.node in found and (one.target or leads(one.path, found[one.node].chain, reached.chain))
    ]
    rows = Extract.objects.filter(node__in=leading).order_by("title", "node").values_list("node", "title")
    return [Leading(*row) for row in rows[:SHOWN]]


def leads(path: str, origin: Sequence[Entry], target: Sequence[Entry]) -> bool:
    """Return whether a path from where a text stands leads to a document, both known by their lineages. Pure."""
    names = path.split("/")
    up = names.count("..")
    names, above = names[up:], origin[1:]
    if up >= len(above) or len(target) <= len(names):
        return False
    return target[len(names)].id == above[up].id and [one.name for one in target[: len(names)]] == names[::-1]
