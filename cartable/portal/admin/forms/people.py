"""Forms about people: who is sought, where they work, since when they are away, their second factors, their roles."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from cartable.identity import absences, delegations, roles
from cartable.identity.actors import Actor
from cartable.identity.delegations import Act
from cartable.portal.admin.forms.fields import CHOOSE, TYPED, Choice, Day, Place, Somebody, Text, function_codes
from cartable.portal.admin.forms.filled import Filled


class Seek(Filled):
    """Whom to find."""

    q = Text(
        255,
        required=False,
        label=_("Nom ou adresse"),
        widget=forms.TextInput({"type": "search", "class": "wide", "placeholder": _("Nom ou adresse")}),
    )


class Whom(Filled):
    """To whose page to go, among those on whom one may do something (`act`)."""

    who = Somebody(required=False, label=_("Son nom, son adresse ou son identifiant"))

    def __init__(self, actor: Actor, *data: Any, act: Act, **more: Any) -> None:
        self.act = act  # type: ignore[misc]
        super().__init__(actor, *data, **more)


class Posting(Filled):
    """Where to post somebody, and for what."""

    act = Act.POSTINGS
    structure = Place(label=_("Structure"), help_text=TYPED)
    function = Choice(
        function_codes,
        label=_("Fonction"),
        error_messages={"required": _("Choisissez une fonction : une affectation dit ce que l’on fait là.")},
    )
    first = Day(label=_("Premier jour"))
    last = Day(required=False, label=_("Dernier jour"), help_text=_("Vide s’il n’est pas connu."))


class Arrival(Posting):
    """The same of somebody who comes from elsewhere."""

    person = Somebody(
        label=_("Son adresse"),
        help_text=_("Ou le début de son nom, si elle est déjà dans vos structures."),
        error_messages={
            "required": _("Il faut une adresse."),
            "unknown": _("Cette adresse n’est celle de personne ici."),
        },
    )
    field_order = ("person",)


class Ending(Filled):
    """The last day of a posting."""

    last = Day(label=_("Dernier jour"))


class Dates(Filled):
    """The days of a posting given by hand, or of an absence."""

    first = Day(label=_("Premier jour"))
    last = Day(required=False, label=_("Dernier jour"))


class Absence(Filled):
    """Why somebody is away, and when."""

    kind = Choice(
        list(absences.TITLES.items()),
        label=_("Pourquoi"),
        help_text=_("La personne le lit ; le journal des actes ne le garde pas."),
        error_messages={"required": _("Choisissez pourquoi.")},
    )
    first = Day(label=_("Premier jour"))
    last = Day(required=False, label=_("Dernier jour"), help_text=_("Vide s’il n’est pas connu."))


class Back(Filled):
    """Since when somebody is back."""

    first = Day(label=_("Premier jour de retour"))


class Freeing(Filled):
    """That one knows whom one takes second factors from."""

    checked = forms.BooleanField(
        label=_("J’ai vérifié l’identité de cette personne, de vive voix ou en sa présence."),
        error_messages={"required": _("Vérifiez d’abord qui vous parle, puis dites-le ici.")},
    )


class Role(Filled):
    """Which role, where, and until when."""

    act = Act.DELEGATIONS
    role = Choice(label=_("Rôle"), error_messages={"required": _("Choisissez un rôle.")})
    structure = Place(label=_("Structure"), help_text=TYPED)
    last = Day(label=_("Dernier jour"), help_text=_("Dans un an au plus."))

    def __init__(self, actor: Actor, *data: Any, **more: Any) -> None:
        super().__init__(actor, *data, **more)
        cast(Choice, self.fields["role"]).choices = [
            CHOOSE,
            *((role, delegations.TITLES[role]) for role in roles.givable(actor)),
        ]
