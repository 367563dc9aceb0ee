"""Where a person is sent by an application to sign in (OpenID Connect Core §3.1.2), and goes back to it with a code.

What is asked stays in the address from page to page: signing in, a second factor and consent all come back to it.
"""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from oauthlib.common import add_params_to_uri
from oauthlib.oauth2.rfc6749.errors import AccessDeniedError, FatalClientError, InvalidRequestError
from oauthlib.openid import Server
from oauthlib.openid.connect.core.exceptions import InteractionRequired, LoginRequired

from cartable.identity import demands
from cartable.identity.models import Person
from cartable.identity.oidc import audience, consents, leaving
from cartable.identity.oidc.claims import SCOPES
from cartable.identity.oidc.library import Client, OAuth2Error, Validator, ask
from cartable.identity.oidc.proofs import ACRS, ONE_FACTOR, SEVERAL, proof_of
from cartable.identity.requests import forged, way_to_confirm
from cartable.kernel import clock
from cartable.options import public_url

TOTP, WEBAUTHN = Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN
SECONDS = re.compile(r"[0-9]{1,9}")  # of max_age: thirty years at most


@dataclass(frozen=True, slots=True)
class Wish:
    """What an application asks for: it was checked, save for what concerns the person."""

    client: Client
    redirect_uri: str
    state: str | None
    scopes: list[str]
    prompt: frozenset[str]
    max_age: int | None  # seconds
    acr: tuple[str, ...]  # the profiles it would take, of those we know

    @property
    def silent(self) -> bool:
        """Whether no page may be shown."""
        return "none" in self.prompt


@csrf_exempt  # the first request of an application may be a POST; the answer to our own page is checked below
@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def authorize(request: HttpRequest) -> HttpResponse:
    """Send the person back with a code; or show them first what there is to do, or why they may not."""
    if request.method == "POST" and not request.GET:
        return HttpResponseRedirect(f"{request.path}?{request.POST.urlencode()}")
    if request.method == "POST" and (refused := forged(request)):
        return refused
    validator = Validator(request.user if isinstance(request.user, Person) else None)
    try:
        wish = _wish(request, validator)
        return _step(request, validator, wish) or _code(request, validator, wish)
    except FatalClientError as error:  # who asks is not known, or where to: nobody is sent there
        return render(request, "oidc/unknown.html", {"error": error.description or error.error}, status=400)
    except OAuth2Error as error:
        return _back(error.redirect_uri, [*error.twotuples, *([("state", error.state)] if error.state else [])])


def _wish(request: HttpRequest, validator: Validator) -> Wish:
    """Return what is asked for. Raises OAuth2Error."""
    scopes, told = ask(request, Server.validate_authorization_request, validator)
    oauth, query = told["request"], request.GET
    max_age, known = query.get("max_age"), [one for one in query.get("acr_values", "").split() if one in ACRS]
    if max_age is not None and not SECONDS.fullmatch(max_age):
        raise InvalidRequestError("max_age must be a number of seconds.", request=oauth)
    return Wish(
        oauth.client,
        oauth.redirect_uri,
        oauth.state,
        scopes,
        frozenset(query.get("prompt", "").split()),
        None if max_age is None else int(max_age),
        tuple(known),
    )


def _step(request: HttpRequest, validator: Validator, wish: Wish) -> HttpResponse | None:
    """Return the page that must come first, if one must. Raises OAuth2Error where no page may, or the person says no."""
    person = validator.person
    leaving.note(request, wish.redirect_uri)
    if person is None:
        return _via("account_login", request, request.GET)
    if not audience.admits(wish.client.application, person):
        return _not_for_them(request, wish)
    if demands.unmet(person):
        return _add_factor(request, wish)
    validator.proof = proof_of(request, person)
    old = wish.max_age is not None and (clock.now() - validator.proof.at).total_seconds() > wish.max_age
    if "login" in wish.prompt or old:
        return _prove_again(request, wish)
    if ONE_FACTOR not in wish.acr and SEVERAL in wish.acr and validator.proof.acr != SEVERAL:
        return _prove_more(request, person, wish)
    if "consent" in wish.prompt or not validator.may_know(person, wish.client, wish.scopes):
        return _consent(request, person, wish)
    return None


