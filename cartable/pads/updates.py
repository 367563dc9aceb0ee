"""What an update of Yjs holds, read before it is applied: letters of the text, and what is gone of it. Anything else is no Markdown. Pure.

Version 1 of the encoding (yjs 13.6, `src/utils/encoding.js`, `src/structs/Item.js`). What a document took once, no client ever gives
back: an embed counts a place that editors do not see, another root is a weight that no text shows.
"""

from collections.abc import Iterator
from typing import NamedTuple

from cartable.pads.lib0 import Malformed, block, number
from cartable.pads.texts import TEXT

_ROOT = TEXT.encode()
_GC, _DELETED, _STRING, _SKIP = 0, 1, 4, 10  # what a piece is
_KIND, _LEFT, _RIGHT, _KEY = 0x1F, 0x80, 0x40, 0x20  # of its first byte: what it is; what it says of where it is
_UNWRITTEN = b"\0", b"\r"  # letters that no file of text has as we write it


class Run(NamedTuple):
    """Letters in a row of one client (UTF-8), and where they stand with their length."""

    client: int
    letters: bytes
    begin: int
    end: int


def has_unwritten(update: bytes) -> bool:
    """Return whether an update has letters that are to be taken out of the text. Raises Malformed for what is more than letters."""
    found = False
    for run in runs(update):
        found = found or any(one in run.letters for one in _UNWRITTEN)
    return found


def runs(update: bytes) -> Iterator[Run]:
    """Yield the letters of an update. Raises Malformed, at the end for what comes after all."""
    clients, at = number(update, 0)
    for _ in range(clients):
        pieces, at = number(update, at)
        client, at = number(update, at)
        _, at = number(update, at)  # its clock
        for _ in range(pieces):
            kind, at = _after_place(update, at)
            if kind == _STRING:
                letters, end = block(update, at)
                yield Run(client, letters, at, end)
                at = end
            elif kind in {_GC, _DELETED, _SKIP}:
                _, at = number(update, at)  # how long it is
            else:
                raise Malformed
    _pass_gone(update, at)


def _after_place(update: bytes, at: int) -> tuple[int, int]:
    """Return what the piece is that begins here, and where it goes on after saying where it is: in the text."""
    if at >= len(update):
        raise Malformed
    first, at = update[at], at + 1
    kind = first & _KIND
    if kind in {_GC, _SKIP}:
        return kind, at
    for side in (_LEFT, _RIGHT):
        if first & side:
            at = _pass(update, at, 2)
    if not first & (_LEFT | _RIGHT):
        named, at = number(update, at)
        parent, at = block(update, at) if named == 1 else (b"", at)
        if parent != _ROOT or first & _KEY:
            raise Malformed
    return kind, at


def _pass_gone(update: bytes, at: int) -> None:
    """Read which letters are deleted, by client. Raises Malformed if that is cut, or if anything follows."""
    clients, at = number(update, at)
    for _ in range(clients):
        _, at = number(update, at)
        spans, at = number(update, at)
        at = _pass(update, at, 2 * spans)
    if at != len(update):
        raise Malformed


def _pass(update: bytes, at: int, numbers: int) -> int:
    for _ in range(numbers):
        _, at = number(update, at)
    return at
