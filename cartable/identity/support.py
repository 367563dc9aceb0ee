"""What the support desk does for somebody: a link to choose a password, second factors taken away, browsers signed out.

It never learns a password, nor chooses one: the link goes to an address the person holds. Whoever has more power than the desk
is not freed from their second factors by it: an administrator above them does.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from cartable.identity import delegations, factors, people, resets, sessions
from cartable.identity.actors import Actor
from cartable.identity.delegations import Act
from cartable.identity.models import Address, Person
from cartable.identity.people import Mailbox
from cartable.kernel import audit, given
from cartable.kernel.errors import Conflict, Denied, NotFound


@dataclass(frozen=True, slots=True)
class Account:
    """How a person gets in, as the desk sees it: no address of the network, no key."""

    mails: tuple[Mailbox, ...]
    password: bool
    factors: bool
    browsers: int
    signed_in_at: datetime | None


def account(actor: Actor, sub: str) -> tuple[Person, Account]:
    """Return how a person gets in. Raises Denied, NotFound."""
    person = delegations.reach(actor, Act.RESET, sub)
    mails, open_ones = tuple(people.addresses_of(person.pk)), len(sessions.of(person, None))
    held = factors.of(person)
    return person, Account(
        mails, person.has_usable_password(), held.any or held.codes_left is not None, open_ones, person.last_login
    )


def send_link(actor: Actor, sub: str, mail: str) -> Person:
    """Have a link to choose a password written to a person, at an address they hold. Raises Denied, TooMany; NotFound and
    BadInput of an address; Conflict of one that a directory gives to somebody else now."""
    person = delegations.reach(actor, Act.RESET, sub)
    held = Address.objects.filter(person=person, mail=given.text(mail, 255).strip().lower()).first()
    if held is None or not person.is_active:
        raise NotFound(mail)
    if people.is_claimed(held):
        raise Conflict(mail)
    by = delegations.office_over(actor, Act.RESET, person)
    resets.count(held.mail)  # outside the transaction: a refusal is counted too
    with transaction.atomic():
        resets.write_link.enqueue(held.pk, helped=True)
        audit.record("reset.send", account=person.pk, **delegations.signed(actor, by))
    return person


@transaction.atomic
def take_factors(actor: Actor, sub: str) -> Person:
    """Take the second factors from a person whose identity was checked, sign them out everywhere, write to them.

    Raises NotFound, also if there are none; Denied if they have powers the actor has not.
    """
    person = delegations.reach(actor, Act.RESET, sub)
    if not delegations.outranks(actor, person):
        raise Denied(actor.person, member=person.pk)
    by = delegations.office_over(actor, Act.RESET, person)
    if not factors.reset(person, delegations.signed(actor, by)):
        raise NotFound(sub)
    return person


@transaction.atomic
def sign_out(actor: Actor, sub: str) -> Person:
    """Sign a person out everywhere: a browser was left open, or stolen. Raises Denied, NotFound."""
    person = delegations.reach(actor, Act.RESET, sub)
    count = sessions.end_others(person, None)
    by = delegations.office_over(actor, Act.RESET, person)
    audit.record("sessions.end", account=person.pk, count=count, **delegations.signed(actor, by))
    return person
