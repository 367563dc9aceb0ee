"""Where the tables of pads are: in a database of their own where the settings have one, else beside all others (decision 21)."""

from typing import Any

from django.db import connections

LABEL = "pads"  # of our package, and of the database if it is apart


def alias() -> str:
    """Return the name of the database that holds them."""
    return LABEL if LABEL in connections.settings else "default"


class Router:
    """Django's question: which database is a table in? Named in `config/settings.py`."""

    def db_for_read(self, model: Any, **_hints: Any) -> str | None:
        """Return the alias of our tables, and leave others to the default."""
        return alias() if model._meta.app_label == LABEL else None  # noqa: SLF001 - Django's own name

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool:
        """Let each table be made once, in its own database."""
        return db == (alias() if app_label == LABEL else "default")
