"""Addresses that records state and did not give (`AddressClaim`). One of somebody else's is theirs still, to sign in with; but nothing is
written there, and nobody is told that it is theirs, until no record of anybody else states it any more.

It is kept by record, as postings and addresses are: so what a record states otherwise, or no longer, takes back what it stated and no other's,
and a merge gives it over, and its undoing back, with the record.
"""

from collections.abc import Iterable, Mapping

from cartable.identity import people
from cartable.identity.feeds.models import Civil
from cartable.identity.models import Address, AddressClaim
from cartable.kernel.bulk import among

Record = tuple[int, str]  # whom it means, and `Posting.source`


def keep(stated: Mapping[Record, str]) -> int:
    """Keep which address each of these records states and did not give, or that it is none (empty). Return how many rows that wrote.

    Who holds one of which that changes is told of anew; who states one is compared with all again.
    """
    before = AddressClaim.objects.filter(among("person", {person for person, _ in stated})).select_related("address")
    held = [one for one in before if (one.person_id, one.source) in stated] if stated else []
    over = [one for one in held if stated[one.person_id, one.source] != one.address.mail]
    anew = stated.items() - {((one.person_id, one.source), one.address.mail) for one in held}
    new = _claims({record: mail for record, mail in anew if mail})
    if over:
        AddressClaim.objects.filter(pk__in=[one.pk for one in over]).delete()
    if new:
        AddressClaim.objects.bulk_create(new)
        Civil.objects.filter(among("person", {one.person_id for one in new})).update(compared=False)
    _tell([*over, *new])
    return len(over) + len(new)


def lift(person: int) -> None:
    """Forget what records state of somebody who is erased."""
    claims = list(AddressClaim.objects.filter(person=person).select_related("address"))
    AddressClaim.objects.filter(person=person).delete()
    _tell(claims)


def _claims(stated: Mapping[Record, str]) -> list[AddressClaim]:
    """Return them, not saved; none of an address whose holder was erased."""
    there = Address.objects.in_bulk(stated.values(), field_name="mail") if stated else {}
    return [
        AddressClaim(address=there[mail], person_id=person, source=source)
        for (person, source), mail in stated.items()
        if mail in there
    ]


def _tell(claims: Iterable[AddressClaim]) -> None:
    if holders := {one.address.person_id for one in claims if one.address.person_id != one.person_id}:
        people.tell_followers(holders)
