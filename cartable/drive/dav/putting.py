"""PUT (RFC 4918 §9.7, RFC 9110 §9.3.4): all that can be refused is refused before a byte is read; the file appears whole."""

import errno
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse

from cartable.drive.dav.door import Door, Terms, terms_of
from cartable.drive.dav.methods import identity
from cartable.drive.dav.refusals import refused
from cartable.kernel import given
from cartable.kernel.errors import (
    BadChecksum,
    BadInput,
    Changed,
    NoSuchFolder,
    NotAFile,
    QuotaExceeded,
    Refusal,
    TooLarge,
)
from cartable.kernel.storage import Sink, Stored, storage
from cartable.options import options
from cartable.spaces import content, joining, locks, paths, quota
from cartable.spaces.access import Reached, Right
from cartable.spaces.entries import Entry
from cartable.spaces.paths import Place

if TYPE_CHECKING:
    from cartable.spaces.models import Blob

ALGORITHMS = {"SHA1": "sha1", "MD5": "md5", "SHA256": "sha256"}  # those that are always computed
SMALL = 256 * 1024  # bytes of a body that has arrived before anyone looks at its request
LATEST = 1 << 40  # seconds since 1970: what comes after is no date


@dataclass(frozen=True, slots=True)
class Announced:
    """What the headers of an upload say of its bytes."""

    length: int | None
    checksum: tuple[str, str] | None  # algorithm, hexadecimal digest
    mtime: int | None

    def verify(self, stored: Stored) -> None:
        """Raise BadInput or BadChecksum unless these are the bytes announced."""
        if self.length is not None and stored.size != self.length:
            raise BadInput(stored.size)
        if self.checksum and getattr(stored, self.checksum[0]).hex() != self.checksum[1]:
            raise BadChecksum(self.checksum[0])


def announced(request: HttpRequest) -> Announced:
    """Return what an upload announces. Raises BadInput, and TooLarge for more than this site takes."""
    raw = request.META.get("CONTENT_LENGTH") or ""
    length = given.whole(raw) if raw else None
    if length is not None and length > options.upload_max:
        raise TooLarge(length)
    return Announced(length, checksum_of(request.headers.get("OC-Checksum", "")), date_of(request))


def checksum_of(header: str) -> tuple[str, str] | None:
    """Return the checksum a client announces (`SHA1:0a1b…`), or None for none and for an algorithm we don't compute. Raises BadInput."""
    name, _, digest = header.strip().partition(":")
    algorithm = ALGORITHMS.get(name.upper())
    if algorithm is None:
        return None
    if len(digest) != hashlib.new(algorithm, usedforsecurity=False).digest_size * 2:
        raise BadInput(header)
    return algorithm, digest.lower()


def date_of(request: HttpRequest) -> int | None:
    """Return the date a client gives (`X-OC-Mtime`, in seconds, iOS with decimals); None for none and for nonsense like 0. Raises BadInput."""
    raw = request.headers.get("X-OC-Mtime")
    if raw is None:
        return None
    return max(seconds_of(raw), 0) or None


def seconds_of(raw: str) -> int:
    """Return a date in seconds since 1970, which clients may write with decimals. Raises BadInput, also for what is beyond LATEST."""
    try:
        seconds = int(float(raw))
    except (ValueError, OverflowError) as error:
        raise BadInput(raw[:100]) from error
    if abs(seconds) >= LATEST:
        raise BadInput(raw[:100])
    return seconds


class Incoming:
    """The bytes of one upload on their way to the storage. `keep` makes them visible, and answers."""

    def __init__(self, said: Announced, keep: Callable[[Stored], HttpResponse]) -> None:
        self._said, self._keep = said, keep
        self._sink: Sink = storage().begin()
        self._size = 0

    def write(self, block: bytes) -> HttpResponse | None:
        """Keep the next bytes; an answer refuses those to come."""
        self._size += len(block)
        if self._size > options.upload_max:
            return refused(TooLarge(self._size))
        try:
            self._sink.write(block)
        except OSError as full:
            if full.errno not in {errno.ENOSPC, errno.EDQUOT}:
                raise
            return refused(QuotaExceeded())
        return None

    def finish(self) -> HttpResponse:
        """Verify what came, and make it visible; if it can't be, nothing of it stays."""
        stored = self._sink.finish()
        try:
            self._said.verify(stored)
            return self._keep(stored)
        except Refusal as refusal:
            content.forget(stored)
            return refused(refusal)

    def abort(self) -> None:
        """Leave nothing."""
        self._sink.abort()


