"""The text of a document of Yjs, from outside: made of a file, and changed by one. Pure.

Python counts code points, the document counts bytes of UTF-8: nobody else converts places.
"""

from collections.abc import Sequence

from pycrdt import Doc, Text

from cartable.pads import merging
from cartable.pads.merging import Edit
from cartable.pads.wire import EMPTY

TEXT = "text"  # its name in the document
LARGEST = 4 << 20  # bytes


def begun(text: str) -> bytes:
    """Return a new document that holds a text, as one update."""
    return Doc({TEXT: Text(text)}).get_update()


def joined(state: bytes, base: str, theirs: str) -> bytes:
    """Return the update that brings to a document (its whole state) what somebody made of `base`. Empty of content if it has it all.

    It is one more client that types beside the others: what they do meanwhile is not disturbed, however long this takes.
    """
    doc: Doc[Text] = Doc()
    doc.apply_update(state)
    text = doc.get(TEXT, type=Text)
    before = doc.get_state()
    edits = merging.merge(base, theirs, str(text))
    change(doc, text, edits)
    return doc.get_update(before) if edits else EMPTY


def change(doc: Doc[Text], text: Text, edits: Sequence[Edit]) -> None:
    """Make edits in a document, in one transaction, from the last to the first: so places before them stay true."""
    places = _bytes_before(str(text), edits)
    with doc.transaction():
        for (start, end), edit in zip(reversed(places), reversed(edits), strict=True):
            if end > start:
                del text[start:end]
            if edit.text:
                text.insert(start, edit.text)


def _bytes_before(text: str, edits: Sequence[Edit]) -> list[tuple[int, int]]:
    """Return where edits begin and end in bytes, in one pass."""
    places, at, size = [], 0, 0
    for edit in edits:
        start = size + len(text[at : edit.start].encode())
        size = start + len(text[edit.start : edit.end].encode())
        at = edit.end
        places.append((start, size))
    return places
