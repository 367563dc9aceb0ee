"""`cartable options`: what an operator may set, what it is here, and what it means."""

import dataclasses
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management import BaseCommand

from cartable.options import SECRETS, Options, options

HEAD = """# Options

Written by `cartable options --markdown`. Each is read from the environment, then from `options.env` in the data folder.
A secret may also be given as the path of a file that holds it, by the same name with `_FILE` behind.

| option | default | meaning |
|---|---|---|
"""


class Command(BaseCommand):
    """Print them."""

    help = "Say what may be set, what it is here, and what it means."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the flags."""
        parser.add_argument("--markdown", action="store_true", help="with the defaults, as docs/options.md")

    def handle(self, *, markdown: bool, **_: Any) -> None:
        """Run the command."""
        self.stdout.write("".join(document() if markdown else table()), ending="")


def document() -> Iterator[str]:
    """Yield docs/options.md."""
    yield HEAD
    for field in dataclasses.fields(Options):
        default = f"`{field.default}`" if str(field.default) else ""
        yield f"| `{variable(field)}` | {default} | {field.metadata['meaning']} |\n"


def table() -> Iterator[str]:
    """Yield a line for each option; `*` marks those that are set. Secrets are not shown."""
    for field in dataclasses.fields(Options):
        value = getattr(options, field.name)
        mark = " " if value == field.default else "*"
        shown = "(secret)" if field.name in SECRETS and mark == "*" else value
        yield f"{mark} {variable(field):26} {shown!s:24} {field.metadata['meaning']}\n"


def variable(field: "dataclasses.Field[Any]") -> str:
    """Return the name of an option in the environment."""
    return f"CARTABLE_{field.name.upper()}"