def _code(request: HttpRequest, validator: Validator, wish: Wish) -> HttpResponse:
    """Return to the application with a code."""
    given = {"response_mode": "query"}
    headers, _body, _status = ask(
        request, Server.create_authorization_response, validator, scopes=wish.scopes, credentials=given
    )
    return _back(headers["Location"], [])


def _add_factor(request: HttpRequest, wish: Wish) -> HttpResponse:
    """Send who must have a second factor, and has none, where one is added (decision 13)."""
    if wish.silent:
        raise _told(InteractionRequired("A second factor has to be added first."), wish)
    return _via("mfa_index", request, request.GET)


def _prove_again(request: HttpRequest, wish: Wish) -> HttpResponse:
    """Ask the person to prove again who they are; what is asked is met by that, and is not asked once more."""
    if wish.silent:
        raise _told(LoginRequired(), wish)
    rest = request.GET.copy()
    rest.pop("max_age", None)
    rest.pop("prompt", None)
    if others := wish.prompt - {"login"}:
        rest["prompt"] = " ".join(sorted(others))
    return HttpResponseRedirect(way_to_confirm(request, _address(request, rest)))


def _prove_more(request: HttpRequest, person: Person, wish: Wish) -> HttpResponse:
    """Ask for a second factor. Refuse where the person has none, or no page may be shown (RFC 9470 §5)."""
    page = "mfa_reauthenticate" if is_mfa_enabled(person, [TOTP]) else "mfa_reauthenticate_webauthn"
    if wish.silent or not is_mfa_enabled(person, [TOTP, WEBAUTHN]):
        error = InteractionRequired("A second factor was asked for.")
        error.error = "unmet_authentication_requirements"
        raise _told(error, wish)
    return _via(page, request, request.GET)


def _not_for_them(request: HttpRequest, wish: Wish) -> HttpResponse:
    """Say that an application is not for this person."""
    error = AccessDeniedError(_("Cette application n’est pas ouverte à vos affectations actuelles."))
    if wish.silent:
        raise _told(error, wish)
    back = add_params_to_uri(wish.redirect_uri, [*error.twotuples, *_answer(wish)])
    page = {"client": wish.client.name, "back": back if back.startswith("http") else ""}
    return render(request, "oidc/not_for_you.html", page, status=403)


def _consent(request: HttpRequest, person: Person, wish: Wish) -> HttpResponse | None:
    """Ask whether the application may know; None once the person has said so. Raises AccessDeniedError if they said no."""
    answer = request.POST.get("action")
    if answer == "grant":
        consents.give(person, wish.client.pk, wish.scopes)
        return None
    if answer is not None:
        raise _told(AccessDeniedError(), wish)
    told = [SCOPES[scope] for scope in SCOPES if scope in wish.scopes]
    return render(
        request, "oidc/consent.html", {"client": wish.client.name, "told": told, "here": request.get_full_path()}
    )


def _via(page: str, request: HttpRequest, query: QueryDict) -> HttpResponse:
    """Go to a page of ours that comes back with what is asked."""
    return HttpResponseRedirect(f"{reverse(page)}?{urlencode({'next': _address(request, query)})}")


def _address(request: HttpRequest, query: QueryDict) -> str:
    return f"{request.path}?{query.urlencode()}"


def _told(error: Any, wish: Wish) -> Any:
    """Return an error that goes to the application."""
    error.redirect_uri, error.state = wish.redirect_uri, wish.state
    return error


def _answer(wish: Wish) -> list[tuple[str, str]]:
    return [("state", wish.state)] if wish.state else []


def _back(uri: str, values: list[tuple[str, str]]) -> HttpResponse:
    """Go back to the application, which is told who answers (RFC 9207): not all addresses are of the web, so no check of theirs."""
    return HttpResponse(status=302, headers={"Location": add_params_to_uri(uri, [*values, ("iss", public_url())])})
