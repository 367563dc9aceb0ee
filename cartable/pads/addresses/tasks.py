"""What addresses do by themselves: no word leads to a document that is erased. The words stay taken: none ever has two meanings."""

from datetime import time

from cartable.kernel.tasks import every, progress, task
from cartable.pads.addresses import leaving
from cartable.pads.addresses.models import Pad, Visit
from cartable.spaces import content


@every(time(4, 25))
@task
def forget_erased() -> None:
    """Forget who opened documents that are no more, in the trash neither, and how often they were read."""
    for table in (Visit, Pad):
        after = 0
        while nodes := leaving.nodes(table, after):
            table.objects.filter(node__in=set(nodes) - content.known(nodes)).delete()
            after = nodes[-1]
            progress(0)
