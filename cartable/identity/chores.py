"""What identity does by itself each night, in this order: who leaves, who moves, who is erased. Workers import this."""

from datetime import time

from cartable.identity import departing, erasing, moving
from cartable.kernel.tasks import every

every(time(5, 0))(departing.see_off)
every(time(5, 15))(moving.tell_leaders)
every(time(5, 30))(erasing.erase_due)
