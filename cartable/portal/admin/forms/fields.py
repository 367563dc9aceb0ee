"""Fields of the forms of administration. Each says in a sentence what does not suit it, and what was typed stays there."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cartable.identity import delegations, directory, functions, people, structures
from cartable.identity.actors import Actor
from cartable.identity.delegations import Act
from cartable.identity.directory import Hit
from cartable.identity.models import Person, Structure
from cartable.identity.names import fold
from cartable.kernel import given
from cartable.kernel.errors import BadInput, NotFound
from cartable.portal import dossier

CHOOSE = ("", _("Choisir…"))  # the first choice of each list: none is made for whoever fills it in
BEYOND = _("Choisissez parmi vos structures : vous n’administrez pas celle-là.")
TYPED = _("Tapez le début de son nom, son code UAI, ou MEN pour le ministère.")
Choices = Iterable[tuple[str | Promise, Any]]


class Text(forms.Field):
    """A free text of `most` characters. A browser is not told how many: it would cut what is pasted, and say nothing."""

    def __init__(self, most: int, **more: Any) -> None:
        self.most = most
        super().__init__(**more)

    def to_python(self, value: Any) -> Any:
        """Return it without the blanks around it."""
        return _clean_text(value or "", self.most)


class Day(forms.Field):
    """A day of the calendar."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    default_error_messages = {"required": _("Choisissez un jour.")}

    def to_python(self, value: Any) -> date | None:
        """Return it; None where none was typed."""
        try:
            return given.day(value) if value else None
        except BadInput as refusal:
            raise ValidationError(_("Choisissez un jour du calendrier, de 1900 à 2200.")) from refusal


class Whole(forms.Field):
    """A whole number, from 1 to `most`."""

    def __init__(self, most: int, **more: Any) -> None:
        super().__init__(widget=forms.NumberInput({"min": 1, "max": most}), **more)
        self.most = most

    def to_python(self, value: Any) -> int:
        """Return it."""
        text = (value or "").strip()
        if not given.is_whole(text, self.most) or not int(text):
            raise ValidationError(_("Un nombre entier est attendu, de 1 à %(most)s."), params={"most": self.most})
        return int(text)


class Gigabytes(forms.DecimalField):
    """Room in gigabytes, written as in the language of the page: 2,5 in French. From a megabyte to ten thousand."""

    default_error_messages = {
        "required": _("Il faut un nombre : vide ne veut pas dire sans limite."),
        **dict.fromkeys(("invalid", "min_value", "max_value"), _("Un nombre est attendu, de 0,001 à 10 000.")),
    }

    def __init__(self, **more: Any) -> None:
        widget = forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(localize=True, min_value=Decimal("0.001"), max_value=10_000, widget=widget, **more)


class Days(forms.Field):
    """A whole number of days."""

    default_error_messages = {"required": _("Un nombre entier de jours, s’il vous plaît.")}

    def bound(self, least: int, most: int) -> None:
        """Let it be no less, and no more, than so many."""
        said = _("De %(least)s à %(most)s jours.") % {"least": least, "most": most}
        self.help_text, self.validators = said, [MinValueValidator(least, said), MaxValueValidator(most, said)]
        self.widget = forms.NumberInput({"inputmode": "numeric", "min": least, "max": most})
        self.widget.is_required = self.required

    def to_python(self, value: Any) -> int | None:
        """Return it; None where none was typed."""
        try:
            return given.whole(value.strip()) if value else None
        except BadInput as refusal:
            raise ValidationError(self.error_messages["required"]) from refusal


class Choice(forms.ChoiceField):
    """One of a list, where nothing is chosen before it was by whoever fills it in."""

    default_error_messages = {
        "required": _("Choisissez dans la liste."),
        "invalid_choice": _("Choisissez dans la liste."),
    }

    def __init__(self, choices: Choices | Callable[[], Choices] = (), **more: Any) -> None:
        super().__init__(choices=lambda: [CHOOSE, *(choices() if callable(choices) else choices)], **more)


def function_codes() -> list[tuple[str | Promise, Any]]:
    """Return the codes of functions as choices, by profile."""
    return [(title, [(code, functions.named(code)) for code in codes]) for title, codes in functions.by_profile()]


