"""A new password by mail, to any address a person holds or held: a link that opens once, for half an hour.

Who asks is told the same whether or not somebody has the address, in the same time: the task that finds out runs later.
The link is Django's token: it no longer fits once the password has changed, or the person has signed in.
"""

from contextlib import suppress
from datetime import timedelta

from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.urls import reverse
from django.utils.http import base36_to_int, int_to_base36
from django.utils.translation import gettext, override

from cartable.identity import departures, letters, passwords, people, sessions
from cartable.identity.models import Address, Person
from cartable.kernel import audit, rates, sealing
from cartable.kernel.errors import Expired, NotFound
from cartable.kernel.tasks import task
from cartable.options import public_url

OF_ADDRESS, FROM_NETWORK, PER = 5, 200, timedelta(hours=1)  # links asked for; behind one network address is a school

NOBODY = 0  # the id of no address


def ask(mail: str, address: str) -> None:
    """Have a link written to who holds an address, asked for at a network address. Raises TooMany, alike for any address."""
    mail = mail.strip().lower()
    rates.take(f"reset at {rates.network(address)}", FROM_NETWORK, PER)
    count(mail)
    write_link.enqueue(Address.objects.filter(mail=mail).values_list("pk", flat=True).first() or NOBODY)


def count(mail: str) -> None:
    """Count that a link is asked for at an address. Raises TooMany."""
    rates.take(f"reset {sealing.digest(mail).hex()}", OF_ADDRESS, PER)  # not the text: it may be a password


@task
def write_link(address_id: int, *, helped: bool = False) -> None:
    """Write to who holds this address, there and at the one they are written to: the first may be of a mailbox long closed.

    Nothing is written to a mailbox that its academy gave to somebody else since. `helped`: the support desk has it sent, and
    the letter says so.
    """
    held = Address.objects.filter(pk=address_id).select_related("person").first()
    if held is None or departures.of(held.person) not in departures.OPEN:
        return
    person = held.person
    with override(person.language):
        text = (
            gettext(
                "L’assistance vous envoie ce lien, pour vous aider à vous connecter. Choisissez un nouveau mot de passe à cette page, "
                "ouverte pendant une demi-heure :"
            )
            if helped
            else gettext(
                "Quelqu’un a demandé un nouveau mot de passe pour votre compte. Si c’est vous, choisissez-le à cette page, "
                "ouverte pendant une demi-heure :"
            )
        )
        otherwise = gettext("Si vous n’avez rien demandé, vous n’avez rien à faire : votre mot de passe reste le même.")
        for to in _open_mailboxes(held):
            with suppress(NotFound):  # the server knows no such mailbox: there is another one
                letters.send(
                    person, to, gettext("Choisir un nouveau mot de passe"), [text, link_for(person), otherwise]
                )
    audit.record("password.reset-asked", account=person.pk)


def _open_mailboxes(held: Address) -> list[str]:
    asked = "" if people.is_claimed(held) else held.mail
    return list(dict.fromkeys(filter(None, (asked, people.primary_mail(held.person_id)))))


def link_for(person: Person) -> str:
    """Return the address of the page where a person chooses a password."""
    key = f"{int_to_base36(person.pk)}-{default_token_generator.make_token(person)}"
    return f"{public_url()}{reverse('reset', args=[key])}"


def whose(key: str) -> Person:
    """Return who may choose a password by a link. Raises Expired."""
    number, _, token = key.partition("-")
    try:
        person = Person.objects.filter(departures.present(), pk=base36_to_int(number)).first()
    except (ValueError, OverflowError) as malformed:
        raise Expired from malformed
    if person is None or not default_token_generator.check_token(person, token):
        raise Expired
    return person


@transaction.atomic
def choose(key: str, password: str) -> None:
    """Give the person of a link their new password, sign them out everywhere and write to them. Raises Expired, WeakPassword."""
    person = whose(key)
    Person.objects.select_for_update().get(pk=person.pk)  # two at once: the second finds the link used
    whose(key)
    passwords.refuse_weak(password, person)
    person.set_password(password)
    Person.objects.filter(pk=person.pk).update(password=person.password)
    sessions.end_others(person, None)
    audit.record("password.reset", account=person.pk)
    letters.tell(person, "password.reset")
