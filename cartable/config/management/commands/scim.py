"""`cartable scim token add | revoke`: who may write people here by SCIM. A new token is printed alone on stdout."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from cartable.identity.scim import tokens
from cartable.kernel.errors import BadInput


class Command(BaseCommand):
    """Add a token, or make those of a source worthless."""

    help = "Let a directory write people here by SCIM, at /scim/v2."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the verbs."""
        verbs = parser.add_subparsers(dest="noun", required=True, metavar="token")
        acts = verbs.add_parser("token", help="bearer tokens").add_subparsers(
            dest="verb", required=True, metavar="VERB"
        )
        for verb, what in (("add", "make one; prints it"), ("revoke", "make all of a source worthless")):
            one = acts.add_parser(verb, help=what)
            one.add_argument("label", metavar="LABEL", help="who states the people: an academy (DIJON), or a name")

    def handle(self, *_: Any, verb: str, label: str, **__: Any) -> None:
        """Run the command."""
        try:
            if verb == "add":
                self.stdout.write(tokens.add(label))
            elif not tokens.revoke(label):
                raise CommandError(f"No token is known here for {label!r}.")
        except BadInput as refusal:
            raise CommandError(str(refusal)) from refusal
