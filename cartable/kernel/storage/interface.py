"""What a place for bytes can do. Bytes never change under a key, and are nowhere before they are whole.

A key says on which day it was drawn, and nothing else: no space, no person. So moving a document moves no byte, and the
collector of forgotten bytes lists one day at a time (decision 2).
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date
from pathlib import Path
from typing import Protocol

from cartable.kernel import clock

BLOCK = 256 * 1024  # bytes; beyond, reading gets no faster and memory no smaller
KEY = re.compile(r"\d{8}/[0-9a-f]{2}/[a-z2-7]{32}", re.ASCII)


class Missing(Exception):
    """A row names bytes that are not there. Never a person's mistake: a bug, or a damaged disk."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes as they were received, whole and durable: `size` in bytes, and the three digests that clients ask for."""

    key: str
    size: int
    sha256: bytes
    sha1: bytes
    md5: bytes


class Sink(Protocol):
    """Bytes on their way in. Nothing is visible before `finish` returns; one of `finish` and `abort` ends it."""

    def write(self, block: bytes) -> None:
        """Take the next bytes. Raises OSError if the place is full or unreachable: then abort."""

    def finish(self) -> Stored:
        """Make the bytes durable, then visible under their key; a power cut after it returns takes nothing away."""

    def abort(self) -> None:
        """Leave nothing behind. May be called twice, and after `finish`, when it does nothing."""


class Storage(Protocol):
    """A place for bytes. Its methods may be called from any thread."""

    def begin(self) -> Sink:
        """Draw a new key and start taking bytes for it."""

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Return the bytes from `start`, at most `length` of them, lazily, in blocks of about BLOCK.

        Fewer if the object ends before. Raises Missing at once, not at the first block.
        """

    def path(self, key: str) -> Path | None:
        """Return the file that a server may send by itself, or None where there is none. Does not look at the disk."""

    def delete(self, keys: Iterable[str]) -> None:
        """Delete these bytes for ever. Absent keys are fine."""

    def keys(self, day: date) -> Iterator[str]:
        """Return the keys drawn that day (UTC), for the collector."""

    def sweep(self) -> None:
        """Remove what uploads that died more than a day ago left behind."""


def draw_key() -> str:
    """Return a new key: the day in UTC, one of 256 folders, 160 random bits."""
    drawn = secrets.token_bytes(20)
    return f"{clock.now().astimezone(UTC):%Y%m%d}/{drawn[0]:02x}/{base64.b32encode(drawn).decode().lower()}"


def check_key(key: str) -> str:
    """Return the key. Raises Missing if it is not one of ours: it might name a file elsewhere."""
    if not KEY.fullmatch(key):
        raise Missing(key)
    return key


class Tally:
    """Counts and digests bytes as they pass. hashlib lets other threads run during blocks above 2 KiB."""

    def __init__(self) -> None:
        self.size = 0
        self._digests = (hashlib.sha256(), hashlib.sha1(usedforsecurity=False), hashlib.md5(usedforsecurity=False))

    def add(self, block: bytes) -> None:
        """Take the next bytes into account."""
        self.size += len(block)
        for digest in self._digests:
            digest.update(block)

    def stored(self, key: str) -> Stored:
        """Return what has passed so far, as stored under a key."""
        sha256, sha1, md5 = (digest.digest() for digest in self._digests)
        return Stored(key, self.size, sha256, sha1, md5)
