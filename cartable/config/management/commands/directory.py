"""`cartable directory import`: what academies state about people and schools.

The summary is for people, on stderr; with --json it is one object, alone on stdout. What a feed does wrong is one line.
"""

import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError

from cartable.identity.feeds import importing, reading
from cartable.identity.feeds.scanning import Report
from cartable.kernel.errors import BadInput

TOLD = {
    "arrived": "arrived",
    "moved": "moved",
    "changed": "changed",
    "ended": "ended",
    "proposed": "may be somebody known already: a person decides",
    "refused": "refused",
    "written": "rows written",
}


class Command(BaseCommand):
    """Dispatch to one function for each verb."""

    help = "Import what a directory states about people and schools."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the verbs and their flags."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        one = verbs.add_parser("import", help="apply a feed: a file, or a folder of AAF parts")
        one.add_argument("path", metavar="PATH", type=Path)
        one.add_argument("--source", required=True, help="who states it: an academy (DIJON), or a name of your own")
        one.add_argument("--format", choices=("aaf", "csv"), default="", help="aaf or csv (by the names of the files)")
        one.add_argument("--dry-run", action="store_true", help="say what it would do, and change nothing")
        one.add_argument("--yes", action="store_true", help="apply it however much it changes")
        one.add_argument("--json", action="store_true", help="for programs")

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
        report = importing.run(
            source, words.source, dry=words.dry_run, ask=lambda what: words.yes or _asked(what), tell=command.tell
        )
    except importing.TooMuch as refusal:
        _say(command, words, Report(lines=[f"stopped: it {one}" for one in refusal.args]))
        raise CommandError(
            f"Nothing was applied: it {' and '.join(refusal.args)}. If that is true, say --yes."
        ) from refusal
    except BadInput as refusal:
        _say(command, words, Report(lines=[str(refusal)]), quiet=True)
        raise CommandError(str(refusal)) from refusal
    _say(command, words, report)


def _asked(objections: list[str]) -> bool:
    """Ask who is at the terminal; without one the answer is no."""
    if not sys.stdin.isatty():
        return False
    sys.stderr.write("".join(f"It {one}.\n" for one in objections) + "Apply it? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes", "o", "oui"}


def _say(command: Command, words: Namespace, report: Report, *, quiet: bool = False) -> None:
    counts = {what: report.counts[what] for what in importing.OUTCOMES}
    if words.json:
        command.stdout.write(json.dumps({**counts, "lines": report.lines}, ensure_ascii=False))
    if quiet:
        return
    for line in report.lines:
        command.tell(line)
    command.tell(", ".join(f"{count} {TOLD[what]}" for what, count in counts.items() if count) or "nothing new")


VERBS = {"import": import_}
