"""Signing in, as allauth does it, with our people: `Address` is the only truth about who an address is."""

from functools import partial
from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.app_settings import REAUTHENTICATION_TIMEOUT
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY, get_authentication_records
from allauth.account.fields import SetPasswordField
from allauth.account.forms import ChangePasswordForm
from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cartable.identity import departures, guesses, letters, news, people, sessions
from cartable.identity.models import Person
from cartable.identity.oidc import ending
from cartable.identity.requests import address_of, way_to_confirm
from cartable.kernel import audit, clock, logs
from cartable.options import options
from cartable.web import formats

EVENTS = {  # what the audit trail and our letters call what the library writes about
    "account/email/password_changed": "password.change",
    "mfa/email/totp_activated": "totp.add",
    "mfa/email/totp_deactivated": "totp.drop",
    "mfa/email/webauthn_added": "passkey.add",
    "mfa/email/webauthn_removed": "passkey.drop",
    "mfa/email/recovery_codes_generated": "codes.new",
}


SCHOOL = _(
    "Cette adresse est celle d’un établissement. Connectez-vous avec la vôtre : l’espace de l’établissement s’ouvre à qui y travaille."
)


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """What allauth asks of a site."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("Cette adresse et ce mot de passe ne vont pas ensemble."),
        "enter_current_password": _("Ce n’est pas le bon mot de passe."),
    }

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Nobody signs up: the directory says who is."""
        return False

    def authenticate(self, request: HttpRequest, **credentials: str) -> Person | None:
        """Return who signs in. Raises TooMany, ValidationError to who gives the mailbox of a school: nobody is one."""
        if people.is_functional(credentials.get("email", "")):
            raise ValidationError(SCHOOL)
        find = partial(super().authenticate, request, **credentials)
        return guesses.sign_in(credentials.get("email", ""), address_of(request), find)

    def pre_login(self, request: HttpRequest, person: Person, **more: Any) -> HttpResponse | None:
        """Let nobody into an archived account, whatever they showed; say so, for they have shown who they are."""
        if departures.is_closed(person.left_on):
            audit.record_once("sign-in.archived", account=person.pk)
            messages.error(request, _archived(person))
            return HttpResponseRedirect(reverse("account_login"))
        if academy := (more.get("signal_kwargs") or {}).get("sociallogin"):
            _date_proof(request, getattr(academy, "authenticated_at", None))
        return cast(HttpResponse | None, super().pre_login(request, person, **more))

    def login(self, request: HttpRequest, person: Person) -> None:
        """Begin a session, and keep that it began."""
        super().login(request, person)
        logs.person.set(person.sub)
        sessions.begun(person, request.headers.get("User-Agent", ""))

    def logout(self, request: HttpRequest) -> None:
        """End the session, and what applications were given in it."""
        sid, person = request.session.get(ending.SID), request.user
        super().logout(request)
        ending.session_over(sid)
        if isinstance(person, Person):
            news.tell([person.pk])

    def set_password(self, person: Person, password: str) -> None:
        """Change a password, and end what applications were given in other sessions."""
        super().set_password(person, password)
        news.tell([person.pk])
        ending.person_over(person.pk, but=self.request.session.get(ending.SID))

    def send_notification_mail(self, template: str, person: Person, *_: object, **__: object) -> None:
        """Keep what befalls an account, and let the person know, in our words: `template` is the library's."""
        audit.record(EVENTS[template], person=person.pk)
        letters.tell(person, EVENTS[template])

    def is_reauthentication_required(self, **_: object) -> bool:
        """Return whether to ask again who is there: unless they signed in, or were asked, within the last ten minutes."""
        person = self.request.user
        proofs = get_authentication_records(self.request, person)
        if proofs and proofs[-1]["at"] > clock.now().timestamp() - REAUTHENTICATION_TIMEOUT:
            return False
        if not self.get_reauthentication_methods(person):  # they only have their academy: let it ask
            there = way_to_confirm(self.request, self.request.get_full_path())
            raise ImmediateHttpResponse(HttpResponseRedirect(there))
        return True

    def respond_user_inactive(self, request: HttpRequest, _person: Person) -> HttpResponse:
        """Tell who was closed, whatever they showed, what a wrong password is told."""
        messages.error(request, gettext("Ce compte est fermé."))
        return HttpResponseRedirect(reverse("account_login"))

    def reauthenticate(self, person: Person, password: str) -> bool:
        """Return whether it is still the same person. The library would look for an address in a table of its own."""
        return guesses.confirm(person, password)

    def get_password_change_redirect_url(self, _request: HttpRequest) -> str:
        """Return where one goes once a password is changed."""
        return reverse("me")

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the network address a request comes from."""
        return address_of(request)


def _date_proof(request: HttpRequest, at: float | None) -> None:
    """Let the proof of who comes from an academy be as old as their sign-in there; of today if the academy does not say."""
    if at is None:
        return
    *before, last = request.session[AUTHENTICATION_METHODS_SESSION_KEY]
    request.session[AUTHENTICATION_METHODS_SESSION_KEY] = [*before, last | {"at": min(at, last["at"])}]


def _archived(person: Person) -> str:
    since = formats.long_day(departures.closes_on(person.left_on or clock.today()))
    said = gettext(
        "Ce compte est archivé depuis le %(day)s. Rien n’est effacé : il se rouvre dès qu’une affectation est connue."
    ) % {"day": since}
    if not options.support:
        return said
    return f"{said} " + gettext("Une question ? Écrivez à %(support)s.") % {"support": options.support}


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
