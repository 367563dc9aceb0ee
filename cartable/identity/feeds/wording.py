"""What feeds know of people, as people read it."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from cartable.identity import functions
from cartable.identity.feeds import merging
from cartable.identity.feeds.cases import Case
from cartable.identity.feeds.comparing import AsOne, Side
from cartable.identity.feeds.models import MatchCase, PersonKey
from cartable.kernel.errors import Conflict, Locked, QuotaExceeded, Refusal
from cartable.web import formats

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


def compared(evidence: Mapping[str, str], beside: Collection[str] = ()) -> list[tuple[str, str, str]]:
    """Return what speaks for two being one, beside some facts: of each that is known its name, what was found, and that in words."""
    return [
        (str(FACTS[fact]), found, gettext("oui") if fact == "continuity" else str(FOUND[found]))
        for fact, found in evidence.items()
        if found != "unknown" and fact not in beside
    ]


def laid_side_by_side(case: Case) -> list[tuple[str, str, str, str, str]]:
    """Return the names and birth dates of two: of each fact its name, what it is of either, what was found, and that in words."""
    rows = list[tuple[str, str, str, str, str]]()
    for fact, written in WRITTEN.items():
        found = case.evidence[fact]
        rows.append((str(FACTS[fact]), written(case.newcomer), written(case.candidate), found, str(FOUND[found])))
    return rows


def _surnames(side: Side) -> str:
    if side.birth_name in {"", side.usage_name}:
        return side.usage_name
    return gettext("%(usage)s (naissance : %(birth)s)") % {"usage": side.usage_name, "birth": side.birth_name}


WRITTEN: Mapping[str, Callable[[Side], str]] = {  # the facts that are laid side by side
    "name": _surnames,
    "first": lambda side: side.first_name,
    "born": lambda side: formats.long_day(side.born) if side.born else "",
}


def goes_over(both: AsOne) -> list[str]:
    """Return what the account that stays is given of the other, each in words; nothing of what there is nothing."""
    mails, held, teams, roles = len(both.goes.mails), len(both.goes.postings), both.teams, both.roles
    said = {
        ngettext("%(count)d adresse", "%(count)d adresses", mails): mails,
        ngettext("%(count)d affectation", "%(count)d affectations", held): held,
        ngettext("%(count)d équipe", "%(count)d équipes", teams): teams,
        ngettext("%(count)d rôle d’administration", "%(count)d rôles d’administration", roles): roles,
    }
    return [words % {"count": count} for words, count in said.items() if count]


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
    return " · ".join(filter(None, (place, functions.title_of(str(function or "")))))
