"""What is on its way is given up: a large folder stays where it was, a large copy goes. Whatever dies, one of the two ends is reached.

Who sent it may call it back, and who may write in the folder that a large move leaves, or that a copy comes to. To everybody
else it looks as if nothing were on its way.
"""

from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction

from cartable.identity.actors import Actor
from cartable.kernel.errors import NotFound
from cartable.spaces import changes, copying, crossing, transit
from cartable.spaces.access import Right, seen
from cartable.spaces.entries import Entry
from cartable.spaces.lineage import entry, lineage
from cartable.spaces.models import Transit
from cartable.spaces.transit import Way


def ways(actor: Actor, chain: Sequence[Entry]) -> list[Way]:
    """Return what is on its way at the beginning of a lineage, as `transit.seen_from`: what the actor may call back bears its id."""
    found = transit.seen_from(chain)
    mine = (
        {way.pk for way in Transit.objects.filter(pk__in=[one.node for one in found]) if _may(actor, way)}
        if found
        else set()
    )
    return [one if one.node in mine else replace(one, node=None) for one in found]


@transaction.atomic
def recall(actor: Actor, node_id: int) -> bool:
    """Give up a large move or copy on its way; return whether it was a copy. What has crossed, or was copied, a task then undoes.

    Raises NotFound, also once it has arrived.
    """
    way = _mine(actor, node_id)
    seqs = changes.begin_two(way.source, way.target)
    way = _mine(actor, node_id)
    if way.copied is None:
        crossing.turn_back(way, seqs)
    else:
        copying.drop(way)
    return way.copied is not None


def _mine(actor: Actor, node_id: int | None) -> Transit:
    """Return what is on its way if the actor may call it back. Raises NotFound."""
    way = Transit.objects.filter(pk=node_id).first()
    if way is None or not _may(actor, way):
        raise NotFound(node_id)
    return way


def _may(actor: Actor, way: Transit) -> bool:
    if actor.person is not None and way.person == actor.person:
        return True
    node = entry(way.pk)
    folder = way.into if way.copied is not None else node and node.parent
    reached = seen(actor, [chain]).get(folder or 0) if (chain := lineage(folder)) else None
    return reached is not None and reached.may(Right.WRITE)
