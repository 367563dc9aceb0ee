"""Words of many things, each found by how its words begin: people by name.

    PEOPLE = text_index("people")                          # its table is made by a migration: `made("people")`
    PEOPLE.put([Entry(12, ["alice", "martin"], ["s7"])])
    PEOPLE.find(["ali", "mar"], marks=["s7"], limit=20)    # [12]

It lives in the database, so that it changes with what it tells of. It proposes, the tables decide: who asks reads the rows
again, and leaves out what no longer fits.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.migrations import RunPython

from cartable.kernel.text_index.interface import Entry, Table
from cartable.kernel.text_index.postgres import PostgresTable
from cartable.kernel.text_index.sqlite import SqliteTable

__all__ = ["Entry", "TextIndex", "made", "text_index"]

TABLES: dict[str, type[Table]] = {"sqlite": SqliteTable, "postgresql": PostgresTable}


class TextIndex:
    """An index in whichever database is used."""

    def __init__(self, name: str) -> None:
        self.name = f"text_{name}"

    @property
    def table(self) -> Table:
        """The index in the database in use."""
        return TABLES[connection.vendor](self.name)

    def put(self, entries: Sequence[Entry]) -> None:
        """Write entries, each in the place of the earlier one of its number."""
        if entries:
            self.table.put(entries)

    def drop(self, numbers: Sequence[int]) -> None:
        """Take entries out; those that are not there are no error."""
        if numbers:
            self.table.drop(numbers)

    def settle(self) -> None:
        """Make it quick again after much was written."""
        self.table.settle()

    def has(self, number: int) -> bool:
        """Return whether there is an entry of this number."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM {self.name} WHERE {self.table.key} = %s", [number])  # noqa: S608
            return cursor.fetchone() is not None

    def find(
        self,
        words: Sequence[str],
        *,
        marks: Sequence[str] = (),
        among: Sequence[int] | None = None,
        whole: bool = False,
        limit: int = 20,
    ) -> list[int]:
        """Return at most `limit` numbers of entries with, for each of `words`, one that begins so (or is it: `whole`).

        With `marks`, only entries that bear one of them; with `among`, only those of these numbers, ten thousand at most.
        Without words that have a letter or a digit: none.
        """
        meant = [word for word in words if any(map(str.isalnum, word))]
        return self.table.find(meant, marks, among, whole=whole, limit=limit) if meant else []


def text_index(name: str) -> TextIndex:
    """Return the index of a name (a-z)."""
    return TextIndex(name)


def made(name: str, *, again: bool = False) -> RunPython:
    """Return the operation of a migration that makes the index of a name; `again`, because it is made otherwise now: empty."""

    def forwards(_apps: Any, editor: Any) -> None:
        if again:
            editor.execute(f"DROP TABLE text_{name}")
        for statement in TABLES[editor.connection.vendor](f"text_{name}").schema():
            editor.execute(statement)

    def backwards(_apps: Any, editor: Any) -> None:
        if not again:
            editor.execute(f"DROP TABLE text_{name}")

    return RunPython(forwards, backwards)
