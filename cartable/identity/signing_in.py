"""Signing in, as allauth does it, with our people: `Address` is the only truth about who an address is."""

from functools import partial

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.fields import SetPasswordField
from allauth.account.forms import ChangePasswordForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cartable.identity import guesses, letters, sessions
from cartable.identity.models import Person
from cartable.identity.requests import address_of
from cartable.kernel import audit, logs

LETTERS = {"account/email/password_changed": letters.PASSWORD_CHANGED}  # ours, by the name of the library's


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """What allauth asks of a site."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "enter_current_password": _("Ce n’est pas le bon mot de passe."),
    }

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Nobody signs up: the directory says who is."""
        return False

    def authenticate(self, request: HttpRequest, **credentials: str) -> Person | None:
        """Return who signs in. Raises TooMany."""
        find = partial(super().authenticate, request, **credentials)
        return guesses.sign_in(credentials.get("email", ""), address_of(request), find)

    def login(self, request: HttpRequest, person: Person) -> None:
        """Begin a session, and keep that it began."""
        super().login(request, person)
        logs.person.set(person.sub)
        sessions.begun(person, request.headers.get("User-Agent", ""))

    def set_password(self, person: Person, password: str) -> None:
        """Change a password, and keep that it was changed."""
        super().set_password(person, password)
        audit.record("password.change", person=person.pk)

    def send_notification_mail(self, about: str, person: Person, *_: object, **__: object) -> None:
        """Let a person know of what befalls their account, in our words. `about` names the library's template."""
        letters.tell(person, LETTERS[about])

    def reauthenticate(self, person: Person, password: str) -> bool:
        """Return whether it is still the same person. The library would look for an address in a table of its own."""
        return guesses.confirm(person, password)

    def get_password_change_redirect_url(self, _request: HttpRequest) -> str:
        """Return where one goes once a password is changed."""
        return reverse("me")

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the network address a request comes from."""
        return address_of(request)


class ChangePassword(ChangePasswordForm):  # type: ignore[misc]  # allauth has no types
    """The form where a person changes their password: the present one may be guessed as seldom as anywhere."""

    password1 = SetPasswordField(
        label=_("Nouveau mot de passe"),
        help_text=_(
            "12 caractères au moins. Quatre mots sans rapport entre eux se retiennent bien et se devinent mal."
        ),
    )

    def clean_oldpassword(self) -> str:
        """Return the present password. Raises TooMany."""
        typed = str(self.cleaned_data["oldpassword"])
        if not guesses.confirm(self.user, typed):
            self.add_error("oldpassword", Adapter.error_messages["enter_current_password"])
        return typed
