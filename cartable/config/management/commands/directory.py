"""`cartable directory import | cases | judge | merge | unmerge | team | join | part | give`: what academies state about people and schools, and who is who.

The summary is for people, on stderr; with --json it is one object, alone on stdout. What a feed does wrong is one line.
A feed that the safety valve stops, or would stop in a dry run, exits 1 and is `stopped`.
"""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError

from cartable.config.arguments import agreed, somebody
from cartable.identity import structures, teams
from cartable.identity.feeds import cases, importing, joining, merging, reading
from cartable.identity.feeds.comparing import AsOne, Side
from cartable.identity.feeds.scanning import Report
from cartable.identity.models import Structure
from cartable.kernel.errors import BadInput, Busy, Conflict, Expired, NotFound

LISTED = 1000  # cases, unless all are asked for

TOLD = {
    "arrived": "arrived",
    "moved": "moved",
    "changed": "changed",
    "ended": "ended",
    "proposed": "may be somebody known already: a person decides",
    "refused": "refused",
    "written": "rows written",
}
ONE = {"written": "row written"}  # of what is said otherwise of one


class Command(BaseCommand):
    """Dispatch to one function for each verb."""

    help = "Import what a directory states about people and schools; say who is who."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the verbs and their flags."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        one = verbs.add_parser("import", help="apply a feed: a file, or a folder of AAF parts")
        one.add_argument("path", metavar="PATH", type=Path)
        one.add_argument("--source", required=True, help="who states it: an academy (DIJON), or a name of your own")
        one.add_argument(
            "--format", choices=("aaf", "csv", "scim"), default="", help="aaf, csv or scim (by the names of the files)"
        )
        one.add_argument(
            "--dry-run",
            action="store_true",
            help="say what it would do, and change nothing; fails if it would be stopped",
        )
        one.add_argument("--yes", action="store_true", help="apply it however much it changes")
        one.add_argument("--json", action="store_true", help="for programs")
        one = verbs.add_parser("cases", help="list people who may be known already under another number")
        one.add_argument("--all", action="store_true", help=f"not only the likeliest {LISTED}")
        one.add_argument("--json", action="store_true", help="for programs")
        one = verbs.add_parser(
            "judge", help="say whether the two of a case are one person; without an answer: what it would do"
        )
        one.add_argument("case", metavar="CASE", type=int)
        one.add_argument("answer", nargs="?", choices=("same", "different"))
        one.add_argument("--two-identifiers", action="store_true", help="though each has a national identifier")
        one = verbs.add_parser("merge", help="make two accounts one")
        one.add_argument("survivor", metavar="WHO_STAYS")
        one.add_argument("loser", metavar="WHO_GOES_OVER")
        one.add_argument("--two-identifiers", action="store_true", help="though each has a national identifier")
        one = verbs.add_parser("unmerge", help="make two of them again, within thirty days")
        one.add_argument("person", metavar="ID_OR_MAIL")
        one = verbs.add_parser("team", help="form a team of all who are posted somewhere, by a rule; prints its number")
        one.add_argument("name", metavar="NAME")
        one.add_argument(
            "--at", required=True, help="an academy (DIJON), a school by its UAI, or MEN for the whole ministry"
        )
        one.add_argument("--function", default="", help="of one function only: ENS, DIR, DOC…")
        one.add_argument("--discipline", default="", help="of one discipline only: how its code begins, as L10")
        one = verbs.add_parser("join", help="have a school join another, with whoever is stated there")
        one.add_argument("school", metavar="UAI")
        one.add_argument("other", metavar="UAI_OF_THE_OTHER")
        one = verbs.add_parser("part", help="open again a school that joined another")
        one.add_argument("school", metavar="UAI")
        one = verbs.add_parser("give", help="have a school be one of another academy, which opened under a wrong one")
        one.add_argument("school", metavar="UAI")
        one.add_argument("academy", metavar="ACADEMY")

    def handle(self, *_: Any, verb: str, **words: Any) -> None:
        """Run the command."""
        VERBS[verb](self, Namespace(**words))

    def tell(self, line: str) -> None:
        """Say something to who waits."""
        self.stderr.write(line, self.style.NOTICE)


