"""Forms about applications that sign people in with their account here."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cartable.identity import delegations
from cartable.identity.actors import Actor
from cartable.identity.delegations import Act
from cartable.identity.models import Structure
from cartable.identity.oidc.claims import OF_AGENTS
from cartable.identity.oidc.clients import Unfit
from cartable.kernel import errors
from cartable.portal.admin.forms.fields import Functions, Places, Text
from cartable.portal.admin.forms.filled import Filled
from cartable.web.refusals import status_of

REGISTRATION = {"redirect_uris": "redirect", "scopes": "scope"}  # fields of it that the form calls otherwise
UNFIT: dict[str, str | Promise] = {  # why a registration does not fit
    "name": _("Il faut un nom."),
    "missing": _("Il faut au moins une adresse."),
    "malformed": _("« %(text)s » n’est pas une adresse."),
    "marks": _("« %(text)s » : une adresse n’a ni « # », ni « * », ni espace."),
    "host": _("« %(text)s » : une adresse ne nomme personne, et son domaine s’écrit sans accent."),
    "plain": _("« %(text)s » : une adresse commence par https:// ; http:// ne va qu’à la machine elle-même."),
    "inside": _("« %(text)s » : une adresse à prévenir commence par https:// et n’est pas de notre réseau."),
    "scope": _("« %(text)s » n’est pas proposé."),
}


class Audience(Filled):
    """For whom an application is."""

    act = Act.APPLICATIONS
    structures = Places(
        required=False,
        label=_("Pour qui : structures"),
        help_text=_("Le début de leur nom, ou des codes UAI, avec tout ce qui est au-dessous. Vide : tout le monde."),
    )
    functions = Functions(
        400, required=False, label=_("Pour qui : fonctions"), help_text=_("Des codes : ENS, DIR. Vide : toutes.")
    )

    def __init__(self, actor: Actor, *data: Any, **more: Any) -> None:
        super().__init__(actor, *data, **more)
        self.everywhere = delegations.everywhere(actor, self.act)
        if not self.everywhere:
            places = self.fields["structures"]
            places.required, places.help_text = True, _("Le début de leur nom, ou des codes UAI, parmi vos structures.")
            places.error_messages["required"] = _(
                "Choisissez parmi vos structures : l’application n’est que pour leurs agents."
            )

    def take(self, refusal: errors.Refusal) -> int:
        """Say a refusal where it belongs: of what does not fit, why."""
        if not isinstance(refusal, Unfit):
            return super().take(refusal)
        field = REGISTRATION.get(refusal.field, refusal.field)
        self.add_error(field, str(UNFIT[refusal.why]) % {"text": refusal.text})
        return status_of(refusal)

    def begin(self, chosen: Sequence[Structure]) -> None:
        """Have the form begin with some structures."""
        self.initial["structures"] = cast(Places, self.fields["structures"]).start(chosen)


def lines(**more: Any) -> Text:
    """Return a field of addresses, one on each line."""
    return Text(4000, widget=forms.Textarea({"rows": 2, "spellcheck": "false"}), **more)


class Application(Audience):
    """An application to register."""

    name = Text(100, label=_("Nom, comme les agents le liront"), error_messages={"required": UNFIT["name"]})
    redirect = lines(
        label=_("Adresses de retour"),
        help_text=_("Une par ligne, en https."),
        error_messages={"required": UNFIT["missing"]},
    )
    scope = forms.MultipleChoiceField(
        required=False,
        label=_("Ce qu’elle peut savoir"),
        widget=forms.CheckboxSelectMultiple,
        choices=lambda: [(scope, said) for scope, said in OF_AGENTS.items() if scope != "openid"],
        error_messages={"invalid_choice": _("Choisissez dans la liste.")},
    )
    sector = Text(
        253,
        required=False,
        label=_("Secteur"),
        help_text=_(
            "Pour une application d’un tiers, son domaine : elle connaît alors les agents par un identifiant à elle."
        ),
    )
    after_logout = lines(required=False, label=_("Adresses après la déconnexion"))
    backchannel = Text(2000, required=False, label=_("Adresse à prévenir d’une déconnexion"), widget=forms.URLInput)
    public = forms.BooleanField(required=False, label=_("Elle ne peut garder aucun secret : un téléphone, une page"))
    trusted = forms.BooleanField(required=False, label=_("Elle est du ministère : les agents ne sont pas interrogés"))
    field_order = ("name", "redirect", "scope")

    def __init__(self, actor: Actor, *data: Any, **more: Any) -> None:
        super().__init__(actor, *data, **more)
        if not self.everywhere:
            del self.fields["trusted"]
