"""Names of people and places, as the directory compares them."""

import unicodedata

_SEPARATORS = str.maketrans(dict.fromkeys("-'’.,_", " "))
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss"})


def fold(name: str) -> str:
    """Return the name without accents, case or punctuation, its words separated by one space."""
    once = unicodedata.normalize("NFKD", name).casefold().translate(_LIGATURES)
    spelled = unicodedata.normalize("NFKD", once).casefold()  # what it was made of may have a case of its own: ℠
    plain = "".join(c for c in spelled if not unicodedata.combining(c))
    return " ".join(plain.translate(_SEPARATORS).split())
