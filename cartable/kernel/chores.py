"""The kernel's own periodic tasks."""

from datetime import time, timedelta

from cartable.kernel import audit, mail, queue, rates
from cartable.kernel.storage import storage
from cartable.kernel.tasks import every, task


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


@every(time(4, 0))
@task
def forget_old_acts() -> None:
    """Delete what the audit trail need no longer keep."""
    audit.forget_old()


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
