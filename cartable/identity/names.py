"""Names of people and places, as the directory compares them."""

from itertools import pairwise

from cartable.kernel.letters import plain

_SEPARATORS = str.maketrans(dict.fromkeys("-'’.,_", " "))


def fold(name: str) -> str:
    """Return the name without accents, case or punctuation, its words separated by one space."""
    return " ".join(plain(name).translate(_SEPARATORS).split())


def spellings(folded: str) -> list[str]:
    """Return the words of a folded name by which it is looked for: also what comes after an apostrophe without it, as in “nguyen”."""
    words = folded.split()
    joined = [before + after for before, after in pairwise(words) if len(before) == 1]
    return [*words, *joined]
