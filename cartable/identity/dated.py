"""What lasts from the day `start` until the day before `end`, or without end: postings, absences, delegations.

People name the first and the last day. Rows keep the day after the last: where one ends another begins.
"""

from collections.abc import Collection
from datetime import date, timedelta
from typing import TypeVar

from django.db.models import F, Model, Q, QuerySet

from cartable.identity import zones
from cartable.kernel.errors import Past

Row = TypeVar("Row", bound=Model)
DAY = timedelta(days=1)


def not_over(day: date) -> Q:
    """Return what selects the rows that run on a day, or begin after it."""
    return Q(end=None) | Q(end__gt=day)


def running(day: date) -> Q:
    """Return what selects the rows that run on a day."""
    return Q(start__lte=day) & not_over(day)


def meeting(start: date, end: date | None) -> Q:
    """Return what selects the rows that run on a day from `start` until the day before `end`, or on any from then on."""
    return not_over(start) & (Q() if end is None else Q(start__lt=end))


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


def latest_first(rows: QuerySet[Row]) -> QuerySet[Row]:
    """Return rows in order, that without an end first, then the one that ends last."""
    return rows.order_by(F("end").desc(nulls_first=True), "-start", "-pk")


def last_day(start: date, end: date | None) -> date | None:
    """Return the last day of a row, None if it has no end; the first, of one that was taken back before it began."""
    return max(start, end - DAY) if end else None


def day_after(last: date | None) -> date | None:
    """Return the `end` of a row whose last day is this."""
    return last + DAY if last else None


def end_of(first: date, last: date | None) -> date | None:
    """Return the `end` of a row of these days. Raises Past of a last day before the first."""
    if last is not None and last < first:
        raise Past(last)
    return day_after(last)
