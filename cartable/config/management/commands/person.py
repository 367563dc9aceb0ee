"""`cartable person add | app-password | move | absence | death | list | unlist | show`: people, from the command line.

What a script needs (an id, a password) is printed alone on stdout; the rest is for people, on stderr.
"""

import json
import sys
from argparse import ArgumentParser, Namespace
from datetime import date
from functools import partial
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.db import transaction

from cartable.config.arguments import (
    a_day,
    a_function,
    a_mail,
    a_name,
    a_place,
    a_school,
    a_text,
    an_academy,
    sentences,
    somebody,
)
from cartable.identity import (
    absences,
    credentials,
    dated,
    deaths,
    departures,
    people,
    postings,
    teams,
)
from cartable.identity.models import Person
from cartable.kernel import clock, errors, given


class Command(BaseCommand):
    """Dispatch to one function for each verb."""

    help = "Add people, give them app passwords, move them, show them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the verbs and their flags."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        one = verbs.add_parser("add", help="record a person; prints their id")
        one.add_argument("--mail", type=a_mail, required=True, help="their address")
        one.add_argument("--name", type=a_name, required=True, help="their name, as colleagues read it")
        one.add_argument(
            "--academy", type=a_text, required=True, help="capitals of its name (DIJON, AIX-MARSEILLE), or its number"
        )
        one.add_argument("--school", type=a_text, help="UAI code of their school, if it is known here")
        one.add_argument(
            "--function",
            type=a_function,
            default="ENS",
            help="code of their function: ENS, DIR, DOC… (ENS)",
        )
        one.add_argument(
            "--password-stdin", action="store_true", help="read their password from the first line of stdin"
        )
        one = verbs.add_parser("app-password", help="make an app password for a device; prints it")
        one.add_argument("person", metavar="ID_OR_MAIL", type=a_text)
        one.add_argument(
            "--label",
            type=partial(a_text, most=100),
            default="Ligne de commande",
            help="what the person will know it by",
        )
        one = verbs.add_parser("move", help="end their postings and begin one elsewhere")
        one.add_argument("person", metavar="ID_OR_MAIL", type=a_text)
        one.add_argument("--to", type=a_text, required=True, help="an academy, as for add, or the UAI code of a school")
        one.add_argument("--mail", type=a_mail, help="the address they have there; the others still sign in")
        one.add_argument("--on", type=a_day, help="first day there, as 2026-09-01 (today)")
        one = verbs.add_parser("absence", help="say that they are away and have not left, or that they are back")
        one.add_argument("person", metavar="ID_OR_MAIL", type=a_text)
        one.add_argument("--why", choices=absences.Kind.values, help="of an absence that begins")
        one.add_argument("--on", type=a_day, help="first day away; without --why, first day back (today)")
        one.add_argument("--until", type=a_day, help="last day away, if it is known")
        one = verbs.add_parser("death", help="say that they died: the account closes at once, and nobody is written to")
        one.add_argument("person", metavar="ID_OR_MAIL", type=a_text)
        one.add_argument("--on", type=a_day, help="the day, as 2026-09-01 (today)")
        one.add_argument("--undo", action="store_true", help="it was a mistake: they are alive")
        for verb, what in (
            ("list", "let all find a person by name"),
            ("unlist", "let only the members of their teams"),
        ):
            verbs.add_parser(verb, help=what).add_argument("person", metavar="ID_OR_MAIL", type=a_text)
        one = verbs.add_parser("show", help="say what is known of a person")
        one.add_argument("person", metavar="ID_OR_MAIL", type=a_text)
        one.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *_: Any, verb: str, **words: Any) -> None:
        """Run the command."""
        with sentences():
            self.stdout.write(VERBS[verb](Namespace(**words)))


@transaction.atomic
def add(words: Namespace) -> str:
    """Record a person and their first posting; return their opaque id."""
    academy = an_academy(words.academy)
    place = a_school(words.school) if words.school else academy
    password = a_password() if words.password_stdin else None
    person = people.arrive(words.name, words.mail, password)
    postings.begin(person, place, function=words.function)
    return person.sub


def a_password() -> str:
    """Return the password on the first line of stdin. Raises CommandError."""
    try:
        password = sys.stdin.readline().rstrip("\r\n")
        given.text(password, most=1000)
    except (UnicodeDecodeError, errors.BadInput) as error:
        raise CommandError("The first line of stdin, which should be the password, is no text in UTF-8.") from error
    if not password:
        raise CommandError("The first line of stdin, which should be the password, is empty.")
    return password


def app_password(words: Namespace) -> str:
    """Make an app password and return it: it cannot be read again."""
    return credentials.new_app_password(somebody(words.person).pk, words.label)


