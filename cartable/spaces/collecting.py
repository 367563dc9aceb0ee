"""What nobody names any more: bytes left by a process that died, blobs without a node, documents whose days are over.

In two steps, a day apart: mark, then delete under the row's lock. Whoever points to a blob in between takes the mark
away, so that a writer and the collector cannot disagree about it.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

from django.db import connection, transaction

from cartable.kernel import clock
from cartable.kernel.storage import storage
from cartable.spaces.models import Blob

WAIT = timedelta(days=1)  # between the mark and the deletion; longer than any copy of the database takes
BATCH = 500
LONGEST_UPLOAD = timedelta(days=8)  # from the first piece of a file to the last

_UNREFERENCED = """
NOT EXISTS (SELECT 1 FROM spaces_node n WHERE n.blob_id = b.id)
AND NOT EXISTS (SELECT 1 FROM spaces_version v WHERE v.blob_id = b.id)
"""


def mark() -> int:
    """Mark the blobs that nothing points to, and unmark those that something does again; return how many were marked."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE spaces_blob AS b SET dead_at = NULL WHERE dead_at IS NOT NULL AND NOT ({_UNREFERENCED})"  # noqa: S608
        )
        cursor.execute(
            f"UPDATE spaces_blob AS b SET dead_at = %s WHERE dead_at IS NULL AND {_UNREFERENCED}",  # noqa: S608
            [clock.now()],
        )
        return int(cursor.rowcount)


def collect() -> int:
    """Delete the blobs marked for long enough and still unreferenced, bytes and rows; return how many."""
    collected = 0
    while gone := _delete_dead(BATCH):
        collected += gone
    return collected


def first_day() -> date | None:
    """Return the day (UTC) when the first of the blobs we know was written; None if there is none."""
    first = Blob.objects.order_by("pk").values_list("created_at", flat=True).first()
    return None if first is None else first.astimezone(UTC).date()


def orphans(day: date) -> list[str]:
    """Return the keys that were drawn on a day and that no blob names: what a process left that died before its row."""
    keys = iter(storage().keys(day))
    found: list[str] = []
    while batch := list(islice(keys, BATCH)):
        found += _unnamed(batch, day)
    return found


def forget_orphans(day: date, spared: Iterable[str] = ()) -> int:
    """Delete the bytes of a day past that no row names, except `spared` ones; return how many objects."""
    doomed = set(orphans(day)) - set(spared)
    storage().delete(doomed)
    return len(doomed)


@transaction.atomic
def _delete_dead(limit: int) -> int:
    """Delete some dead blobs under their rows' locks, the bytes first: a row that outlives them is met again."""
    lock = "FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT b.id FROM spaces_blob b WHERE b.dead_at < %s AND {_UNREFERENCED} ORDER BY b.id LIMIT {limit} {lock}",  # noqa: S608
            [clock.now() - WAIT],
        )
        ids = [row[0] for row in cursor.fetchall()]
    rows = list(Blob.objects.filter(pk__in=ids).values_list("key", "parts"))
    for key, parts in rows:
        storage().delete([key] if parts is None else [part for part, _ in parts])
    Blob.objects.filter(pk__in=ids).delete()
    return len(ids)


def _unnamed(keys: list[str], day: date) -> list[str]:
    """Return which of some keys drawn on a day no blob names, as a whole or as a part."""
    named = set(Blob.objects.filter(key__in=keys).values_list("key", flat=True))
    if len(named) < len(keys):
        named |= _parts_drawn(day)
    return [key for key in keys if key not in named]


def _parts_drawn(day: date) -> set[str]:
    """Return the keys of parts that files sent in pieces may have drawn on a day: those joined then or soon after."""
    start = datetime.combine(day, time.min, tzinfo=UTC)
    joined = Blob.objects.filter(created_at__gte=start, created_at__lt=start + LONGEST_UPLOAD).exclude(parts=None)
    return {key for parts in joined.values_list("parts", flat=True) for key, _ in parts or ()}