def import_(command: Command, words: Namespace) -> None:
    """Import a feed and say what it did. Raises CommandError, with the sentence that says why it was refused."""
    try:
        source = reading.survey(words.path, words.format)
        ask = partial(agreed, "Apply it?", yes=words.yes, silent=words.dry_run)
        report = importing.run(source, words.source, dry=words.dry_run, ask=ask, tell=command.tell)
    except BadInput as refusal:
        raise _refused(command, words, str(refusal)) from refusal
    except OSError as failure:
        raise _refused(command, words, f"{failure.filename or words.path}: {failure.strerror}") from failure
    _say(command, words, report)
    if why := " and ".join(report.stopped_by):
        raise CommandError(
            f"Nothing {'would be' if words.dry_run else 'was'} applied: it {why}. If that is true, say --yes."
        )


def _refused(command: Command, words: Namespace, why: str) -> CommandError:
    """Return what ends a command that applied nothing, and tell programs."""
    _say(command, words, Report(whole=[why]), quiet=True)
    return CommandError(why)


def _say(command: Command, words: Namespace, report: Report, *, quiet: bool = False) -> None:
    counts = {what: report.counts[what] for what in importing.OUTCOMES}
    if words.json:
        command.stdout.write(
            json.dumps({**counts, "stopped": bool(report.stopped_by), "lines": report.lines}, ensure_ascii=False)
        )
    if quiet:
        return
    for line in [*report.of_records, *report.whole]:
        command.tell(line)
    summary = ", ".join(_counted(what, count) for what, count in counts.items() if count) or "nothing new"
    command.tell(f"it would have been: {summary}" if report.stopped_by else summary)


def _counted(what: str, count: int) -> str:
    return f"{count} {ONE.get(what, TOLD[what]) if count == 1 else TOLD[what]}"


def list_cases(command: Command, words: Namespace) -> None:
    """Print the cases that wait for an answer, the likeliest first, and say how many are left out."""
    found = cases.waiting(None, None if words.all else LISTED)
    if not words.all and (left := cases.count(None) - len(found)) > 0:
        command.tell(f"{left} more: with --all they are listed too")
    if words.json:
        command.stdout.write(json.dumps([asdict(one) for one in found], ensure_ascii=False, default=str))
        return
    for one in found:
        command.stdout.write(_line(one))


def _line(one: cases.Case) -> str:
    facts = ", ".join(f"{fact} {said}" for fact, said in one.evidence.items() if said != "unknown")
    return f"{one.id}  {one.rule} {one.score}/11  {_named(one.newcomer)}  {_named(one.candidate)}  {facts}"


def _named(side: Side) -> str:
    return f"{side.name} <{side.mails[0] if side.mails else side.sub}>"


def judge(command: Command, words: Namespace) -> None:
    """Answer a case, or say what a yes does. Raises CommandError."""
    with _sentences():
        found = cases.one(None, words.case)
        if words.answer:
            cases.answer(None, words.case, same=words.answer == "same", agreed=words.two_identifiers)
    if words.answer is None:
        command.stdout.write(_line(found))
    if words.answer != "different" and found.as_one:
        command.stdout.write(f"{'One now' if words.answer else 'One would be'}: {_as_one(found.as_one)}")
    if words.answer == "different":
        command.stdout.write("They are two, and nobody is asked again.")


def _as_one(both: AsOne) -> str:
    """Return which account stays, under which name and address, and why."""
    why = "of who stays: neither works anywhere"
    if both.tied:
        why = f"of who stays: the last postings of both began on {both.since}"
    elif both.since:
        why = f"of the posting that began last, on {both.since}"
    elif both.still:
        why = "of the one whom a feed states still: neither works anywhere by one"
    if both.passed:
        why += "; postings given by hand do not count beside those of feeds"
    what = "name" if both.lacking else "name and main address"
    return f"{both.name} <{both.mail}> {both.stays.sub}  {what} {why}"


