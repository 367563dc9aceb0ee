"""`cartable doctor`: whether this installation is well, and what to do where it is not."""

from argparse import ArgumentParser
from itertools import chain
from typing import Any

from django.core.management import BaseCommand, CommandError

from cartable.config.doctor import Level, examine, look_deeper


class Command(BaseCommand):
    """One line for each check; a status of 1 if something is bad."""

    help = "Check this installation, and say what to do."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the flags."""
        parser.add_argument(
            "--deep",
            action="store_true",
            help="check each row of the tree and each stored object too: minutes to hours",
        )

    def handle(self, *, deep: bool, **_: Any) -> None:
        """Run the command."""
        findings = []
        for finding in chain(examine(), look_deeper() if deep else ()):
            findings.append(finding)
            remedy = f"  → {finding.remedy}" if finding.remedy else ""
            self.stdout.write(f"{finding.level:4}  {finding.about:12} {finding.found}{remedy}")
        if bad := [finding.about for finding in findings if finding.level is Level.BAD]:
            raise CommandError(f"Not well: {', '.join(dict.fromkeys(bad))}.")