def move(words: Namespace) -> str:
    """Move a person; return one sentence that says what is so now."""
    person = somebody(words.person)
    place = a_place(words.to)
    try:
        begins = postings.move(person, place, on=words.on, mail=words.mail)
    except errors.BadInput as refusal:
        raise CommandError(
            f"A posting of {person.name} begins after {refusal}: give a later day with --on."
        ) from refusal
    said = f"{person.name}: {place.name}" if begins else f"{person.name} is posted to {place.name} already"
    return said + (f", {words.mail}" if words.mail else "")


def absence(words: Namespace) -> str:
    """State an absence, or that it ends; return one sentence that says so."""
    person = somebody(words.person)
    try:
        if not words.why:
            absences.end(person, on=words.on)
            return f"{person.name} is no longer away."
        absences.begin(person, absences.Kind(words.why), on=words.on, until=dated.day_after(words.until))
    except errors.NotFound as refusal:
        raise CommandError(f"{person.name} is not away: say why they are with --why.") from refusal
    except absences.Twice as refusal:
        raise CommandError(f"{person.name} is away already on one of these days: end that absence first.") from refusal
    except errors.Conflict as refusal:
        raise CommandError(f"{person.name} was merged into somebody else, or erased.") from refusal
    except errors.BadInput as refusal:
        raise CommandError("An absence lasts a day at least: --until is before the first day.") from refusal
    return f"{person.name} is away: their account stays as it is."


def death(words: Namespace) -> str:
    """State that a person died, or that they are alive; return one sentence that says so."""
    person = somebody(words.person)
    try:
        if words.undo:
            deaths.take_back(person)
            return f"{person.name} is alive: their account is as their postings have it. Give them their roles again."
        deaths.record(person, words.on or clock.today())
    except errors.NotFound as refusal:
        raise CommandError(f"Nobody said that {person.name} died.") from refusal
    except errors.Conflict as refusal:
        raise CommandError(f"{person.name} was merged into somebody else, or erased.") from refusal
    except errors.BadInput as refusal:
        raise CommandError("--on is a day to come.") from refusal
    return f"The account of {person.name} is closed. Their documents stay until it is erased: cartable export takes them out."


def enter(words: Namespace) -> str:
    """Let all find a person; return one sentence that says so."""
    person = somebody(words.person)
    people.list_in_directory(person, listed=True)
    return f"{person.name} is found by all who are signed in."


def withdraw(words: Namespace) -> str:
    """Let only the members of their teams find a person; return one sentence that says so."""
    person = somebody(words.person)
    people.list_in_directory(person, listed=False)
    return f"{person.name} is found by the members of their teams only."


def show(words: Namespace) -> str:
    """Return what is known of a person, as lines or as one JSON object."""
    known = facts(somebody(words.person))
    if words.json:
        return json.dumps(known, ensure_ascii=False, default=_spelled, indent=2)
    lines = [f"{known['name']}  {known['id']}"]
    lines += [f"  {one['mail']}{'' if one['primary'] else '  (former)'}" for one in known["addresses"]]
    lines += [f"  {_days(one)}: {_duty(one)}" for one in known["postings"]]
    return "\n".join(lines + [f"  app password: {one['label']}" for one in known["app_passwords"]])


def _duty(posting: dict[str, Any]) -> str:
    """Return where a posting is and what is done there: an academy is named once, and nothing is said of no function."""
    where = ", ".join(dict.fromkeys((posting["structure"], posting["academy"])))
    return f"{where} ({posting['function']})" if posting["function"] else where


def _spelled(day: date) -> str:
    """Return a day, or a moment, as JSON has it: ISO 8601."""
    return day.isoformat()


def _days(posting: dict[str, Any]) -> str:
    if posting["end"]:
        return f"{posting['start']} to {posting['end']}"
    return f"from {posting['start']}" if posting["state"] == "announced" else f"{posting['start']} to now"


def facts(person: Person) -> dict[str, Any]:
    """Return what is known of a person: no secret, no content."""
    return {
        "id": person.sub,
        "name": person.name,
        "state": departures.of(person),
        "addresses": list(person.addresses.order_by("-primary", "pk").values("mail", "primary", "since", "until")),
        "postings": [
            {
                "structure": one.structure,
                "academy": one.academy,
                "function": one.function,
                "start": one.first_day,
                "end": one.last_day,
                "state": one.state,
            }
            for one in postings.of(person)
        ],
        "absences": [{"why": one.kind, "start": one.first_day, "end": one.last_day} for one in absences.of(person.pk)],
        "teams": [{"id": one.id, "name": one.name, "leads": one.leads} for one in teams.of(person.pk)],
        "app_passwords": [
            {"label": one.label, "created_at": one.created_at, "used_at": one.used_at}
            for one in credentials.devices(person.pk)
        ],
    }


VERBS = {
    "add": add,
    "app-password": app_password,
    "move": move,
    "absence": absence,
    "death": death,
    "list": enter,
    "unlist": withdraw,
    "show": show,
}
