"""`cartable scim token add | revoke`, `cartable scim allow`: who may write people here by SCIM, and how much of them at once.

A new token is printed alone on stdout.
"""

from argparse import ArgumentParser, Namespace
from datetime import timedelta
from functools import partial
from typing import Any

from django.core.management import BaseCommand, CommandError

from cartable.config.arguments import agreed
from cartable.identity.scim import tokens, weighing
from cartable.kernel.errors import BadInput, NotFound

LONGEST, USUAL = 24, 4  # hours that the safety valve stands open
LABEL = "who states the people: an academy (DIJON), or a name"


class Command(BaseCommand):
    """Dispatch to one function for each verb."""

    help = "Let a directory write people here by SCIM, at /scim/v2."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the verbs."""
        verbs = parser.add_subparsers(dest="noun", required=True, metavar="VERB")
        acts = verbs.add_parser("token", help="bearer tokens").add_subparsers(
            dest="verb", required=True, metavar="VERB"
        )
        for verb, what in (("add", "make one; prints it"), ("revoke", "make all of a source worthless")):
            one = acts.add_parser(verb, help=what)
            one.add_argument("label", metavar="LABEL", help=LABEL)
            if verb == "add":
                one.add_argument("--yes", action="store_true", help="though it is no academy, and was never here")
        one = verbs.add_parser("allow", help="for some hours let a source end and rename as many people as it states")
        one.add_argument("label", metavar="LABEL", help=LABEL)
        one.add_argument(
            "--hours",
            type=int,
            choices=range(LONGEST + 1),
            default=USUAL,
            metavar="N",
            help=f"{LONGEST} at most, {USUAL} by default; 0 takes it back",
        )

    def handle(self, *_: Any, noun: str, verb: str = "", **words: Any) -> None:
        """Run the command."""
        try:
            VERBS[verb or noun](self, Namespace(**words))
        except BadInput as refusal:
            raise CommandError(str(refusal)) from refusal


def add(command: Command, words: Namespace) -> None:
    """Print a new token. Raises CommandError of a source that may be mistyped, unless it is meant."""
    try:
        command.stdout.write(tokens.add(words.label, ask=partial(agreed, "Make its token?", yes=words.yes)))
    except tokens.Doubted as refusal:
        raise CommandError(f"No token was made: it {refusal}. If that is true, say --yes.") from refusal


def revoke(_command: Command, words: Namespace) -> None:
    """Make all of a source worthless. Raises CommandError if there are none."""
    if not tokens.revoke(words.label):
        raise CommandError(f"No token is known here for {words.label!r}.")


def allow(command: Command, words: Namespace) -> None:
    """Open the safety valve for a source. Raises CommandError if it is unknown."""
    try:
        until = weighing.allow(words.label, timedelta(hours=words.hours))
    except NotFound as refusal:
        raise CommandError(
            f"No source is known here as {words.label!r}: cartable scim token add makes one."
        ) from refusal
    if words.hours:
        command.stdout.write(f"Until {until:%Y-%m-%d %H:%M} UTC it ends and renames as many people as it states.")
    else:
        command.stdout.write("It is weighed again.")


VERBS = {"add": add, "revoke": revoke, "allow": allow}
