"""What feeds know of people, as people read it."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cartable.identity import functions
from cartable.identity.feeds.models import MatchCase, PersonKey

FACTS: Mapping[str, str | Promise] = {
    "name": _("Nom"),
    "first": _("Prénom"),
    "born": _("Date de naissance"),
    "mail": _("Adresse"),
    "continuity": _("Une affectation vient de finir"),
}
FOUND: Mapping[str, str | Promise] = {
    "agree": _("identique"),
    "near": _("proche"),
    "differ": _("différent"),
    "unknown": _("non renseigné"),
}
KEYS: Mapping[str, str | Promise] = {  # what gives a person a key
    PersonKey.Kind.NATIONAL: _("Identifiant national"),
    PersonKey.Kind.AAF: _("Annuaire académique"),
    PersonKey.Kind.TABLE: _("Tableau d’une académie"),
    PersonKey.Kind.SCIM: _("Annuaire en continu (SCIM)"),
}
ANSWERS: Mapping[str, str | Promise] = {
    MatchCase.Answer.SAME: _("La même personne"),
    MatchCase.Answer.DIFFERENT: _("Deux personnes"),
}


def compared(evidence: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return what speaks for two being one: of each fact that is known, its name, what was found, and that in words."""
    return [
        (str(FACTS[fact]), found, gettext("oui") if fact == "continuity" else str(FOUND[found]))
        for fact, found in evidence.items()
        if found != "unknown"
    ]


def evidence(compared_facts: Mapping[str, str]) -> str:
    """Return the same as a sentence."""
    return ", ".join(f"{fact} : {said}" for fact, _found, said in compared(compared_facts))


def name(stated: Mapping[str, Any] | None) -> str:
    """Return the name that a SCIM user states."""
    parts = stated or {}
    return str(parts.get("formatted") or f"{parts.get('givenName') or ''} {parts.get('familyName') or ''}".strip())


def values(listed: list[Mapping[str, Any]] | None) -> str:
    """Return the values of a multi-valued attribute of SCIM (RFC 7643 §2.4)."""
    return ", ".join(str(one["value"]) for one in listed or () if one.get("value"))


def duties(more: Mapping[str, Any] | None) -> str:
    """Return the postings that a SCIM user states."""
    return " ; ".join(
        " ".join(
            part
            for part in (
                str(one.get("structure") or one.get("uai") or ""),
                functions.title_of(str(one.get("function") or "")),
            )
            if part
        )
        for one in (more or {}).get("postings") or ()
    )
