"""What pads do by themselves: nothing is kept of a document that is erased, nor for long of one that was begun anew."""

from datetime import time

from cartable.kernel.tasks import every, progress, task
from cartable.pads import log
from cartable.spaces import content


@every(time(4, 15))
@task
def forget_erased() -> None:
    """Forget what is kept beside documents that are no more, in the trash neither."""
    after = 0
    while nodes := log.nodes(after):
        log.forget(set(nodes) - content.known(nodes))
        after = nodes[-1]
        progress(0)


@every(time(4, 25))
@task
def forget_formers() -> None:
    """Forget what documents were before they were begun anew, long ago."""
    log.forget_formers()
