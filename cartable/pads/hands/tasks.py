"""What hands do by themselves: they go with their document."""

from datetime import time

from cartable.kernel.tasks import every, task
from cartable.pads import forgetting
from cartable.pads.hands.models import Hand


@every(time(4, 40))
@task
def forget_erased() -> None:
    """Forget who wrote documents that are no more."""
    forgetting.forget_erased(Hand)
