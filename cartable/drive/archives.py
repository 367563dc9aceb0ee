"""Folders and selections as one zip, made while it is sent: stored, not deflated, so that its size is known first.

What it will hold is written down first, on disk and not in memory, level by level in short queries. So the bytes are those of
the moment it was asked for: blobs never change, whatever happens to their names meanwhile.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from tempfile import SpooledTemporaryFile
from zipfile import ZIP64_LIMIT, ZIP_FILECOUNT_LIMIT

from zipstream import ZipStream

from cartable.identity.actors import Actor
from cartable.kernel.errors import TooLarge
from cartable.spaces import content, homes, listing
from cartable.spaces.access import Reached, Right, reach
from cartable.spaces.entries import Entry
from cartable.spaces.names import numbered

MOST = 100_000  # documents of a zip: its end lists them all again, and the library holds that list, 60 MB of it
IN_MEMORY = 2**20  # bytes of what is written down; more goes to a file that has no name
BATCH = 100  # files whose bytes are looked up together


class Measure:
    """The size of a zip, in bytes, known before it is made (APPNOTE 6.3 §4.3), as the library writes it.

    Its own count holds every file, and is 76 bytes short of 65,535 of them (zipstream-ng 1.9).
    """

    def __init__(self) -> None:
        self.count = self._files = self._ends = 0

    def add(self, path: str, size: int) -> None:
        """Count a file, or a folder, whose path ends with a slash."""
        named, longs = len(path.encode()), int(self._files > ZIP64_LIMIT)
        self._files += 30 + named
        if not path.endswith("/"):
            wide = size * 1.05 > ZIP64_LIMIT  # where the library foresees that a size may need eight bytes
            self._files += size + (20 + 24 if wide else 16)
            longs += 2 * int(size > ZIP64_LIMIT)
        self._ends += 46 + named + (4 + 8 * longs if longs else 0)
        self.count += 1

    def __int__(self) -> int:
        wide = self.count >= ZIP_FILECOUNT_LIMIT or max(self._files, self._ends) > ZIP64_LIMIT
        return self._files + self._ends + 22 + (76 if wide else 0)


class Blocks:
    """The bytes of a zip, to be read once. Whoever does not read them closes it."""

    def __init__(self) -> None:
        self._lines = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - it lives as long as the answer
        self._made: Iterator[bytes] | None = None

    def note(self, path: str, blob: int | None, size: int) -> None:
        """Write down what comes next: a folder's path ends with a slash, an empty file has no blob."""
        self._lines.write(json.dumps([path, blob, size]).encode() + b"\n")

    def __iter__(self) -> "Blocks":
        return self

    def __next__(self) -> bytes:
        if self._made is None:
            self._lines.seek(0)
            self._made = _zipped(map(json.loads, self._lines))
        block = next(self._made, None)
        if block is None:
            self.close()
            raise StopIteration
        return block

    def close(self) -> None:
        """Forget what was written down."""
        self._lines.close()


@dataclass(frozen=True, slots=True)
class Archive:
    """A zip that is ready to be read once. `size` in bytes."""

    name: str
    size: int
    blocks: Blocks


def archive(actor: Actor, node_ids: Sequence[int]) -> Archive:
    """Return these nodes and all below them as a zip. The actor needs READ on each; what is below and not readable stays out.

    Two queries for 200 folders or 2,000 nodes come first; while it is sent, one query for 100 files.
    Raises NotFound, Denied, TooLarge above MOST documents.
    """
    reached = [reach(actor, node_id, Right.READ) for node_id in node_ids]
    blocks, measure, taken = Blocks(), Measure(), set[str]()
    try:
        for one in reached:
            for path, entry in _walk(actor, one, _name(one.entry, taken)):
                held = entry.blob if entry.size else None
                where, size = (f"{path}/", 0) if entry.is_folder else (path, entry.size if held else 0)
                measure.add(where, size)
                blocks.note(where, None if entry.is_folder else held, size)
                if measure.count > MOST:
                    raise TooLarge(measure.count)
    except BaseException:
        blocks.close()
        raise
    return Archive(f"{_title(reached)}.zip", int(measure), blocks)


def _name(entry: Entry, taken: set[str]) -> str:
    """Return the name of something at the top of a zip: two from different folders may have the same, extraction keeps one."""
    name = candidate = entry.name or homes.title_of(entry.space)
    number = 1
    while candidate in taken:
        number += 1
        candidate = numbered(name, number)
    taken.add(candidate)
    return candidate


def _title(reached: Sequence[Reached]) -> str:
    """Return the name of what is archived: the one node, or the folder the selection was made in."""
    entry = reached[0].entry if len(reached) == 1 or not reached[0].above else reached[0].above[0]
    return entry.name or homes.title_of(entry.space)


def _walk(actor: Actor, top: Reached, path: str) -> Iterator[tuple[str, Entry]]:
    yield path, top.entry
    if top.entry.is_folder:
        yield from listing.all_below(actor, top, Right.READ, path)


def _zipped(lines: Iterable[tuple[str, int | None, int]]) -> Iterator[bytes]:
    """Yield a zip of what was written down, a few files at a time."""
    zipped, left = ZipStream(), iter(lines)
    while some := list(islice(left, BATCH)):
        blobs = content.blobs(blob for _, blob, _ in some if blob is not None)
        for path, blob, size in some:
            if blob is None:
                zipped.add(b"", path)
            else:
                zipped.add(content.blob_blocks(blobs[blob]), path, size=size)
            yield from zipped.all_files()
    yield from zipped.footer()
