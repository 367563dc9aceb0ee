"""What the tree does by itself: let go of what is over, and learn the checksums of files sent in pieces."""

import hashlib
from datetime import time, timedelta

from cartable.kernel.tasks import every, progress, task
from cartable.spaces import changes, collecting, content, copying, crossing, erasing, locks, quota, trash, versions
from cartable.spaces.models import Blob

AT_ONCE = 200  # documents handled in one run; the next run goes on


@every(timedelta(hours=1))
@task
def tidy() -> None:
    """Purge what has been in the trash for too long, forget the locks that ended, see that what takes long goes on."""
    locks.sweep()
    crossing.resume()
    copying.resume()
    erasing.resume()
    while doomed := trash.overdue(AT_ONCE):
        for node_id in doomed:
            trash.expire(node_id, overdue=True)
    for space_id, room in quota.beyond().items():
        trash.take_back(space_id, room.trash_beyond)
        versions.take_back(space_id, room.versions_beyond)


@every(time(3, 30))
@task
def thin_versions() -> None:
    """Thin the versions of the files that have many, but where a mass change was seen."""
    after = 0
    while files := versions.with_old(after):
        versions.thin_some(files)
        after = files[-1]
        progress(0)


@every(time(4, 0))
@task
def forget_changes() -> None:
    """Forget the lines of the journal that are too old."""
    while changes.forget_old():
        progress(0)


@every(time(4, 30))
@task
def collect() -> None:
    """Mark the blobs that nothing names any more, and delete those marked a day ago."""
    collecting.mark()
    collecting.collect()


@task(queue_name="media")
def hash_joined(blob_id: int) -> None:
    """Compute the checksums of a file that came in pieces. Nothing happens if it is gone or already known."""
    blob = Blob.objects.filter(pk=blob_id, sha256=None).first()
    if blob is None or blob.parts is None:
        return
    sums = (hashlib.sha256(), hashlib.sha1(usedforsecurity=False), hashlib.md5(usedforsecurity=False))
    for block in content.blob_blocks(blob):
        for one in sums:
            one.update(block)
    sha256, sha1, md5 = (one.digest() for one in sums)
    Blob.objects.filter(pk=blob_id).update(sha256=sha256, sha1=sha1, md5=md5)
