"""Forms about structures: their teams, the room of their spaces, of whom a second factor is asked."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cartable.identity import functions
from cartable.identity.actors import Actor
from cartable.identity.delegations import Act
from cartable.portal import roles as words
from cartable.portal.admin.forms.fields import TYPED, Choice, Gigabytes, Place, Somebody, Text, function_codes
from cartable.portal.admin.forms.filled import Filled
from cartable.spaces import quota

GIGABYTE = 10**9
ALL = "*"  # functions, chosen as such


class Where(Filled):
    """Whose room to show."""

    act = Act.QUOTAS
    structure = Place(label=_("Structure"), help_text=TYPED)


class Room(Filled):
    """How much room, in gigabytes, and whose."""

    owner = Text(100, widget=forms.HiddenInput)
    gigabytes = Gigabytes(label=_("Place, en Go"))

    @classmethod
    def of(cls, actor: Actor, owner: str, room: quota.Room, *, mark: str) -> "Room":
        """Return the form that begins with the room there is; with none where there is no limit, and says so."""
        if room.quota >= 0:
            return cls(actor, mark=mark, initial={"owner": owner, "gigabytes": Decimal(room.quota) / GIGABYTE})
        form = cls(actor, mark=mark, initial={"owner": owner})
        form.fields["gigabytes"].help_text = _("Vide tant que l’espace est sans limite : un nombre lui en donne une.")
        return form


class Team(Filled):
    """A team to form."""

    act = Act.TEAMS
    name = Text(200, label=_("Nom"), error_messages={"required": _("Il faut un nom.")})
    structure = Place(label=_("Structure"), help_text=TYPED)
    function = Choice(
        lambda: [(ALL, _("Toutes les fonctions")), *function_codes()],
        required=False,
        label=_("Fonction"),
    )
    discipline = Text(
        10, required=False, label=_("Discipline"), help_text=_("Comment son code commence : L10. Vide : toutes.")
    )
    leader = Somebody(
        required=False,
        label=_("Animée par"),
        help_text=_(
            "Le début de son nom, ou son adresse : l’équipe n’a que les membres que cette personne y met. Vide : toutes "
            "les personnes affectées là."
        ),
        error_messages={"unknown": _("Cette adresse n’est celle de personne ici.")},
    )

    def clean(self) -> dict[str, Any]:
        """Return what was asked: a team that nobody leads is that of a function, or of all."""
        asked = super().clean() or self.cleaned_data
        if asked.get("leader") and (asked.get("function") or asked.get("discipline")):
            said = _("Une équipe animée par quelqu’un n’a que les membres qu’on y met : sans fonction ni discipline.")
            self.add_error("leader", said)
        wrong = {"function", "leader"} & set(self.errors)
        if not wrong and not asked.get("leader") and not asked.get("function"):
            self.add_error("function", _("Choisissez une fonction, ou toutes ; ou dites qui anime l’équipe."))
        return asked


class Naming(Filled):
    """Another name."""

    name = Text(200, label=_("Nom"), error_messages={"required": _("Il faut un nom.")})


class Demand(Filled):
    """Of whom to ask a second factor, and where."""

    act = Act.DEMANDS
    structure = Place(label=_("Structure"), help_text=TYPED)
    function = Choice(
        lambda: [
            (ALL, _("Toutes les fonctions")),
            (_("Une fonction"), [(code, title) for code, (title, _codes) in functions.PROFILES.items()]),
            (_("Un rôle"), list(words.DEMANDED.items())),
        ],
        label=_("À qui"),
    )
