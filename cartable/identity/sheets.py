"""What a package gives of a person to take away (`exporting.py`): sheets of facts, and files."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is known of one subject: a JSON of this name, and a table of the index under this title."""

    name: str
    title: str | Promise
    rows: Iterable[Row]


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
