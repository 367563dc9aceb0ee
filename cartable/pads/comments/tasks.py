"""What comments do by themselves: they go with their document."""

from datetime import time

from cartable.kernel.tasks import every, task
from cartable.pads import forgetting
from cartable.pads.comments.models import Comment


@every(time(4, 35))
@task
def forget_erased() -> None:
    """Forget what was said about documents that are no more."""
    forgetting.forget_erased(Comment)
