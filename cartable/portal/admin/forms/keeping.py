"""Forms about what is kept: the trail of acts, for how long what stays, the end of an account."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from cartable.identity.actors import Actor
from cartable.identity.delegations import Act
from cartable.kernel import errors
from cartable.portal.admin.forms.fields import Day, Days, Somebody, Text
from cartable.portal.admin.forms.filled import Filled
from cartable.portal.deeds import VERBS
from cartable.web.refusals import status_of
from cartable.web.register import Retention as Kept


class Trail(Filled):
    """Which acts to read."""

    act = Act.AUDIT
    who = Somebody(required=False, label=_("Qui, par nom ou adresse"))
    what = forms.ChoiceField(
        required=False,
        label=_("Quoi"),
        choices=lambda: [
            ("", _("Tous les actes")),
            *sorted(((verb, str(said)) for verb, (_icon, said) in VERBS.items()), key=lambda one: one[1]),
        ],
        error_messages={"invalid_choice": _("Choisissez dans la liste.")},
    )
    since = Day(required=False, label=_("Depuis le"))
    until = Day(required=False, label=_("Jusqu’au"))


class Retention(Filled):
    """For how many days something is kept; without `days`, for as many as the site says. `was`: what the reader saw."""

    days = Days(label=_("Jours"))
    was = Days(widget=forms.HiddenInput)
    agreed = Days(required=False, widget=forms.HiddenInput)

    def __init__(self, actor: Actor, data: Any = None, *, about: Kept, **more: Any) -> None:
        super().__init__(actor, data, **more)
        if data and data.get("do") == "default":
            del self.fields["days"]
        else:
            cast(Days, self.fields["days"]).bound(about.least, about.most)

    def clean(self) -> dict[str, Any]:
        """Return what was asked; what no browser of ours sends is said at the field there is to see."""
        if "days" in self.fields and "days" not in self.errors and self.errors:
            self.add_error("days", Days.default_error_messages["required"])
        return super().clean() or self.cleaned_data


class Erasure(Filled):
    """Why an account is erased, by who has read what goes."""

    reason = Text(
        200,
        label=_("Raison, gardée au journal des actes"),
        help_text=_(
            "La demande et sa date, ou la décision. Ni nom ni adresse : le journal se garde plus longtemps que le compte."
        ),
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": _("Il faut une raison : elle est gardée au journal des actes.")},
    )
    read = forms.BooleanField(
        label=_("J’ai lu ce qui sera effacé. Cela ne revient pas."),
        error_messages={"required": _("Cochez, si c’est bien ce que vous voulez.")},
    )

    def take(self, refusal: errors.Refusal) -> int:
        """Say a refusal where it belongs: of one that says no more, that documents are on their way."""
        if type(refusal) is not errors.Conflict:
            return super().take(refusal)
        self.add_error(
            None, str(_("Un grand dossier quitte son espace, ou y arrive : recommencez une fois qu’il est arrivé."))
        )
        return status_of(refusal)
