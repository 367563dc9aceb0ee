"""Folders and selections as one zip, made while it is sent: stored, not deflated, so that its size is known first.

The bytes are those of the moment it was asked for: blobs never change, whatever happens to their names meanwhile.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from zipstream import ZipStream

from cartable.identity.actors import Actor
from cartable.spaces import content, homes, listing
from cartable.spaces.access import Reached, Right, reach
from cartable.spaces.entries import Entry
from cartable.spaces.names import numbered


@dataclass(frozen=True, slots=True)
class Archive:
    """A zip that is ready to be read once. `size` in bytes."""

    name: str
    size: int
    blocks: Iterator[bytes]


def archive(actor: Actor, node_ids: Sequence[int]) -> Archive:
    """Return these nodes and all below them as a zip. The actor needs READ on each; what is below and not readable stays out.

    Folders are listed first, two queries each; one query a file follows while it is sent. Raises NotFound, Denied.
    """
    reached = [reach(actor, node_id, Right.READ) for node_id in node_ids]
    zipped, taken = ZipStream(sized=True), set[str]()
    for one in reached:
        for path, entry in _walk(actor, one, _name(one.entry, taken)):
            _add(zipped, path, entry)
    return Archive(f"{_title(reached)}.zip", len(zipped), iter(zipped))


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
    if not top.entry.is_folder:
        return
    for child in listing.below(actor, top):
        if Right.READ not in child.rights:
            continue
        yield from _walk(
            actor, Reached(child.entry, child.rights, (child.entry, *top.chain)), f"{path}/{child.entry.name}"
        )


def _add(zipped: ZipStream, path: str, entry: Entry) -> None:
    if entry.is_folder:
        zipped.mkdir(path)
    elif entry.blob is None or entry.size == 0:
        zipped.add(b"", path)
    else:
        zipped.add(_bytes(entry, entry.blob), path, size=entry.size)


def _bytes(entry: Entry, blob: int) -> Iterator[bytes]:
    yield from content.blob_content(entry, blob).blocks()
