"""Earlier versions of files: pointers to what they held, thinned with age, never within a week nor when they bear a name.

Nor for a month after many files of the space were written over at once: a program may have destroyed what they held.
"""

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import itemgetter

from django.db import transaction
from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncHour

from cartable.identity.actors import Actor
from cartable.kernel import clock, given
from cartable.kernel.errors import Conflict, NotFound
from cartable.kernel.tasks import enqueue_once, progress, task
from cartable.options import options
from cartable.spaces import changes, locks, quota, rows, transit
from cartable.spaces.access import Right, reach
from cartable.spaces.entries import Entry, new_tag
from cartable.spaces.models import Change, Node, Space, Version

logger = logging.getLogger(__name__)

UNTOUCHED = quota.YOUNG  # younger versions are never thinned
MASS = 200  # files of a space that one person writes over within an hour of the clock: no hand does that
FROZEN = timedelta(days=30)  # during which none is thinned in that space, for somebody to notice
AT_ONCE = 1_000  # versions forgotten in one transaction, to make room
MONDAY = datetime(2001, 1, 1, tzinfo=UTC)  # from which days and weeks are counted
STEPS = (  # (up to this age, keep one of each)
    (timedelta(days=30), timedelta(days=1)),
    (timedelta(days=options.version_days), timedelta(days=7)),
)


@dataclass(frozen=True, slots=True)
class Earlier:
    """A version of a file. `written_at` is the date of its content, `replaced_at` when it stopped being the present one."""

    id: int
    blob: int
    size: int
    written_at: int
    author: int | None
    label: str
    replaced_at: datetime


_FIELDS = ("pk", "blob_id", "size", "mtime", "author", "label", "replaced_at")


def of(actor: Actor, node_id: int) -> list[Earlier]:
    """Return the versions of a file, the latest first. The actor needs READ. Raises NotFound, Denied."""
    reach(actor, node_id, Right.READ)
    return [Earlier(*row) for row in Version.objects.filter(node=node_id).order_by("-pk").values_list(*_FIELDS)]


def one(actor: Actor, node_id: int, version_id: int) -> Earlier:
    """Return one version of a file. The actor needs READ. Raises NotFound, Denied."""
    reach(actor, node_id, Right.READ)
    row = Version.objects.filter(node=node_id, pk=version_id).values_list(*_FIELDS).first()
    if row is None:
        raise NotFound(version_id)
    return Earlier(*row)


def keep(entry: Entry) -> int:
    """Make what a file holds a version of it, in the writer's transaction; return the bytes that versions now take more."""
    if entry.blob is None or entry.size == 0:
        return 0
    rows.insert(
        "spaces_version",
        {
            "node_id": entry.id,
            "blob_id": entry.blob,
            "size": entry.size,
            "mtime": entry.mtime,
            "author": entry.author,
            "label": "",
            "tag": entry.tag,
            "replaced_at": clock.now(),
        },
    )
    return entry.size


@transaction.atomic
def restore(actor: Actor, node_id: int, version_id: int) -> Entry:
    """Make a version the present content of its file, what it held becoming a version. The actor needs WRITE.

    Raises NotFound, Denied, QuotaExceeded, Locked.
    """
    reached, seq = changes.enter(actor, node_id, Right.WRITE)
    space = reached.entry.space
    locks.respect(actor, reached.chain)
    earlier = one(actor, node_id, version_id)
    kept, tag = keep(reached.entry), new_tag()
    Version.objects.filter(pk=version_id, label="").delete()
    freed = 0 if earlier.label else earlier.size
    Node.objects.filter(pk=node_id).update(
        blob_id=earlier.blob, size=earlier.size, mtime=earlier.written_at, tag=tag, seq=seq, author=actor.person
    )
    grown = earlier.size - reached.entry.size
    quota.add(space, live=grown, versions=kept - freed)
    changes.touch([folder.id for folder in reached.above], seq, grown)
    now = reached.entry._replace(blob=earlier.blob, size=earlier.size, mtime=earlier.written_at, tag=tag, seq=seq)
    changes.note("write", actor, seq, now, reached.entry)
    return now


@transaction.atomic
def name(actor: Actor, node_id: int, version_id: int, label: str) -> None:
    """Name a version, which keeps it from being thinned; an empty label takes the name away. The actor needs WRITE."""
    reach(actor, node_id, Right.WRITE)
    if not Version.objects.filter(node=node_id, pk=version_id).update(label=given.text(label, 200)):
        raise NotFound(version_id)


@transaction.atomic
def remove(actor: Actor, node_id: int, version_id: int) -> None:
    """Forget a version. The actor needs WRITE. Raises NotFound, Denied, Moving."""
    reached, _ = changes.enter(actor, node_id, Right.WRITE)
    forget(
        reached.entry.space,
        Version.objects.filter(node=node_id, pk=version_id).values_list("pk", flat=True),
        strict=True,
    )


def forget(space: int, version_ids: Iterable[int], *, strict: bool = False) -> None:
    """Delete versions and uncount their bytes. Raises NotFound if `strict` and there is none."""
    doomed = Version.objects.filter(pk__in=list(version_ids))
    size = doomed.aggregate(all=Sum("size"))["all"]
    if size is None:
        if strict:
            raise NotFound
        return
    doomed.delete()
    quota.add(space, versions=-size)


