"""Patches as HedgeDoc keeps them between two revisions: the text form of Google's diff-match-patch, in URL-escaped lines. Pure.

They are applied to the very text they were made of, so that each stands where it says: nothing is looked for by likeness.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

_HEAD = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")
UNITS = "utf-16-le"  # JavaScript counts its units, two bytes each


class Unfit(ValueError):
    """A patch that is none, or of another text."""


class _Hunk(NamedTuple):
    start: int  # in units, once those before it are applied
    before: bytes
    after: bytes


def applied(text: str, patch: str) -> str:
    """Return a text with a patch applied. Raises Unfit."""
    units = _units(text)
    for start, before, after in _hunks(patch):
        at = start * 2
        if units[at : at + len(before)] != before:
            raise Unfit
        units = units[:at] + after + units[at + len(before) :]
    try:
        return units.decode(UNITS)
    except UnicodeDecodeError as error:
        raise Unfit from error


def _hunks(patch: str) -> Iterator[_Hunk]:
    """Yield the hunks of a patch (diff_match_patch.js, `patch_fromText`)."""
    lines = [line for line in patch.split("\n") if line]
    at = 0
    while at < len(lines):
        head, before, after = _HEAD.fullmatch(lines[at]), "", ""
        if head is None:
            raise Unfit
        at += 1
        while at < len(lines) and not lines[at].startswith("@"):
            sign, said = lines[at][0], unquote(lines[at][1:])
            if sign not in " -+":
                raise Unfit
            before += said if sign != "+" else ""
            after += said if sign != "-" else ""
            at += 1
        yield _Hunk(int(head[3]) - (head[4] != "0"), _units(before), _units(after))


def _units(text: str) -> bytes:
    return text.encode(UNITS, "surrogatepass")
