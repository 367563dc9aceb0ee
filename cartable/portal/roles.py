"""Roles of delegated administration and what each opens, as people read them."""

from collections.abc import Collection, Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cartable.identity import demands, functions
from cartable.identity.delegations import TITLES, Act

HEADSHIP = _("Direction")  # who administers without being named
DEMANDED: Mapping[str, str | Promise] = {  # roles of which a second factor may be asked
    demands.ANY_ROLE: _("Tout rôle, direction comprise"),
    **{code: TITLES[role] for code, role in demands.ROLES.items()},
    "@ADMIN": _("Administration, direction comprise"),
}
STATES: Mapping[str, str | Promise] = {
    "announced": _("À venir"),
    "current": _("En cours"),
    "ended": _("Terminé"),
    "idle": _("Sans effet"),
}


def sections(may: Collection[Act]) -> list[tuple[str, str, str | Promise, str | Promise]]:
    """Return the pages of administration that some acts open, each with what one does there by these."""
    return [(icon, page, name, about or _of_people(may)) for act, icon, page, name, about in SECTIONS if act in may]


def _of_people(may: Collection[Act]) -> str:
    said = ", ".join(str(what) for act, what in OF_PEOPLE if act in may)
    return f"{said[:1].upper()}{said[1:]}."


def demanded(function: str) -> str:
    """Return of whom a second factor is asked by a demand: of who has a role, or a function, or of all."""
    if function in DEMANDED:
        return str(_("Rôle : %(role)s") % {"role": DEMANDED[function]})
    return functions.title_of(function) if function else str(_("Toutes les fonctions"))


OF_PEOPLE: Sequence[tuple[Act, str | Promise]] = (  # what the page of somebody opens
    (Act.PEOPLE, _("affectations")),
    (Act.RESET, _("accès au compte")),
    (Act.QUOTAS, _("place de l’espace")),
    (Act.DELEGATIONS, _("rôles")),
    (Act.AUDIT, _("journal des actes")),
    (Act.RETENTION, _("effacement")),
)
SECTIONS: Sequence[tuple[Act, str, str, str | Promise, str | Promise]] = (  # icon, page, name, what one does there
    (Act.PEOPLE, "users", "admin-people", _("Personnes"), ""),  # see `OF_PEOPLE`
    (Act.ABSENCES, "calendar", "admin-absences", _("Absences"), _("Qui est absent sans être parti, jusqu’à quand.")),
    (Act.TEAMS, "users", "admin-teams", _("Équipes"), _("Former, renommer, fermer celles de vos structures.")),
    (Act.QUOTAS, "documents", "admin-rooms", _("Espaces"), _("La place de ceux des structures et de leurs équipes.")),
    (Act.DELEGATIONS, "key", "admin-roles", _("Rôles"), _("Qui administre quoi, jusqu’à quand.")),
    (Act.DEMANDS, "lock", "admin-demands", _("Double authentification"), _("À qui elle est demandée.")),
    (Act.CASES, "user", "cases", _("Comptes à rapprocher"), _("Deux comptes sont peut-être ceux d’une personne.")),
    (
        Act.APPLICATIONS,
        "link",
        "admin-applications",
        _("Applications"),
        _("Celles où l’on se connecte avec son compte."),
    ),
    (
        Act.RETENTION,
        "archive",
        "admin-retentions",
        _("Durées de conservation"),
        _("Combien de temps ce qui concerne chacun est gardé."),
    ),
    (Act.AUDIT, "history", "admin-audit", _("Journal des actes"), _("Qui a fait quoi, et quand.")),
    (
        Act.RETENTION,
        "trash",
        "admin-erasures",
        _("Comptes archivés et effacements"),
        _("Qui est parti, et la fin de son compte."),
    ),
)
