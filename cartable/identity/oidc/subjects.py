"""By which id an application knows a person: that of all, or one of its sector alone (OpenID Connect Core §8)."""

import secrets

from django.db import IntegrityError, transaction

from cartable.identity.models import Person
from cartable.identity.oidc.models import Subject


def subject(person: Person, sector: str) -> str:
    """Return the id of a person in a sector, for life; that of all where `sector` is empty."""
    if not sector:
        return person.sub
    mine = Subject.objects.filter(person=person, sector=sector)
    if (known := mine.values_list("sub", flat=True).first()) is not None:
        return known
    try:
        with transaction.atomic():
            return Subject.objects.create(person=person, sector=sector, sub=secrets.token_hex(16)).sub
    except IntegrityError:  # another worker was first
        return mine.get().sub
