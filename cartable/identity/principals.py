"""As whom a person may act today: themselves, their teams, their structures and all those above, everyone.

Computed from dated facts at read; kept by the process until the person's version or the day changes, so nothing that
another process writes leaves it stale.
"""

from datetime import date, timedelta
from functools import lru_cache

from django.db import connection

from cartable.identity.actors import EVERYONE, Actor
from cartable.identity.models import Membership, Person
from cartable.kernel import clock
from cartable.kernel.errors import NotFound
from cartable.options import options

HEADS = frozenset({"DIR"})  # functions that direct the structure they are in

_ABOVE = """
WITH RECURSIVE held(id, function, "end") AS (
    SELECT structure_id, function, "end" FROM identity_posting
    WHERE person_id = %s AND start <= %s AND ("end" IS NULL OR "end" > %s)
), up(id, parent_id, "end") AS (
    SELECT s.id, s.parent_id, held."end" FROM identity_structure s JOIN held ON held.id = s.id
    UNION
    SELECT s.id, s.parent_id, up."end" FROM identity_structure s JOIN up ON s.id = up.parent_id
)
SELECT id, "end", '' FROM up UNION SELECT id, "end", function FROM held
"""


def actor_of(person_id: int, version: int) -> Actor:
    """Return the person of an id as an actor. Raises NotFound if there is none."""
    return _actor(person_id, version, clock.today())


@lru_cache(maxsize=10_000)
def _actor(person_id: int, _version: int, day: date) -> Actor:
    person = Person.objects.filter(pk=person_id).values_list("sub", "name").first()
    if person is None:
        raise NotFound(person_id)
    held, fading = _by_postings(person_id, day)
    held |= {f"person:{person_id}"} | _by_teams(person_id)
    return Actor(frozenset(held), frozenset(fading - held), person_id, *person)


def _by_teams(person_id: int) -> set[str]:
    memberships = Membership.objects.filter(person_id=person_id).values_list("team_id", "leads")
    return {f"{role}:{team}" for team, leads in memberships for role in (("team", "lead") if leads else ("team",))}


def _by_postings(person_id: int, day: date) -> tuple[set[str], set[str]]:
    """Return the principals of the postings of that day, and those of postings ended within the grace before it."""
    held: set[str] = set()
    fading: set[str] = set()
    with connection.cursor() as cursor:
        cursor.execute(_ABOVE, [person_id, day, day - timedelta(days=options.grace_days)])
        for structure, end, function in cursor.fetchall():
            current = end is None or _as_date(end) > day
            (held if current else fading).add(f"structure:{structure}")
            if current:
                held.add(EVERYONE)
            if current and function in HEADS:
                held.add(f"head:{structure}")
    return held, fading


def _as_date(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value  # SQLite has no dates
