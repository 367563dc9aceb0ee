"""Bytes as plain files in a folder: written aside, made durable, then renamed. No index: the disk is the truth.

    incoming/            files being written, on the same disk; what a killed process leaves is swept a day later
    20261124/a7/u5k…     files that are whole

Only the account that runs the server may read them: 0700 and 0600.
"""

import contextlib
import os
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import BinaryIO

from cartable.kernel import clock
from cartable.kernel.storage.interface import BLOCK, Missing, Stored, Tally, check_key, draw_key
from cartable.options import options

STALE = 24 * 3600  # seconds after its last byte when an unfinished file is taken for dead
DAY = "[0-9]" * 8


class Folder:
    """A Storage in a folder of this machine, or of a disk that all servers mount."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / "incoming"
        self._settled: set[Path] = set()  # folders of keys that are there for good, as far as this process knows
        for folder in (root, self._incoming):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def begin(self) -> "FolderSink":
        key = draw_key()
        return FolderSink(self, self._incoming / key.rpartition("/")[2], key)

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        blocks = _blocks(self.path(key), start, length)
        next(blocks)  # opens the file now
        return blocks

    def path(self, key: str) -> Path:
        return self._root / check_key(key)

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            self.path(key).unlink(missing_ok=True)

    def keys(self, day: date) -> Iterator[str]:
        for file in (self._root / f"{day:%Y%m%d}").glob("*/*"):
            yield file.relative_to(self._root).as_posix()

    def sweep(self) -> None:
        for file in self._incoming.iterdir():
            with contextlib.suppress(FileNotFoundError):  # it was finished meanwhile
                if file.stat().st_mtime < clock.now().timestamp() - STALE:
                    file.unlink()
        for folder in (*self._root.glob(f"{DAY}/*"), *self._root.glob(DAY)):
            with contextlib.suppress(OSError):  # not empty
                folder.rmdir()

    def take(self, temporary: Path, key: str) -> None:
        """Put a whole file under its key, for good: a rename is durable once the folder that holds the name is."""
        place = self.path(key)
        if place.parent not in self._settled:
            self._settle(place.parent)
        try:
            temporary.rename(place)
        except FileNotFoundError:  # its folder was swept, being empty
            self._settle(place.parent)
            temporary.rename(place)
        _sync(place.parent)

    def _settle(self, leaf: Path) -> None:
        """Make the folders of a key, and make their own names durable, whoever made them."""
        for folder in (leaf.parent, leaf):
            folder.mkdir(mode=0o700, exist_ok=True)
        _sync(self._root)
        _sync(leaf.parent)
        self._settled.add(leaf)


class FolderSink:
    """A file in `incoming/` that its folder takes when it is whole."""

    def __init__(self, folder: Folder, temporary: Path, key: str) -> None:
        self._folder, self._temporary, self._key, self._tally = folder, temporary, key, Tally()
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file: BinaryIO = os.fdopen(descriptor, "wb")

    def write(self, block: bytes) -> None:
        self._tally.add(block)
        self._file.write(block)

    def finish(self) -> Stored:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._folder.take(self._temporary, self._key)
        return self._tally.stored(self._key)

    def abort(self) -> None:
        with contextlib.suppress(OSError):  # a full disk refuses what was still buffered
            self._file.close()
        self._temporary.unlink(missing_ok=True)


def open_folder(address: str) -> Folder:
    """Return the folder at `folder:PATH`, relative to the data folder; `folder:` is its folder `files`."""
    return Folder(options.data / (address.removeprefix("folder:") or "files"))


def _blocks(path: Path, start: int, length: int | None) -> Iterator[bytes]:
    """Yield one empty block once the file is open, then the bytes. Raises Missing."""
    try:
        file = path.open("rb", buffering=0)
    except FileNotFoundError as absent:
        raise Missing(path.name) from absent
    with file:
        yield b""
        file.seek(start)
        left = os.fstat(file.fileno()).st_size if length is None else length
        while left > 0 and (block := file.read(min(BLOCK, left))):
            left -= len(block)
            yield block


def _sync(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
