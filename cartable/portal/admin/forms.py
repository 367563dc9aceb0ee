"""The forms of administration: what each asks. A wrong field is named beside it, and nothing that was typed is lost."""

from collections.abc import Sequence
from typing import Any, ClassVar, cast

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cartable.identity import absences, appointing, delegations, functions, roles, teams
from cartable.identity.actors import Actor
from cartable.identity.delegations import Act
from cartable.identity.erasing import StillHere
from cartable.identity.models import Structure
from cartable.identity.oidc.claims import SCOPES
from cartable.identity.oidc.clients import Unfit
from cartable.kernel import errors
from cartable.portal import roles as words
from cartable.portal.admin.fields import (
    CHOOSE,
    Choice,
    Day,
    Days,
    Functions,
    Place,
    Places,
    Somebody,
    Text,
    Whole,
    function_codes,
)
from cartable.portal.deeds import VERBS
from cartable.spaces.allotting import TooNarrow
from cartable.web.refusals import status_of
from cartable.web.register import Retention as Kept

ALL = "*"  # functions, chosen as such
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
    TooNarrow: ("gigabytes", _("Ce que contient l’espace n’y tiendrait plus.")),
    StillHere: (NON_FIELD_ERRORS, _("Une affectation ou une absence retient cette personne : elle prend fin d’abord.")),
    errors.Past: ("last", _("La fin vient avant le début, ou elle est passée.")),
    errors.Conflict: (NON_FIELD_ERRORS, _("C’est déjà le cas, ou cela ne peut plus être changé.")),
}
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
TYPED = _("Tapez le début de son nom, son code UAI, ou MEN pour le ministère.")


class Filled(forms.Form):
    """A form that somebody fills in, to do something where they may. `mark` tells its fields from those of others on the page."""

    act: ClassVar[Act] = Act.PEOPLE

    def __init__(self, actor: Actor, data: Any = None, *, mark: str = "", **more: Any) -> None:
        super().__init__(data, auto_id=f"{mark}-%s" if mark else "%s", **more)
        self.mark = mark
        for field in self.fields.values():
            if isinstance(field, Place):
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
        if isinstance(refusal, Unfit):
            self.add_error(
                REGISTRATION.get(refusal.field, refusal.field), str(UNFIT[refusal.why]) % {"text": refusal.text}
            )
            return status_of(refusal)
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


class Seek(Filled):
    """Whom to find."""

    q = Text(
        255,
        required=False,
        label=_("Nom ou adresse"),
        widget=forms.TextInput({"type": "search", "class": "wide", "placeholder": _("Nom ou adresse")}),
    )


class Whom(Filled):
    """To whose page to go."""

    who = Text(
        255,
        required=False,
        label=_("Son adresse, ou son identifiant"),
        widget=forms.TextInput({"autocomplete": "off"}),
    )


class Trail(Filled):
    """Which acts to read."""

    who = Text(255, required=False, label=_("Qui, par adresse"), widget=forms.TextInput({"autocomplete": "off"}))
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

    person = Somebody(label=_("Son adresse"), error_messages={"required": _("Il faut une adresse.")})
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
            *((role, words.TITLES[role]) for role in roles.givable(actor)),
        ]


class Where(Filled):
    """Whose room to show."""

    act = Act.QUOTAS
    structure = Place(label=_("Structure"), help_text=TYPED)


class Room(Filled):
    """How much room, in gigabytes, and whose."""

    owner = Text(100, widget=forms.HiddenInput)
    gigabytes = Whole(10_000, label=_("Place, en Go"))


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
            "Son adresse : l’équipe n’a que les membres que cette personne y met. Vide : toutes les personnes affectées là."
        ),
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
        choices=lambda: [(scope, said) for scope, said in SCOPES.items() if scope != "openid"],
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
