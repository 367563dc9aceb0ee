"""How a node goes to another space. It keeps its id, so every row below it must name its new space.

A small one goes in the transaction of the verb. A large one goes by a task, in batches: it stays where it was, can be
read there and not be changed (`transit.py`), and is seen to have moved once, at the end, by one short transaction
(decision 7). A worker that dies leaves the batches it committed; the next one goes on with the others.

Who called it back on its way (`recalling.py`) has the rows that had crossed return, in batches too; it is read only until then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import F, Sum

from cartable.identity.actors import NOBODY, Actor
from cartable.kernel import clock
from cartable.kernel.tasks import enqueue_once, progress, task
from cartable.spaces import changes, locks, quota, rows
from cartable.spaces.entries import Entry
from cartable.spaces.lineage import among, batches, entry, exceeds, lineage, one_of, subtree, subtree_in
from cartable.spaces.models import Space, Transit, Version
from cartable.spaces.names import free_name

AT_ONCE = 10_000  # nodes: a tenth of a second, for which writers of both spaces wait
BATCH = 2_000  # nodes rewritten in one transaction of a large crossing
TURN = 100  # batches of one run of the task; those of others come between two


class Carried(NamedTuple):
    """What some rows weigh in the books of a space, beside their live bytes."""

    nodes: int = 0
    trash: int = 0
    versions: int = 0


def is_large(node: Entry) -> bool:
    """Return whether too much hangs below a node to go in one transaction."""
    return node.is_folder and exceeds([node.id], AT_ONCE)


def at_once(
    actor: Actor, node: Entry, left: Sequence[Entry], into: Sequence[Entry], name: str, seqs: Mapping[int, int]
) -> Entry:
    """Put a node into a folder of another space, here and now, and return it.

    `left` and `into` are the lineages of the two folders, `seqs` the number of this change in each space.
    Raises QuotaExceeded.
    """
    target = into[0].space
    quota.add(target, live=node.size)
    below = [_rewrite(batch, node.space, target, seqs[target]) for batch in batches(subtree([node.id]), BATCH)]
    carried = Carried(*map(sum, zip(*below, strict=True)))
    return _hang(actor, node, left, into, name, seqs, carried)


def bring_trash(source: int, folder: Entry, trashed: Sequence[int]) -> None:
    """Give what is in the trash of a space to that of a folder's, as what was in that folder, here and now.

    When it was thrown away, and by whom, stays; a listing shows none of it, so the journal says nothing.
    """
    seqs = changes.begin_two(source, folder.space)
    below = [
        _rewrite(batch, source, folder.space, seqs[folder.space]) for batch in batches(subtree(list(trashed)), BATCH)
    ]
    carried = Carried(*map(sum, zip(*below, strict=True)))
    for node_id in trashed:
        rows.update("spaces_node", node_id, {"parent_id": folder.id})
    quota.carry(source, trash=-carried.trash, versions=-carried.versions)
    quota.carry(folder.space, trash=carried.trash, versions=carried.versions)


def depart(actor: Actor, node: Entry, into: Entry, name: str, seqs: Mapping[int, int]) -> None:
    """Send a large folder on its way into a folder of another space. Its room there is taken from now on.

    Raises QuotaExceeded.
    """
    quota.add(into.space, live=node.size)
    Transit.objects.create(
        node_id=node.id, source=node.space, target=into.space, into=into.id, name=name, person=actor.person,
        seq=seqs[into.space], size=node.size, begun_at=clock.now(),
    )  # fmt: skip
    Space.objects.filter(pk__in=[node.space, into.space]).update(transits=F("transits") + 1)
    go_on(node.id)


def go_on(node_id: int) -> None:
    """See that a folder on its way has a task that carries it."""
    enqueue_once(cross, f"cross {node_id}", node_id)


def resume() -> None:
    """See that every folder on its way has a task: one that failed for good would leave it there."""
    for node_id in Transit.objects.filter(copied=None).values_list("pk", flat=True):
        go_on(node_id)


@task
def cross(node_id: int) -> None:
    """Carry the rows below a folder on its way, for one turn; when none is left, let it arrive. Or back, if it was called back."""
    way = Transit.objects.filter(pk=node_id).first()
    if way is None:
        return  # it has arrived
    left = subtree_in(node_id, way.source)[1:] if way.back is None else subtree_in(node_id, way.target)
    if way.back is None:
        Transit.objects.filter(pk=node_id).update(nodes=F("done") + len(left))
    for batch in list(batches(left, BATCH))[:TURN]:
        if not _carry(way, batch):
            return  # it was called back, for which there is another task
        done, nodes = Transit.objects.values_list("done", "nodes").filter(pk=node_id).first() or (1, 1)
        progress(100 * done // max(1, nodes))
    if len(left) > TURN * BATCH:
        go_on(node_id)
    elif way.back is None:
        _arrive(node_id)
    else:
        _return(node_id)


@transaction.atomic
def _carry(way: Transit, node_ids: list[int]) -> bool:
    """Give a batch to the other space, or back to its own; return whether the way is still the one that was seen.

    Two workers may have the same batch: each row counts once. Who calls the folder back waits for the end of a batch.
    """
    now = Transit.objects.select_for_update().filter(pk=way.pk).first()
    if now is None or now.back != way.back:
        return False
    if way.back is None:
        sign, (nodes, trash, versions) = 1, _rewrite(node_ids, way.source, way.target, way.seq)
    else:
        sign, (nodes, trash, versions) = -1, _rewrite(node_ids, way.target, way.source, way.back)
    Transit.objects.filter(pk=way.pk).update(
        done=F("done") + sign * nodes, trash=F("trash") + sign * trash, versions=F("versions") + sign * versions
    )
    return True


@transaction.atomic
def _arrive(node_id: int) -> None:
    """Hang a folder, all of whose rows have crossed, in its new folder. Nothing happens if it has arrived already."""
    way = Transit.objects.filter(pk=node_id).first()
    if way is None:
        return
    seqs = changes.begin_two(way.source, way.target)
    way, node = Transit.objects.filter(pk=node_id).first(), entry(node_id)
    if way is None or node is None or way.back is not None:
        return
    into = lineage(way.into)
    carried = Carried(way.done, way.trash, way.versions)
    way.delete()
    Space.objects.filter(pk__in=[way.source, way.target]).update(transits=F("transits") - 1)
    mover = replace(NOBODY, person=way.person)
    _hang(mover, node, lineage(node.parent), into, free_name(into[0], way.name), seqs, carried)
    locks.leave([node_id])


def turn_back(way: Transit, seqs: Mapping[int, int]) -> None:
    """Have a folder on its way stay where it was; what has crossed returns by the task. The caller has locked both spaces."""
    now, node = Transit.objects.select_for_update().filter(pk=way.pk).first(), entry(way.pk)
    if now is None or node is None or now.back is not None:
        return
    if not now.done:
        _stay(now, node, seqs)
        return
    Transit.objects.filter(pk=way.pk).update(back=seqs[way.source])
    changes.touch([one.id for one in lineage(way.pk)], seqs[way.source])
    go_on(way.pk)


@transaction.atomic
def _return(node_id: int) -> None:
    """End the way of a folder all of whose rows are back."""
    way = Transit.objects.filter(pk=node_id).first()
    if way is None:
        return
    seqs = changes.begin_two(way.source, way.target)
    way, node = Transit.objects.filter(pk=node_id).first(), entry(node_id)
    if way is not None and node is not None:
        _stay(way, node, seqs)


def _stay(way: Transit, node: Entry, seqs: Mapping[int, int]) -> None:
    """Forget that a folder was on its way, and give back the room it took where it went. Its rows are all in its own space."""
    way.delete()
    Space.objects.filter(pk__in=[way.source, way.target]).update(transits=F("transits") - 1)
    quota.carry(way.target, live=-way.size)
    changes.touch([one.id for one in lineage(node.id)], seqs[way.source])


def _rewrite(node_ids: list[int], source: int, target: int, seq: int) -> Carried:
    """Give rows to another space, and return what they weigh. Those that are there already are left alone.

    The folders among them bear a change number of that space: the one they had might come to mean another state there.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE spaces_node SET space_id = %s, seq = %s WHERE id {one_of(node_ids)} AND space_id = %s "  # noqa: S608
            "RETURNING id, size, trashed_at",
            [target, seq, *among(node_ids), source],
        )
        taken = cursor.fetchall()
    trash = sum(size for _, size, trashed_at in taken if trashed_at is not None)
    versions = Version.objects.filter(node__in=[row[0] for row in taken]).aggregate(all=Sum("size"))["all"] or 0
    return Carried(len(taken), trash, versions)


def _hang(
    actor: Actor, node: Entry, left: Sequence[Entry], into: Sequence[Entry], name: str, seqs: Mapping[int, int],
    carried: Carried,
) -> Entry:  # fmt: skip
    """Give a node whose rows have crossed its new place, in the tree and in the books of both spaces."""
    source, target = left[0].space, into[0].space
    place = {"parent_id": into[0].id, "name": name, "seq": seqs[target], "space_id": target}
    rows.update("spaces_node", node.id, place)
    quota.carry(source, live=-node.size, trash=-carried.trash, versions=-carried.versions)
    quota.carry(target, trash=carried.trash, versions=carried.versions)
    changes.touch([one.id for one in left], seqs[source], -node.size)
    changes.touch([one.id for one in into], seqs[target], node.size)
    moved = node._replace(parent=into[0].id, name=name, seq=seqs[target], space=target, epoch=into[0].epoch)
    changes.note("leave", actor, seqs[source], node._replace(space=source, seq=seqs[source]), node)
    changes.note("arrive", actor, seqs[target], moved, node)
    return moved
