"""The bytes of files. They are stored first, complete, verified and durable; then one transaction makes them visible.

So a process killed at any moment leaves bytes nobody names, which the collector finds, and never a file with a hole.
"""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from cartable.identity.actors import Actor
from cartable.kernel import clock
from cartable.kernel.errors import NotAFile, NotFound
from cartable.kernel.storage import Stored, storage
from cartable.spaces import changes, kinds, locks, quota, rows, tree, versions
from cartable.spaces.access import Reached, Right, admit, reach
from cartable.spaces.entries import FILE, Entry, new_tag
from cartable.spaces.lineage import among, lineage, one_of, respect_depth
from cartable.spaces.models import Blob, Node
from cartable.spaces.names import child, clean_name, free_name
from cartable.spaces.tree import Guard, anything


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds: its size and checksums, and where its bytes are. The checksums of a file in pieces come later."""

    entry: Entry
    segments: tuple[tuple[str, int], ...]  # (key in the storage, bytes), in order
    sha256: bytes | None
    sha1: bytes | None
    md5: bytes | None

    @property
    def size(self) -> int:
        """Bytes in all."""
        return self.entry.size

    def blocks(self, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `start`, `length` of them at most, read as they are asked for."""
        return _blocks(self.segments, start, self.size - start if length is None else length)

    def file(self) -> str | None:
        """Return the path of the one file that holds it all, for the server to send without our hands; None if there is none."""
        path = storage().path(self.segments[0][0]) if len(self.segments) == 1 else None
        return str(path) if path else None


def open_file(actor: Actor, node_id: int) -> Content:
    """Return what a file holds. The actor needs READ. Raises NotFound, Denied, NotAFile."""
    return content_of(caught_up(reach(actor, node_id, Right.READ).entry))


def caught_up(entry: Entry) -> Entry:
    """Return a file already reached with all that people who edit it together typed until now: for who is about to read it.

    Not within a transaction, which they would wait for. Raises NotFound.
    """
    return _live(entry.id).entry if kinds.write(entry.id, entry.media_type) else entry


def present(node_id: int) -> Content:
    """Return what a file holds, without asking for whom: for what is kept beside it. Raises NotFound."""
    return content_of(_live(node_id).entry)


def content_of(entry: Entry) -> Content:
    """Return what a file already reached holds. Raises NotAFile."""
    if entry.is_folder or entry.blob is None:
        raise NotAFile(entry.name)
    return blob_content(entry, entry.blob)


def blob_content(entry: Entry, blob_id: int) -> Content:
    """Return what a blob holds, as the content of a file it is or was."""
    row = Blob.objects.filter(pk=blob_id).values_list("key", "parts", "size", "sha256", "sha1", "md5").first()
    if row is None:
        raise NotFound(blob_id)
    key, parts, size, *sums = row
    segments = tuple((part, length) for part, length in parts) if parts is not None else ((key, size),)
    return Content(entry._replace(size=size), segments, *(None if one is None else bytes(one) for one in sums))


def known(node_ids: Iterable[int]) -> set[int]:
    """Return which of some nodes there are, in the trash or not, in one query: for who keeps something beside them."""
    return set(Node.objects.filter(pk__in=list(node_ids)).values_list("pk", flat=True))


def sha1_of(blob_ids: Iterable[int]) -> dict[int, bytes]:
    """Return the SHA-1 of each of these blobs, in one query; those not yet computed are left out."""
    ids = list(blob_ids)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, sha1 FROM spaces_blob WHERE id {one_of(ids)} AND sha1 IS NOT NULL", among(ids))  # noqa: S608
        return {pk: bytes(sha1) for pk, sha1 in cursor.fetchall()}


@transaction.atomic
def write(
    actor: Actor,
    into: int,
    name: str,
    blob: Blob,
    *,
    mtime: int | None = None,
    guard: Guard = anything,
    deposit: bool = False,
    through: Sequence[str] = (),
) -> tuple[Entry, bool]:
    """Make these bytes the content of `name` in the folder `into`; return the file, and whether it is new.

    What it held becomes a version. `deposit` needs DEPOSIT only, and never writes over what is there. `through` names
    folders to go down to from there, made where they are missing.
    Raises NotFound, Denied, NotAFolder, NotAFile, TooDeep, BadName, QuotaExceeded, Locked, and what `guard` raises.
    """
    into = tree.make_folders(actor, into, through) if through else into
    folder, seq = tree.open_folder(actor, into, Right.DEPOSIT if deposit else Right.WRITE)
    name = clean_name(name)
    there = child(folder.entry, name)
    if there and deposit:
        name, there = free_name(folder.entry, name), None
    guard(there)
    if there and there.is_folder:
        raise NotAFile(name)
    save_blob(blob)
    if there is None:
        locks.respect(actor, folder.chain)
        respect_depth(folder.chain)
        made = tree.insert(actor, folder.entry, name, FILE, seq, blob=blob.pk, size=blob.size, mtime=mtime)
        quota.add(folder.entry.space, live=blob.size)
        changes.touch(tree.ids(folder.chain), seq, blob.size)
        changes.note("write", actor, seq, made)
        return made, True
    admit(actor, (there, *folder.chain), Right.WRITE)
    locks.respect(actor, (there, *folder.chain))
    return _replace(actor, there, folder.chain, seq, blob, mtime), False


