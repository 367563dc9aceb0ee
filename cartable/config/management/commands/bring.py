"""`cartable bring hedgedoc DATABASE`: what was in a HedgeDoc or a CodiMD becomes pads of their owners, under the same addresses."""

from argparse import ArgumentParser
from contextlib import closing
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError

from cartable.config.arguments import sentences, somebody
from cartable.kernel.errors import BadInput, NotFound
from cartable.pads.bringing import bringing
from cartable.pads.bringing.source import Source


class Command(BaseCommand):
    """Open, bring, tell."""

    help = "Bring the notes of another software: their texts, revisions, addresses, permissions and histories."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the words."""
        parser.add_argument("software", choices=["hedgedoc"], help="HedgeDoc 1.x or CodiMD 2.x")
        parser.add_argument("database", help="its SQLite file, or its postgresql:// address; it is only read")
        parser.add_argument("--orphans", metavar="ID_OR_MAIL", help="who gets the notes whose owner is nobody here")

        parser.add_argument(
            "--uploads", metavar="FOLDER", help="its folder of pictures; those that notes name are brought"
        )

    def handle(self, *_: Any, database: str, orphans: str | None, uploads: str | None, **__: Any) -> None:
        """Run the command."""
        holder = somebody(orphans) if orphans else None
        if uploads and not Path(uploads).is_dir():
            raise CommandError(f"There is no folder {uploads}.")
        try:
            source = Source(database)
        except (NotFound, BadInput) as refusal:
            raise CommandError("This is no database of a HedgeDoc 1.x or a CodiMD 2.x.") from refusal
        with closing(source), sentences():
            report = bringing.bring(source, holder, Path(uploads) if uploads else None)
        for line in report.lines:
            self.stderr.write(line)
        self.stdout.write(
            f"{report.brought} notes brought, {report.here} were here, {report.ownerless} of nobody known here"
            f"{'' if holder else ' (left; see --orphans)'}, {report.refused} left out; {report.histories} histories, {report.pictures} pictures."
        )
