"""The parts an installation stands on. Each is asked what is wrong with it: nothing, or a few words; or it raises."""

import functools
import logging
from collections.abc import Callable

from django.db import connections

from cartable.config import upgrade
from cartable.kernel import queue
from cartable.kernel.storage import storage

log = logging.getLogger(__name__)

LATE = 600.0  # seconds that a task may wait before something must be wrong with the workers


def database() -> str:
    """Say if a database lacks our tables. Raises DatabaseError if one does not answer."""
    for connection in connections.all():
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    return migrated()


@functools.cache
def migrated() -> str:
    """Say if a migration is due; asked once for each process: tables do not go back."""
    if upgrade.is_due():
        raise LookupError("a migration is due")
    return ""


def store() -> str:
    """Say if what is written cannot be read. Raises OSError if the storage does not answer."""
    sink = storage().begin()
    sink.write(b"ready?")
    key = sink.finish().key
    same = b"".join(storage().read(key)) == b"ready?"
    storage().delete([key])
    return "" if same else "what is written cannot be read"


def tasks() -> str:
    """Say if tasks wait and nobody runs them."""
    late = [name for name, (_, age) in queue.backlog().items() if age > LATE]
    return f"nobody runs the tasks of {', '.join(late)}" if late else ""


PARTS: dict[str, Callable[[], str]] = {"database": database, "storage": store, "queue": tasks}


def answer(check: Callable[[], str]) -> str:
    """Return `ok`, or what is wrong. The details of an error stay here: they may hold an address."""
    try:
        return check() or "ok"
    except Exception as error:
        log.warning("not ready", exc_info=True)
        return f"does not answer ({type(error).__name__})"
