"""Uploads in pieces: open one, keep pieces in any order and again, join them, or give up.

Each piece is an object of the storage as soon as it is there, and the file is made of those objects: joining copies
nothing. A server killed in between loses nothing that was acknowledged; the client lists what is here, and goes on.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet, Sum

from cartable.drive.models import Upload, UploadPart
from cartable.identity.actors import Actor
from cartable.kernel import clock
from cartable.kernel.errors import BadChecksum, BadInput, Changed, NameTaken, NotFound, QuotaExceeded, TooLarge
from cartable.kernel.storage import Missing, Stored, storage
from cartable.options import options
from cartable.spaces import content, quota
from cartable.spaces.names import clean_name
from cartable.spaces.tasks import hash_joined

if TYPE_CHECKING:
    from cartable.spaces.models import Blob

T = TypeVar("T")

UNUSED = timedelta(days=1)  # after which an upload is given up: as Nextcloud's UploadCleanup
LONGEST = timedelta(days=7)  # from the first piece to the last; the collector of bytes counts on it
MOST_PARTS = 10_000  # as S3
HASHED_AT_ONCE = 256 * 2**20  # bytes of a joined file whose checksums are computed before it appears; of others, later
PART_NAME_MAX = 100


@dataclass(frozen=True, slots=True)
class Into:
    """Where an upload goes, as its client says: the space, the bytes it writes over there, the bytes announced in all."""

    space: int
    over: int = 0
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A piece that is here."""

    name: str
    size: int
    stored: Stored


@dataclass(frozen=True, slots=True)
class Opened:
    """An upload under way, its pieces in the order they will have in the file."""

    id: int
    name: str
    size: int | None
    used_at: datetime
    parts: tuple[Part, ...]

    @property
    def received(self) -> int:
        """Bytes that are here."""
        return sum(part.size for part in self.parts)


def rank(name: str) -> tuple[tuple[int, int | str], ...]:
    """Return what pieces are ordered by: numbers in their names count as numbers (strnatcmp of AssemblyStream.php). Pure."""
    parts = re.split(r"([0-9]+)", name)  # odd ones are the numbers
    return tuple((0, int(one)) if at % 2 else (1, one) for at, one in enumerate(parts) if one)


def begin(actor: Actor, name: str, size: int | None = None) -> None:
    """Open an upload. Raises NameTaken if it is open already, BadName, TooLarge."""
    if size is not None and size > options.upload_max:
        raise TooLarge(size)
    now = clock.now()
    try:
        with transaction.atomic():
            Upload.objects.create(person=actor.active, name=clean_name(name), size=size, opened_at=now, used_at=now)
    except IntegrityError as taken:
        raise NameTaken(name) from taken


def one(actor: Actor, name: str) -> Opened:
    """Return an upload of the actor's own. Raises NotFound, also for one that took too long and is not forgotten yet."""
    return _opened(_row(actor, name))


def all_of(actor: Actor) -> list[Opened]:
    """Return the actor's uploads under way."""
    return [_opened(row) for row in _alive().filter(person=actor.somebody).order_by("pk")]


def waiting(actor: Actor) -> tuple[int, int]:
    """Return how many uploads of the actor are under way, and the bytes of them that are here."""
    found = _alive().filter(person=actor.somebody)
    size = UploadPart.objects.filter(upload__in=found).aggregate(all=Sum("size"))["all"] or 0
    return found.count(), size


def make_room(actor: Actor, name: str, part: str, length: int | None, into: Into | None = None) -> None:
    """Refuse, before its bytes are sent, a piece that could not be kept. Raises NotFound, TooLarge, QuotaExceeded."""
    _refuse_excess(_row(actor, name), part, length or 0, into)
    limit = options.quota_person
    waiting = UploadPart.objects.filter(upload__person=actor.somebody).aggregate(all=Sum("size"))["all"] or 0
    if limit >= 0 and waiting + (length or 0) > max(limit, options.upload_max):
        raise QuotaExceeded(name)


@transaction.atomic
def keep(actor: Actor, name: str, part: str, stored: Stored, into: Into | None = None) -> bool:
    """Keep a piece, in place of one of the same name; return whether it is new.

    Raises NotFound, BadName, BadInput for too many, TooLarge for more than was announced, QuotaExceeded.
    """
    row = _row(actor, name, lock=True)
    part = clean_name(part)
    if len(part) > PART_NAME_MAX:
        raise BadInput(part)
    _refuse_excess(row, part, stored.size, into)
    before = list(UploadPart.objects.filter(upload=row, name=part).values_list("key", flat=True))
    UploadPart.objects.filter(upload=row, name=part).delete()
    UploadPart.objects.create(
        upload=row, name=part, key=stored.key, size=stored.size, sha256=stored.sha256, sha1=stored.sha1, md5=stored.md5
    )
    Upload.objects.filter(pk=row.pk).update(used_at=clock.now())
    transaction.on_commit(lambda: storage().delete(before))
    return not before


@transaction.atomic
def drop(actor: Actor, name: str, part: str) -> None:
    """Forget a piece. Raises NotFound."""
    found = UploadPart.objects.filter(upload=_row(actor, name, lock=True), name=part)
    keys = list(found.values_list("key", flat=True))
    if not keys:
        raise NotFound(part)
    found.delete()
    transaction.on_commit(lambda: storage().delete(keys))


