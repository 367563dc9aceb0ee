"""What lasts from the day `start` until the day before `end`, or without end: postings, absences, delegations.

People name the first and the last day. Rows keep the day after the last: where one ends another begins.
"""

from datetime import date, timedelta

from django.db.models import Q

DAY = timedelta(days=1)


def not_over(day: date) -> Q:
    """Return what selects the rows that run on a day, or begin after it."""
    return Q(end=None) | Q(end__gt=day)


def running(day: date) -> Q:
    """Return what selects the rows that run on a day."""
    return Q(start__lte=day) & not_over(day)


def last_day(start: date, end: date | None) -> date | None:
    """Return the last day of a row, None if it has no end; the first, of one that was taken back before it began."""
    return max(start, end - DAY) if end else None


def day_after(last: date | None) -> date | None:
    """Return the `end` of a row whose last day is this."""
    return last + DAY if last else None
