"""What comes from outside as text: whole numbers, days and free texts, read in one place and bounded. Pure.

Python takes `²` for a digit and refuses to read 5,000 of them; databases bear 63 bits, and PostgreSQL no NUL in a text.
"""

import re
import unicodedata
from datetime import date

from django.urls.converters import StringConverter
from django.utils.dateparse import parse_date

from cartable.kernel.errors import BadInput

MOST = 2**53 - 1  # ids stay below, and all that JavaScript counts exactly
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)  # any delay before or after them is a day too


class Id:
    """The converter of `<id:…>` in addresses."""

    regex = "[0-9]{1,16}"

    def to_python(self, value: str) -> int:
        """Return the number. Raises ValueError, which is no such address."""
        if not is_whole(value):
            raise ValueError(value)
        return int(value)

    def to_url(self, value: int) -> str:
        """Return it as written."""
        return str(value)


class Token(StringConverter):
    """The converter of `<token:…>` in addresses: what we draw, in letters that need no escaping."""

    regex = "[A-Za-z0-9_-]{1,200}"


class Word(StringConverter):
    """The converter of `<word:…>` in addresses: what people name things by, which databases bear."""

    regex = r"[^/\x00]{1,500}"


def is_token(raw: str) -> bool:
    """Return whether an address may hold this as `<token:…>`."""
    return bool(re.fullmatch(Token.regex, raw))


def is_whole(raw: str, most: int = MOST) -> bool:
    """Return whether this is a whole number, from 0 to `most`."""
    return raw.isascii() and raw.isdigit() and len(raw) <= len(str(most)) and int(raw) <= most


def whole(raw: str, most: int = MOST) -> int:
    """Return the whole number that this is. Raises BadInput if it is none, or larger."""
    if not is_whole(raw, most):
        raise BadInput(raw[:100])
    return int(raw)


def day(raw: str) -> date:
    """Return the day that this is (`2026-12-31`), from FIRST_DAY to LAST_DAY. Raises BadInput."""
    try:
        found = parse_date(raw)
    except ValueError as error:
        raise BadInput(raw[:100]) from error
    if found is None or not FIRST_DAY <= found <= LAST_DAY:
        raise BadInput(raw[:100])
    return found


def is_beyond(raw: str) -> bool:
    """Return whether this is of a year after the LAST_DAY, or may become one: browsers go to 275760."""
    year = raw.partition("-")[0]
    return is_whole(year) and int(year) > LAST_DAY.year


def text(raw: str, most: int) -> str:
    """Return a free text without the blanks around it. Raises BadInput if it exceeds `most` characters or holds a control character."""
    found = raw.strip()
    if len(found) > most or any(unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\r\t" for c in found):
        raise BadInput(found[:100])
    return found