def merge(command: Command, words: Namespace) -> None:
    """Make two accounts one. Raises CommandError."""
    survivor, loser = somebody(words.survivor), somebody(words.loser)
    with _sentences():
        merging.merge(survivor, loser, agreed=words.two_identifiers)
    command.stdout.write(f"{loser.name} ({loser.sub}) is {survivor.name} ({survivor.sub}).")


def unmerge(command: Command, words: Namespace) -> None:
    """Undo the last merge of a person. Raises CommandError."""
    person = somebody(words.person)
    with _sentences():
        log = merging.last_of(person)
        merging.unmerge(log.pk)
    command.stdout.write(
        f"{log.loser.name} ({log.loser.sub}) and {log.survivor.name} ({log.survivor.sub}) are two again."
    )


def team(command: Command, words: Namespace) -> None:
    """Form a team by rule and print its number. Raises CommandError."""
    try:
        at = structures.named(words.at)
        made = teams.form_by_rule(None, words.name, at, function=words.function, discipline=words.discipline)
    except NotFound as refusal:
        raise CommandError(f"No academy or school is known here as {words.at!r}.") from refusal
    except BadInput as refusal:
        raise CommandError("A team has a name, and a function the directory knows.") from refusal
    command.stdout.write(str(made.pk))


def join(command: Command, words: Namespace) -> None:
    """Have a school join another. Raises CommandError."""
    school, other = _school(words.school), _school(words.other)
    if school == other:
        raise CommandError("These are one school. Nothing was changed.")
    for one in (school, other):
        if one.successor:
            raise CommandError(
                f"{_coded(one)} joined {_coded(one.successor)} already: part it first. Nothing was changed."
            )
    with _sentences():
        moved = joining.join(school, other)
    command.stdout.write(f"{_coded(school)} is {_coded(other)} now, in {other.parent}: {_people(moved)}.")


def part(command: Command, words: Namespace) -> None:
    """Open again a school that joined another. Raises CommandError."""
    school = _school(words.school)
    if school.successor is None:
        raise CommandError(f"{_coded(school)} joined no other. Nothing was changed.")
    with _sentences():
        moved = joining.part(school)
    command.stdout.write(f"{_coded(school)} is a school of its own again: {_people(moved)}.")


def give(command: Command, words: Namespace) -> None:
    """Have a school be one of another academy. Raises CommandError."""
    school = _school(words.school)
    try:
        academy = structures.academy(words.academy)
    except NotFound as refusal:
        raise CommandError(f"No academy is known here as {words.academy!r}.") from refusal
    before = school.parent
    if before == academy:
        raise CommandError(f"{_coded(school)} is in {academy} already. Nothing was changed.")
    with _sentences():
        joining.give(school, academy)
    command.stdout.write(f"{_coded(school)} is in {academy} now, and was in {before}.")


def _coded(school: Structure) -> str:
    return f"{school} ({school.code})"


def _school(uai: str) -> Structure:
    try:
        return structures.school(uai)
    except NotFound as refusal:
        raise CommandError(f"No school is known here as {uai!r}.") from refusal


def _people(moved: int) -> str:
    return f"{moved} {'person' if moved == 1 else 'people'} moved"


@contextmanager
def _sentences() -> Iterator[None]:
    """Turn a refusal into one sentence for who typed the command."""
    try:
        yield
    except merging.TwoIdentifiers as refusal:
        raise CommandError(
            "Each has a national identifier. If one more person agrees, say --two-identifiers."
        ) from refusal
    except NotFound as refusal:
        raise CommandError(f"Nothing is known here by {refusal}.") from refusal
    except Expired as refusal:
        raise CommandError("It was longer than thirty days ago.") from refusal
    except Busy as refusal:
        raise CommandError(
            "An import is being applied. Try again once it has ended, or goes on no more for an hour."
        ) from refusal
    except cases.Answered as refusal:
        raise CommandError("It was answered already: nothing was changed.") from refusal
    except Conflict as refusal:
        raise CommandError("One of the two was merged since: nothing was changed.") from refusal


VERBS = {
    "import": import_,
    "cases": list_cases,
    "judge": judge,
    "merge": merge,
    "unmerge": unmerge,
    "team": team,
    "join": join,
    "part": part,
    "give": give,
}
