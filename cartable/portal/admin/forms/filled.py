"""A form of administration: what every one does. A wrong field is named beside it, and nothing that was typed is lost."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cartable.identity import absences, appointing, roles, teams
from cartable.identity.actors import Actor
from cartable.identity.delegations import Act
from cartable.identity.erasing import SaysWho, StillHere
from cartable.kernel import errors
from cartable.portal.admin.forms.fields import Place, Somebody
from cartable.spaces.allotting import TooNarrow
from cartable.web.refusals import status_of

AT: dict[type[errors.Refusal], tuple[str, str | Promise]] = {  # at which field a refusal is said, and how
    roles.NotOfThere: (
        "structure",
        _("Cette personne n’est affectée ni là, ni au-dessous, ni au-dessus : un rôle n’y vaudrait rien."),
    ),
    roles.TooLong: ("last", _("Un rôle se donne pour un an au plus.")),
    appointing.NoFunction: ("function", _("Choisissez une fonction : une affectation dit ce que l’on fait là.")),
    appointing.FromAbove: (
        "function",
        _("Qui dirige une structure y est affecté par qui administre ce qui est au-dessus."),
    ),
    appointing.Archived: (
        "person",
        _(
            "Ce compte est archivé : une affectation le rouvrirait, avec ses partages et ses appareils. Seuls le ministère et "
            "l’académie où cette personne a travaillé en dernier, d’après un annuaire, peuvent la donner."
        ),
    ),
    appointing.TooFarAway: ("first", _("Ce jour est à plus de trois ans d’aujourd’hui.")),
    appointing.Stated: (
        "first",
        _("C’est un annuaire qui annonce cette affectation : ses dates se corrigent chez lui."),
    ),
    teams.Stated: (NON_FIELD_ERRORS, _("C’est un annuaire qui annonce cette équipe : elle se change chez lui.")),
    teams.Twin: ("name", _("Cette structure a déjà une équipe de ce nom.")),
    teams.BadDiscipline: ("discipline", _("Le code d’une discipline n’a que des lettres et des chiffres : L1000.")),
    absences.TooFarAway: ("first", _("Ces jours sont trop loin d’aujourd’hui.")),
    absences.Twice: ("first", _("Cette personne est déjà absente un de ces jours.")),
    absences.Archived: (
        "first",
        _(
            "Ce compte est archivé : cette absence le rouvrirait, avec ses partages et ses appareils. Seuls le ministère et "
            "l’académie où cette personne a travaillé en dernier, d’après un annuaire, peuvent la noter."
        ),
    ),
    TooNarrow: ("gigabytes", _("Ce que contient l’espace n’y tiendrait plus.")),
    SaysWho: ("reason", _("Ni nom ni adresse : cette raison est gardée au journal plus longtemps que le compte.")),
    StillHere: (NON_FIELD_ERRORS, _("Une affectation ou une absence retient cette personne : elle prend fin d’abord.")),
    errors.Past: ("last", _("La fin vient avant le début, ou elle est passée.")),
    errors.Conflict: (NON_FIELD_ERRORS, _("C’est déjà le cas, ou cela ne peut plus être changé.")),
}


class Filled(forms.Form):
    """A form that somebody fills in, to do something where they may. `mark` tells its fields from those of others on the page."""

    act: ClassVar[Act] = Act.PEOPLE

    def __init__(self, actor: Actor, data: Any = None, *, mark: str = "", **more: Any) -> None:
        super().__init__(data, auto_id=f"{mark}-%s" if mark else "%s", **more)
        self.mark = mark
        for field in self.fields.values():
            if isinstance(field, Place | Somebody):
                field.open_to(actor, self.act)

    @property
    def status(self) -> int:
        """The status of a page that shows the form again: 403 where a structure is not one's own, 404 where nobody was found."""
        codes = {error.code for one in self.errors.as_data().values() for error in one}
        return 403 if "beyond" in codes else 404 if "unknown" in codes else 400

    def find_nobody(self, field: str) -> None:
        """Say at a field that it names nobody, where the reader may look."""
        self.add_error(field, ValidationError(_("Personne inconnue."), code="unknown"))

    def take(self, refusal: errors.Refusal) -> int:
        """Say a refusal where it belongs; return the status of the page that shows it, or 0 if it does not belong to a field."""
        kind = next((one for one in type(refusal).__mro__ if one in AT), None)
        if kind is None:
            return 0
        field, sentence = AT[kind]
        self.add_error(field if field in self.fields else None, str(sentence))
        return status_of(refusal)

    def focus(self) -> None:
        """Have the page begin at the first field that is wrong."""
        for name, field in self.fields.items():
            if name in self.errors:
                field.widget.attrs["autofocus"] = True
                return
