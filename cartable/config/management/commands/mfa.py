"""`cartable mfa require | list | drop | reset`: of whom a second factor is asked, and what to do when one is lost."""

from argparse import ArgumentParser, Namespace
from typing import Any

from django.core.management import BaseCommand, CommandError

from cartable.config.arguments import a_place, sentences, somebody
from cartable.identity import delegations, demands, factors
from cartable.identity.models import Structure
from cartable.kernel import errors


class Command(BaseCommand):
    """Dispatch to one function for each verb."""

    help = "Require second factors, by function or role and by structure; reset those of who lost them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the verbs and their flags."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        for verb, what in (("require", "ask a second factor of some people"), ("drop", "ask it no longer")):
            one = verbs.add_parser(verb, help=what)
            one.add_argument(
                "--function", default="", help="code of a function or of a national profile: DIR, ADM… (any)"
            )
            one.add_argument(
                "--role", choices=[*delegations.ACTS, "any"], help="a role of administration, instead of a function"
            )
            one.add_argument("--structure", help="an academy (DIJON, 07) or the UAI code of a school (all)")
            one.add_argument("--everybody", action="store_true", help="of all functions, everywhere")
        verbs.add_parser("list", help="say of whom it is asked")
        one = verbs.add_parser("reset", help="take the second factors from a person who lost them; signs them out")
        one.add_argument("person", metavar="ID_OR_MAIL")

    def handle(self, *_: Any, verb: str, **words: Any) -> None:
        """Run the command."""
        with sentences():
            self.stdout.write(VERBS[verb](Namespace(**words)))


def require(words: Namespace) -> str:
    """Ask a second factor; say of whom."""
    function, structure = _whom(words)
    try:
        new = demands.require(function, structure)
    except errors.BadInput as refusal:
        raise CommandError(f"{refusal} is the code of no function, and of no profile: as DIR, ENS, EVS.") from refusal
    return f"Second factor required{'' if new else ' already'}: {_told(function, structure)}."


def drop(words: Namespace) -> str:
    """Ask it no longer."""
    function, structure = _whom(words)
    try:
        demands.drop(function, structure)
    except errors.NotFound as refusal:
        raise CommandError(f"It was not required in these words: {_told(function, structure)}.") from refusal
    return f"Second factor no longer required: {_told(function, structure)}."


def show(_words: Namespace) -> str:
    """Return a line for each demand."""
    return "\n".join(_told(one.function, one.structure) for one in demands.made())


def reset(words: Namespace) -> str:
    """Take all second factors from a person."""
    person = somebody(words.person)
    gone = factors.reset(person)
    return f"{person.name} has no second factor any more and is signed out." if gone else f"{person.name} had none."


def _whom(words: Namespace) -> tuple[str, Structure | None]:
    if words.function and words.role:
        raise CommandError("Name a function or a role, not both.")
    function = f"@{words.role.upper()}" if words.role else words.function.upper().lstrip("@")
    if words.everybody == bool(function or words.structure):
        raise CommandError("Say of whom: --function or --role, --structure, both, or --everybody alone.")
    place = words.structure
    if not place:
        return function, None
    return function, a_place(place)


def _told(function: str, structure: Structure | None) -> str:
    what = f"role {function[1:].lower()}" if function.startswith("@") else function or "all functions"
    return f"{what}, {structure.name if structure else 'everywhere'}"


VERBS = {"require": require, "drop": drop, "list": show, "reset": reset}
