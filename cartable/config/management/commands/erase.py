"""`cartable erase ID_OR_MAIL`: the end of an account, once the legal period is over, or because the law asks it (`--now`)."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from cartable.config.arguments import sentences, somebody
from cartable.identity import departures, erasing
from cartable.kernel import errors


class Command(BaseCommand):
    """Ask, then erase."""

    help = "Erase a person: what is known of them, and their own documents. What teams and structures hold stays."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the flags."""
        parser.add_argument("person", metavar="ID_OR_MAIL")
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument("--now", action="store_true", help="before the legal period is over; needs --reason")
        parser.add_argument("--reason", default="", help="why the data protection officer has it done now")

    def handle(self, *_: Any, person: str, yes: bool, now: bool, reason: str, **__: Any) -> None:
        """Run the command."""
        if now != bool(reason.strip()):
            raise CommandError(
                "--now needs --reason, and the other way round: it is the act of the data protection officer."
            )
        with sentences():
            found = somebody(person)
            name = found.name
            if not yes and not _agreed(name, found.sub):
                raise CommandError(f"Nothing was erased. Say --yes to erase {name} ({found.sub}).")
            try:
                erasing.erase(found, reason=reason)
            except errors.Conflict as refusal:
                raise CommandError(_why_not(found)) from refusal
        self.stderr.write(f"{name} ({found.sub}) is erased; their documents go by a task.")


def _agreed(name: str, sub: str) -> bool:
    if not sys.stdin.isatty():
        return False
    sys.stderr.write(f"Erase {name} ({sub}) for good? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _why_not(person: Any) -> str:
    if person.left_on is None:
        return f"{person.name} has not left: --now --reason TEXT erases them, by the data protection officer's act."
    if departures.of(person) == "archived" and erasing.is_due(person):
        return f"A large folder leaves the space of {person.name}, or comes there: try again once it has arrived."
    day = erasing.due_on(person.left_on)
    return f"{person.name} is kept until {day}: --now --reason TEXT erases them before, by the data protection officer's act."
