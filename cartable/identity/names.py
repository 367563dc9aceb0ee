"""Names of people and places, as the directory compares them."""

from cartable.kernel.letters import plain

_SEPARATORS = str.maketrans(dict.fromkeys("-'’.,_", " "))


def fold(name: str) -> str:
    """Return the name without accents, case or punctuation, its words separated by one space."""
    return " ".join(plain(name).translate(_SEPARATORS).split())
