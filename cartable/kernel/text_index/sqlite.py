"""An index in SQLite: a table of its full-text search (FTS5), with the beginnings of two and three letters kept apart."""

from collections.abc import Sequence

from django.db import connection

from cartable.kernel.text_index.interface import Entry


class SqliteTable:
    """See https://sqlite.org/fts5.html; `unicode61` cuts at punctuation, in what is stored as in what is asked."""

    key = "rowid"

    def __init__(self, name: str) -> None:
        self.name = name

    def schema(self) -> list[str]:
        """Return the statements that make it."""
        return [
            f"CREATE VIRTUAL TABLE {self.name} USING fts5(words, marks, prefix='2 3', "
            'tokenize="unicode61 remove_diacritics 0")'
        ]

    def put(self, entries: Sequence[Entry]) -> None:
        """Write entries."""
        with connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT OR REPLACE INTO {self.name} (rowid, words, marks) VALUES (%s, %s, %s)",  # noqa: S608
                [(one.number, " ".join(one.words), " ".join(one.marks)) for one in entries],
            )

    def drop(self, numbers: Sequence[int]) -> None:
        """Take entries out."""
        with connection.cursor() as cursor:
            cursor.executemany(f"DELETE FROM {self.name} WHERE rowid = %s", [(one,) for one in numbers])  # noqa: S608

    def settle(self) -> None:
        """Do nothing: what is written is in its place."""

    def find(
        self, words: Sequence[str], marks: Sequence[str], among: Sequence[int] | None, *, whole: bool, limit: int
    ) -> list[int]:
        """Return the numbers of those that match, in no order of meaning."""
        wanted = "words : (" + " AND ".join(_quoted(word) + ("" if whole else " *") for word in words) + ")"
        if marks:
            wanted += " AND marks : (" + " OR ".join(map(_quoted, marks)) + ")"
        within = "" if among is None else f"AND rowid IN ({', '.join(['%s'] * len(among))}) "
        line = f"SELECT rowid FROM {self.name} WHERE {self.name} MATCH %s {within}LIMIT %s"  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(line, [wanted, *(among or ()), limit])
            return [row[0] for row in cursor.fetchall()]


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
