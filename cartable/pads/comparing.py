"""What changed between two texts, to be read: words that went and words that came, between lines that stayed. Pure."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from cartable.pads.merging import LINES, WORDS, Grain

AROUND = 3  # lines that are shown of what stayed, before and after what changed


class Part(NamedTuple):
    """Some words: they stayed (""), went ("del") or came ("ins"). What is `folded` is between what is worth showing."""

    kind: str
    text: str
    folded: bool = False


def compared(before: str, after: str) -> list[Part]:
    """Return the parts that make both texts: without what came the one, without what went the other."""
    parts = list(_joined(_parts(before, after, (LINES, WORDS))))
    return [one for at, part in enumerate(parts) for one in _shortened(part, first=at == 0, last=at == len(parts) - 1)]


def _parts(before: str, after: str, grains: Sequence[Grain]) -> Iterator[Part]:
    (split, limit), *finer = grains
    old, new = split(before), split(after)
    if len(old) * len(new) > limit:  # as much as a second: all of it is shown anew
        yield from (Part("del", before), Part("ins", after))
        return
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = "".join(old[i:j]), "".join(new[k:m])
        if kind == "equal":
            yield Part("", gone)
        elif finer and gone and come:
            yield from _parts(gone, come, finer)
        else:
            yield from (Part("del", gone), Part("ins", come))


def _joined(parts: Iterator[Part]) -> Iterator[Part]:
    """Yield parts without empty ones; those that follow one another and are of a kind as one."""
    last = Part("", "")
    for part in parts:
        if not part.text:
            continue
        if part.kind == last.kind:
            last = Part(part.kind, last.text + part.text)
            continue
        if last.text:
            yield last
        last = part
    if last.text:
        yield last


def _shortened(part: Part, *, first: bool, last: bool) -> Iterator[Part]:
    """Yield a part; of many lines that stayed, those in the middle folded."""
    lines = LINES[0](part.text) if not part.kind else []
    head, tail = 0 if first else AROUND, len(lines) - (0 if last else AROUND)
    if tail - head <= 2 * AROUND:
        yield part
        return
    yield from (
        one
        for one in (
            Part("", "".join(lines[:head])),
            Part("", "".join(lines[head:tail]), folded=True),
            Part("", "".join(lines[tail:])),
        )
        if one.text
    )
