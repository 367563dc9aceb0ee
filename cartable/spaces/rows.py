"""Rows of the hot tables, written by hand: the ORM costs more for each statement than the database does.

The text of a statement depends only on the table and the columns, so that its plan is kept.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.db import connection


def insert(table: str, values: Mapping[str, Any], *, unless_taken: bool = False) -> int | None:
    """Insert a row and return its id. With `unless_taken`: None, and nothing written, if a unique constraint forbids it."""
    with connection.cursor() as cursor:
        cursor.execute(_insertion(table, tuple(values), unless_taken), list(values.values()))
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def update(table: str, row_id: int, values: Mapping[str, Any]) -> None:
    """Write these columns of one row."""
    with connection.cursor() as cursor:
        cursor.execute(_change(table, tuple(values)), [*values.values(), row_id])


@lru_cache
def _insertion(table: str, columns: tuple[str, ...], unless_taken: bool) -> str:  # noqa: FBT001 - a key of the cache
    places = ", ".join(["%s"] * len(columns))
    conflict = "ON CONFLICT DO NOTHING " if unless_taken else ""
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places}) {conflict}RETURNING id"  # noqa: S608


@lru_cache
def _change(table: str, columns: tuple[str, ...]) -> str:
    return f"UPDATE {table} SET {', '.join(f'{one} = %s' for one in columns)} WHERE id = %s"  # noqa: S608
