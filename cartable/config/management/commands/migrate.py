"""`cartable migrate`: Django's, on each database, after a copy of it and before what packages load into it."""

from typing import Any

from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS

from cartable.config import upgrade


class Command(migrate.Command):
    """The tests' databases are made with `run_syncdb`: they begin empty."""

    help = "Bring the databases up to this version, after a copy of them."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        ours = not (options["run_syncdb"] or options["plan"] or options["check_unapplied"])
        for copy in upgrade.keep_copies() if ours and upgrade.is_due() else ():
            self.stdout.write(f"A database as it was is kept in {copy}")
        super().handle(*args, **options)
        if ours and options["database"] == DEFAULT_DB_ALIAS and not options["app_label"]:
            for alias in upgrade.apart():
                super().handle(*args, **{**options, "database": alias, "app_label": alias})
        if ours:
            upgrade.load()
