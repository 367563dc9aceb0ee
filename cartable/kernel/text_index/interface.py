"""What an index is in a database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Entry:
    """A thing's number, its words as they are compared, and its marks (a-z, 0-9): what it can be asked to belong to."""

    number: int
    words: Sequence[str]
    marks: Sequence[str] = ()


class Table(Protocol):
    """One index. See TextIndex for what each does."""

    key: str  # column of the number

    def __init__(self, name: str) -> None: ...

    def schema(self) -> list[str]:
        """Return the statements that make it."""

    def put(self, entries: Sequence[Entry]) -> None: ...

    def drop(self, numbers: Sequence[int]) -> None: ...

    def settle(self) -> None: ...

    def find(
        self, words: Sequence[str], marks: Sequence[str], among: Sequence[int] | None, *, whole: bool, limit: int
    ) -> list[int]: ...
