"""An index in PostgreSQL: a column of lexemes under a GIN index.

Each word is there alone, and once under each mark: a beginning among those of one school is looked up among theirs, not
among all (a GIN index reads whatever begins so before it compares).
"""

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
            f"CREATE TABLE {self.name} (number bigint PRIMARY KEY, words tsvector NOT NULL)",
            f"CREATE INDEX {self.name}_found ON {self.name} USING gin (words)",
        ]

    def put(self, entries: Sequence[Entry]) -> None:
        """Write entries, in one statement."""
        last = {one.number: one for one in entries}.values()
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {self.name} SELECT number, array_to_tsvector(string_to_array(words, chr(10))) "  # noqa: S608
                "FROM unnest(%s::bigint[], %s::text[]) AS given(number, words) ORDER BY number "
                "ON CONFLICT (number) DO UPDATE SET words = excluded.words "
                f"WHERE {self.name}.words IS DISTINCT FROM excluded.words",
                ([one.number for one in last], ["\n".join(_lexemes(one)) for one in last]),
            )

    def drop(self, numbers: Sequence[int]) -> None:
        """Take entries out."""
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {self.name} WHERE number = ANY(%s)", [list(numbers)])  # noqa: S608

    def settle(self) -> None:
        """Put in its place what a GIN index keeps aside while much is written, and let the database count again what is there."""
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {self.name}")
            cursor.execute("SELECT gin_clean_pending_list(%s::regclass)", [f"{self.name}_found"])

    def find(
        self, words: Sequence[str], marks: Sequence[str], among: Sequence[int] | None, *, whole: bool, limit: int
    ) -> list[int]:
        """Return the numbers of those that match, in no order of meaning."""
        end = "" if whole else ":*"
        each = ("(" + " | ".join(_quoted(one) + end for one in _borne(word, marks)) + ")" for word in words)
        within = "" if among is None else "AND number = ANY(%s::bigint[]) "
        line = f"SELECT number FROM {self.name} WHERE words @@ %s::tsquery {within}LIMIT %s"  # noqa: S608
        # Words go in the text of the statement: as a parameter, they would be planned for without a look at them.
        said = connection.ops.compose_sql(line, [" & ".join(each), *([] if among is None else [list(among)]), limit])  # type: ignore[attr-defined]  # PostgreSQL has it
        with connection.cursor() as cursor:
            cursor.execute(said)
            return [row[0] for row in cursor.fetchall()]


def _lexemes(entry: Entry) -> list[str]:
    return [lexeme for word in entry.words for lexeme in {*_borne(word, []), *_borne(word, entry.marks)}]


def _borne(word: str, marks: Sequence[str]) -> list[str]:
    """Return a word as it is looked up under each mark, behind a blank, with which no word begins; as it is, without any."""
    return [f" {mark} {word[:LONGEST]}" for mark in marks] if marks else [word[:LONGEST]]


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
