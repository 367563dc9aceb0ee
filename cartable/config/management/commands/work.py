"""`cartable work`: run what was put off, in a process of its own, until SIGTERM or SIGINT."""

import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand

from cartable.kernel.tasks import work

QUEUES = ("default", "media")


class Command(BaseCommand):
    """One task at a time for each process; start as many as there is work for."""

    help = "Run background tasks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the flags."""
        parser.add_argument("--queue", action="append", choices=QUEUES, help="only this one; may be repeated")

    def handle(self, *, queue: list[str] | None, **_: Any) -> None:
        """Run the command."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        work(stop, queue or QUEUES)
