"""What addresses do by themselves: no word leads to a document that is erased. The words stay taken: none ever has two meanings."""

from datetime import time

from cartable.kernel.tasks import every, task
from cartable.pads import forgetting
from cartable.pads.addresses.models import Pad, Visit


@every(time(4, 25))
@task
def forget_erased() -> None:
    """Forget who opened documents that are no more, and how often they were read."""
    for table in (Visit, Pad):
        forgetting.forget_erased(table)
