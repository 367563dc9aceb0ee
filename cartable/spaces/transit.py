"""What is on its way to another space may be read, not changed: who asks whether something is, and who refuses.

How it goes is in `crossing.py`; how a copy comes, in `copying.py`: where it is to arrive stays where it is. Until it has arrived, some of its rows already bear the other space; what reads by space
looks in both (`reaching`), and sees the folder where it was.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q, Sum

from cartable.kernel.errors import Arriving, Moving
from cartable.spaces.entries import Entry
from cartable.spaces.lineage import lineages
from cartable.spaces.models import Transit


@dataclass(frozen=True, slots=True)
class Way:
    """How far a folder has come, in percent: one that leaves from here or above, or one that arrives here.

    Not which: who is here may not see the folder above, nor the one that comes if it is closed.
    """

    percent: int
    arrives: bool
    back: bool = False  # it was called back, and what had crossed returns
    node: int | None = None  # what is on its way; for who may call it back alone (`recalling.ways`)


def seen_from(chain: Sequence[Entry]) -> list[Way]:
    """Return what is on its way: the first node of a lineage or a folder above it; what arrives in that node. One query."""
    ids = [one.id for one in chain]
    found = Transit.objects.filter(Q(pk__in=ids) | Q(into=ids[0])).order_by("begun_at")
    rows = found.values_list("pk", "done", "nodes", "back")
    return [
        Way(min(100, 100 * done // max(1, nodes)), pk not in ids, back is not None, pk)
        for pk, done, nodes, back in rows
    ]


def respect(chain: Iterable[Entry]) -> None:
    """Raise Moving if any of these nodes, a lineage or several, is on its way. One query."""
    if Transit.objects.filter(pk__in=[one.id for one in chain]).exists():
        raise Moving


def respect_below(node: Entry) -> None:
    """Raise Moving if a node cannot go away because something below it is on its way, Arriving if something is to arrive there."""
    ends = Transit.objects.filter(Q(source=node.space) | Q(target=node.space)).values_list("pk", "into")
    chains = lineages({end for pair in ends for end in pair}) if ends else {}
    held = {end for end, chain in chains.items() if node.id in {one.id for one in chain}}
    if held & {pk for pk, _ in ends}:
        raise Moving
    if held:
        raise Arriving


def among_moving(node_ids: Iterable[int]) -> set[int]:
    """Return which of some nodes are on their way, by themselves or with a folder above them."""
    moving = set(Transit.objects.values_list("pk", flat=True))
    chains = lineages(node_ids) if moving else {}
    return {node_id for node_id, chain in chains.items() if moving & {one.id for one in chain}}


def touches(space_id: int) -> bool:
    """Return whether something leaves or enters a space: what is done there by itself then waits."""
    return Transit.objects.filter(Q(source=space_id) | Q(target=space_id)).exists()


def awaited(space_id: int) -> int:
    """Return the bytes of what is on its way to a space: they count there already, as live."""
    return Transit.objects.filter(target=space_id).aggregate(all=Sum("size"))["all"] or 0


def reaching(space_ids: Iterable[int]) -> list[int]:
    """Return spaces, and those where rows of what is still seen in them may be already. In order."""
    ids = set(space_ids)
    return sorted(ids | set(Transit.objects.filter(source__in=ids).values_list("target", flat=True)))
