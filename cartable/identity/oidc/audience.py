"""Whom an application is for: everybody, or those with a posting in some structures, in some functions.

One and the same posting must fit both. What came with a posting lasts as long after its end as anything else that did.
"""

from datetime import date, timedelta

from django.db import connection

from cartable.identity import departures
from cartable.identity.models import Person
from cartable.identity.oidc.models import Application
from cartable.kernel import clock
from cartable.options import options

_FITTING = """
WITH RECURSIVE up(id) AS (
    SELECT structure_id FROM identity_posting
    WHERE person_id = %s AND start <= %s AND ("end" IS NULL OR "end" > %s) {functions}
    UNION
    SELECT s.parent_id FROM identity_structure s JOIN up ON s.id = up.id WHERE s.parent_id IS NOT NULL
)
SELECT id FROM up
"""


def admits(application: Application, person: Person) -> bool:
    """Return whether a person may sign in to an application today."""
    if departures.of(person) not in departures.OPEN:
        return False
    wanted = set(application.structures.values_list("pk", flat=True))
    functions = list(application.functions)
    if not wanted and not functions:
        return True
    there = _structures(person.pk, functions)
    return bool(there & wanted) if wanted else bool(there)


def _structures(person_id: int, functions: list[str]) -> set[int]:
    """Return the structures, and all above them, where a person has one of these functions (none: any)."""
    day = clock.today()
    only = f"AND function IN ({', '.join(['%s'] * len(functions))})" if functions else ""
    with connection.cursor() as cursor:
        values: list[str | int | date] = [person_id, day, day - timedelta(days=options.grace_days), *functions]
        cursor.execute(_FITTING.format(functions=only), values)
        return {row[0] for row in cursor.fetchall()}
