"""Which passwords a person may choose: long rather than odd, and none of those a stranger would try first.

Twelve characters, be they all small letters, are 56 bits; the CNIL asks for 50 where guesses are counted, as ours are
(deliberation 2022-100 of 21 July 2022). So no rule about capitals or signs, which people answer by `Password1!`.
"""

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.password_validation import UserAttributeSimilarityValidator, validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from cartable.identity.models import Person
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


def refuse_weak(password: str, person: Person) -> None:
    """Raise WeakPassword, with a sentence for each reason, if the person may not choose this password."""
    try:
        validate_password(password, person)
    except ValidationError as weak:
        raise WeakPassword(*weak.messages) from weak
