"""The trash: one mark on a node makes all below it unreachable; taking the mark away brings it all back.

It is a space's, shown to whoever may write where the node was. Purging deletes rows; the collector takes the bytes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Sum

from cartable.identity.actors import Actor
from cartable.kernel import clock
from cartable.kernel.errors import Denied, NameTaken, NotFound
from cartable.options import options
from cartable.spaces import changes, locks, quota, sharing, transit, tree, versions
from cartable.spaces.access import Reached, Right, admit, reach
from cartable.spaces.entries import Entry
from cartable.spaces.lineage import batches, entries, entry, lineage, subtree
from cartable.spaces.models import Node, Version
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
    """Put a node in the trash. The actor needs WRITE on the folder it is in.

    Raises NotFound, Denied (also for a root), Locked, and what `guard` raises.
    """
    node, seq = changes.enter(actor, node_id, Right.VIEW)
    folder = tree.folder_left(actor, node)
    locks.respect(actor, node.chain, below=True)
    transit.respect_below(node.entry)
    guard(node.entry)
    tree.take_out(actor, node.entry, seq)
    changes.touch(tree.ids(folder.chain), seq, -node.entry.size)


def contents(actor: Actor, space_id: int, limit: int = 1000) -> list[Trashed]:
    """Return what is in the trash of a space and was where the actor may write, the latest first.

    The number of queries depends on the number of folders things were in, not on what is in the trash.
    """
    spaces = transit.reaching([space_id])
    rows = Node.objects.filter(space__in=spaces).exclude(trashed_at=None).order_by("-trashed_at", "-pk")[:limit]
    marks = {pk: (at, by) for pk, at, by in rows.values_list("pk", "trashed_at", "trashed_by")}
    found = {one.id: one for one in entries(marks)}
    folders: dict[int | None, Reached | None] = {}
    shown = []
    for pk, (at, by) in marks.items():
        parent = found[pk].parent
        if parent not in folders:
            folders[parent] = _writable(actor, parent)
        folder = folders[parent]
        if folder and at and folder.chain[-1].space == space_id:
            shown.append(Trashed(found[pk], tuple(one.name for one in reversed(folder.chain)), at, by))
    return shown


@transaction.atomic
def restore(actor: Actor, node_id: int, *, into: int | None = None, name: str | None = None) -> Entry:
    """Take a node out of the trash, into the folder it was in or the folder `into` of the same space, and return it.

    If its name is taken there it gets a free one, unless `name` says which: raises NameTaken then.
    The actor needs WRITE where it was and where it goes. Raises NotFound, Denied, QuotaExceeded, Locked, Moving.
    """
    gone = _trashed(node_id)
    seq = changes.begin(gone.space)
    gone = _trashed(node_id)
    folder = _writable(actor, gone.parent)
    if folder is None:
        raise NotFound(node_id)
    transit.respect(folder.chain)
    target = reach(actor, gone.parent if into is None else into, Right.WRITE)
    if target.entry.space != gone.space or not target.entry.is_folder:
        raise NotFound(into)
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
    """Delete for good a node that is in the trash. The actor needs WRITE where it was. Raises NotFound, Denied, Moving."""
    gone = _trashed(node_id)
    seq = changes.begin(gone.space)
    folder = _writable(actor, gone.parent)
    if folder is None:
        raise NotFound(node_id)
    transit.respect(folder.chain)
    _erase(actor, gone, seq)


@transaction.atomic
def empty(actor: Actor, space_id: int) -> int:
    """Delete for good what the actor sees in the trash of a space, and return how many nodes that was."""
    seq = changes.begin(space_id)
    doomed = contents(actor, space_id, limit=100_000)
    for one in doomed:
        if entry(one.entry.id):  # not gone with a folder that was purged before it
            _erase(actor, one.entry, seq)
    return len(doomed)


def overdue(limit: int = 100) -> list[int]:
    """Return nodes that have been in the trash for longer than `trash_days`, the oldest first."""
    since = clock.now() - timedelta(days=options.trash_days)
    return list(Node.objects.filter(trashed_at__lt=since).order_by("trashed_at").values_list("pk", flat=True)[:limit])


@transaction.atomic
def expire(node_id: int) -> None:
    """Delete for good a node whose days in the trash are over, on nobody's behalf. Nothing happens if it left the trash.

    Where something is on its way to another space, it waits.
    """
    gone = Node.objects.filter(pk=node_id).exclude(trashed_at=None).values_list("space_id", flat=True).first()
    if gone is None:
        return
    seq = changes.begin(gone)
    if transit.touches(gone):
        return
    _erase(Actor(frozenset()), _trashed(node_id), seq)


def _trashed(node_id: int) -> Entry:
    found = entry(node_id)
    if found is None or not Node.objects.filter(pk=node_id).exclude(trashed_at=None).exists():
        raise NotFound(node_id)
    return found


def _writable(actor: Actor, folder_id: int | None) -> Reached | None:
    """Return a folder if the actor may write in it; None if not, or if it is in the trash itself."""
    try:
        return admit(actor, lineage(folder_id), Right.WRITE)
    except (NotFound, Denied):
        return None


def _erase(actor: Actor, gone: Entry, seq: int) -> None:
    """Delete the rows of a trashed node and of all below it, in batches, the deepest first."""
    doomed = subtree(gone.id)
    inside = Node.objects.filter(pk__in=doomed).exclude(trashed_at=None).aggregate(all=Sum("size"))["all"] or 0
    versions.forget(gone.space, _versions_of(doomed))
    for batch in reversed(list(batches(doomed))):
        sharing.forget_links(batch)
        Node.objects.filter(pk__in=batch).delete()
    quota.add(gone.space, trash=-inside)
    changes.note("purge", actor, seq, gone)


def _versions_of(node_ids: list[int]) -> list[int]:
    return [
        pk for batch in batches(node_ids) for pk in Version.objects.filter(node__in=batch).values_list("pk", flat=True)
    ]
