"""The kernel's own periodic tasks."""

from datetime import time, timedelta

from cartable.kernel import queue
from cartable.kernel.storage import storage
from cartable.kernel.tasks import every, task


@every(timedelta(hours=1))
@task
def tidy_tasks() -> None:
    """Forget tasks that ended: well, a day ago; badly, a month ago."""
    queue.tidy(done_before=timedelta(days=1), failed_before=timedelta(days=30))


@every(time(4, 10))
@task
def sweep_storage() -> None:
    """Remove what uploads that died left on the disk."""
    storage().sweep()