@transaction.atomic
def write_over(actor: Actor, node_id: int, blob: Blob, *, mtime: int | None = None, guard: Guard = anything) -> Entry:
    """Make these bytes the content of a file, wherever it now is. The actor needs WRITE on it.

    Raises NotFound, Denied, NotAFile, QuotaExceeded, Locked, and what `guard` raises.
    """
    reached, seq = changes.enter(actor, node_id, Right.WRITE)
    if reached.entry.is_folder:
        raise NotAFile(reached.entry.name)
    guard(reached.entry)
    locks.respect(actor, reached.chain)
    if blob.pk is None:
        save_blob(blob)
    return _replace(actor, reached.entry, reached.above, seq, blob, mtime)


@transaction.atomic
def follow(node_id: int, blob: Blob, author: int | None, *, guard: Guard) -> Entry:
    """Make these bytes the content of a file that people edit together: they could write when they did, and are not asked again.

    Raises NotFound, QuotaExceeded, Locked, Moving, and what `guard` raises.
    """
    actor = Actor(frozenset({f"person:{author}"}), person=author)
    reached, seq = changes.enter_by(lambda: _live(node_id))
    guard(reached.entry)
    locks.respect(actor, reached.chain)
    save_blob(blob)
    return _replace(actor, reached.entry, reached.above, seq, blob, None)


@transaction.atomic
def keep_beside(node_id: int, blob: Blob, author: int | None) -> None:
    """Make these bytes, of a file that people edited together, a version of it: it holds others since. Raises NotFound, QuotaExceeded, Moving."""
    reached, _ = changes.enter_by(lambda: _live(node_id))
    there, now = reached.entry, int(clock.now().timestamp())
    save_blob(blob)
    kept = versions.keep(there._replace(blob=blob.pk, size=blob.size, mtime=now, tag=new_tag(), author=author))
    quota.add(there.space, versions=kept)


def _live(node_id: int) -> Reached:
    """Return a file that is in no trash, without asking for whom. Raises NotFound."""
    chain = lineage(node_id)
    if not chain or chain[0].is_folder:
        raise NotFound(node_id)
    return Reached(chain[0], Right.NONE, chain)


@transaction.atomic
def date(actor: Actor, node_id: int, mtime: int) -> Entry:
    """Give a node the date of last change its writer says (seconds since 1970), and return it. The actor needs WRITE.

    Raises NotFound, Denied, Locked.
    """
    reached, seq = changes.enter(actor, node_id, Right.WRITE)
    locks.respect(actor, reached.chain)
    tag = reached.entry.tag if reached.entry.is_folder else new_tag()
    Node.objects.filter(pk=node_id).update(mtime=mtime, tag=tag)
    changes.touch(tree.ids(reached.chain), seq)
    changes.note("date", actor, seq, reached.entry)
    return reached.entry._replace(mtime=mtime, tag=tag, seq=seq)


def blobs(blob_ids: Iterable[int]) -> dict[int, Blob]:
    """Return some blobs, by id, in one query, without asking who may read them. Raises NotFound if one is gone."""
    wanted = set(blob_ids)
    found = Blob.objects.in_bulk(wanted)
    if len(found) < len(wanted):
        raise NotFound
    return found


def blob_blocks(blob: Blob) -> Iterator[bytes]:
    """Yield all the bytes of a blob, whatever it belongs to."""
    return _blocks(blob.parts if blob.parts is not None else [(blob.key, blob.size)], 0, blob.size)


def new_blob(stored: Stored) -> Blob:
    """Return the row, not yet written, of bytes that are in the storage."""
    return Blob(
        key=stored.key, size=stored.size, sha256=stored.sha256, sha1=stored.sha1, md5=stored.md5, created_at=clock.now()
    )


def save_blob(blob: Blob) -> None:
    """Write the row of a blob, and give it its id."""
    columns = ("key", "size", "sha256", "sha1", "md5", "created_at")
    if blob.parts is not None:
        blob.save(force_insert=True)
    else:
        blob.pk = rows.insert("spaces_blob", {one: getattr(blob, one) for one in columns})


@contextlib.contextmanager
def storing(data: bytes) -> Iterator[Stored]:
    """Store bytes for a file that is about to name them; where it does not come to that, forget them."""
    sink = storage().begin()
    sink.write(data)
    stored = sink.finish()
    try:
        yield stored
    except BaseException:
        forget(stored)
        raise


def forget(stored: Stored) -> None:
    """Delete bytes that were received for nothing: no row names them."""
    storage().delete([stored.key])


def joined_blob(parts: Sequence[tuple[str, int]]) -> Blob:
    """Return the row, not yet written, of a file whose pieces are in the storage. Its checksums are a task's to compute."""
    size = sum(length for _, length in parts)
    return Blob(parts=[[key, length] for key, length in parts if length], size=size, created_at=clock.now())


def _blocks(segments: Iterable[tuple[str, int]], start: int, left: int) -> Iterator[bytes]:
    for key, size in segments:
        taken = min(size - start, left)
        if taken > 0:
            yield from storage().read(key, start, taken)
            left -= taken
        start = max(0, start - size)


def _replace(actor: Actor, there: Entry, above: Sequence[Entry], seq: int, blob: Blob, mtime: int | None) -> Entry:
    kept = versions.keep(there)
    now = int(clock.now().timestamp()) if mtime is None else mtime
    tag = new_tag()
    held = {"blob_id": blob.pk, "size": blob.size, "mtime": now, "tag": tag, "seq": seq, "author": actor.person}
    rows.update("spaces_node", there.id, held)
    quota.add(there.space, live=blob.size - there.size, versions=kept)
    changes.touch(tree.ids(above), seq, blob.size - there.size)
    written = there._replace(blob=blob.pk, size=blob.size, mtime=now, tag=tag, seq=seq, author=actor.person)
    changes.note("write", actor, seq, written, there)
    return written
