"""The trash: one mark on a node makes all below it unreachable; taking the mark away brings it all back.

It is a space's, shown to whoever may write where the node was. What is much to delete for good, a task deletes in batches
(`erasing.py`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet

from cartable.identity import people
from cartable.identity.actors import NOBODY, Actor
from cartable.kernel import clock, retentions
from cartable.kernel.errors import NameTaken, NotFound
from cartable.kernel.tasks import enqueue_once, progress, task, under_way
from cartable.spaces import changes, erasing, locks, quota, transit, tree
from cartable.spaces.access import Given, Reached, Right, barred, given, reach, respect_closed, sum_along
from cartable.spaces.entries import Entry
from cartable.spaces.lineage import entries, entry, exceeds, lineage, lineages, respect_depth
from cartable.spaces.models import Grant, Node
from cartable.spaces.names import child, clean_name, free_name


@dataclass(frozen=True, slots=True)
class Trashed:
    """A node in the trash: where it was (names from the root of its space, the last one its folder's), when and by whom it was put there."""

    entry: Entry
    place: tuple[str, ...]
    at: datetime
    by: int | None


@transaction.atomic
def discard(actor: Actor, node_id: int, *, guard: tree.Guard = tree.anything) -> None:
    """Put a node in the trash. The actor needs WRITE on the folder it is in, and on the closed folders in it.

    Raises NotFound, Denied (also for a root), Locked, and what `guard` raises.
    """
    node, seq = changes.enter(actor, node_id, Right.VIEW)
    folder = tree.folder_left(actor, node)
    respect_closed(actor, node)
    locks.respect(actor, node.chain, below=True)
    transit.respect_below(node.entry)
    guard(node.entry)
    tree.take_out(actor, node.entry, seq)
    changes.touch(tree.ids(folder.chain), seq, -node.entry.size)


def contents(actor: Actor, space_id: int, limit: int = 1000) -> list[Trashed]:
    """Return what is in the trash of a space and was where the actor may write, the latest first, in a fixed number of queries."""
    if not _writes_in(actor, space_id):
        return []
    return _shown(actor, space_id, _in_trash(space_id).order_by("-trashed_at", "-pk")[:limit])


@transaction.atomic
def restore(actor: Actor, node_id: int, *, into: int | None = None, name: str | None = None) -> Entry:
    """Take a node out of the trash, into the folder it was in or the folder `into` of the same space, and return it.

    If its name is taken there it gets a free one, unless `name` says which: raises NameTaken then.
    The actor needs WRITE where it was and where it goes; to go elsewhere, on the closed folders in it too.
    Raises NotFound, Denied, TooDeep, QuotaExceeded, Locked, Moving.
    """
    node, seq = changes.enter_by(lambda: _gone(actor, node_id))
    gone = node.entry
    target = reach(actor, gone.parent if into is None else into, Right.WRITE)
    if target.entry.space != gone.space or not target.entry.is_folder:
        raise NotFound(into)
    if target.id != gone.parent:
        respect_closed(actor, node)
        respect_depth(target.chain, gone)
    locks.respect(actor, target.chain)
    transit.respect(target.chain)
    if name is not None and child(target.entry, clean_name(name)):
        raise NameTaken(name)
    final = free_name(target.entry, gone.name) if name is None else clean_name(name)
    Node.objects.filter(pk=node_id).update(trashed_at=None, trashed_by=None, parent_id=target.id, name=final, seq=seq)
    quota.add(gone.space, live=gone.size, trash=-gone.size)
    changes.touch(tree.ids(target.chain), seq, gone.size)
    back = gone._replace(parent=target.id, name=final, seq=seq)
    changes.note("restore", actor, seq, back, gone)
    return back


@transaction.atomic
def purge(actor: Actor, node_id: int) -> None:
    """Delete for good a node that is in the trash. The actor needs WRITE where it was, and on the closed folders in it.

    Raises NotFound, Denied, Moving.
    """
    node, seq = changes.enter_by(lambda: _gone(actor, node_id))
    respect_closed(actor, node)
    erasing.erase(node.entry.space, [node_id])
    changes.note("purge", actor, seq, node.entry)


@transaction.atomic
def empty(actor: Actor, space_id: int) -> int | None:
    """Delete for good what the actor sees in the trash of a space; return how many nodes that was, or None if it is much.

    A task then deletes what is there now, in batches. Raises NotFound to who may write nothing in that space.
    """
    if not _writes_in(actor, space_id):
        raise NotFound(space_id)
    seq = changes.begin(space_id)
    held = list(_in_trash(space_id).values_list("pk", flat=True)[: erasing.AT_ONCE + 1])
    if len(held) > erasing.AT_ONCE or exceeds(held, erasing.AT_ONCE):
        enqueue_once(empty_later, _key(actor, space_id), space_id, actor.somebody, clock.now().isoformat())
        return None
    return len(_empty(actor, space_id, seq, _in_trash(space_id)))


def is_emptied(actor: Actor, space_id: int) -> bool:
    """Return whether a task empties the trash of a space for the actor, or erases what was deleted there."""
    return under_way(_key(actor, space_id)) is not None or erasing.goes_on(space_id)


@task
def empty_later(space_id: int, person_id: int, until: str) -> None:
    """Delete for good what a person sees in the trash of a space and was there at a moment, in batches.

    A run that was interrupted begins again: what is gone is no longer met.
    """
    actor, reached = people.actor_of(person_id), 0
    while reached := _empty_some(actor, space_id, reached, datetime.fromisoformat(until)):
        progress(0)


@transaction.atomic
def _empty_some(actor: Actor, space_id: int, after: int, until: datetime) -> int:
    """Empty the next batch of a trash, in the order of ids; return the last id it met, 0 at the end."""
    seq = changes.begin(space_id)
    left = _in_trash(space_id).filter(pk__gt=after, trashed_at__lte=until)
    batch = list(left.order_by("pk").values_list("pk", flat=True)[: erasing.BATCH])
    _empty(actor, space_id, seq, Node.objects.filter(pk__in=batch))
    return batch[-1] if batch else 0


def _empty(actor: Actor, space_id: int, seq: int, rows: QuerySet[Node]) -> list[Entry]:
    """Delete for good what the actor sees of these trashed nodes and may take away; return it.

    Neither what is on its way to another space, nor what holds a closed folder where they may not write.
    """
    shown = [one.entry for one in _shown(actor, space_id, rows)]
    moving = transit.among_moving({one.parent for one in shown if one.parent})
    kept = barred(actor, space_id) if shown else set()
    doomed = [one for one in shown if one.parent not in moving and one.id not in kept]
    erasing.erase(space_id, [one.id for one in doomed])
    for one in doomed:
        changes.note("purge", actor, seq, one)
    return doomed


def overdue(limit: int = 100) -> list[int]:
    """Return nodes that have been in the trash for longer than `trash_days`, the oldest first.

    Not of spaces where something is on its way to another: what is done there by itself waits.
    """
    rows = _older(retentions.days("trash_days")).filter(space__transits=0)
    return list(rows.order_by("trashed_at").values_list("pk", flat=True)[:limit])


def would_go(was: int, days: int) -> int:
    """Return how many nodes that stay in the trash for `was` days would go if they stayed for `days`."""
    return _older(days).count() - _older(was).count()


def _older(days: int) -> QuerySet[Node]:
    return Node.objects.filter(trashed_at__gt=erasing.CUT, trashed_at__lt=clock.now() - timedelta(days=days))


def take_back(space_id: int, size: int) -> None:
    """Delete for good what is in the trash of a space, the oldest first, until so many bytes are free; nothing younger than a week."""
    old = Node.objects.filter(space=space_id, trashed_at__gt=erasing.CUT, trashed_at__lt=clock.now() - quota.YOUNG)
    for node_id, held in old.order_by("trashed_at").values_list("pk", "size")[:1000]:
        if size <= 0:
            break
        expire(node_id)
        size -= held


@transaction.atomic
def expire(node_id: int, *, overdue: bool = False) -> None:
    """Delete for good a node of the trash, on nobody's behalf. Nothing happens if it left the trash; nor, of what is said to
    be `overdue`, if it is not by the days now in force.

    Where something is on its way to another space, it waits.
    """
    there = _older(retentions.days("trash_days")) if overdue else Node.objects.exclude(trashed_at=None)
    gone = there.filter(pk=node_id).values_list("space_id", flat=True).first()
    if gone is None:
        return
    seq = changes.begin(gone)
    if transit.touches(gone):
        return
    doomed = _trashed(node_id)
    if doomed is None:
        return
    erasing.erase(doomed.space, [node_id])
    changes.note("purge", NOBODY, seq, doomed)


def _trashed(node_id: int) -> Entry | None:
    """Return a node if it is in the trash and not being erased, in two queries."""
    found, marked = entry(node_id), Node.objects.filter(pk=node_id, trashed_at__gt=erasing.CUT).exists()
    return found if marked else None


def _gone(actor: Actor, node_id: int) -> Reached:
    """Return a node in the trash if the actor may write where it was and in it. Four queries, whatever the answer.

    Raises NotFound: the trash shows nothing to others.
    """
    found = _trashed(node_id)
    chain = lineage((found and found.parent) or 0)
    whole = (found, *chain) if found and chain else ()
    rights = _rights_in_both(actor, whole, given(actor, [one.id for one in whole] or [0]))
    if Right.WRITE not in rights:
        raise NotFound(node_id)
    return Reached(whole[0], rights, whole)


def _rights_in_both(actor: Actor, chain: tuple[Entry, ...], grants: Iterable[Given]) -> Right:
    """Return what an actor may do both with the first node of a lineage, which is in the trash, and in its folder. Pure."""
    known = list(grants)
    return sum_along(actor, chain, known) & sum_along(actor, chain[1:], known)


def _writes_in(actor: Actor, space_id: int) -> bool:
    """Return whether the actor was given to write something in a space. One query."""
    given_there = Grant.objects.filter(node__space=space_id, principal__in=actor.principals)
    of_the_moment = given_there.exclude(expires_at__lte=clock.now())
    return of_the_moment.annotate(writes=F("rights").bitand(int(Right.WRITE))).filter(writes__gt=0).exists()


def _in_trash(space_id: int) -> QuerySet[Node]:
    """Return the rows of what is in the trash of a space and is not being erased."""
    return Node.objects.filter(space__in=transit.reaching([space_id]), trashed_at__gt=erasing.CUT)


def _shown(actor: Actor, space_id: int, rows: QuerySet[Node]) -> list[Trashed]:
    """Return those of some trashed nodes that were in this space where the actor may write, in the same order."""
    marks = {pk: (at, by) for pk, at, by in rows.values_list("pk", "trashed_at", "trashed_by") if at}
    found = {one.id: one for one in entries(marks)}
    above = lineages({one.parent for one in found.values() if one.parent})
    chains = {
        pk: (found[pk], *above[found[pk].parent or 0]) for pk in marks if pk in found and found[pk].parent in above
    }
    grants = given(actor, list({one.id for chain in chains.values() for one in chain}) or [0])
    return [
        Trashed(chain[0], tuple(one.name for one in reversed(chain[1:])), *marks[pk])
        for pk, chain in chains.items()
        if Right.WRITE in _rights_in_both(actor, chain, grants) and chain[-1].space == space_id
    ]


def _key(actor: Actor, space_id: int) -> str:
    """Return what tells the task that empties a trash for somebody from others."""
    return f"empty {space_id} {actor.person}"
