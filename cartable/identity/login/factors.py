"""Second factors as allauth.mfa asks a site about them; the page that lists a person's own.

The library keeps each process's own count of guesses and of codes used: ours are rows, for all processes together.
"""

from collections.abc import Callable

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, BaseAuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import LoginWebAuthnForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from cartable.identity import demands, departures, factors, guesses, people
from cartable.identity.models import Person
from cartable.identity.requests import who
from cartable.kernel import audit, sealing
from cartable.web.answers import back

PURPOSE = "second factor"
GOING_ON = "going-on"  # in the session: the page that waits for a second factor
BAD_CODE = _("Ce code n’est pas le bon.")
NOBODYS = _("Cette clé d’accès n’ouvre aucun compte. Connectez-vous avec votre adresse et votre mot de passe.")


class Adapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """What allauth.mfa asks of a site."""

    error_messages = {**DefaultMFAAdapter.error_messages, "incorrect_code": BAD_CODE}

    def encrypt(self, text: str) -> str:
        """Return the key of an application of codes, or the seed of recovery codes, as it is kept."""
        return sealing.seal(text, PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        """Return it as it was."""
        return sealing.unseal(encrypted_text, PURPOSE)

    def get_totp_label(self, person: Person) -> str:
        """Return what an application of codes shows beside our name."""
        return people.primary_mail(person.pk) or person.name

    def generate_authenticator_name(self, person: Person, _type: str) -> str:
        """Return what a new passkey is called until its owner says otherwise."""
        count = len(factors.of(person).passkeys)
        return gettext("Clé d’accès %(number)s") % {"number": count + 1} if count else gettext("Clé d’accès")

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return who asks for a passkey: this host, under our name."""
        return {**super().get_public_key_credential_rp_entity(), "name": "Cartable"}

    def get_public_key_credential_user_entity(self, person: Person) -> dict[str, object]:
        """Return whose passkey it is, as the person's own devices will tell it among others."""
        entity = super().get_public_key_credential_user_entity(person)
        return {**entity, "name": self.get_totp_label(person), "display_name": person.name}


class Code(AuthenticateForm):  # type: ignore[misc]
    """The code asked for at sign-in."""

    def clean_code(self) -> str:
        """Return the code. Raises TooMany."""
        return _counted(self, super().clean_code)


class CodeAgain(ReauthenticateForm):  # type: ignore[misc]
    """The code asked for before a sensitive act."""

    def clean_code(self) -> str:
        """Return the code. Raises TooMany."""
        return _counted(self, super().clean_code)


class Link(ActivateTOTPForm):  # type: ignore[misc]
    """The code that shows that an application is linked."""

    def clean_code(self) -> str:
        """Return the code, which opens nothing any more. Raises ValidationError."""
        code = super().clean_code()
        if not guesses.is_fresh(self.user, code):
            raise ValidationError(BAD_CODE, code="incorrect_code")
        return str(code)


class PasskeyAlone(LoginWebAuthnForm):  # type: ignore[misc]
    """The passkey that signs in alone."""

    def clean_credential(self) -> Authenticator:
        """Return the passkey. One of an account that is closed or archived is answered as one that nobody has."""
        try:
            found = super().clean_credential()
        except ValidationError as unknown:
            raise ValidationError(NOBODYS, code="incorrect_code") from unknown
        archived = departures.is_closed(found.user.left_on)
        if archived:
            audit.record_once("sign-in.archived", account=found.user_id)
        if archived or not found.user.is_active:
            raise ValidationError(NOBODYS, code="incorrect_code")
        return found


def _counted(form: BaseAuthenticateForm, check: Callable[[], str]) -> str:
    """Return the code that `check` finds right; one of an application opens once. Raises ValidationError, TooMany."""

    def right() -> bool:
        try:
            code = check()
        except ValidationError:
            return False
        return form.authenticator.type != Authenticator.Type.TOTP or guesses.is_fresh(form.user, code)

    if not guesses.code(form.user, right):
        raise ValidationError(BAD_CODE, code="incorrect_code")
    return str(form.cleaned_data["code"])


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """Show a person their second factors; who just added one that was asked of them goes on to the page that waited for it."""
    person = who(request)
    demanded = demands.unmet(person)
    if demanded and (to := back(request, "")):
        request.session[GOING_ON] = to
    elif not demanded and (to := request.session.pop(GOING_ON, "")):
        return HttpResponseRedirect(to)
    return render(request, "mfa/index.html", {"factors": factors.of(person), "demanded": demanded})