def answer(request: HttpRequest, door: Door) -> Incoming:
    """PUT. What comes back receives the body. 201 if the file is new, 204 if not."""
    said = announced(request)
    door, terms = terms_of(request, door)
    target = target_of(request, door)
    target.refuse_early(terms, said.length, arrived=said.length is not None and said.length <= SMALL)

    def keep(stored: Stored) -> HttpResponse:
        return target.write(terms, content.new_blob(stored), said.mtime)

    return Incoming(said, keep)


@dataclass(frozen=True, slots=True)
class Target:
    """Where an upload goes: what is there, the folder, and the folders to make on the way."""

    door: Door
    place: Place
    folder: Reached
    missing: tuple[str, ...] = ()

    def refuse_early(self, terms: Terms, length: int | None, *, arrived: bool = False) -> None:
        """Raise what would be raised at the end anyway: NotAFile, Denied, Changed, Locked, QuotaExceeded.

        `arrived`: the body is here already, so that nothing is won by asking the database twice.
        """
        node = self.place.node
        try:
            terms.guard(node.entry if node else None)
        except Changed:
            if node is None or not joining.joint(node.entry, terms.read):
                raise
        if node and node.entry.is_folder:
            raise NotAFile(node.entry.name)
        if not (node or self.folder).may(Right.WRITE):
            raise self.door.actor.denied()
        if not arrived:
            locks.respect(self.door.actor, (node or self.folder).chain)
            there = node.entry if node else self.folder.entry
            quota.refuse_over(there.space, (length or 0) - (node.entry.size if node else 0))

    def write(self, terms: Terms, blob: "Blob", mtime: int | None) -> HttpResponse:
        """Make these bytes the content of the file. 201 if it is new, 204 if not.

        A file that people edit meanwhile is joined with what is written from an earlier version of it.
        """
        try:
            entry, new = self._write(terms, blob, mtime)
        except Changed:
            if self.place.node is None:
                raise
            entry, new = joining.join(self.door.actor, self.place.node.id, blob, read=terms.read, mtime=mtime), False
        response = HttpResponse(status=201 if new else 204, headers=identity(entry))
        if mtime is not None:
            response.headers["X-OC-MTime"] = "accepted"
        return response

    def _write(self, terms: Terms, blob: "Blob", mtime: int | None) -> tuple[Entry, bool]:
        actor, node = self.door.actor, self.place.node
        if node and (self.place.mounted or not self.folder.may(Right.WRITE)):
            return content.write_over(actor, node.id, blob, mtime=mtime, guard=terms.guard), False
        return content.write(
            actor, self.folder.id, self.place.name, blob, mtime=mtime, guard=terms.guard, through=self.missing
        )


def target_of(request: HttpRequest, door: Door) -> Target:
    """Return where an upload goes. With `X-NC-WebDAV-Auto-Mkcol` (iOS) the folders on the way may be missing.

    Raises NoSuchFolder, BadName, NotAFile.
    """
    try:
        place = door.locate()
    except NoSuchFolder:
        if request.headers.get("X-NC-WebDAV-Auto-Mkcol") != "1":
            raise
        return _from_deepest(door)
    if place.folder is None:
        raise NotAFile
    return Target(door, place, place.folder)


def _from_deepest(door: Door) -> Target:
    """Return a target that begins at the deepest folder of the path that is there. Raises NoSuchFolder if a file is in the way."""
    names = paths.split(door.path)
    for depth in range(len(names) - 1, 0, -1):
        try:
            place = door.locate("/".join(names[:depth]))
        except NoSuchFolder:
            continue
        if place.node is None and place.folder is not None:
            return Target(door, Place(None, place.folder, names[-1]), place.folder, tuple(names[depth - 1 : -1]))
        break
    raise NoSuchFolder(names[-1])