class Functions(Text):
    """Codes of functions, with blanks or commas between them."""

    def to_python(self, value: Any) -> list[str]:
        """Return them."""
        codes = re.split(r"[\s,;]+", super().to_python(value).upper().strip())
        if unknown := [one for one in codes if one and one not in functions.PROFILE_OF]:
            raise ValidationError(_("Code de fonction inconnu : %(codes)s."), params={"codes": ", ".join(unknown)})
        return [one for one in codes if one]


# What is found as one types


class Typed(NamedTuple):
    """What was typed, and what was chosen among what was found for it, by code."""

    text: str = ""
    chosen: tuple[str, ...] = ()


class Kind(NamedTuple):
    """What is found: at which address, what those found are called, and what is said where there is none."""

    address: str
    found: str | Promise
    none: str | Promise


PLACES = Kind("admin-structures", _("Structures trouvées"), _("Aucune de vos structures ne s’appelle ainsi."))
PEOPLE = Kind("admin-find", _("Personnes trouvées"), _("Personne de vos structures ne porte ce nom."))


class Search(forms.TextInput):
    """A text by which structures or people are found, and those found, to choose one, or several if `many`."""

    template_name = "portal/admin/_find.html"

    def __init__(self, kind: Kind, act: Act, *, many: bool, attrs: Mapping[str, Any]) -> None:
        super().__init__({"autocomplete": "off", **attrs})
        self.kind, self.act, self.many = kind, act, many
        self.hits: Sequence[tuple[str, str, str]] = ()  # code, name, what tells homonyms apart

    def use_required_attribute(self, initial: Any) -> bool:
        """Return whether browsers insist on a text: not where others are chosen already."""
        return not self.many

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Typed:
        """Return what was typed and chosen: never what was found for other letters."""
        text, chosen = data.get(name, ""), data.getlist(f"{name}-chosen")
        return Typed(text, tuple(chosen) if self.many or data.get(f"{name}-for") == text else ())

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Return what the template shows."""
        typed = value if isinstance(value, Typed) else Typed(value or "")
        shown = super().get_context(name, typed.text, attrs)
        more = {"act": self.act, "many": self.many, "hits": self.hits, "chosen": typed.chosen, "typed": typed.text}
        return {**shown, "kind": self.kind, **more}


def of_places(found: Iterable[Structure]) -> list[tuple[str, str, str]]:
    """Return structures as one chooses them."""
    return [(one.code, directory.title_of(one), directory.aside(one)) for one in found]


def of_people(found: Iterable[Hit]) -> list[tuple[str, str, str]]:
    """Return people as one chooses them."""
    return [(one.sub, one.name, one.place) for one in found]


def _clean_text(text: str, most: int) -> str:
    try:
        return given.text(text, most)
    except BadInput as refusal:
        raise ValidationError(_("Ce texte est trop long, ou un caractère n’y a pas sa place.")) from refusal


class Somebody(forms.Field):
    """A person: by an address they hold or by their id, else found by their name among those on whom one may do something."""

    default_error_messages = {"required": _("Dites de qui il s’agit."), "unknown": _("Personne inconnue.")}

    def open_to(self, actor: Actor, act: Act) -> None:
        """Make it the field of somebody."""
        self.actor, self.act = actor, act
        self.widget = Search(PEOPLE, act, many=False, attrs=self.widget.attrs)
        self.widget.is_required = self.required

    def clean(self, value: Any) -> Person | None:
        """Return them; None where nobody was typed."""
        typed = value if isinstance(value, Typed) else Typed(value or "")
        text = _clean_text(typed.chosen[0] if typed.chosen else typed.text, 255).strip()
        if not text and self.required:
            raise ValidationError(self.error_messages["required"], code="required")
        if not text:
            return None
        hits = directory.find_administered(self.actor, text, act=self.act)
        self.widget.hits = of_people(hits)
        return self._exactly(text) or self._called(text, hits)

    def _exactly(self, text: str) -> Person | None:
        try:
            return people.find(text)
        except NotFound:
            return None

    def _called(self, text: str, hits: Sequence[Hit]) -> Person:
        """Return the only one who bears a whole name. Offers those found, where there is another."""
        same = [one for one in hits if fold(one.name) == fold(text)]
        if len(same) == 1:
            return people.find(same[0].sub)
        if hits:
            raise ValidationError(_("Choisissez dans ce qui a été trouvé."), code="several")
        raise ValidationError(self.error_messages["unknown"], code="unknown")


# Structures


class Fixed(forms.TextInput):
    """The only structure there is to choose: it is said, and goes with the form."""

    template_name = "portal/admin/_only.html"

    def __init__(self, code: str, title: str) -> None:
        super().__init__()
        self.code, self.title = code, title

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Return what the template shows."""
        return {**super().get_context(name, value, attrs), "code": self.code, "title": self.title}


