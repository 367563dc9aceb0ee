"""How what is in a folder is copied. No byte is moved: each copy points to the bytes of what it was copied from.

A small folder is copied in the transaction of the verb. A large one by a task, in batches: its copy hangs from nothing while
it grows, out of everybody's sight, and is hung in its folder once, at the end, by one short transaction (decision 7). Which
folders are still to be gone through is kept in rows (`Twin`), so that a worker that dies leaves what it committed.
"""

import logging
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import F, Q

from cartable.identity import people
from cartable.identity.actors import Actor
from cartable.kernel import clock
from cartable.kernel.errors import NotFound, Refusal, TooLarge
from cartable.kernel.tasks import enqueue_once, progress, task
from cartable.spaces import changes, erasing, quota, rows
from cartable.spaces.access import Right, reach, seen
from cartable.spaces.entries import FILE, FOLDER, Entry, new_tag
from cartable.spaces.lineage import entry, exceeds, lineages, respect_depth, subtree
from cartable.spaces.models import Node, Property, Space, Transit, Twin
from cartable.spaces.names import free_name

logger = logging.getLogger(__name__)

AT_ONCE = (
    5_000  # nodes copied in the transaction of a verb: four tenths of a second, for which writers of the space wait
)
BATCH = 2_000  # nodes copied in one transaction of the task, or by one statement
FOLDERS = 200  # folders gone through together
TURN = 100  # batches of one run of the task; those of others come between two


class Pair(NamedTuple):
    """A folder, its copy, and the last of its children (by id) that has a copy in it."""

    source: int
    twin: int
    after: int = 0


class Some(NamedTuple):
    """What a batch copied, and what it found or left to go through."""

    nodes: int
    size: int  # bytes
    pairs: list[Pair]


def is_large(node: Entry) -> bool:
    """Return whether too much hangs below a node to be copied in one transaction."""
    return node.is_folder and exceeds([node.id], AT_ONCE)


def at_once(actor: Actor, source: Entry, made: Entry, seq: int) -> int:
    """Copy what a folder holds and the actor may read into its copy, here and now, and return the bytes copied."""
    pairs, size = deque([Pair(source.id, made.id)]), 0
    while pairs:
        some = _copy_some(actor, [pairs.popleft() for _ in range(min(FOLDERS, len(pairs)))], made, seq)
        pairs.extend(some.pairs)
        size += some.size
    return size


def depart(actor: Actor, source: Entry, into: Entry, name: str, seq: int) -> Entry:
    """Begin the copy of a large folder, which a task goes on with; return its copy, that hangs from nothing yet.

    Its room is taken from now on. Raises QuotaExceeded, and TooLarge to who holds only a link: they may leave.
    """
    if actor.person is None:
        raise TooLarge(source.name)
    quota.add(into.space, live=source.size)
    now = int(clock.now().timestamp())
    made = Node.objects.create(
        space_id=into.space, name=name, kind=FOLDER, mtime=now, created=now, seq=seq, author=actor.person
    )
    Transit.objects.create(
        node=made, source=into.space, target=into.space, into=into.id, name=name, person=actor.person, seq=seq,
        size=source.size, copied=source.id, begun_at=clock.now(),
    )  # fmt: skip
    Twin.objects.create(way_id=made.pk, source=source.id, twin=made.pk)
    Space.objects.filter(pk=into.space).update(transits=F("transits") + 1)
    properties_follow({source.id: made.pk})
    go_on(made.pk)
    return Entry._make([made.pk, into.space, None, name, FOLDER, 0, now, now, seq, 0, None, actor.person, False, 0])


def go_on(node_id: int) -> None:
    """See that a copy under way has a task that goes on with it."""
    enqueue_once(copy_on, f"copy {node_id}", node_id)


def resume() -> None:
    """See that every copy under way has a task: one that failed for good would leave it there."""
    for node_id in Transit.objects.exclude(copied=None).values_list("pk", flat=True):
        go_on(node_id)


