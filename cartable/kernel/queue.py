"""The rows of tasks: put in, taken under a lease, given back or ended. Behind the django-tasks API (decision 3).

A task is put in by the transaction that needs it: both happen, or neither. It is taken by one UPDATE that skips what others
are taking. Whoever takes it holds a lease and renews it; when a worker dies, the lease lapses and the task runs again. So a
task may run twice, and must be written for that.
"""

import random
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils.module_loading import import_string
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskError, TaskResult, TaskResultStatus
from django_tasks.exceptions import TaskResultDoesNotExist
from django_tasks.utils import normalize_json

from cartable.kernel import clock, models

LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 10  # with the delays below: about an hour and a half
FIRST_DELAY, LONGEST_DELAY = 10.0, 3600.0  # seconds before the second attempt; it doubles from there
LOST = "WorkerLost: the process that ran it ended without a word"

wake = threading.Event()  # set when a task of this process may be ready: its workers need not wait for their next look

Ready, Running, Done, Failed = (
    models.Task.State.READY,
    models.Task.State.RUNNING,
    models.Task.State.DONE,
    models.Task.State.FAILED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowTask(Task[..., Any]):
    """A task that says how often it is tried: `@task(max_attempts=3)`."""

    max_attempts: int = MAX_ATTEMPTS


class Rows(BaseTaskBackend):
    """The backend named in `config/settings.py`."""

    task_class = RowTask  # type: ignore[assignment]  # generic there, for all tasks here
    supports_defer = True
    supports_get_result = True
    supports_priority = True

    def enqueue(self, task: Task[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> TaskResult[Any]:
        """Put a task in, when the transaction of the caller commits."""
        self.validate_task(task)
        return _result(put(task, args, kwargs), task)

    def get_result(self, result_id: str) -> TaskResult[Any]:
        """Return how a task stands. Raises TaskResultDoesNotExist, also once it was tidied away."""
        row = models.Task.objects.filter(pk=result_id).first() if result_id.isdecimal() else None
        if row is None:
            raise TaskResultDoesNotExist(result_id)
        return _result(row, import_string(row.function))


# In


def put(task: Task[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], key: str = "") -> models.Task:
    """Write the row of a task. If one of the same key waits already, that one stands for both.

    It then waits for this transaction to end, so it will see what we wrote.
    """
    now = clock.now()
    row = models.Task(
        queue=task.queue_name,
        function=task.module_path,
        arguments=normalize_json([args, kwargs]),
        priority=task.priority,
        key=key,
        waiting=key or None,
        created_at=now,
        run_after=task.run_after or now,
        max_attempts=getattr(task, "max_attempts", MAX_ATTEMPTS),
    )
    if key:
        models.Task.objects.bulk_create(
            [row], update_conflicts=True, unique_fields=["waiting"], update_fields=["priority"]
        )
    else:
        row.save(force_insert=True)
    transaction.on_commit(wake.set)
    return row


def under_way(key: str) -> tuple[int, str] | None:
    """Return how far the task of a key has come (percent, message), or None if none waits or runs."""
    rows = models.Task.objects.filter(key=key, state__in=(Ready, Running)).order_by("-percent")
    return rows.values_list("percent", "message").first()


# Out


def ready(queues: Sequence[str]) -> QuerySet[models.Task]:
    """Return the tasks of these queues that could run now."""
    return models.Task.objects.filter(state=Ready, queue__in=queues, run_after__lte=clock.now())


CLAIM = """
WITH picked AS MATERIALIZED (
    SELECT id FROM kernel_task WHERE state = 'ready' AND queue IN ({queues}) AND run_after <= %s
    ORDER BY priority DESC, run_after, id LIMIT 1 {lock})
UPDATE kernel_task SET state = 'running', waiting = NULL, worker = %s, attempts = attempts + 1,
    started_at = %s, lease_until = %s, percent = 0, message = ''
WHERE id IN (SELECT id FROM picked) RETURNING *"""


def claim(queues: Sequence[str], worker: str) -> models.Task | None:
    """Take the first of the ready tasks, or nothing. Looks before it writes: an idle worker takes no write lock."""
    if not ready(queues).exists():
        return None
    lock = "FOR UPDATE SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
    query = CLAIM.format(queues=", ".join(["%s"] * len(queues)), lock=lock)
    now = clock.now()
    moments = [connection.ops.adapt_datetimefield_value(moment) for moment in (now, now, now + LEASE)]
    taken = models.Task.objects.raw(query, [*queues, moments[0], worker, *moments[1:]])
    return next(iter(list(taken)), None)


def renew(row: models.Task) -> bool:
    """Extend the lease of a task. False if it was lost: the task is, or will be, somebody else's."""
    return bool(_held(row).update(lease_until=clock.now() + LEASE))


def note(row: models.Task, percent: int, message: str) -> None:
    """Write how far a running task has come."""
    _held(row).update(percent=percent, message=message[:200])


def finish(row: models.Task, result: Any) -> bool:
    """End a task that did its work. False if its lease was lost meanwhile."""
    ended = {"state": Done, "finished_at": clock.now(), "lease_until": None, "percent": 100}
    return bool(_held(row).update(**ended, result=normalize_json(result)))


def fail(row: models.Task, error: str, *, again: bool) -> None:
    """Write why an attempt failed, and give the task back for later, if it may be tried `again`, or end it."""
    if again and row.attempts < row.max_attempts:
        _give_back(row, run_after=clock.now() + delay(row.attempts), error=error)
    else:
        _held(row).update(state=Failed, finished_at=clock.now(), lease_until=None, error=error)


def give_back(row: models.Task) -> None:
    """Return an interrupted task to the queue, as if this attempt had not been."""
    _give_back(row, run_after=clock.now(), attempts=F("attempts") - 1)


def delay(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts: doubling, and spread so that a crowd does not come back at once."""
    return timedelta(seconds=min(FIRST_DELAY * 2 ** (attempts - 1), LONGEST_DELAY) * random.uniform(0.5, 1.5))  # noqa: S311


@transaction.atomic
def recover() -> None:
    """Give back the tasks whose lease has lapsed, or end those that have killed enough workers."""
    lapsed = models.Task.objects.filter(state=Running, lease_until__lt=clock.now())
    if lapsed.exists():
        ended = {"state": Failed, "finished_at": clock.now(), "lease_until": None, "error": LOST}
        lapsed.filter(attempts__gte=F("max_attempts")).update(**ended)
        for row in lapsed.select_for_update().order_by("pk"):
            _give_back(row, run_after=clock.now(), error=LOST)


def tidy(done_before: timedelta, failed_before: timedelta) -> None:
    """Delete the rows of tasks that ended long enough ago."""
    now = clock.now()
    old = Q(state=Done, finished_at__lt=now - done_before) | Q(state=Failed, finished_at__lt=now - failed_before)
    models.Task.objects.filter(old, finished_at__isnull=False).delete()


def backlog() -> dict[str, tuple[int, float]]:
    """Return, for each queue, how many tasks could run now and the age in seconds of the oldest."""
    now, found = clock.now(), {}
    for queue in models.Task.objects.filter(state=Ready).values_list("queue", flat=True).distinct():
        moments = ready([queue]).order_by("run_after").values_list("run_after", flat=True)
        if first := moments.first():
            found[queue] = (moments.count(), (now - first).total_seconds())
    return found


def counts() -> list[tuple[str, str, int]]:
    """Return how many tasks there are in each state of each queue, as (queue, state, number)."""
    return list(models.Task.objects.order_by().values_list("queue", "state").annotate(Count("pk")))


def _held(row: models.Task) -> QuerySet[models.Task]:
    """Return the row if this attempt of this worker still holds it."""
    return models.Task.objects.filter(pk=row.pk, state=Running, worker=row.worker, attempts=row.attempts)


def _give_back(row: models.Task, **fields: Any) -> None:
    """Make a task wait again; or, if another of its key waits by now, leave the work to that one."""
    try:
        with transaction.atomic():
            _held(row).update(state=Ready, lease_until=None, waiting=row.key or None, **fields)
    except IntegrityError:
        _held(row).update(state=Done, finished_at=clock.now(), lease_until=None, message="replaced")
    transaction.on_commit(wake.set)


# As django-tasks tells it

STATUS = {
    Ready: TaskResultStatus.READY,
    Running: TaskResultStatus.RUNNING,
    Done: TaskResultStatus.SUCCESSFUL,
    Failed: TaskResultStatus.FAILED,
}


def _result(row: models.Task, task: Task[..., Any]) -> TaskResult[Any]:
    args, kwargs = row.arguments
    result: TaskResult[Any] = TaskResult(
        task=task,
        id=str(row.pk),
        status=STATUS[models.Task.State(row.state)],
        enqueued_at=row.created_at,
        started_at=row.started_at,
        last_attempted_at=row.started_at,
        finished_at=row.finished_at,
        args=args,
        kwargs=kwargs,
        backend=task.backend,
        errors=[TaskError(exception_class_path=row.error.partition(":")[0], traceback=row.error)] if row.error else [],
        worker_ids=[row.worker] * row.attempts,
    )
    object.__setattr__(result, "_return_value", row.result)  # frozen; django-tasks itself sets it so
    return result
