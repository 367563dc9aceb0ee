"""What feeds know of people, as people read it."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cartable.identity import functions
from cartable.identity.feeds import merging
from cartable.identity.feeds.models import MatchCase, PersonKey
from cartable.kernel.errors import Conflict, Locked, QuotaExceeded, Refusal

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
NOT_ONE: Mapping[type[Refusal], str | Promise] = {  # why two accounts were not made one, whoever asked
    merging.TwoIdentifiers: _(
        "Chacun des deux comptes a son propre identifiant national : une personne habilitée va vérifier."
    ),
    Conflict: _("L’un de ces deux comptes vient d’être réuni à un autre."),
}
MOVING = _(
    "Un grand dossier de l’un de ces deux comptes part pour un autre espace, ou y arrive : recommencez une fois qu’il est arrivé."
)
NOT_JUDGED: Mapping[type[Refusal], str | Promise] = {  # the same, to who judges
    merging.TwoIdentifiers: _(
        "Chacun des deux comptes a son propre identifiant national : pour n’en faire qu’un, il faut l’accord d’une personne de "
        "plus, qui exploite le site."
    ),
    Locked: MOVING,
    Conflict: NOT_ONE[Conflict],
}
NOT_UNDONE: Mapping[type[Refusal], str | Promise] = {  # why two that were made one are not made two again
    Locked: MOVING,
    QuotaExceeded: _(
        "Les documents qui reviendraient à l’autre compte ont grandi depuis : ils n’y tiennent plus. Donnez-lui d’abord plus de place."
    ),
    merging.MergedSince: _(
        "Le compte gardé a lui-même été réuni à un autre depuis : défaites d’abord cette réunion-là."
    ),
    Conflict: _("Un document qui doit revenir à l’autre compte n’y trouve pas sa place."),
}


def first_that_fits(refusal: Refusal, sentences: Mapping[type[Refusal], str | Promise]) -> str | Promise:
    """Return the first of some sentences that is about a refusal of its kind."""
    return next(sentence for kind, sentence in sentences.items() if isinstance(refusal, kind))


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
    return " ; ".join(map(_duty, (more or {}).get("postings") or ()))


def _duty(posting: Mapping[str, Any]) -> str:
    place, function = posting.get("structure") or posting.get("uai"), posting.get("function")
    return f"{place or ''} {functions.title_of(str(function or ''))}".strip()
