"""Letters as searches compare them: without accents or case, in Python and in both databases."""

import unicodedata

from django.db import connection

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss"})
_SQL = {
    "sqlite": "plain({})",  # our own (config/sqlite): SQLite's `lower` knows the English alphabet only
    "postgresql": "lower(regexp_replace(normalize(replace(replace(replace(replace({}, 'œ', 'oe'), 'Œ', 'OE'), 'æ', 'ae'), "
    "'Æ', 'AE'), NFKD), '[\u0300-\u036f]', '', 'g'))",  # `lower` of a database in the C locale knows the English alphabet only
}


def plain(text: str) -> str:
    """Return a text without accents or case, its ligatures spelled out."""
    once = unicodedata.normalize("NFKD", text).casefold().translate(_LIGATURES)
    spelled = unicodedata.normalize("NFKD", once).casefold()  # what it was made of may have a case of its own: ℠
    return "".join(c for c in spelled if not unicodedata.combining(c))


def plain_sql(column: str) -> str:
    """Return the SQL that computes the same of a column."""
    return _SQL[connection.vendor].format(column)
