"""The kernel's own periodic tasks."""

from datetime import datetime, time, timedelta

from cartable.kernel import audit, clock, mail, notices, queue, rates
from cartable.kernel.storage import storage
from cartable.kernel.tasks import every, progress, task


@every(timedelta(hours=1))
@task
def tidy_tasks() -> None:
    """Forget tasks that ended: well, a day ago; badly, a month ago."""
    queue.tidy(done_before=timedelta(days=1), failed_before=timedelta(days=30))


@every(timedelta(hours=1))
@task
def tidy_rates() -> None:
    """Forget the buckets that are full."""
    rates.tidy()


@every(time(4, 5))
@task
def forget_old_notices() -> None:
    """Forget what people were told long ago."""
    notices.forget_old()


@every(time(4, 0))
@task
def forget_old_acts() -> None:
    """Delete what the audit trail need no longer keep."""
    audit.forget_old()


def follow_connections(was: int, days: int) -> None:
    """See that connections go that were to be kept for longer than they now are."""
    if days < was:
        forget_old_connections.enqueue((clock.now() - timedelta(days=was)).isoformat())


@task
def forget_old_connections(since: str) -> None:
    """Delete the connections that are too old, a day of them at a time, from a moment on."""
    day = datetime.fromisoformat(since) - timedelta(days=1)  # those of the last night are on their way
    while day < clock.now():
        audit.forget_connections(day)
        day += timedelta(days=1)
        progress(0)


@every(time(4, 10))
@task
def sweep_storage() -> None:
    """Remove what uploads that died left on the disk."""
    storage().sweep()


@every(time(4, 20))
@task
def tidy_outbox() -> None:
    """Delete old mail that was for nobody."""
    mail.tidy()
