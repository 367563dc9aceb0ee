"""What is kept of texts follows them: some seconds after a pad was written to its file, some minutes after any other change."""

from contextlib import suppress
from datetime import time, timedelta

from django.db import Error

from cartable.kernel import clock
from cartable.kernel.tasks import enqueue_once, every, task
from cartable.pads.extracts import keeping

SOON = timedelta(seconds=3)  # what several pads write meanwhile is read at once


@every(timedelta(minutes=5))
@task
def follow() -> None:
    """Read the texts that have changed."""
    keeping.follow()


@every(time(4, 45))
@task
def look_again() -> None:
    """Forget what is erased, and read what was missed."""
    keeping.forget_erased()
    keeping.look_again()


def soon() -> None:
    """Have the texts read that have changed. Where that cannot be asked for, the next of the schedule does."""
    with suppress(Error):
        enqueue_once(follow.using(run_after=clock.now() + SOON), "extracts")
