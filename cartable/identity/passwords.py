"""Which passwords a person may choose: long rather than odd, and none of those a stranger would try first.

Twelve characters, be they all small letters, are 56 bits; the CNIL asks for 50 where guesses are counted, as ours are
(deliberation 2022-100 of 21 July 2022). So no rule about capitals or signs, which people answer by `Password1!`; zxcvbn
counts instead how many guesses one needs who knows usual passwords, keyboards and dates, and the person's own words.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.password_validation import (
    UserAttributeSimilarityValidator,
    get_default_password_validators,
    validate_password,
)
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from zxcvbn import zxcvbn

from cartable.identity.models import Address, Person, Posting
from cartable.identity.names import fold
from cartable.kernel.errors import WeakPassword


class Argon2(Argon2PasswordHasher):
    """Argon2id with what OWASP asks for: 19 MiB, two passes (Password Storage Cheat Sheet, 2024).

    Django's own measure (100 MiB, eight lanes) takes 190 ms of a core here, this one 22: a whole country signs in on the
    first of September. One that was kept by another measure is kept anew at the next sign-in.
    """

    memory_cost, time_cost, parallelism = 19 * 1024, 2, 1  # KiB, passes, lanes


class UnlikeTheirName(UserAttributeSimilarityValidator):
    """What Django does about a name, which holds most of the address too, in words that name no field."""

    def __init__(self) -> None:
        super().__init__(user_attributes=("name",))

    def get_error_message(self) -> str:
        """Return what is wrong."""
        return _("Ce mot de passe ressemble trop à votre nom.")


class HardToGuess:
    """Asks for ten to the eighth guesses at least, by who knows the person: score 3 of zxcvbn 4.5."""

    enough = 3
    judged = 32  # characters: more make it no weaker, and some of 72 would take seconds

    def validate(self, password: str, user: Person | None = None) -> None:
        """Raise ValidationError, with a sentence that says why, if it would be guessed sooner."""
        found = zxcvbn(password[: self.judged], user_inputs=_words_of(user)) if password else None
        if found and found["score"] < self.enough:
            raise ValidationError(_reason(max(found["sequence"], key=lambda part: len(part["token"]))))

    def get_help_text(self) -> str:
        """Return what to do."""
        return _("Plusieurs mots sans rapport entre eux font un bon mot de passe.")


def _reason(part: Mapping[str, Any]) -> str:
    """Return why a password is weak, by what its longest part is for zxcvbn."""
    if part["pattern"] == "repeat":
        return _("Ce mot de passe répète les mêmes caractères.")
    if part.get("dictionary_name") == "user_inputs":
        return _("Ce mot de passe reprend votre nom, votre adresse, votre établissement ou le nom du site.")
    if part["pattern"] in {"spatial", "sequence"}:
        return _("Ce mot de passe suit les touches du clavier, l’alphabet ou les nombres.")
    return _("Ce mot de passe ressemble à un mot de passe courant. Ajoutez-y des mots sans rapport entre eux.")


def _words_of(person: Person | None) -> list[str]:
    """Return what a stranger tries of a person, as one types it: their names, addresses, schools and academies, and ours."""
    texts = ["cartable", "éducation"]
    if person is not None:
        texts.append(person.name)
    if person is not None and person.pk is not None:
        texts += Address.objects.filter(person=person.pk).values_list("mail", flat=True)
        posted = Posting.objects.filter(person=person.pk).select_related("structure__parent")
        for place in (one.structure for one in posted):
            texts += [place.name, *([place.parent.name] if place.parent else [])]
    parts = [part for text in texts for part in re.split(r"[\s@.]+", text.lower())]
    words = [word for text in texts for word in fold(text.replace("@", " ")).split()]
    joined = [text.lower().replace(" ", "") for text in texts] + [fold(text).replace(" ", "") for text in texts]
    return list(dict.fromkeys(one for one in joined + parts + words if len(one) > 2))


def refuse_weak(password: str, person: Person, *, given: bool = False) -> None:
    """Raise WeakPassword, with a sentence for each reason, if the person may not choose this password.

    One that is `given` to them is in passing, by who runs the site: of it only the rules that can be told beforehand are asked.
    """
    asked = [one for one in get_default_password_validators() if not (given and isinstance(one, HardToGuess))]
    try:
        validate_password(password, person, password_validators=asked)
    except ValidationError as weak:
        raise WeakPassword(*weak.messages) from weak
