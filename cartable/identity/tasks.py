"""What identity does by itself: write again by which words people are found, forget sign-ins that ended."""

from datetime import time

from django.db import connection

from cartable.identity import credentials, departures, finding, people, sessions
from cartable.identity.models import Person, new_version
from cartable.kernel.tasks import every, progress, task

SUNDAY = 6
AT_ONCE = 1000  # people
LOCKED = 100  # people whose rows one statement changes: none waits for long


@every(time(2, 15), weekday=SUNDAY)
@task
def fill_index() -> None:
    """Write the entry of every structure and person again: what an upgrade, a restore or a fault left behind is mended."""
    finding.fill_places()
    after = 0
    while after := finding.fill(after):
        progress(0)
    finding.settle()


@every(time(2, 45), weekday=SUNDAY)
@task
def mend_departures() -> None:
    """Write again when people leave, where it is written wrongly."""
    wrong = departures.amiss()
    for first in range(0, len(wrong), AT_ONCE):
        people.changed(wrong[first : first + AT_ONCE])
        progress(0)


@every(time(3, 0))
@task
def forget_sign_ins() -> None:
    """Forget the sessions that ended, and the clients that asked for an app password and went away."""
    credentials.forget_device_logins()
    while sessions.forget_ended():
        progress(0)


_NEXT_POSTED = """
WITH RECURSIVE below(id) AS (
    SELECT CAST(%s AS bigint) UNION SELECT s.id FROM identity_structure s JOIN below ON s.parent_id = below.id
)
SELECT DISTINCT p.person_id FROM identity_posting p JOIN below ON below.id = p.structure_id
WHERE p.person_id > %s ORDER BY p.person_id LIMIT %s
"""


@task
def tell_those_posted(structure: int) -> None:
    """Make every process compute again as whom those posted at or below a structure may act: by batches, so that no lock lasts."""
    after = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_NEXT_POSTED, [structure, after, LOCKED])
            some = [row[0] for row in cursor.fetchall()]
        if not some:
            return
        Person.objects.filter(pk__in=some).update(version=new_version())
        after = some[-1]
        progress(0)


def mend_index() -> None:
    """Have the index written again if nobody is in it who should be: after an upgrade, at once."""
    if finding.is_lost():
        fill_index.enqueue()
