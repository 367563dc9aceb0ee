"""What identity does by itself: write again by which words people are found, forget sign-ins that ended."""

from datetime import time

from cartable.identity import credentials, finding, sessions
from cartable.kernel.tasks import every, progress, task

SUNDAY = 6


@every(time(2, 15), weekday=SUNDAY)
@task
def fill_index() -> None:
    """Write every person's entry again: what an upgrade, a restore or a fault left behind is mended."""
    after = 0
    while after := finding.fill(after):
        progress(0)


@every(time(3, 0))
@task
def forget_sign_ins() -> None:
    """Forget the sessions that ended, and the clients that asked for an app password and went away."""
    credentials.forget_device_logins()
    while sessions.forget_ended():
        progress(0)


def mend_index() -> None:
    """Have the index written again if nobody is in it who should be: after an upgrade, at once."""
    if finding.is_lost():
        fill_index.enqueue()
