"""Finding words in the texts of pads: only in those that somebody may read now, and as their files have them now."""

from collections.abc import Sequence
from typing import NamedTuple

from cartable.identity.actors import Actor
from cartable.kernel.errors import Refusal
from cartable.kernel.letters import plain
from cartable.pads import files
from cartable.pads.addresses.titles import told
from cartable.pads.extracts import near
from cartable.pads.extracts.excerpts import Part, excerpt
from cartable.pads.extracts.keeping import WORDS
from cartable.pads.extracts.saying import WORD
from cartable.spaces.access import Reached

SHORTEST, SHOWN, TRIED = 2, 20, 200  # letters; texts; texts whose rights are asked for


class Hit(NamedTuple):
    """A text where words were found, and the passage where they stand."""

    node: int
    title: str
    name: str
    passage: Sequence[Part]


def find(actor: Actor, text: str, tag: str = "") -> list[Hit]:
    """Return the texts near the actor that hold all the words, those they opened first; with a tag, of those that have it.

    Nothing without words. A fixed number of queries, and two for each text that is shown. Raises Denied to who holds only a link.
    """
    words = WORD.findall(plain(text[:255]))
    if max(map(len, words), default=0) < SHORTEST:
        return []
    known = near.of(actor, tag)
    found = set(WORDS.find(words, among=known, limit=len(known)))
    tried = [node for node in known if node in found][:TRIED]
    readable = list(near.readable(actor, tried).values())[:SHOWN]
    return [hit for one in readable if (hit := _hit(one, words))]


def _hit(reached: Reached, words: Sequence[str]) -> Hit | None:
    """Return what is shown of a text; nothing if it is one no more."""
    try:
        text = files.read(reached.id).text
    except Refusal:
        return None
    name = reached.entry.name
    return Hit(reached.id, told(text).title or name.removesuffix(".md"), name, excerpt(text, words))
