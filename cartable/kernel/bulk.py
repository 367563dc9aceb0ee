"""Thousands of rows at once: PostgreSQL's own ways, where those of the ORM cost several times as much; as the ORM does elsewhere.

Millions, a batch at a time.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connection
from django.db.models import BooleanField, F, Func, JSONField, Manager, Model, Q, QuerySet, Value
from django.db.models.fields import Field

AT_ONCE = 200  # ids read by one query


def insert(manager: Manager[Any], rows: Sequence[Any], *, numbered: bool = False) -> None:
    """Insert new rows of one table, in the transaction of the caller. They know their ids afterwards if they are `numbered`.

    What the database refuses raises IntegrityError.
    """
    if not rows:
        return
    if connection.vendor != "postgresql":
        manager.bulk_create(rows)
        return
    meta = manager.model._meta  # noqa: SLF001 - what Django documents
    known = numbered or rows[0].pk is not None
    fields: list[Field[Any, Any]] = [one for one in meta.concrete_fields if known or not one.primary_key]
    if numbered:
        _number(meta.db_table, rows)
    quote = connection.ops.quote_name
    line = f"COPY {quote(meta.db_table)} ({', '.join(quote(str(one.column)) for one in fields)}) FROM STDIN"
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(line) as copy:
        for row in rows:
            copy.write_row([_adapted(one, one.pre_save(row, add=True)) for one in fields])


def _adapted(field: "Field[Any, Any]", value: Any) -> Any:
    """Return a value as COPY takes it: of JSON what it is must be said."""
    return field.get_db_prep_save(value, connection) if isinstance(field, JSONField) else value


def among(field: str, values: Iterable[Any]) -> Q:
    """Return what selects the rows of which a field is one of many values: one array, not a parameter for each."""
    values = list(values)
    if connection.vendor != "postgresql" or not values:
        return Q(**{f"{field}__in": values})
    anyone = Func(Value(values), function="ANY")
    return Q(Func(F(field), anyone, template="%(expressions)s", arg_joiner=" = ", output_field=BooleanField()))


def among_sql(values: Iterable[Any]) -> tuple[str, list[Any]]:
    """Return the same where SQL is written: what follows the name of a column, and its parameters."""
    values = list(values)
    if connection.vendor == "postgresql":
        return "= ANY(%s)", [values]
    return f"IN ({', '.join(['%s'] * len(values))})", values


def given(rows: Sequence[Sequence[Any]], *types: str) -> tuple[str, list[Any]]:
    """Return rows of values as a query of SQL, and its parameters. There is one row at least; `types` are those of its columns."""
    if connection.vendor == "postgresql":
        arrays = ", ".join(f"%s::{one}[]" for one in types)
        return f"SELECT * FROM unnest({arrays})", [list(column) for column in zip(*rows, strict=True)]  # noqa: S608
    line = f"({', '.join(['%s'] * len(types))})"
    return f"VALUES {', '.join([line] * len(rows))}", [value for row in rows for value in row]


def batches(rows: QuerySet[Any], field: str = "pk") -> Iterator[list[int]]:
    """Yield the ids that a field of rows holds, in their order, a batch by one query: asked for once the one before is done with.

    So rows may change meanwhile, and a walk through millions holds neither memory nor a transaction.
    """
    after = 0
    while some := list(_above(rows, field, after)[:AT_ONCE]):
        yield some
        after = some[-1]


def _above(rows: QuerySet[Any], field: str, after: int) -> QuerySet[Any, int]:
    return rows.filter(**{f"{field}__gt": after}).order_by(field).values_list(field, flat=True)


def take_stock(*models: type[Model]) -> None:
    """Let the database count again what its tables hold: it plans for what they held before much was written."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            names = (connection.ops.quote_name(one._meta.db_table) for one in models)  # noqa: SLF001 - what Django documents
            cursor.execute(f"ANALYZE {', '.join(names)}")


def _number(table: str, rows: Sequence[Any]) -> None:
    """Give rows the next ids of a table."""
    with connection.cursor() as cursor:
        line = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
        cursor.execute(line, [table, len(rows)])
        for row, (number,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = number
