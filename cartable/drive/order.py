"""The order people expect of names: accents and case aside, numbers by their value, "Séance 2" before "séance 10".

It is computed here only: an island shows rows in the order it received them, so the list never jumps when it arrives.
"""

import re
import unicodedata
from collections.abc import Iterable

from cartable.spaces.listing import Child

NUMBERS = re.compile(r"(\d+)", re.ASCII)
LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "’": "'"})
SORTS = ("name", "mtime", "size")


def natural(name: str) -> tuple[object, ...]:
    """Return the key of a name: texts and numbers in turn, then what tells two equal ones apart. Pure."""
    pieces = NUMBERS.split(plain(name))
    return tuple(int(piece[:300]) if at % 2 else piece for at, piece in enumerate(pieces)), name.casefold(), name


def plain(text: str) -> str:
    """Return a text without accents, ligatures nor case. Pure."""
    folded = text.casefold().translate(LIGATURES)
    if folded.isascii():
        return folded
    return "".join(c for c in unicodedata.normalize("NFD", folded) if not unicodedata.combining(c))


def matches(name: str, wanted: str) -> bool:
    """Return whether a name holds a text, accents and case aside. Pure."""
    return plain(wanted) in plain(name)


def in_order(children: Iterable[Child], sort: str = "name") -> list[Child]:
    """Return what is in a folder, folders first, by `name`, `mtime` or `size`; a minus sign before it turns it round."""
    key, down = sort.removeprefix("-"), sort.startswith("-")
    named = sorted(children, key=lambda child: natural(child.entry.name), reverse=down and key == "name")
    if key in {"mtime", "size"}:
        named.sort(key=lambda child: int(getattr(child.entry, key)), reverse=down)
    return sorted(named, key=lambda child: not child.entry.is_folder)
