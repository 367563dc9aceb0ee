"""What feeds do by themselves."""

from datetime import time

from cartable.identity.feeds import cases, doubles, keeping, merging, naming
from cartable.kernel.tasks import every, progress, task


@every(time(0, 10))
@task
def begin_addresses() -> None:
    """Write to people from now on at the addresses that came with a posting, if it has begun."""
    for number in naming.waiting():
        naming.begin(number)
        progress(0)


@every(time(0, 15))
@task
def call_by_latest() -> None:
    """Call those of whom several records speak as that does whose posting has begun last."""
    naming.follow_dates()


@every(time(1, 30))
@task
def look_for_doubles() -> int:
    """Ask a human about those who are here twice, it seems, by what is known of them since the last night."""
    return doubles.look()


@every(time(3, 45))
@task
def forget_old_files() -> int:
    """Erase the raw files of feeds after thirty days."""
    return keeping.forget_old()


@every(time(3, 50))
@task
def forget_old_cases() -> int:
    """Delete what was answered ninety days ago."""
    return cases.forget_old()


@every(time(3, 55))
@task
def settle_merges() -> None:
    """End what merges of ninety days ago lent."""
    for log_id in merging.due():
        merging.settle(log_id)
        progress(0)