@task
def copy_on(node_id: int) -> None:
    """Go on with a copy for one turn; when nothing is left to copy, hang it in its folder, or drop it if that is refused."""
    way = Transit.objects.filter(pk=node_id).exclude(copied=None).first()
    if way is None:
        return  # it has arrived
    if not way.nodes:
        Transit.objects.filter(pk=node_id).update(nodes=len(subtree([way.copied or 0])))
    try:
        for _ in range(TURN):
            if not _copy_batch(node_id):
                _arrive(node_id)
                return
            done, nodes = Transit.objects.values_list("done", "nodes").filter(pk=node_id).first() or (1, 1)
            progress(min(99, 100 * done // max(1, nodes)))
    except Refusal as refusal:
        logger.warning("the copy of node %s is given up: %s", way.copied, type(refusal).__name__)
        _give_up(node_id)
        return
    go_on(node_id)


def properties_follow(twins: Mapping[int, int]) -> None:
    """Give copies, by what each was copied from, its dead properties (RFC 4918 §9.8.2)."""
    found = Property.objects.filter(node__in=list(twins)).values_list("node_id", "namespace", "name", "xml")
    Property.objects.bulk_create(
        Property(node_id=twins[source], namespace=namespace, name=name, xml=xml)
        for source, namespace, name, xml in found
    )


@transaction.atomic
def _copy_batch(node_id: int) -> bool:
    """Copy the next batch; return whether there was one. Two workers of the same copy wait for one another."""
    way = Transit.objects.select_for_update().filter(pk=node_id).first()
    taken = list(Twin.objects.filter(way=node_id).order_by("source")[:FOLDERS])
    top = entry(node_id)
    if way is None or top is None or not taken:
        return False
    pairs = [Pair(one.source, one.twin, one.after) for one in taken]
    some = _copy_some(_mover(way), pairs, top, way.seq)
    Twin.objects.filter(pk__in=[one.pk for one in taken]).delete()
    Twin.objects.bulk_create(Twin(way=way, **one._asdict()) for one in some.pairs)
    Transit.objects.filter(pk=node_id).update(done=F("done") + some.nodes)
    return True


@transaction.atomic
def _arrive(node_id: int) -> None:
    """Hang a copy that is whole in its folder, under a free name if its own was taken meanwhile.

    Raises Refusal if whom it is for may no longer write there, or read what was copied.
    """
    way = Transit.objects.filter(pk=node_id).first()
    if way is None:
        return
    actor = _mover(way)
    target, seq = changes.enter(actor, way.into, Right.WRITE)
    made = entry(node_id)
    if made is None or not _end(way):
        return  # another worker was first, or it was given up
    reach(actor, way.copied, Right.READ)
    respect_depth(target.chain, made)
    quota.add(way.target, live=made.size - way.size)
    name = free_name(target.entry, way.name)
    rows.update("spaces_node", node_id, {"parent_id": target.id, "name": name, "seq": seq})
    changes.touch([one.id for one in target.chain], seq, made.size)
    changes.note("copy", actor, seq, made._replace(parent=target.id, name=name, seq=seq))


@transaction.atomic
def _give_up(node_id: int) -> None:
    """Erase a copy that cannot arrive, and give its room back."""
    way = Transit.objects.filter(pk=node_id).first()
    if way is None:
        return
    changes.begin(way.target)
    drop(way)


def drop(way: Transit) -> None:
    """Erase what was copied so far, and give its room back. Nothing happens if it has arrived. The caller has locked its space."""
    if _end(way):
        quota.add(way.target, live=-way.size)
        erasing.cut_off(way.target, [way.pk])


def _end(way: Transit) -> bool:
    """Forget that a copy is under way; return whether it still was. The caller has locked its space.

    The row of the way comes first, as in `_copy_batch`: a batch that has begun ends before.
    """
    if Transit.objects.select_for_update().filter(pk=way.pk).first() is None:
        return False
    Twin.objects.filter(way=way.pk).delete()
    Transit.objects.filter(pk=way.pk).delete()
    Space.objects.filter(pk=way.target).update(transits=F("transits") - 1)
    return True


def _mover(way: Transit) -> Actor:
    """Return for whom a copy is made, as they are now. Raises NotFound."""
    if way.person is None:
        raise NotFound(way.person)
    return people.actor_of(way.person)


def _copy_some(actor: Actor, pairs: Sequence[Pair], top: Entry, seq: int) -> Some:
    """Copy the next children of some folders, a batch at most: those that the actor may read."""
    batch, left = _next_children(pairs)
    twins = {one.source: one.twin for one in pairs}
    found = [one.entry for one in seen(actor, lineages(batch).values()).values() if one.may(Right.READ)]
    made = Node.objects.bulk_create(_twin(actor, one, twins[one.parent or 0], top.space, seq) for one in found)
    copies = {one.id: twin.pk for one, twin in zip(found, made, strict=True)}
    properties_follow(copies)
    gained: Counter[int] = Counter()
    for one in found:
        gained[twins[one.parent or 0]] += 0 if one.is_folder else one.size
    _grow(top, gained)
    folders = [Pair(one.id, copies[one.id]) for one in found if one.is_folder]
    return Some(len(found), gained.total(), left + folders)


def _next_children(pairs: Sequence[Pair]) -> tuple[list[int], list[Pair]]:
    """Return the next children of some folders that have no copy yet, and the pairs that are then left, by id of the folder."""
    inside = Node.objects.filter(parent__in=[one.source for one in pairs], trashed_at=None)
    if met := [Q(parent=one.source, pk__lte=one.after) for one in pairs if one.after]:
        inside = inside.exclude(reduce(or_, met))
    found = list(inside.order_by("parent", "pk").values_list("pk", "parent")[: BATCH + 1])
    batch = [pk for pk, _ in found[:BATCH]]
    if len(found) <= BATCH:
        return batch, []
    last, stopped = found[BATCH - 1]
    left = [one for one in pairs if one.source > (stopped or 0)]
    return batch, left + [one._replace(after=last) for one in pairs if one.source == stopped]


def _twin(actor: Actor, like: Entry, folder: int, space: int, seq: int) -> Node:
    now = int(clock.now().timestamp())
    made = Node(
        space_id=space, parent_id=folder, name=like.name, kind=like.kind, mtime=now, created=now, seq=seq,
        author=actor.person,
    )  # fmt: skip
    if like.kind == FILE:
        made.blob_id, made.size, made.mtime, made.tag = like.blob, like.size, like.mtime, new_tag()
    return made


def _grow(top: Entry, gained: Mapping[int, int]) -> None:
    """Add what folders of a copy gained to their sizes and to those above, up to the top of the copy."""
    totals: Counter[int] = Counter()
    for folder, chain in lineages(folder for folder, size in gained.items() if size).items():
        for one in chain:
            totals[one.id] += gained[folder]
            if one.id == top.id:
                break
    if not totals:
        return
    with connection.cursor() as cursor:
        sizes = [(size, folder) for folder, size in sorted(totals.items())]
        cursor.executemany("UPDATE spaces_node SET size = size + %s WHERE id = %s", sizes)
