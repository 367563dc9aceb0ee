"""The passage of a text where some words stand. Pure."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from cartable.kernel.letters import plain
from cartable.pads.extracts.saying import WORD
from cartable.pads.markdown.front import split

BEFORE, AFTER = 60, 140  # letters around the first of the words
READ = 400_000  # letters of a text that are looked through
_BEGUN = re.compile(r"^[\s>]*(?:#+|[-*+]|\d{1,9}[.)])\s+(?:\[[ xX]\]\s)?|^[\s>]+|\|", re.MULTILINE)  # of lines; cells
_MARKS = re.compile(r"[*_`~\\]+|\]\([^)\s]*\)|[\[\]]")


class Part(NamedTuple):
    """Some letters of a passage, and whether they are what was looked for."""

    text: str
    found: bool


def excerpt(text: str, words: Sequence[str]) -> list[Part]:
    """Return where the first of some words stand in a text, as `plain` writes them; its beginning if they stand nowhere."""
    body = split(text[:READ])[1]
    at = next((one.start() for one in WORD.finditer(body) if _begins(one[0], words)), 0)
    start, end = _whole(body, max(0, at - BEFORE), at + AFTER)
    said = " ".join(_MARKS.sub("", _BEGUN.sub(" ", body[start:end])).split())
    return _parts(f"{'… ' if start else ''}{said}{' …' if end < len(body.rstrip()) else ''}", words)


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a stretch of a text that cuts no word, if its words are not very long."""
    if start:
        start = next((one.end() for one in re.compile(r"\s").finditer(text, start, start + BEFORE // 2)), start)
    if end < len(text):
        end = max(text.rfind(" ", end - AFTER // 4, end), text.rfind("\n", end - AFTER // 4, end), 0) or end
    return start, end


def _parts(said: str, words: Sequence[str]) -> list[Part]:
    parts, last = [], 0
    for one in WORD.finditer(said):
        if _begins(one[0], words):
            parts += [Part(said[last : one.start()], found=False), Part(one[0], found=True)]
            last = one.end()
    return [part for part in (*parts, Part(said[last:], found=False)) if part.text]


def _begins(word: str, words: Sequence[str]) -> bool:
    return _folded(word).startswith(tuple(words))


@lru_cache(100_000)  # a language has no more, and a text says most of its own often
def _folded(word: str) -> str:
    return plain(word[:100])
