"""How nodes go for good: their rows, and what hangs from them. The collector takes the bytes.

A few go in the transaction of the verb. Of many, the first is cut off at once: it hangs from nothing, nobody sees it in
the trash any more, and its bytes no longer count. A task then takes the rows below it a batch at a time, from the top:
what a cut folder holds is deleted, or cut off in its turn. So a worker that dies leaves nothing to be remembered.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import QuerySet, Sum

from cartable.kernel.tasks import enqueue_once, progress, task
from cartable.spaces import changes, quota, sharing, versions
from cartable.spaces.entries import FOLDER
from cartable.spaces.lineage import batches, exceeds, subtree
from cartable.spaces.models import Node, Version

AT_ONCE = 1_000  # nodes erased in the transaction of a verb
BATCH = 200  # nodes erased in one transaction of the task: others wait no longer than a tenth of a second
TURN = 100  # batches of one run of the task; those of others come between two
CUT = datetime(1970, 1, 1, tzinfo=UTC)  # when what is cut off came into the trash: long before anything else


def erase(space_id: int, node_ids: Sequence[int]) -> None:
    """Delete trashed nodes of one space and all below them, here and now, or cut them off if that is much.

    The caller has locked the space.
    """
    doomed = list(node_ids)
    if exceeds(doomed, AT_ONCE):
        cut_off(space_id, doomed)
        return
    for batch in reversed(list(batches(subtree(doomed)))):
        _delete(space_id, batch)


def cut_off(space_id: int, node_ids: list[int]) -> None:
    """Make nodes hang from nothing, and stop counting them, for a task to erase. The caller has locked the space.

    What counts with their folder does no longer, or never did.
    """
    cut = Node.objects.filter(pk__in=node_ids)
    counted = _trashed_bytes(node_ids)
    cut.update(parent=None, trashed_at=CUT, size=0)
    quota.add(space_id, trash=-counted)
    enqueue_once(erase_cut, f"erase {space_id}", space_id)


def goes_on(space_id: int) -> bool:
    """Return whether something that was cut off in a space is still being erased."""
    return _cut().filter(space=space_id).exists()


def resume() -> None:
    """See that what was cut off has a task: one that failed for good would leave it there."""
    for space_id in _cut().values_list("space", flat=True).distinct():
        enqueue_once(erase_cut, f"erase {space_id}", space_id)


@task
def erase_cut(space_id: int) -> None:
    """Erase what was cut off in a space, for one turn."""
    for _ in range(TURN):
        if not _erase_some(space_id):
            return
        progress(0)
    enqueue_once(erase_cut, f"erase {space_id}", space_id)


@transaction.atomic
def _erase_some(space_id: int) -> int:
    """Erase a batch of what was cut off in a space, and return how many nodes that was; 0 when nothing is left."""
    changes.begin(space_id)
    tops = list(_cut().filter(space=space_id).order_by("pk").values_list("pk", flat=True)[:BATCH])
    inside = list(Node.objects.filter(parent__in=tops).values_list("pk", "kind")[:BATCH])
    if folders := [pk for pk, kind in inside if kind == FOLDER]:
        cut_off(space_id, folders)
    if files := [pk for pk, kind in inside if kind != FOLDER]:
        _delete(space_id, files)
    if tops and not inside:
        _delete(space_id, tops)
    return len(inside or tops)


def _delete(space_id: int, node_ids: list[int]) -> None:
    """Delete rows that hold nothing more, with what hangs from them."""
    counted = _trashed_bytes(node_ids)
    versions.forget(space_id, Version.objects.filter(node__in=node_ids).values_list("pk", flat=True))
    sharing.forget_links(node_ids)
    Node.objects.filter(pk__in=node_ids).delete()
    quota.add(space_id, trash=-counted)


def _trashed_bytes(node_ids: list[int]) -> int:
    """Return what of these nodes counts as trash by itself."""
    return Node.objects.filter(pk__in=node_ids).exclude(trashed_at=None).aggregate(all=Sum("size"))["all"] or 0


def _cut() -> QuerySet[Node]:
    return Node.objects.filter(trashed_at=CUT, parent=None)
