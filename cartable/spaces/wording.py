"""Roles and principals as people read them."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cartable.identity.directory import Hit
from cartable.spaces.access import Role

ROLES: Mapping[Role, str | Promise] = {
    Role.VIEW: _("Voir, sans télécharger"),
    Role.READ: _("Lire"),
    Role.COMMENT: _("Commenter"),
    Role.WRITE: _("Modifier"),
    Role.MANAGE: _("Gérer"),
    Role.DEPOSIT: _("Déposer, sans voir"),
}
OFFERED = (Role.READ, Role.COMMENT, Role.WRITE, Role.MANAGE, Role.VIEW)  # to a person, the most usual first
SPACES: Mapping[str, str | Promise] = {  # by the kind of their owner
    "person": _("Espace personnel"),
    "team": _("Espace d’équipe"),
    "structure": _("Espace de structure"),
}
OWNER = _("Propriétaire")
EVERYONE = _("Tous les agents")
FORMER = _("Ancien agent")
CHANGES: Mapping[str, str | Promise] = {  # of a document, by what the journal calls them
    "make": _("Créé"),
    "write": _("Modifié"),
    "date": _("Daté"),
    "move": _("Déplacé ou renommé"),
    "leave": _("Parti pour un autre espace"),
    "arrive": _("Venu d’un autre espace"),
    "copy": _("Copié"),
    "discard": _("Mis à la corbeille"),
    "restore": _("Remis à sa place"),
    "purge": _("Effacé de la corbeille"),
    "grant": _("Partagé autrement"),
    "close": _("Fermé à qui n’y est pas nommé"),
    "open": _("Ouvert comme le dossier au-dessus"),
}
USES: Mapping[str, str | Promise] = {  # of a link, by what the audit trail calls them
    "link.open": _("Lien ouvert"),
    "link.write": _("Écrit par un lien"),
    "link.download": _("Téléchargement par un lien"),
    "link.deposit": _("Dépôt par un lien"),
    "link.refused": _("Mot de passe faux sur un lien"),
    "link.throttled": _("Lien refusé un moment : trop de mots de passe faux"),
}


def principal(principal: str, hit: Hit | None, *, me: int | None = None) -> tuple[str, str]:
    """Return what a principal is called, and where they are or what it is: two people may bear one name."""
    kind = principal.partition(":")[0]
    if kind == "everyone":
        return str(EVERYONE), gettext("Toute personne qui a une affectation")
    if kind == "link":
        return gettext("Lien"), gettext("Toute personne qui en a l’adresse")
    if hit is None:
        return str(FORMER), ""
    if principal == f"person:{me}":
        return gettext("Vous"), hit.place
    places = {
        "team": gettext("Équipe"),
        "lead": gettext("Qui anime l’équipe"),
        "head": gettext("Direction"),
        "structure": hit.place or gettext("Structure"),
    }
    return hit.name, places.get(kind, hit.place)
