"""`cartable migrate`: Django's, after a copy of the database and before what packages load into it."""

from typing import Any

from django.core.management.commands import migrate

from cartable.config import upgrade


class Command(migrate.Command):
    """The tests' databases are made with `run_syncdb`: they begin empty."""

    help = "Bring the database up to this version, after a copy of it."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        ours = not (options["run_syncdb"] or options["plan"] or options["check_unapplied"])
        if ours and upgrade.is_due() and (copy := upgrade.keep_copy()):
            self.stdout.write(f"The database as it was is kept in {copy}")
        super().handle(*args, **options)
        if ours:
            upgrade.load()
