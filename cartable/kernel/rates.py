"""How often is too often: token buckets, one row each, so that all threads and processes count together.

A bucket holds `capacity` tokens and fills up again in `per`. Its row says when it will be full (the "virtual scheduling" of
ITU-T I.371): one number, changed by one statement.
"""

from datetime import timedelta
from math import ceil

from django.db import connection, transaction

from cartable.kernel import clock
from cartable.kernel.errors import TooMany
from cartable.kernel.models import Rate

LONGEST = 200  # characters of a key; the rest does not count
ROUNDING = 0.001  # seconds

TAKE = """
INSERT INTO kernel_rate (key, full_at) VALUES (%s, %s)
ON CONFLICT (key) DO UPDATE SET full_at = CASE WHEN kernel_rate.full_at > %s THEN kernel_rate.full_at ELSE %s END + %s
WHERE kernel_rate.full_at <= %s RETURNING key"""


def take(key: str, capacity: int, per: timedelta) -> None:
    """Take one of the tokens of a bucket. Raises TooMany, with the seconds until there is one again.

    It counts even if what follows is undone: so it must stand outside of any transaction (else RuntimeError).
    """
    check(key, capacity, per)  # so that a flood of refusals takes no write lock
    now, one = clock.now().timestamp(), per.total_seconds() / capacity
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(TAKE, [key[:LONGEST], now + one, now, now, one, _latest(capacity, per)])
        taken = cursor.fetchone()
    if taken is None:
        raise TooMany(ceil(one))


def check(key: str, capacity: int, per: timedelta) -> None:
    """Raise TooMany if a bucket is empty; take nothing."""
    full_at = Rate.objects.filter(pk=key[:LONGEST]).values_list("full_at", flat=True).first()
    wait = (full_at or 0) - _latest(capacity, per)
    if wait > 0:
        raise TooMany(ceil(wait))


def refill(key: str) -> None:
    """Fill a bucket: the person has shown who they are."""
    Rate.objects.filter(pk=key[:LONGEST]).delete()


def tidy() -> None:
    """Delete the rows of full buckets."""
    Rate.objects.filter(full_at__lt=clock.now().timestamp()).delete()


def _latest(capacity: int, per: timedelta) -> float:
    """Return the moment: a bucket that is full later than that holds no whole token."""
    return clock.now().timestamp() + per.total_seconds() * (1 - 1 / capacity) + ROUNDING
