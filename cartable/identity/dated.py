"""What lasts from the day `start` until the day before `end`, or without end: postings, absences, delegations.

People name the first and the last day. Rows keep the day after the last: where one ends another begins.
"""

from collections.abc import Collection
from datetime import date, timedelta

from django.db.models import Q

from cartable.identity import zones

DAY = timedelta(days=1)


def not_over(day: date) -> Q:
    """Return what selects the rows that run on a day, or begin after it."""
    return Q(end=None) | Q(end__gt=day)


def running(day: date) -> Q:
    """Return what selects the rows that run on a day."""
    return Q(start__lte=day) & not_over(day)


def running_there() -> Q:
    """Return what selects the rows about a structure that run today: each by the day it is in the academy of its structure.

    Of one person, `principals.held_by` says more: what opens early, and what fades.
    """
    days = zones.days()
    found = running(zones.day_in("", days))
    for day, academies in zones.apart(days).items():
        there = _in(academies)
        found = (found & ~there) | (running(day) & there)
    return found


def _in(academies: Collection[str]) -> Q:
    """Return what selects the rows about some academies, their departments and their schools."""
    found = Q()
    for place in ("structure", "structure__parent", "structure__parent__parent"):
        found |= Q(**{f"{place}__kind": "academy", f"{place}__code__in": academies})
    return found


def last_day(start: date, end: date | None) -> date | None:
    """Return the last day of a row, None if it has no end; the first, of one that was taken back before it began."""
    return max(start, end - DAY) if end else None


def day_after(last: date | None) -> date | None:
    """Return the `end` of a row whose last day is this."""
    return last + DAY if last else None
