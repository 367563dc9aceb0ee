"""A document that weighs far more than its text is begun anew from it (decision 28): what was erased weighs on it, and in how many pieces
it was typed. The new one has no letter in common with the former. Who typed which words is kept; so is where places were. Pure.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from pycrdt import Doc, Text

from cartable.pads import texts
from cartable.pads.lib0 import Malformed
from cartable.pads.masks import masked
from cartable.pads.merging import Edit
from cartable.pads.texts import TEXT
from cartable.pads.wire import EMPTY, missing

HEAVY, LEAST = 5, 64 << 10  # times the bytes of its text; bytes of a document that is worth it
LIGHTER = 2  # times that the new one must be
_FIRST = 0xE000  # of the letters that nobody types, which stand for people

Piece = tuple[int | None, str]  # who typed some words; None: nobody we know


class Anew(NamedTuple):
    """A document, as one update; and the clients that it has, each with the person who types as it."""

    state: bytes
    hands: dict[int, int]


class Brought(NamedTuple):
    """What comes of letters for a former document: what they change in the text; that document with them; those that miss another."""

    update: bytes
    state: bytes
    clients: bytes
    gaps: list[bytes]
    growth: int  # of the text


def is_heavy(size: int, text: str) -> bool:
    """Return whether a document of so many bytes should be begun anew."""
    return size > LEAST and size > HEAVY * len(text.encode())


def begun_anew(state: bytes, people: Mapping[int, int]) -> Anew | None:
    """Return a new document with the text of one, in which people typed by these clients; None if it would not be much lighter.

    Raises Malformed for a document that holds more than a text.
    """
    made = _typed(pieces(state, people))
    return made if len(made.state) * LIGHTER < len(state) else None


def brought(former: bytes, letters: Sequence[bytes], state: bytes) -> Brought:
    """Join letters of a former document to the text of the present one, as a file is that somebody changed. Raises Malformed for what makes no sense."""
    doc: Doc[Text] = Doc()
    doc.apply_update(former)
    base = str(doc.get(TEXT, type=Text))
    try:
        for letter in letters:
            doc.apply_update(letter)
    except BaseException as error:  # a panic of Rust is no Exception
        raise Malformed from error
    theirs, has = str(doc.get(TEXT, type=Text)), doc.get_state()
    gaps = [letter for letter in letters if missing(letter, has)]
    growth = len(theirs.encode()) - len(base.encode())
    return Brought(texts.joined(state, base, theirs), doc.get_update(), has, gaps, growth)


def pieces(state: bytes, people: Mapping[int, int]) -> list[Piece]:
    """Return the text of a document in the pieces that each person typed."""
    typists: list[int | None] = [None, *sorted(set(people.values()))]
    masks = {person: chr(_FIRST + number) for number, person in enumerate(typists)}
    whose = str(masked(state, lambda client: masks[people.get(client)]).get(TEXT, type=Text))
    doc: Doc[Text] = Doc()
    doc.apply_update(state)
    words = str(doc.get(TEXT, type=Text)).encode("utf-16-le")  # two bytes for each letter of `whose`
    if len(words) != 2 * len(whose):
        raise Malformed
    pieces, at = list[Piece](), 0
    for mask, run in groupby(whose):
        end = at + 2 * len(list(run))
        pieces.append((typists[ord(mask) - _FIRST], words[at:end].decode("utf-16-le")))
        at = end
    return pieces


def _typed(pieces: Sequence[Piece]) -> Anew:
    """Return a document in which each person typed their words, one after the other, each as one client."""
    made = Anew(EMPTY, {})
    done = set[int | None]()
    for person in dict.fromkeys(person for person, _ in pieces):
        doc: Doc[Text] = Doc()
        doc.apply_update(made.state)
        edits, at = list[Edit](), 0
        for who, words in pieces:
            if who == person:
                edits.append(Edit(at, at, words))
            elif who in done:
                at += len(words)
        texts.change(doc, doc.get(TEXT, type=Text), edits)
        hands = made.hands if person is None else made.hands | {doc.client_id: person}
        made = Anew(doc.get_update(), hands)
        done.add(person)
    return made
