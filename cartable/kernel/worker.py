"""The loop that runs tasks: in threads of the embedded server, or as `cartable work`. One call runs one task at a time."""

import contextlib
import logging
import os
import secrets
import socket
import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from typing import Any

from django.db import DatabaseError, close_old_connections, connections
from django.utils.module_loading import autodiscover_modules, import_string
from django_tasks.base import TaskContext

from cartable.kernel import models, queue, schedules
from cartable.kernel.errors import Refusal

logger = logging.getLogger(__name__)

POLL = 1.0  # seconds between two looks of an idle worker, for tasks put in by other processes
UPKEEP = 15.0  # seconds between two rounds of upkeep, and between two renewals of a lease
ERROR_MAX = 10_000  # characters kept of an error

_running: ContextVar[tuple[models.Task, threading.Event] | None] = ContextVar("running", default=None)


class Interrupted(BaseException):
    """The worker must stop. Not an Exception: a task that catches those lets it pass, and will run again."""


def progress(percent: int, message: str = "") -> None:
    """Say how far the running task has come, in French for people. It is seen once the task's transaction commits.

    Raises Interrupted if the worker has been asked to stop, so call it where the task may be left and begun again.
    Does nothing outside of a task.
    """
    if (running := _running.get()) is None:
        return
    row, stop = running
    if stop.is_set():
        raise Interrupted
    queue.note(row, percent, message)


def work(stop: threading.Event, queues: Sequence[str] = ("default",)) -> None:
    """Run tasks of these queues until `stop` is set; a task that does not call `progress` is finished first.

    `stop` is noticed within POLL seconds. A database that does not answer is waited for.
    """
    discover()
    worker, round_at, held = name_worker(), 0.0, Held()
    with held.renewing():
        while not stop.is_set():
            queue.wake.clear()
            try:
                close_old_connections()
                if time.monotonic() > round_at:
                    upkeep()
                    round_at = time.monotonic() + UPKEEP
                schedules.put_due()
                if run_one(queues, worker, stop, held):
                    continue
            except DatabaseError:
                logger.exception("the queue cannot be read")
            queue.wake.wait(POLL)
    connections.close_all()


def discover() -> None:
    """Know of all tasks that come back: those of the modules `tasks` and `chores` of each package."""
    autodiscover_modules("tasks", "chores")


def run_pending(queues: Sequence[str] = ("default", "media")) -> int:
    """Run, here and now, all tasks that are ready and those they put in. Return how many ran, well or not."""
    discover()
    upkeep()
    schedules.put_due()
    worker, never, count = name_worker(), threading.Event(), 0
    while run_one(queues, worker, never, Held()):
        count += 1
    return count


def upkeep() -> None:
    """Give back what dead workers held, and see that each periodic task has its row."""
    queue.recover()
    schedules.prepare()


def name_worker() -> str:
    """Return a name for a worker: where it runs, then something that no other has."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"


def run_one(queues: Sequence[str], worker: str, stop: threading.Event, held: "Held") -> bool:
    """Take a task and run it. False if none was ready."""
    row = queue.claim(queues, worker)
    if row is None:
        return False
    token = _running.set((row, stop))
    try:
        with held.holding(row):
            result = _call(row)
        if not queue.finish(row, result):
            logger.warning("%s lost its lease before its end, and runs elsewhere", row)
    except Interrupted:
        queue.give_back(row)
    except Refusal as refusal:
        queue.fail(row, _told(refusal), again=False)
    except Exception as error:  # the one place that must outlive anything
        logger.warning("%s failed, attempt %d of %d", row, row.attempts, row.max_attempts, exc_info=True)
        queue.fail(row, _told(error), again=True)
    finally:
        _running.reset(token)
    return True


def _call(row: models.Task) -> Any:
    task = import_string(row.function)
    args, kwargs = row.arguments
    if task.takes_context:
        args = [TaskContext(task_result=task.get_backend().get_result(str(row.pk))), *args]
    return task.call(*args, **kwargs)


def _told(error: Exception) -> str:
    """Return an error for those who read the row: what it is in one line, then where; its beginning and its end."""
    first = f"{type(error).__module__}.{type(error).__qualname__}: {error}".removeprefix("builtins.")
    where = "".join(traceback.format_exception(error))
    return f"{first[: ERROR_MAX // 5]}\n\n{where[-ERROR_MAX:]}"


class Held:
    """The task that a worker holds, whose lease another thread renews while it runs."""

    def __init__(self) -> None:
        self._row: models.Task | None = None
        self._end = threading.Event()

    @contextlib.contextmanager
    def holding(self, row: models.Task) -> Iterator[None]:
        self._row = row
        try:
            yield
        finally:
            self._row = None

    @contextlib.contextmanager
    def renewing(self) -> Iterator[None]:
        thread = threading.Thread(target=self._renew, name="lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._end.set()
            thread.join()

    def _renew(self) -> None:
        while not self._end.wait(UPKEEP):
            if (row := self._row) is not None:
                try:
                    close_old_connections()
                    queue.renew(row)
                except DatabaseError:
                    logger.exception("the lease of %s could not be renewed", row)
        connections.close_all()