class Place(forms.Field):
    """A structure where somebody may do something: chosen if these are few, else found by a part of its name or by its code."""

    default_error_messages = {"required": _("Choisissez une structure.")}
    many = False

    def open_to(self, actor: Actor, act: Act) -> None:
        """Make it the field of somebody."""
        self.actor, self.act = actor, act
        self.few = [] if self.many else dossier.few(actor, act)
        if len(self.few) == 1:
            self.widget, self.help_text = Fixed(*self.few[0]), ""
        elif self.few:
            self.widget, self.help_text = forms.Select(choices=[CHOOSE, *self.few]), ""
        else:
            self.widget = Search(PLACES, act, many=self.many, attrs=self.widget.attrs)
        self.widget.is_required = self.required

    def clean(self, value: Any) -> Any:
        """Return the structure."""
        typed = value if isinstance(value, Typed) else Typed(value or "")
        text = typed.chosen[0] if typed.chosen else _clean_text(typed.text, 4000)
        if not text:
            raise ValidationError(self.error_messages["required"], code="required")
        found = self._one(text)
        self._show([found])
        return found

    def _one(self, text: str) -> Structure:
        """Return the structure of a code, of an academy or of a whole name. Offers those found, where they are not that one."""
        try:
            found = structures.named(text)
        except NotFound:
            found = self._called(text)
        if not delegations.may(self.actor, self.act, found.pk):
            raise ValidationError(BEYOND, code="beyond")
        return found

    def _called(self, text: str) -> Structure:
        hits = directory.find_places(self.actor, self.act, text)
        same = [one for one in hits if one.folded == fold(text)]
        if len(same) == 1:
            return same[0]
        if not hits:
            raise ValidationError(_("« %(text)s » n’est aucune de vos structures."), params={"text": text[:100]})
        self._show(hits)
        raise ValidationError(_("Choisissez dans ce qui a été trouvé."), code="several")

    def _show(self, hits: Sequence[Structure]) -> None:
        if isinstance(self.widget, Search):
            self.widget.hits = of_places(hits)


class Places(Place):
    """Several structures: some chosen, others typed, with commas between their names or blanks between their codes."""

    many = True

    def clean(self, value: Any) -> list[Structure]:
        """Return them."""
        typed = value if isinstance(value, Typed) else Typed(value or "")
        chosen = [self._one(_clean_text(code, 4000)) for code in typed.chosen]
        self._show(chosen)
        for text in filter(None, map(str.strip, re.split(r"[,;\n]", _clean_text(typed.text, 4000)))):
            chosen += self._all(text, chosen)
        if self.required and not chosen:
            raise ValidationError(self.error_messages["required"], code="required")
        found = list({one.pk: one for one in chosen}.values())
        self._show(found)
        return found

    def _all(self, text: str, chosen: Sequence[Structure]) -> list[Structure]:
        """Return the structures of codes, or the one of a name."""
        words = text.split()
        if len(words) > 1 and all(any(letter.isdigit() for letter in word) for word in words):
            return [self._one(word) for word in words]
        try:
            return [self._one(text)]
        except ValidationError:
            if isinstance(self.widget, Search):
                mine = of_places(chosen)
                self.widget.hits = [*mine, *(one for one in self.widget.hits if one not in mine)]
            raise

    def start(self, chosen: Sequence[Structure]) -> Typed:
        """Return what the field begins with, where some are chosen already."""
        self._show(chosen)
        return Typed("", tuple(one.code for one in chosen))
