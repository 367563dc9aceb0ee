"""A text that was changed elsewhere (a file that somebody saved) comes to one that others have typed in meanwhile. Pure.

    edits = merge(base, theirs, ours)     base: what the other had read; theirs: what they made of it; ours: the text now

What they inserted is inserted, what both did is done once, and what they deleted goes only where nobody has touched it since:
nothing that was typed is taken away by a text that did not know it. Edits are small, so that cursors stay: what differs is
found by lines, then by words, then by characters. A place in a text is a number of code points, as everywhere in Python.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

Grain = tuple[
    Callable[[str], list[str]], int
]  # how to cut a text, and the most pairs to compare: beyond, all is replaced

LINES: Grain = (re.compile(r"[^\n]*\n|[^\n]+").findall, 1_000_000)
WORDS: Grain = (re.compile(r"\s+|\w+|[^\w\s]").findall, 1_000_000)
CHARACTERS: Grain = (list, 40_000)


class Edit(NamedTuple):
    """The text from `start` to `end` is replaced by `text`."""

    start: int
    end: int
    text: str

    @property
    def growth(self) -> int:
        """How many code points the text gains."""
        return len(self.text) - (self.end - self.start)


def diff(before: str, after: str) -> list[Edit]:
    """Return the edits that make one text of another, in order, apart from one another."""
    head = _common(before, after)
    tail = _common(before[head:][::-1], after[head:][::-1])
    return list(
        _refined(before[head : len(before) - tail], after[head : len(after) - tail], head, (LINES, WORDS, CHARACTERS))
    )


def applied(text: str, edits: Sequence[Edit]) -> str:
    """Return a text after its edits."""
    for start, end, new in reversed(edits):
        text = text[:start] + new + text[end:]
    return text


def merge(base: str, theirs: str, ours: str) -> list[Edit]:
    """Return the edits that bring to `ours` what changed from `base` to `theirs`."""
    wanted, made = diff(base, theirs), diff(base, ours)
    edits: list[Edit] = []
    moved, passed = 0, 0  # what `ours` gained by the edits it made before this place, and how many those are
    for edit in wanted:
        while passed < len(made) and _is_before(made[passed], edit):
            moved, passed = moved + made[passed].growth, passed + 1
        if passed < len(made) and made[passed] == edit:
            continue  # both did it
        edits += _among(edit, made[passed:], moved)
    return edits


def _is_before(made: Edit, wanted: Edit) -> bool:
    """Return whether an edit of ours lies before one of theirs. Of two insertions at one place, ours comes first."""
    return made.end <= wanted.start and made != wanted and not (made.start == made.end == wanted.start < wanted.end)


def _among(wanted: Edit, made: Sequence[Edit], moved: int) -> list[Edit]:
    """Return what is left to do of an edit of theirs, in places of our text, where edits of ours may touch it."""
    kept, at = list[Edit](), wanted.start
    for ours in made:
        if ours.start >= wanted.end:
            break
        if ours.start > at:
            kept.append(Edit(at + moved, ours.start + moved, ""))
        at = min(max(at, ours.end), wanted.end)
        if ours.end > wanted.end:  # begun in what they deleted, and gone on beyond it
            return _with(kept, wanted.text, ours.start + moved)
        moved += ours.growth
    if at < wanted.end:
        kept.append(Edit(at + moved, wanted.end + moved, ""))
    return _with(kept, wanted.text, at + moved)


def _with(deletions: list[Edit], text: str, at: int) -> list[Edit]:
    """Return deletions with an insertion: in place of the first of them, or at a place of its own if there is none."""
    if not deletions:
        return [Edit(at, at, text)] if text else []
    return [deletions[0]._replace(text=text), *deletions[1:]]


def _common(one: str, other: str) -> int:
    """Return how many code points two texts begin with alike; by halves, since comparing slices costs nearly nothing."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _refined(before: str, after: str, at: int, grains: Sequence[Grain]) -> Iterator[Edit]:
    """Yield the edits between two texts that begin at a place, cut ever finer where they differ."""
    if not (before or after):
        return
    if not (before and after and grains):
        yield Edit(at, at + len(before), after)
        return
    (split, limit), *finer = grains
    old, new = split(before), split(after)
    if _pairs(old, new) > limit:
        yield Edit(at, at + len(before), after)
        return
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone = "".join(old[i:j])
        if kind != "equal":
            yield from _refined(gone, "".join(new[k:m]), at, finer)
        at += len(gone)


def _pairs(old: Sequence[str], new: Sequence[str]) -> int:
    """Return how many pairs of equal pieces there are: what comparing costs. Ten thousand blank lines make a hundred million."""
    counts = Counter(new)
    return sum(counts[piece] for piece in old)
