"""Whose texts are searched for somebody, and read for what there is to do: the pads they opened, those of their spaces."""

from collections.abc import Iterable

from cartable.identity.actors import Actor
from cartable.pads import files
from cartable.pads.addresses import presets
from cartable.pads.addresses.models import Visit
from cartable.pads.extracts.models import Extract
from cartable.spaces.access import Reached, Right, seen
from cartable.spaces.finding import spaces_of
from cartable.spaces.lineage import lineages

OPENED, MOST = 1_000, 5_000  # pads that one opened; texts in all


def of(actor: Actor, tag: str = "") -> list[int]:
    """Return the texts near somebody, the nearest first: the pads they opened, then those of their spaces, the latest first.

    With a tag, those they opened that have it. Five queries. Raises Denied to who holds only a link.
    """
    rows = Visit.objects.filter(person=actor.somebody).order_by("-pinned", "-at").values_list("node", "tags")[:OPENED]
    opened = [node for node, tags in rows if not tag or tag in tags]
    if tag:
        return opened
    spaces = spaces_of(actor)
    theirs = Extract.objects.filter(space__in=spaces).order_by("-mtime").values_list("node", flat=True)[:MOST]
    return list(dict.fromkeys([*opened, *theirs]))[:MOST]


def names(actor: Actor, nodes: Iterable[int]) -> dict[int, str]:
    """Return what those of some texts are called that the actor may read, by id: for what they are told. Five queries."""
    found = readable(actor, nodes)
    titles = dict(Extract.objects.filter(node__in=list(found)).values_list("node", "title"))
    return {node: titles.get(node) or one.entry.name.removesuffix(".md") for node, one in found.items()}


def readable(actor: Actor, nodes: Iterable[int]) -> dict[int, Reached]:
    """Return those of some documents that are texts and that the actor may read, by id, in the same order. Four queries.

    What an address of a pad gives to who has it counts for those that they opened (`presets.regular`).
    """
    wanted = list(dict.fromkeys(nodes))
    opened = Visit.objects.filter(person=actor.somebody, node__in=wanted).values_list("node", flat=True)
    found = seen(presets.agent(actor, list(opened)), lineages(wanted).values())
    return {
        node: found[node]
        for node in wanted
        if node in found and found[node].may(Right.READ) and found[node].entry.media_type == files.MARKDOWN
    }