def thinned(versions: Iterable[tuple[int, datetime]], now: datetime) -> list[int]:
    """Return which of some versions (id, when it was replaced), the latest first, are too many for their age. Pure.

    Of each day, then of each week, the last one stays. Days and weeks are the calendar's (UTC): what shares one with a
    version does not depend on the night that asks.
    """
    doomed, kept = [], set()
    for version, at in versions:
        if now - at <= UNTOUCHED:
            continue
        step = next((step for limit, step in STEPS if now - at <= limit), None)
        span = step and (step, (at - MONDAY) // step)
        if span is None or span in kept:
            doomed.append(version)
        kept.add(span)
    return doomed


def with_old(after: int, limit: int = 500) -> list[int]:
    """Return the next files, by id, that have versions old enough to be thinned; none at the end. It follows the index by file."""
    old = Version.objects.filter(node__gt=after, label="", replaced_at__lt=clock.now() - UNTOUCHED)
    return list(old.order_by("node").values_list("node_id", flat=True).distinct()[:limit])


def is_frozen(space_id: int) -> bool:
    """Return whether the journal shows a mass change in a space, lately enough for nothing to be thinned there."""
    written = Change.objects.filter(space=space_id, verb="write", at__gte=clock.now() - FROZEN).exclude(
        blob_before=None
    )
    by_hour = written.annotate(hour=TruncHour("at")).values("hour", "person").order_by()
    return by_hour.annotate(files=Count("node", distinct=True)).filter(files__gte=MASS).exists()


def thin_some(node_ids: Collection[int]) -> int:
    """Forget the versions of some files that are too many for their age, and return how many; none where a space is frozen.

    Nearly every night nothing is to be forgotten of a file: it is known before its space is locked.
    """
    spaces = dict(Node.objects.filter(pk__in=_with_too_many(node_ids)).values_list("pk", "space_id"))
    frozen = {space for space in set(spaces.values()) if is_frozen(space)}
    for space in frozen:
        logger.warning("space %d: many files were written over at once, their versions are all kept for now", space)
    return sum(thin(node_id) for node_id, space in spaces.items() if space not in frozen)


@transaction.atomic
def take_back(space_id: int, size: int) -> int:
    """Forget versions of a space that bear no name, the oldest first, until so many bytes are free, and return how many.

    None in a frozen space, nor of this week; AT_ONCE at most.
    """
    changes.begin(space_id)
    if _keeps_all(space_id):
        return 0
    doomed = []
    for version_id, held in _old(space_id).order_by("replaced_at").values_list("pk", "size")[:AT_ONCE]:
        if size <= 0:
            break
        doomed.append(version_id)
        size -= held
    forget(space_id, doomed)
    return len(doomed)


def spare(space_id: int) -> int:
    """Return the bytes of the versions of a space that could go to make room: older than a week, without a name. 0 in a frozen space."""
    return 0 if _keeps_all(space_id) else (_old(space_id).aggregate(all=Sum("size"))["all"] or 0)


@transaction.atomic
def clear(actor: Actor, space_id: int) -> int | None:
    """Forget the versions of a space that `spare` counts; return their bytes, or None if they are many: a task goes on.

    The actor needs MANAGE on the whole space. Raises NotFound, Denied, and Conflict where all are kept for now.
    """
    root = Space.objects.filter(pk=space_id).values_list("root_id", flat=True).first()
    changes.enter(actor, root or 0, Right.MANAGE)
    if _keeps_all(space_id):
        raise Conflict(space_id)
    freed = spare(space_id)
    if take_back(space_id, freed) < AT_ONCE:
        return freed
    enqueue_once(clear_later, f"clear versions {space_id}", space_id, freed)
    return None


@task
def clear_later(space_id: int, size: int) -> None:
    """Go on with forgetting the versions of a space, in batches. Those that come to be a week old meanwhile may go too."""
    while take_back(space_id, size) == AT_ONCE:
        progress(0)


def _old(space_id: int) -> QuerySet[Version]:
    """Return the versions of a space that may go to make room."""
    return Version.objects.filter(node__space=space_id, label="", replaced_at__lt=clock.now() - UNTOUCHED)


def _keeps_all(space_id: int) -> bool:
    """Return whether no version of a space may go for now."""
    return transit.touches(space_id) or is_frozen(space_id)


@transaction.atomic
def thin(node_id: int) -> int:
    """Forget the versions of a file that are too many for their age, and return how many."""
    space = Node.objects.filter(pk=node_id).values_list("space_id", flat=True).first()
    if space is None:
        return 0
    changes.begin(space)
    if transit.touches(space):
        return 0
    doomed = _with_too_many([node_id]).get(node_id, [])
    forget(space, doomed)
    return len(doomed)


def _with_too_many(node_ids: Collection[int]) -> dict[int, list[int]]:
    """Return which versions of some files are too many for their age, by file, in one query."""
    rows = Version.objects.filter(node__in=node_ids, label="").order_by("node", "-pk")
    kept = groupby(rows.values_list("node_id", "pk", "replaced_at"), key=itemgetter(0))
    now = clock.now()
    doomed = {node: thinned(((pk, at) for _, pk, at in replaced), now) for node, replaced in kept}
    return {node: found for node, found in doomed.items() if found}
