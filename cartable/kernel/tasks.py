"""What is done later, or again and again: all that other packages need to know about tasks.

    @task
    def make_preview(node_id: int) -> None: ...

    make_preview.enqueue(12)                              # with the caller's transaction, or not at all
    make_preview.using(run_after=…, priority=10).enqueue(12)
    enqueue_once(make_preview, "preview 12", 12)          # unless one of this key waits already

    @every(time(3, 30))                                   # each night; or every(timedelta(minutes=5))
    @task
    def sweep() -> None: ...

A task may run twice (its worker may die just before saying that it is done). It may call `progress`, where it can also be
interrupted. One that raises a Refusal has failed: the answer would be the same. Any other error is tried again, later.
"""

from typing import Any

from django_tasks import task
from django_tasks.base import Task

from cartable.kernel import queue
from cartable.kernel.queue import under_way
from cartable.kernel.schedules import every
from cartable.kernel.worker import Interrupted, progress, run_pending, work

__all__ = ["Interrupted", "enqueue_once", "every", "progress", "run_pending", "task", "under_way", "work"]

QUEUES = ("default", "media")  # short things; long things that keep a core busy


def enqueue_once(task: Task[..., Any], key: str, *args: Any, **kwargs: Any) -> None:
    """Put a task in, unless one of this key waits: that one will see what this transaction wrote, and does for both.

    One that has begun does not count: it may have looked already. On PostgreSQL, transactions that put in the same key
    wait for one another from here to their end: let this be among their last acts, and sort several keys.
    """
    queue.put(task, args, kwargs, key)
