"""What identity itself knows of a person, as they take it away (`exporting.py`)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from allauth.socialaccount.models import SocialAccount, SocialApp
from django.conf.locale import LANG_INFO
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cartable.identity import (
    absences,
    credentials,
    dated,
    delegations,
    departures,
    factors,
    functions,
    origins,
    people,
    postings,
    sessions,
    teams,
)
from cartable.identity.factors import Passkey
from cartable.identity.models import Delegation, Person
from cartable.identity.sheets import Column, Row, Sheet
from cartable.web import formats

STATES: Mapping[str, str | Promise] = {  # of an account
    "active": _("Ouvert"),
    "grace": _("Ouvert encore un temps, après le départ"),
    "archived": _("Archivé"),
    "dead": _("Fermé après un décès"),
    "merged": _("Réuni à un autre"),
    "suspended": _("Fermé"),
    "erased": _("Effacé"),
}
FIRST, LAST = Column(_("Premier jour")), Column(_("Dernier jour"))
SINCE, USED = Column(_("Depuis")), Column(_("Dernière utilisation"))
STRUCTURE = Column(_("Structure"))


def export(person: Person) -> Iterator[Sheet]:
    """Yield it, a subject a sheet."""
    yield Sheet("person", _("Votre compte"), [_account(person)], ACCOUNT)
    yield Sheet("addresses", _("Adresses"), map(fields, people.addresses_of(person.pk)), ADDRESS)
    yield Sheet("postings", _("Affectations"), map(fields, postings.of(person)), POSTING)
    yield Sheet("absences", _("Absences"), map(fields, absences.of(person.pk)), ABSENCE)
    roles = Delegation.objects.filter(person=person).order_by("pk").values("role", "structure__name", "start", "end")
    yield Sheet("roles", _("Rôles d’administration"), roles, ROLE)
    yield Sheet("teams", _("Équipes"), map(fields, teams.of(person.pk)), TEAM)
    devices = map(fields, credentials.devices(person.pk))
    yield Sheet("app-passwords", _("Mots de passe d’application (sans le secret)"), devices, DEVICE)
    yield Sheet("sessions", _("Navigateurs connectés"), map(fields, sessions.of(person, None)), SESSION)
    second = [row for row in [fields(factors.of(person))] if any(row.values())]
    yield Sheet("factors", _("Double authentification (sans les secrets)"), second, FACTOR)
    yield Sheet("academies", _("Académies qui ouvrent votre compte"), _academies(person), ACADEMY)


def fields(one: Any) -> Row:
    """Return the fields of a value as a row, but which browser it is seen from."""
    return {name: getattr(one, name) for name in one.__dataclass_fields__ if name != "here"}


def _account(person: Person) -> Row:
    return {
        "id": person.sub,
        "name": person.name,
        "language": person.language,
        "state": departures.of(person),
        "listed": person.listed,
        "created_at": person.created_at,
        "last_login": person.last_login,
        "left_on": person.left_on,
        "password": person.has_usable_password(),
    }


def _academies(person: Person) -> Iterator[Row]:
    names = dict(SocialApp.objects.values_list("provider_id", "name"))
    for one in SocialAccount.objects.filter(user=person).order_by("pk").values("provider", "date_joined", "last_login"):
        yield {"name": names.get(one["provider"], one["provider"]), **one}


def _language(code: str) -> str:
    return str(LANG_INFO[code]["name_local"])


def _passkeys(known: Sequence[Passkey]) -> str:
    return ", ".join(one.name for one in known)


def _source(feed: str) -> str | Promise:
    return _("Donnée à la main") if feed in {"", delegations.BY_HAND} else origins.said(feed)


def _day(at: datetime | None) -> date | None:
    return formats.local(at).date() if at else None


ACCOUNT = {
    "name": Column(_("Nom")),
    "language": Column(_("Langue"), _language),
    "state": Column(_("État"), STATES.get),
    "listed": Column(_("Dans l’annuaire")),
    "created_at": Column(_("Créé le")),
    "last_login": Column(_("Dernière connexion")),
    "left_on": Column(_("Parti le")),
    "password": Column(_("Mot de passe")),
}
ADDRESS = {
    "mail": Column(_("Adresse")),
    "since": Column(_("Depuis"), _day),
    "until": Column(_("Jusqu’au"), _day),
    "primary": Column(_("Principale")),
}
POSTING = {
    "structure": STRUCTURE,
    "academy": Column(_("Académie")),
    "function": Column(_("Fonction"), functions.title_of),
    "first_day": FIRST,
    "last_day": LAST,
    "state": Column(_("État"), postings.STATES.get),
    "source": Column(_("Annuaire"), _source),
}
ABSENCE = {"kind": Column(_("Type"), absences.TITLES.get), "first_day": FIRST, "last_day": LAST}
ROLE = {
    "role": Column(_("Rôle"), delegations.TITLES.get),
    "structure__name": STRUCTURE,
    "start": FIRST,
    "end": Column(_("Dernier jour"), lambda end: end and end - dated.DAY),
}
TEAM = {
    "name": Column(_("Nom")),
    "leads": Column(_("Vous l’animez")),
    "by_rule": Column(_("Par votre affectation")),
    "stated": Column(_("Par un annuaire")),
}
DEVICE = {"label": Column(_("Libellé")), "created_at": Column(_("Créé le")), "used_at": USED}
SESSION = {
    "browser": Column(_("Navigateur")),
    "system": Column(_("Système")),
    "address": Column(_("Adresse réseau")),
    "since": SINCE,
    "seen_at": Column(_("Dernière visite")),
}
FACTOR = {
    "passkeys": Column(_("Clés d’accès"), _passkeys),
    "app_since": Column(_("Application de codes depuis")),
    "app_used_at": Column(_("Application utilisée le")),
    "codes_left": Column(_("Codes de secours restants")),
}
ACADEMY = {
    "name": Column(_("Académie")),
    "date_joined": Column(_("Reliée le")),
    "last_login": Column(_("Dernière connexion")),
}
