"""Tasks that come back. The code says how often; a row says when next, so that of all workers one puts the task in.

Runs missed while nobody worked are made up for by one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone
from django_tasks.base import Task

from cartable.kernel import clock, models, queue

T = TypeVar("T", bound=Task[..., Any])


@dataclass(frozen=True, slots=True)
class Period:
    """How often: each `interval`, or at a moment of the day (Europe/Paris), each day or on one of the week (Monday: 0)."""

    interval: timedelta | time
    weekday: int | None = None

    def after(self, moment: datetime) -> datetime:
        """Return the first time that is later than `moment`."""
        if isinstance(self.interval, timedelta):
            return moment + self.interval
        local = timezone.localtime(moment)
        days = (local.date() + timedelta(days=ahead) for ahead in range(9))
        hours = (timezone.make_aware(datetime.combine(day, self.interval)) for day in days if self._on(day.weekday()))
        return next(hour for hour in hours if hour > moment)

    def _on(self, weekday: int) -> bool:
        return self.weekday in {None, weekday}


registry: dict[str, tuple[Task[..., Any], Period]] = {}


def every(interval: timedelta | time, weekday: int | None = None) -> Callable[[T], T]:
    """Put a task in again and again: each `interval`, or at a time of the day, each day or on one of the week."""

    def register(task: T) -> T:
        registry[task.module_path] = (task, Period(interval, weekday))
        return task

    return register


def prepare() -> None:
    """Write the first moment of the tasks that have none yet."""
    now = clock.now()
    known = set(models.Schedule.objects.values_list("function", flat=True))
    new = [(name, period) for name, (_, period) in registry.items() if name not in known]
    rows = [models.Schedule(function=name, due_at=period.after(now)) for name, period in new]
    models.Schedule.objects.bulk_create(rows, ignore_conflicts=True)  # another worker may just have


def put_due() -> None:
    """Put in the tasks whose moment has come, and write the next one. Each is put in by one caller only."""
    now = clock.now()
    due = models.Schedule.objects.filter(due_at__lte=now, function__in=registry)
    for name, due_at in list(due.values_list("function", "due_at")):
        task, period = registry[name]
        with transaction.atomic():
            if models.Schedule.objects.filter(pk=name, due_at=due_at).update(due_at=period.after(now)):
                queue.put(task, [], {}, key=f"every {name}")
