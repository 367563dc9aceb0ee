"""What a package gives of a person to take away (`exporting.py`): sheets of facts, and files."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise

Row = Mapping[str, Any]


def as_it_is(value: Any) -> Any:
    """Return what needs no words."""
    return value


@dataclass(frozen=True, slots=True)
class Column:
    """A field of the rows as the index shows it: under which heading, and in which words, if it is a code or a list."""

    heading: str | Promise
    words: Callable[[Any], Any] = as_it_is


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is known of one subject: a JSON of this name, and a table of the index under this title.

    The JSON has every field of the rows, for other software; the table has the `columns`, for people.
    """

    name: str
    title: str | Promise
    rows: Iterable[Row]
    columns: Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class File:
    """A document, at its path in the folder `top` of the zip (files, trash, versions); `written` is the date of its content."""

    path: str
    written: datetime
    size: int
    blocks: Callable[[], Iterator[bytes]]
    top: str = "files"


@dataclass(frozen=True, slots=True)
class Weight:
    """How many files something is, and how many bytes."""

    count: int
    size: int
