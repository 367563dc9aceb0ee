"""A document of Yjs in which each letter is another: what it says is hidden, how it is made shows. Pure.

pycrdt tells the text of a document, and not as which client each letter was typed; and it confuses letters with their bytes where places
are concerned. A document of the same pieces, each filled with a letter that stands for its client, tells both: its text is who
typed, and all its letters are of one length. A letter is a unit of UTF-16 here, as Yjs counts.
"""

from collections.abc import Callable, Iterator

from pycrdt import Assoc, Doc, StickyIndex, Text

from cartable.pads.lib0 import Malformed, block, number, spelled
from cartable.pads.texts import TEXT

_GC, _DELETED, _STRING, _SKIP = 0, 1, 4, 10  # what a piece is (Yjs 13, `structs` in update version 1)
_KIND, _LEFT, _RIGHT, _KEY = 0x1F, 0x80, 0x40, 0x20  # of its first byte: what it is; what it says of where it is
_END = b"\1" + spelled(TEXT.encode()) + b"\0"  # the end of the text, where nothing is to the right


def masked(update: bytes, mask: Callable[[int], str]) -> Doc[Text]:
    """Return the document of an update (version 1), in which each letter is the one that stands for its client. Raises Malformed if it holds more than a text."""
    shown, done = bytearray(), 0
    for client, begin, end in _strings(update):
        length = len(block(update, begin)[0].decode().encode("utf-16-le")) // 2
        shown += update[done:begin] + spelled(mask(client).encode() * length)
        done = end
    doc: Doc[Text] = Doc()
    doc.apply_update(bytes(shown + update[done:]))
    return doc


def _strings(update: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the client of each piece of text in an update, and where it begins and ends."""
    clients, at = number(update, 0)
    for _ in range(clients):
        pieces, at = number(update, at)
        client, at = number(update, at)
        _, at = number(update, at)  # its clock
        for _ in range(pieces):
            kind, at = _after_place(update, at)
            begin = at
            if kind == _STRING:
                _, at = block(update, at)
                yield client, begin, at
            elif kind in {_GC, _DELETED, _SKIP}:
                _, at = number(update, at)  # how long it is
            else:
                raise Malformed


def _after_place(update: bytes, at: int) -> tuple[int, int]:
    """Return what the piece is that begins here, and where it goes on after saying where it is."""
    if at >= len(update):
        raise Malformed
    first, at = update[at], at + 1
    kind = first & _KIND
    if kind in {_GC, _SKIP}:
        return kind, at
    for side in (_LEFT, _RIGHT):
        if first & side:
            at = _after_id(update, at)
    if not first & (_LEFT | _RIGHT):
        named, at = number(update, at)
        at = block(update, at)[1] if named else _after_id(update, at)
        if first & _KEY:
            raise Malformed  # of a map, not of a text
    return kind, at


def _after_id(update: bytes, at: int) -> int:
    _client, at = number(update, at)
    return number(update, at)[1]


class Places:
    """The places of a document, by names that stay true while others type: relative positions of Yjs."""

    def __init__(self, state: bytes) -> None:
        self._doc = masked(state, lambda _client: "x")
        self._text = self._doc.get(TEXT, type=Text)

    def find(self, name: bytes) -> int | None:
        """Return how many letters are before a place; None if it is in no such document."""
        try:
            return StickyIndex.decode(name, self._text).get_index()
        except BaseException:  # noqa: BLE001 - a panic of Rust is no Exception, and names come from anybody
            return None

    def name(self, index: int, side: Assoc) -> bytes:
        """Return the name of a place by the letter on one side of it."""
        if side == Assoc.AFTER and index == len(self._text):
            return _END  # where pycrdt panics
        return self._text.sticky_index(index, side).encode()
