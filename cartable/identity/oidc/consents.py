"""What a person let an application know of them, so that it is asked once."""

from collections.abc import Collection

from django.db import transaction

from cartable.identity.models import Person
from cartable.identity.oidc.models import Consent
from cartable.kernel import audit, clock


def given(person: Person, client_id: str, scopes: Collection[str]) -> bool:
    """Return whether a person let an application know all of this already."""
    known = Consent.objects.filter(person=person, client_id=client_id).values_list("scopes", flat=True).first()
    return known is not None and set(scopes) <= set(known.split())


@transaction.atomic
def give(person: Person, client_id: str, scopes: Collection[str]) -> None:
    """Keep that a person lets an application know this, beside what they let it know before."""
    consent, _new = Consent.objects.select_for_update().get_or_create(
        person=person, client_id=client_id, defaults={"scopes": "", "given_at": clock.now()}
    )
    all_scopes = sorted({*consent.scopes.split(), *scopes})
    Consent.objects.filter(pk=consent.pk).update(scopes=" ".join(all_scopes))
    audit.record("application.consent", person=person.pk, client=client_id, scopes=" ".join(all_scopes))
