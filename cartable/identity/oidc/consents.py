"""What a person let an application know of them, so that it is asked once; and which applications know something."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from cartable.identity.models import Person
from cartable.identity.oidc.claims import SCOPES
from cartable.identity.oidc.models import Authorization, Consent, Provisioned
from cartable.identity.sheets import Column, Sheet
from cartable.kernel import audit, clock

PROVISIONED = {"client__name": Column(_("Application")), "told_at": Column(_("Dite le"))}


@dataclass(frozen=True, slots=True)
class Known:
    """An application as a person sees it: what it knows of them, and when it last asked."""

    client_id: str
    name: str
    scopes: frozenset[str]
    used_at: datetime | None


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
    all_scopes = " ".join(sorted({*consent.scopes.split(), *scopes}))
    Consent.objects.filter(pk=consent.pk).update(scopes=all_scopes, given_at=clock.now())
    audit.record("application.consent", person=person.pk, client=client_id, scopes=all_scopes)


def of(person_id: int) -> list[Known]:
    """Return the applications that a person let know something, or that hold something of theirs now; by name."""
    consented = Consent.objects.filter(person=person_id).values_list("client_id", "client__name", "scopes")
    living = Authorization.objects.filter(person=person_id, ended_at=None).exclude(redeemed_at=None)
    used = living.values("client_id", "client__name", "scopes").annotate(at=Max("used_at"))
    found = {
        client_id: Known(client_id, name, frozenset(scopes.split()), None) for client_id, name, scopes in consented
    }
    for row in used:
        before = found.get(row["client_id"], Known(row["client_id"], row["client__name"], frozenset(), None))
        last = max(filter(None, (before.used_at, row["at"])), default=None)
        found[before.client_id] = Known(
            before.client_id, before.name, before.scopes | frozenset(row["scopes"].split()), last
        )
    return sorted(found.values(), key=lambda one: (one.name.casefold(), one.client_id))


def _in_words(scopes: Iterable[str]) -> str:
    return " ; ".join(str(SCOPES.get(scope, scope)) for scope in scopes)


KNOWN = {
    "name": Column(_("Application")),
    "scopes": Column(_("Ce qu’elle sait"), _in_words),
    "used_at": Column(_("Dernière utilisation")),
}


def export(person_id: int) -> Iterator[Sheet]:
    """Yield what applications know of a person. Declared in `apps.py`."""
    known = ({"name": one.name, "scopes": sorted(one.scopes), "used_at": one.used_at} for one in of(person_id))
    yield Sheet("applications", _("Applications connectées"), known, KNOWN)
    told = Provisioned.objects.filter(person=person_id).order_by("pk").values("client__name", "told_at")
    yield Sheet("provisioned", _("Applications à qui votre compte est annoncé"), told, PROVISIONED)
