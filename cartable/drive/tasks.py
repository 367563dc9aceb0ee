"""What the drive does by itself: give up uploads that nobody goes on with, and bytes that nobody names."""

from datetime import time, timedelta

from cartable.drive import uploads
from cartable.kernel import clock
from cartable.kernel.tasks import every, task
from cartable.spaces import collecting

DAYS = range(9, 16)  # days ago whose bytes are looked through, each several times, should a night be missed


@every(timedelta(hours=1))
@task
def expire_uploads() -> None:
    """Give up the uploads that nobody goes on with."""
    while doomed := uploads.expired():
        for upload_id in doomed:
            uploads.expire(upload_id)


@every(time(5, 0))
@task
def forget_orphans() -> None:
    """Delete the bytes that no row names and no upload waits for, left by processes that died."""
    for ago in DAYS:
        day = clock.now().date() - timedelta(days=ago)
        collecting.forget_orphans(day, uploads.keys_drawn(day))
