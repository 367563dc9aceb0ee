"""How the database follows the code: a copy first, then the migrations, then what packages load into it.

`cartable migrate` does it, `cartable serve` does it if it is due: to find that it is not costs one query.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from cartable.identity import structures, tasks
from cartable.kernel import clock
from cartable.options import options

LOADERS: list[Callable[[], None]] = [structures.load, tasks.mend_index]  # each may run again at any time
COPIES = "copies"  # folder in the data folder, of databases as they were before an upgrade


def is_due() -> bool:
    """Return whether a migration waits to be applied."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def load() -> None:
    """Bring what packages keep in the database as data up to this version."""
    for loader in LOADERS:
        loader()


def keep_copy() -> Path | None:
    """Copy the SQLite database as it is and return where; None if it is empty, or another server's to keep."""
    if connection.vendor != "sqlite" or not connection.introspection.table_names():
        return None
    copy = options.data / COPIES / f"cartable-{clock.now():%Y%m%d-%H%M%S}.db"
    copy.parent.mkdir(parents=True, exist_ok=True)
    connection.ensure_connection()
    with closing(sqlite3.connect(copy)) as target:
        connection.connection.backup(target)
    return copy
