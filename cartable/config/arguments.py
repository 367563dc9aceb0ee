"""What people type after a command: each word read into what it means, or refused in one sentence."""

import sys
from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from django.core.management import CommandError
from django.utils.translation import override

from cartable.identity import functions, people, quarantine, structures
from cartable.identity.models import Person, Structure
from cartable.kernel import errors, given

UAI = 8  # characters of a school's code
TEXT_MAX = 200  # characters of a name


def a_text(text: str, most: int = TEXT_MAX) -> str:
    """Return a text that a database holds. Raises ArgumentTypeError."""
    try:
        return given.text(text, most)
    except errors.BadInput as refusal:
        raise ArgumentTypeError(f"{text[:50]!r} is no text in UTF-8 of {most} characters at most") from refusal


def a_name(text: str) -> str:
    """Return a name. Raises ArgumentTypeError."""
    if not text.strip():
        raise ArgumentTypeError("a name cannot be empty")
    return a_text(text)


def a_mail(text: str) -> str:
    """Return a person's mail address as it is kept. Raises ArgumentTypeError."""
    if people.is_functional(text):
        raise ArgumentTypeError(
            f"{text!r} is the mailbox of a school: each of those who use it has an address of their own"
        )
    try:
        return a_text(people.clean_mail(text), most=100)
    except errors.BadInput as refusal:
        raise ArgumentTypeError(f"{text!r} is no mail address: write it as alice@ac-dijon.fr") from refusal


def a_day(text: str) -> date:
    """Return a day written as 2026-09-01. Raises ArgumentTypeError."""
    try:
        return given.day(text)
    except errors.BadInput as error:
        raise ArgumentTypeError(f"{text!r} is no day: write it as 2026-09-01") from error


def a_function(text: str) -> str:
    """Return the code of a function. Raises ArgumentTypeError."""
    code = a_text(text, most=10).upper()
    if code not in functions.PROFILE_OF:
        known = "; ".join(f"{profile} ({codes})" for profile, (_title, codes) in functions.PROFILES.items())
        raise ArgumentTypeError(f"{text!r} is the code of no function: give one of {known}")
    return code


def somebody(id_or_mail: str) -> Person:
    """Return a person. Raises CommandError."""
    try:
        return people.find(a_text(id_or_mail))
    except ArgumentTypeError as refusal:
        raise CommandError(f"{refusal}.") from refusal
    except errors.NotFound as refusal:
        raise CommandError(f"Nobody here has the id or the address {id_or_mail!r}.") from refusal


def an_academy(name: str) -> Structure:
    """Return an academy. Raises CommandError."""
    try:
        return structures.academy(name)
    except errors.NotFound as refusal:
        raise CommandError(
            f"No academy is {name!r}: give the capitals of its name, as DIJON, or its number."
        ) from refusal


def a_school(uai: str) -> Structure:
    """Return a school. Raises CommandError."""
    if not structures.uai_is_valid(uai.strip().upper()):
        raise CommandError(f"{uai!r} is no UAI code: give seven digits and their letter, as 0210015C.")
    try:
        return structures.school(uai)
    except errors.NotFound as refusal:
        raise CommandError(f"No school is known here by the UAI code {uai!r}.") from refusal


def a_place(text: str) -> Structure:
    """Return an academy or a school. Raises CommandError."""
    return a_school(text) if text[:1].isdigit() and len(text) == UAI else an_academy(text)


def a_structure(text: str) -> Structure:
    """Return a structure. Raises CommandError."""
    try:
        return structures.named(text)
    except errors.NotFound as refusal:
        raise CommandError(
            f"No structure is {text!r}: give the capitals of an academy (DIJON), the UAI of a school, or MEN."
        ) from refusal


@contextmanager
def sentences() -> Iterator[None]:
    """Turn a refusal into one sentence for who typed the command."""
    try:
        with override("en"):
            yield
    except errors.WeakPassword as refusal:
        raise CommandError(" ".join(refusal.args)) from refusal
    except errors.NameTaken as refusal:
        if quarantine.held([str(refusal)]):
            raise CommandError(f"{refusal} was the address of somebody who was erased: give another.") from refusal
        holder = people.find(str(refusal))
        raise CommandError(f"{refusal} is, or was, the address of {holder.name} ({holder.sub}).") from refusal


def agreed(question: str, objections: list[str], *, yes: bool, silent: bool = False) -> bool:
    """Return whether something may be done against objections, a phrase each: as --yes says, or who is at the terminal.

    Nobody is asked where it is `silent`, as in a dry run.
    """
    if yes or silent or not sys.stdin.isatty():
        return yes
    sys.stderr.write("".join(f"It {one}.\n" for one in objections) + f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes", "o", "oui"}
