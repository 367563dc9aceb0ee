"""`cartable export ID_OR_MAIL --to FILE.zip`: everything a person has here, for them."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError

from cartable.config.arguments import sentences, somebody
from cartable.identity import exporting
from cartable.kernel import errors


class Command(BaseCommand):
    """Write the file, or nothing."""

    help = "Write everything a person has here into a zip: a page to read, JSON, documents."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the flags."""
        parser.add_argument("person", metavar="ID_OR_MAIL")
        parser.add_argument("--to", type=Path, required=True, metavar="FILE.zip", help="a new file")
        parser.add_argument("--versions", action="store_true", help="earlier versions of documents too")

    def handle(self, *_: Any, person: str, to: Path, versions: bool, **__: Any) -> None:
        """Run the command."""
        with sentences():
            found = somebody(person)
            try:
                exporting.save(found, to, versions=versions)
            except FileExistsError as there:
                raise CommandError(f"{to} exists already: name a new file.") from there
            except errors.TooLarge as many:
                raise CommandError(
                    f"There are more than {exporting.MOST} earlier versions: leave out --versions."
                ) from many
            except OSError as error:
                raise CommandError(f"{to}: {error.strerror}; nothing was written.") from error
            self.stderr.write(f"{found.name}: {to}, {to.stat().st_size} bytes.")
