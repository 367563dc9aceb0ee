"""An index in PostgreSQL: two columns of lexemes under one GIN index."""

from collections.abc import Sequence

from django.db import connection

from cartable.kernel.text_index.interface import Entry

LONGEST = 200  # letters of a word that are kept: a lexeme has at most 2,046 bytes


class PostgresTable:
    """Lexemes as they are, by no dictionary: they are folded already."""

    key = "number"

    def __init__(self, name: str) -> None:
        self.name = name

    def schema(self) -> list[str]:
        """Return the statements that make it."""
        return [
            f"CREATE TABLE {self.name} (number bigint PRIMARY KEY, words tsvector NOT NULL, marks tsvector NOT NULL)",
            f"CREATE INDEX {self.name}_found ON {self.name} USING gin (words, marks)",
        ]

    def put(self, entries: Sequence[Entry]) -> None:
        """Write entries, in one statement."""
        last = {one.number: one for one in entries}.values()
        columns = (
            [one.number for one in last],
            [" ".join(word[:LONGEST] for word in one.words) for one in last],
            [" ".join(one.marks) for one in last],
        )
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {self.name} SELECT number, array_to_tsvector(string_to_array(words, ' ')), "  # noqa: S608
                "array_to_tsvector(string_to_array(marks, ' ')) "
                "FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS given(number, words, marks) ORDER BY number "
                "ON CONFLICT (number) DO UPDATE SET words = excluded.words, marks = excluded.marks "
                f"WHERE ({self.name}.words, {self.name}.marks) IS DISTINCT FROM (excluded.words, excluded.marks)",
                columns,
            )

    def drop(self, numbers: Sequence[int]) -> None:
        """Take entries out."""
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {self.name} WHERE number = ANY(%s)", [list(numbers)])  # noqa: S608

    def find(self, words: Sequence[str], marks: Sequence[str], *, whole: bool, limit: int) -> list[int]:
        """Return the numbers of those that match, in no order of meaning."""
        end = "" if whole else ":*"
        wanted = [" & ".join(_quoted(word[:LONGEST]) + end for word in words)]
        borne = ""
        if marks:
            wanted.append(" | ".join(map(_quoted, marks)))
            borne = "AND marks @@ %s::tsquery"
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT number FROM {self.name} WHERE words @@ %s::tsquery {borne} LIMIT %s",  # noqa: S608
                [*wanted, limit],
            )
            return [row[0] for row in cursor.fetchall()]


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
