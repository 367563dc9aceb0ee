"""A document of Yjs in which each letter is another: what it says is hidden, how it is made shows. Pure.

pycrdt tells the text of a document, and not as which client each letter was typed; and it confuses letters with their bytes where places
are concerned. A document of the same pieces, each filled with a letter that stands for its client, tells both: its text is who
typed, and all its letters are of one length. A letter is a unit of UTF-16 here, as Yjs counts.
"""

from collections.abc import Callable

from pycrdt import Assoc, Doc, StickyIndex, Text

from cartable.pads import updates
from cartable.pads.lib0 import spelled
from cartable.pads.texts import TEXT

_END = b"\1" + spelled(TEXT.encode()) + b"\0"  # the end of the text, where nothing is to the right


def masked(update: bytes, mask: Callable[[int], str]) -> Doc[Text]:
    """Return the document of an update (version 1), in which each letter is the one that stands for its client. Raises Malformed if it holds more than a text."""
    shown, done = bytearray(), 0
    for run in updates.runs(update):
        length = len(run.letters.decode().encode("utf-16-le")) // 2
        shown += update[done : run.begin] + spelled(mask(run.client).encode() * length)
        done = run.end
    doc: Doc[Text] = Doc()
    doc.apply_update(bytes(shown + update[done:]))
    return doc


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
