"""A pad is a file: what the tree holds of it, read and written as a text.

The document holds lines that end by LF, as editors count them; a file whose lines end by CRLF is written back as such.
"""

import hashlib
import posixpath
from collections.abc import Callable, Iterable
from typing import NamedTuple

from cartable.identity.actors import Actor
from cartable.kernel.errors import BadInput, Changed, Conflict, NameTaken, NotFound, TooLarge
from cartable.pads import asking, merging
from cartable.pads.texts import LARGEST
from cartable.spaces import content, paths
from cartable.spaces.access import Right, reach
from cartable.spaces.entries import Entry, media_type

MARKDOWN = "text/markdown"


class NotText(BadInput):
    """The bytes are no text in UTF-8."""


class File(NamedTuple):
    """What the file of a pad holds."""

    text: str
    crlf: bool
    sha256: bytes
    entry: Entry

    def spelled(self, text: str) -> bytes:
        """Return the bytes of a text, written as this file is."""
        return _spelled(text, crlf=self.crlf)


def read(node: int) -> File:
    """Return what the file of a pad holds. Raises NotFound, NotText, TooLarge."""
    found = content.present(node)
    if found.size > LARGEST:
        raise TooLarge(found.size)
    return _file(found.entry, found.blocks())


def current(node: int) -> File:
    """Return what the file of a pad holds once it holds all that was typed: for who reads it. Raises what `read` raises."""
    asking.write(node)
    return read(node)


def entry(node: int) -> Entry:
    """Return the file of a pad, unread. Raises NotFound."""
    return content.present(node).entry


def beside(actor: Actor, pad: int, path: str) -> Entry:
    """Return what a path names, as a text says it of what stands beside it: `a.png`, `../cours/b.md`. Raises NotFound, BadName, Denied."""
    above = reach(actor, pad, Right.READ).chain[1:]
    names = posixpath.normpath(path).split("/")
    up = names.count("..")
    if path.startswith("/") or up >= len(above):
        raise NotFound(path)
    try:
        place = paths.locate_in(actor, above[up].id, "/".join(names[up:]))
    except Conflict as absent:  # a folder that is not there, to who reads the pad and not what is around it too
        raise NotFound(path) from absent
    return paths.needing(actor, place, Right.READ).entry


def text_of(blob: int | None) -> str:
    """Return the text that was in a file once; none if it is gone, or was no text."""
    try:
        found = content.blobs([blob or 0])[blob or 0]
        return _text(b"".join(content.blob_blocks(found)))
    except (NotFound, NotText):
        return ""


def make(actor: Actor, folder: int, name: str, text: str = "", *, mtime: int | None = None) -> Entry:
    """Make a Markdown file in a folder, and return it. Raises NameTaken, and what `content.write` raises."""

    def guard(there: Entry | None) -> None:
        if there is not None:
            raise NameTaken(name)

    name = name if media_type(name) == MARKDOWN else f"{name}.md"
    with content.storing(text.encode()) as stored:
        return content.write(actor, folder, name, content.new_blob(stored), mtime=mtime, guard=guard)[0]


def rewrite(actor: Actor, node: int, text: str, *, mtime: int | None = None) -> Entry:
    """Make a text the content of a file; who types in it meanwhile loses nothing. The actor needs WRITE.

    Raises TooLarge, NotText, and what `content.write_over` raises.
    """
    data = text.encode(errors="surrogatepass")
    if len(data) > LARGEST:
        raise TooLarge(len(data))
    _text(data)
    with content.storing(data) as stored:
        return content.write_over(actor, node, content.new_blob(stored), mtime=mtime)


def change(actor: Actor, file: File, text: str) -> None:
    """Make a text the content of a file that was read, if it is the same still; who types in it meanwhile loses nothing.

    The actor needs WRITE. Raises Changed if the file is another; TooLarge, and what `content.write_over` raises.
    """
    data = file.spelled(text)
    if len(data) > LARGEST:
        raise TooLarge(len(data))
    with content.storing(data) as stored:
        content.write_over(actor, file.entry.id, content.new_blob(stored), guard=_still(file.entry.tag))


def write(node: int, data: bytes, author: int | None, tag: int) -> File:
    """Make these bytes, of a text, the content of the file, unless it is no longer the one of this tag.

    Raises Changed if it is not; NotFound, QuotaExceeded, Locked.
    """
    with content.storing(data) as stored:
        entry = content.follow(node, content.new_blob(stored), author, guard=_still(tag))
    return _file(entry, [data])


def _still(tag: int) -> Callable[[Entry | None], None]:
    """Return what refuses a file that is no longer the one of this tag. Raises Changed."""

    def guard(there: Entry | None) -> None:
        if there is None or there.tag != tag:
            raise Changed

    return guard


def keep_beside(node: int, data: bytes, author: int | None) -> None:
    """Keep these bytes, of a text, as a version of a file that has become something else. Raises what `content.keep_beside` raises."""
    with content.storing(data) as stored:
        content.keep_beside(node, content.new_blob(stored), author)


def joined(base: bytes, theirs: bytes, ours: bytes) -> bytes:
    """Return what comes of two changes of a text, written as the file is that is there. Raises NotText."""
    there = _text(ours)
    merged = merging.applied(there, merging.merge(_text(base), _text(theirs), there))
    return _spelled(merged, crlf=_has_crlf(ours))


def _file(entry: Entry, blocks: Iterable[bytes]) -> File:
    data = b"".join(blocks)
    return File(_text(data), _has_crlf(data), hashlib.sha256(data).digest(), entry)


def _has_crlf(data: bytes) -> bool:
    return data.count(b"\r\n") * 2 > data.count(b"\n")


def _spelled(text: str, *, crlf: bool) -> bytes:
    return (text.replace("\n", "\r\n") if crlf else text).encode()


def _text(data: bytes) -> str:
    """Return bytes as the text of a document. Raises NotText."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise NotText from error
    if "\0" in text:
        raise NotText
    return text.replace("\r\n", "\n").replace("\r", "\n")
