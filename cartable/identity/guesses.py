"""Passwords of people may be guessed a few times: counted by account, by whichever of its addresses, in all processes together.

A school is one network address, so that counting by it alone would keep everybody out, or let anybody guess. Where a
person has signed in lately they keep a count of their own, which guesses from elsewhere do not use up, nor those of
others at the same address.
"""

from collections.abc import Callable
from datetime import timedelta

from cartable.identity.models import Address, Person
from cartable.kernel import audit, rates
from cartable.kernel.errors import TooMany
from cartable.kernel.rates import Limit
from cartable.kernel.sealing import digest

OF_ACCOUNT, PER = 5, timedelta(minutes=5)  # wrong passwords of one account
FROM_ADDRESS, A_MINUTE = 100, timedelta(minutes=1)  # wrong passwords from one network address
CODE_LIFE = timedelta(minutes=2)  # of a code of an application: its own half-minute, one on each side, and some
KNOWN = timedelta(days=30)  # how long an address where a person signed in stays known


def sign_in(mail: str, address: str, authenticate: Callable[[], Person | None]) -> Person | None:
    """Return whom `authenticate` finds for an address that was typed, at a network address. Raises TooMany."""
    mail, network = mail.strip().lower(), rates.network(address)
    holder = Address.objects.filter(mail=mail).values_list("person_id", flat=True).first()
    about = {"account": holder} if holder else {}
    account = f"account {holder or digest(mail).hex()}"  # that of nobody may be a password, typed one line too high
    known = f"{account} from {network}"
    if rates.lately(known):
        limits = [Limit(f"sign in {known}", OF_ACCOUNT, PER)]
    else:
        limits = [Limit(f"sign in {account}", OF_ACCOUNT, PER), Limit(f"sign in at {network}", FROM_ADDRESS, A_MINUTE)]
    try:
        person = rates.attempt(limits, authenticate)
    except TooMany:
        audit.record_once("sign-in.throttled", **about)
        raise
    if person is None:
        audit.record_once("sign-in.refused", **about)
    else:
        rates.once(known, KNOWN)
    return person


def confirm(person: Person, password: str) -> bool:
    """Return whether who is signed in knows their password. Raises TooMany."""
    limits = [Limit(f"confirm {person.pk}", OF_ACCOUNT, PER)]
    right = rates.attempt(limits, lambda: person.check_password(password))
    if not right:
        audit.record_once("confirm.refused", person=person.pk)
    return right


def code(person: Person, is_right: Callable[[], bool]) -> bool:
    """Return whether a code of a second factor is right. Raises TooMany: of all who know the password, from wherever."""
    right = rates.attempt([Limit(f"code {person.pk}", OF_ACCOUNT, PER)], is_right)
    if not right:
        audit.record_once("code.refused", account=person.pk)
    return right


def is_fresh(person: Person, typed: str) -> bool:
    """Return whether a code of an application is used for the first time (RFC 6238 §5.2), in all processes together."""
    return rates.once(f"code {person.pk} {digest(''.join(filter(str.isdigit, typed))).hex()}", CODE_LIFE)