@transaction.atomic
def give_up(actor: Actor, name: str) -> None:
    """Forget an upload and its pieces. Raises NotFound, also if it has just become a file."""
    _forget(_row(actor, name, lock=True))


@transaction.atomic
def give_up_all(actor: Actor) -> int:
    """Forget every upload of the actor that is under way, and return how many."""
    found = list(_alive().select_for_update().filter(person=actor.somebody).order_by("pk"))
    for row in found:
        _forget(row)
    return len(found)


def join(
    actor: Actor,
    name: str,
    write: Callable[["Blob"], T],
    *,
    size: int | None = None,
    checksum: tuple[str, str] | None = None,
) -> T:
    """Make a file of the pieces, by `write`, in the transaction in which the upload ends; return what it returns.

    `size` and `checksum` (algorithm, hexadecimal digest) are what the client announces: an announced checksum is always
    verified first. Raises NotFound, BadInput, BadChecksum, and what `write` raises: the upload then stays as it is.
    """
    opened = one(actor, name)
    total = opened.size if size is None else size
    if (total is not None and opened.received != total) or (total is None and not opened.parts):
        raise BadInput(opened.received)
    try:
        blob = _joined(opened.parts, checksum)
    except Missing:
        if one(actor, name).parts == opened.parts:
            raise
        raise Changed(name) from None  # somebody replaced a piece while it was hashed
    with transaction.atomic():
        row = _row(actor, name, lock=True)
        if _opened(row).parts != opened.parts:
            raise Changed(name)
        made = write(blob)
        row.delete()
        if blob.sha256 is None:
            hash_joined.enqueue(blob.pk)
    return made


def expired(limit: int = 100) -> list[int]:
    """Return uploads that nobody goes on with, or that take too long."""
    return list(_overdue().order_by("pk").values_list("pk", flat=True)[:limit])


@transaction.atomic
def expire(upload_id: int) -> None:
    """Forget an upload on nobody's behalf, unless its client came back meanwhile."""
    if row := _overdue().select_for_update().filter(pk=upload_id).first():
        _forget(row)


def keys_drawn(day: date) -> set[str]:
    """Return the keys of pieces that were drawn on a day and wait to be joined: the collector of bytes spares them."""
    return set(UploadPart.objects.filter(key__startswith=f"{day:%Y%m%d}/").values_list("key", flat=True))


def _alive() -> QuerySet[Upload]:
    return Upload.objects.filter(opened_at__gte=clock.now() - LONGEST)


def _overdue() -> QuerySet[Upload]:
    now = clock.now()
    return Upload.objects.filter(Q(used_at__lt=now - UNUSED) | Q(opened_at__lt=now - LONGEST))


def _row(actor: Actor, name: str, *, lock: bool = False) -> Upload:
    """Return an upload; what changes it, or ends it, holds its row until the end of the transaction."""
    found = _alive().select_for_update() if lock else _alive()
    row = found.filter(person=actor.somebody, name=name).first()
    if row is None:
        raise NotFound(name)
    return row


def _opened(row: Upload) -> Opened:
    rows = UploadPart.objects.filter(upload=row).values_list("name", "key", "size", "sha256", "sha1", "md5")
    parts = [Part(name, size, Stored(key, size, *map(bytes, sums))) for name, key, size, *sums in rows]
    return Opened(row.pk, row.name, row.size, row.used_at, tuple(sorted(parts, key=lambda part: rank(part.name))))


def _refuse_excess(row: Upload, part: str, length: int, into: Into | None) -> None:
    others = UploadPart.objects.filter(upload=row).exclude(name=part).aggregate(size=Sum("size"), count=Count("pk"))
    most = options.upload_max if row.size is None else min(row.size, options.upload_max)
    if (others["size"] or 0) + length > most:
        raise TooLarge(row.name)
    if others["count"] >= MOST_PARTS:
        raise BadInput(row.name)
    if into is not None:
        come = max((others["size"] or 0) + length, row.size or 0, into.total or 0)
        quota.refuse_over(into.space, come - into.over)


def erase(person: int) -> None:
    """Forget the uploads of somebody who is erased. Declared in `apps.py`."""
    for row in Upload.objects.filter(person=person):
        _forget(row)


def _forget(row: Upload) -> None:
    """Forget an upload whose row is held: once it has become a file, its keys are that file's."""
    keys = list(UploadPart.objects.filter(upload=row).values_list("key", flat=True))
    row.delete()
    transaction.on_commit(lambda: storage().delete(keys))


def _joined(parts: Sequence[Part], checksum: tuple[str, str] | None) -> "Blob":
    """Return the row of the file that pieces make, with its checksums if they are known by now. Raises BadChecksum."""
    if len(parts) == 1:
        blob = content.new_blob(parts[0].stored)
    else:
        blob = content.joined_blob([(part.stored.key, part.size) for part in parts])
        wanted = ("sha256", "sha1", "md5") if blob.size <= HASHED_AT_ONCE else (checksum[0],) if checksum else ()
        digests = {algorithm: hashlib.new(algorithm, usedforsecurity=False) for algorithm in wanted}
        for block in content.blob_blocks(blob) if wanted else ():
            for digest in digests.values():
                digest.update(block)
        for algorithm, digest in digests.items():
            setattr(blob, algorithm, digest.digest())
    if checksum and getattr(blob, checksum[0]).hex() != checksum[1]:
        raise BadChecksum(checksum[0])
    return blob
