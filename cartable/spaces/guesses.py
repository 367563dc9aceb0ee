"""Passwords of links may be guessed a few times: counted by link and by network address, in all processes together.

Whoever has opened a link from an address keeps a count of their own there, which guesses from elsewhere do not use up;
a browser that typed the password once shows a proof, and is not counted at all. The owner has no need of the link.
"""

from datetime import timedelta

from django.contrib.auth.hashers import check_password
from django.core.cache import cache

from cartable.kernel import audit, rates, sealing
from cartable.kernel.errors import TooMany
from cartable.kernel.rates import Limit
from cartable.spaces.models import Link

PER = timedelta(hours=1)
FROM_HERE = 20  # wrong passwords of a link, from one address
FROM_ALL = 200  # wrong passwords of a link, from all addresses where it was never opened
OF_ALL = 200  # wrong passwords from one address, of all links
KNOWN = timedelta(days=30)  # how long an address where a link was opened stays known to it
REMEMBERED = 300  # seconds; clients show the password each time, and it is slow to check, on purpose


def opens(link: Link, password: str, address: str) -> bool:
    """Return whether this is the password of a link, typed from a network address. Raises TooMany."""
    try:
        right = _opens(link, password, rates.network(address))
    except TooMany:
        audit.record_once("link.throttled", link=link.pk)
        raise
    if not right:
        audit.record_once("link.refused", link=link.pk)
    return right


def _opens(link: Link, password: str, network: str) -> bool:
    limits = _limits(link, network)
    right = sealing.digest(f"link {link.token} {link.password} {network} {password}").hex()
    if cache.get(right):
        rates.check_all(limits)  # else the one right guess would be answered, however many wrong ones came before
        return True
    if not rates.attempt(limits, lambda: check_password(password, link.password)):
        return False
    rates.once(_known(link, network), KNOWN)
    cache.set(right, 1, REMEMBERED)
    return True


def _limits(link: Link, network: str) -> list[Limit]:
    limits = [Limit(f"link {link.pk} {network}", FROM_HERE, PER), Limit(f"links {network}", OF_ALL, PER)]
    if not rates.lately(_known(link, network)):
        limits.append(Limit(f"link {link.pk}", FROM_ALL, PER))
    return limits


def _known(link: Link, network: str) -> str:
    return f"link {link.pk} opened {network}"
