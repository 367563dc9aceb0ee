"""The Markdown files of a person's own space as one zip, made while it is sent (HedgeDoc's `/me/export`)."""

from collections.abc import Iterator

from zipstream import ZipStream

from cartable.identity.actors import Actor
from cartable.pads import files
from cartable.spaces import content, homes, media
from cartable.spaces.access import Right, seen
from cartable.spaces.entries import Entry
from cartable.spaces.lineage import batches, lineages

MOST = 100_000


def mine(actor: Actor) -> list[Entry]:
    """Return the Markdown files of the actor's own space, the latest first. Raises NotFound to who has none."""
    space = homes.home_of(actor).space
    nodes = media.dated(actor, (files.MARKDOWN,), limit=MOST)
    found = {
        one.id: one.entry
        for some in batches(nodes)
        for one in seen(actor, lineages(some).values()).values()
        if one.entry.space == space and one.may(Right.READ)
    }
    return [found[node] for node in nodes if node in found]


def zipped(actor: Actor) -> Iterator[bytes]:
    """Return the blocks of the zip. Raises NotFound before the first."""
    return _blocks(mine(actor))


def _blocks(entries: list[Entry]) -> Iterator[bytes]:
    made, taken = ZipStream(), set[str]()
    for entry in entries:
        name = _free(entry.name.removesuffix(".md"), taken)
        made.add(content.content_of(entry).blocks(), f"{name}.md", size=entry.size)
        yield from made.all_files()
    yield from made.footer()


def _free(name: str, taken: set[str]) -> str:
    """Return a name that is not taken, by HedgeDoc's count: `title`, `title-1`, `title-2`."""
    free, number = name, 0
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    taken.add(free)
    return free
