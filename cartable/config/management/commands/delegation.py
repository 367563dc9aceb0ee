"""`cartable delegation give | list | end`: who administers what. Heads of structures do without being named.

The number of a new one is printed alone on stdout; the rest is for people, or with --json for programs.
"""

import json
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from typing import Any

from django.core.management import BaseCommand, CommandError

from cartable.config.arguments import a_day, a_structure, somebody
from cartable.identity import dated, delegations, roles
from cartable.kernel import errors

CONFLICT = (
    "{} has both administration and data protection: whoever protects data should not decide what is done with it "
    "(GDPR, art. 38(6)). The role is given all the same.\n"
)


class Command(BaseCommand):
    """Dispatch to one function for each verb."""

    help = "Give roles in a structure and all below it, list them, end them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the verbs and their flags."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        one = verbs.add_parser("give", help="give a person a role; prints its number")
        one.add_argument("person", metavar="ID_OR_MAIL")
        one.add_argument("--role", required=True, choices=sorted(map(str, delegations.ACTS)))
        one.add_argument(
            "--at", required=True, metavar="STRUCTURE", help="an academy (DIJON), a school by its UAI, or MEN"
        )
        one.add_argument(
            "--from", dest="first_day", type=a_day, metavar="DATE", help="first day, as 2026-09-01 (today)"
        )
        one.add_argument("--until", type=a_day, metavar="DATE", help="last day (without an end)")
        one = verbs.add_parser("list", help="say who was given what, those to come and ended ones too")
        one.add_argument("--at", metavar="STRUCTURE", help="there and below only")
        one.add_argument("--json", action="store_true", help="for programs")
        one = verbs.add_parser("end", help="end one today")
        one.add_argument("id", metavar="ID", type=int)

    def handle(self, *_: Any, verb: str, **words: Any) -> None:
        """Run the command."""
        self.stdout.write(VERBS[verb](Namespace(**words)))


def give(words: Namespace) -> str:
    """Give a role; return its number."""
    person, place = somebody(words.person), a_structure(words.at)
    try:
        made = roles.give(None, person, words.role, place, start=words.first_day, until=dated.day_after(words.until))
    except errors.Past as refusal:
        raise CommandError(f"It would have ended before today, or before it begins: {words.until}.") from refusal
    except roles.NotOfThere as refusal:
        raise CommandError(
            f"{person.name} has no posting at, below or above {place.name} then: a role there would be worth nothing."
        ) from refusal
    except errors.Conflict as refusal:
        raise CommandError(f"{person.name} is {words.role} of {place.name} in these days already.") from refusal
    if words.role in roles.IN_CONFLICT and roles.held(person) >= roles.IN_CONFLICT:
        sys.stderr.write(CONFLICT.format(person.name))
    return str(made.pk)


def show(words: Namespace) -> str:
    """Return a line for each, or one JSON array."""
    found = roles.listed(None, a_structure(words.at) if words.at else None, limit=100_000)
    if words.json:
        rows = [{name: value for name, value in asdict(one).items() if name != "may_end"} for one in found]
        return json.dumps(rows, ensure_ascii=False, default=str, indent=2)
    return "\n".join(
        f"{one.id}  {one.role} of {one.structure}: {one.holder} ({one.sub}), "
        f"{one.first_day} to {one.last_day or 'further notice'}, {one.state}"
        + (f", given by {one.giver}" if one.giver else "")
        for one in found
    )


def end(words: Namespace) -> str:
    """End one; return one sentence that says so."""
    try:
        one = roles.end(None, words.id)
    except errors.NotFound as refusal:
        raise CommandError(f"No delegation has the number {words.id}: see `cartable delegation list`.") from refusal
    except errors.Conflict as refusal:
        raise CommandError(f"Delegation {words.id} has ended already.") from refusal
    return f"{one.person.name} is no longer {one.role} of {one.structure.name}."


VERBS = {"give": give, "list": show, "end": end}
