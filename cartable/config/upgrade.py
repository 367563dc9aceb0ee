"""How the databases follow the code: a copy first, then the migrations, then what packages load into them.

`cartable migrate` does it, `cartable serve` does it if it is due: to find that it is not costs one query.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from cartable.identity import structures, tasks
from cartable.kernel import clock
from cartable.options import options

LOADERS: list[Callable[[], None]] = [structures.load, tasks.mend_index]  # each may run again at any time
COPIES = "copies"  # folder in the data folder, of databases as they were before an upgrade


def is_due() -> bool:
    """Return whether a migration waits to be applied, in any database."""
    return any(_is_due(connections[alias]) for alias in connections)


def apart() -> list[str]:
    """Return the databases beside the first. Each holds the tables of one package, and bears its label."""
    return [alias for alias in connections if alias != "default"]


def _is_due(connection: BaseDatabaseWrapper) -> bool:
    executor = MigrationExecutor(connection)
    leaves = executor.loader.graph.leaf_nodes(connection.alias if connection.alias != "default" else None)
    return bool(executor.migration_plan(leaves))


def load() -> None:
    """Bring what packages keep in the database as data up to this version."""
    for loader in LOADERS:
        loader()


def keep_copies() -> list[Path]:
    """Copy each SQLite database as it is and return where; leave out what is empty, or another server's to keep."""
    when = f"{clock.now():%Y%m%d-%H%M%S}"
    ours = [one for one in connections.all() if one.vendor == "sqlite" and one.introspection.table_names()]
    return [_copy(one, options.data / COPIES / f"{Path(one.settings_dict['NAME']).stem}-{when}.db") for one in ours]


def _copy(connection: BaseDatabaseWrapper, copy: Path) -> Path:
    copy.parent.mkdir(parents=True, exist_ok=True)
    connection.ensure_connection()
    with closing(sqlite3.connect(copy)) as target:
        connection.connection.backup(target)
    return copy
