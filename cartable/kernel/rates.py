"""How often is too often: token buckets, one row each, so that all threads and processes count together.

A bucket holds `capacity` tokens and fills up again in `per`. Its row says when it will be full (the "virtual scheduling" of
ITU-T I.371): one number, changed by one statement.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import F

from cartable.kernel import clock
from cartable.kernel.errors import TooMany
from cartable.kernel.models import Rate

Result = TypeVar("Result")

LONGEST = 200  # characters of a key; the rest does not count
ROUNDING = 0.001  # seconds
ONE_HOLDER = 64  # bits of an IPv6 address that whoever pays for a line may choose from (RFC 6177)

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
    check_all([Limit(key, capacity, per)])


def once(key: str, per: timedelta) -> bool:
    """Return whether it is the first time in `per`. Stands outside of any transaction, as `take` does."""
    try:
        take(key, 1, per)
    except TooMany:
        return False
    return True


def lately(key: str) -> bool:
    """Return whether `once` was asked about this key, and its time has not passed yet."""
    return Rate.objects.filter(pk=key[:LONGEST], full_at__gt=clock.now().timestamp()).exists()


def refill(key: str) -> None:
    """Fill a bucket: the person has shown who they are."""
    Rate.objects.filter(pk=key[:LONGEST]).delete()


# Attempts that may fail, but not too often


@dataclass(frozen=True, slots=True)
class Limit:
    """A bucket: of this key, `capacity` in `per`."""

    key: str
    capacity: int
    per: timedelta


def attempt(limits: Sequence[Limit], tried: Callable[[], Result]) -> Result:
    """Return what an attempt gives: one that gives nothing true costs a token of each bucket, a success none.

    Tokens are taken first and given back, so that a thousand attempts at once count too. Raises TooMany: nothing was
    tried. Stands outside of any transaction.
    """
    check_all(limits)
    for one in limits:
        take(one.key, one.capacity, one.per)
    result = tried()
    if result:
        for one in limits:
            _give_back(one)
    return result


def check_all(limits: Sequence[Limit]) -> None:
    """Raise TooMany if one of these buckets is empty; take nothing. One query."""
    full_at = dict(Rate.objects.filter(pk__in=[one.key[:LONGEST] for one in limits]).values_list("pk", "full_at"))
    wait = max(full_at.get(one.key[:LONGEST], 0) - _latest(one.capacity, one.per) for one in limits)
    if wait > 0:
        raise TooMany(ceil(wait))


def network(address: str) -> str:
    """Return what of a network address one holder can't change at will: all of an IPv4, the prefix of an IPv6. Pure."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ip_network((parsed, ONE_HOLDER), strict=False).network_address)


def tidy() -> None:
    """Delete the rows of full buckets."""
    Rate.objects.filter(full_at__lt=clock.now().timestamp()).delete()


def _give_back(limit: Limit) -> None:
    one = limit.per.total_seconds() / limit.capacity
    Rate.objects.filter(pk=limit.key[:LONGEST]).update(full_at=F("full_at") - one)


def _latest(capacity: int, per: timedelta) -> float:
    """Return the moment: a bucket that is full later than that holds no whole token."""
    return clock.now().timestamp() + per.total_seconds() * (1 - 1 / capacity) + ROUNDING
