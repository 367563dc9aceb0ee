"""Documents that are measured. The same at each run."""

import random
import string
from functools import cache

from pycrdt import Doc, Text

STROKES, BURST, DELETED = 153_600, 40, 0.2  # letters typed or taken back; how many at one place; the share taken back
LINES, CHANGED = 1_500, 200
WORDS = "la classe lit un conte et note trois mots que chacun dit à haute voix avant de les écrire au tableau noir ou blanc".split()


@cache
def typed() -> tuple[bytes, list[bytes]]:
    """Return a document of some 90 kB that was typed letter by letter, in bursts at random places; and all its updates, in order."""
    rng, doc, updates = random.Random(20261129), Doc(), list[bytes]()
    text = doc.get("text", type=Text)
    watch = doc.observe(lambda event: updates.append(event.update))
    size = at = 0
    for stroke in range(STROKES):
        if stroke % BURST == 0:
            at = rng.randint(0, size)
        if at and rng.random() < DELETED:
            at, size = at - 1, size - 1
            del text[at : at + 1]
        else:
            text.insert(at, rng.choice(string.ascii_lowercase))
            at, size = at + 1, size + 1
    doc.unobserve(watch)
    return doc.get_update(), updates


def pasted(size: int) -> bytes:
    """Return a document whose text came at once."""
    return Doc({"text": Text((_line(random.Random(1)) * size)[:size])}).get_update()


def changed() -> tuple[str, str, str]:
    """Return a text of some 100 kB, and what two people made of it: each changed a word in as many other lines."""
    rng = random.Random(20261129)
    base = [_line(rng) for _ in range(LINES)]
    touched = rng.sample(range(LINES), 2 * CHANGED)
    return "".join(base), _altered(base, touched[:CHANGED], rng), _altered(base, touched[CHANGED:], rng)


def _line(rng: random.Random) -> str:
    return " ".join(rng.choices(WORDS, k=15)) + "\n"


def _altered(lines: list[str], places: list[int], rng: random.Random) -> str:
    after = list(lines)
    for place in places:
        words = after[place].split(" ")
        words[rng.randrange(len(words) - 1)] = f"mot{rng.randrange(10_000)}"
        after[place] = " ".join(words)
    return "".join(after)
