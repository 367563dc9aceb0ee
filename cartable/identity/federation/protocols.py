"""OpenID Connect and SAML as we want them of an academy, over the library's clients (allauth 65.21).

Of OpenID: PKCE, a nonce, an ID token whose signature is verified, one subject in all that is said of a person (OpenID
Connect Core 1.0 §3.1.3.7, §5.3.2), and user information in a signed token too, as ProConnect gives it.
"""

import logging
import secrets
from typing import Any

import jwt
from allauth.account import adapter as accounts
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.internal.flows.login import record_authentication
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from allauth.socialaccount.providers.saml.provider import SAMLProvider
from allauth.socialaccount.providers.saml.utils import build_auth
from allauth.socialaccount.providers.saml.views import finish_acs
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from lxml.etree import XMLSyntaxError
from onelogin.saml2.utils import OneLogin_Saml2_Utils as SamlUtils
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML as SamlXml
from requests import RequestException

from cartable.identity import upstreams
from cartable.identity.federation import pending
from cartable.identity.models import Person
from cartable.identity.upstreams import Claim
from cartable.kernel import clock
from cartable.kernel.errors import Expired

log = logging.getLogger(__name__)

AGAIN = "again"  # in an address: the academy asks who is there, whoever is signed in there
DRIFT = 180  # seconds that the clock of an academy may differ from ours
DISCOVERED = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")  # what we need of a provider
NONCES, KEPT = "upstream-nonces", 10  # of sign-ins under way in one browser


class Adapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """What allauth.socialaccount asks of a site."""

    def pre_social_login(self, request: HttpRequest, login: SocialLogin) -> None:
        """Let in whose key is known; the others go where they show that an account is theirs.

        Who is signed in goes on in the same session: the library would end it, and applications with it.
        """
        login.state["process"] = AuthProcess.LOGIN  # the library knows others, which a link could ask for
        if login.is_existing and login.user == request.user:
            raise ImmediateHttpResponse(_goes_on(request, login))
        if login.is_existing:
            return
        said = login.account.extra_data
        claim = Claim(login.account.provider, login.account.uid, said["name"], said["mail"])
        pending.keep(request, claim, login.state.get("next") or "")
        raise ImmediateHttpResponse(HttpResponseRedirect(reverse("link-academy")))

    def populate_user(self, _request: HttpRequest, login: SocialLogin, _data: object) -> Person:
        """Leave the person as they are: what an academy says of somebody changes nobody here."""
        return login.user  # type: ignore[no-any-return]

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        """Answer who comes back without what we need."""
        reason = (extra_context or {}).get("saml_last_error_reason") or exception or error
        raise ImmediateHttpResponse(_in_vain(request, provider.sub_id, reason))


def _goes_on(request: HttpRequest, login: SocialLogin) -> HttpResponse:
    """Answer who is signed in and comes back.

    An academy may answer without a word to the person: that proves who is there only if we wanted them asked, they were
    since, and they have nothing to show to us.
    """
    wanted = login.state.get(AGAIN)
    if wanted and not accounts.get_adapter().get_reauthentication_methods(request.user):
        if not _since(wanted, login.authenticated_at):
            return _in_vain(request, login.account.provider, "it did not ask again who is there")
        record_authentication(request, login)
    return HttpResponseRedirect(login.get_redirect_url(request) or reverse("home"))


def _since(wanted: float, authenticated_at: float | None) -> bool:
    """Return whether somebody signed in at an academy since we wanted it, by its own clock; also if it does not say."""
    return authenticated_at is None or authenticated_at >= wanted - DRIFT


def _moment(told: object) -> float | None:
    """Return when somebody signed in at an academy, as it tells it; 1970 if that is no moment, None if it does not say."""
    if told is None:
        return None
    return told if isinstance(told, int | float) and not isinstance(told, bool) else 0


def _wanted(request: HttpRequest) -> dict[str, float]:
    """Return what the state of a sign-in keeps of a wish to have the person asked again: when we had it."""
    return {AGAIN: clock.now().timestamp()} if AGAIN in request.GET else {}


def _in_vain(request: HttpRequest, key: str, reason: object) -> HttpResponse:
    """Say that it did not work, where one signs in; the log says why."""
    log.warning("an academy did not vouch", extra={"upstream": key, "reason": str(reason)[:300]})
    said = gettext("La connexion par l’académie n’a pas abouti. Recommencez, ou choisissez un autre moyen.")
    messages.error(request, said)
    return HttpResponseRedirect(reverse("account_login"))


class Oidc(OpenIDConnectProvider):  # type: ignore[misc]
    """An OpenID provider: what it says of a person, and a nonce in each request."""

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, str]:
        """Return what we keep: a name (ProConnect says `usual_name`), an address."""
        said = {**data["id_token"], **data.get("userinfo", {})}
        family = _text(said.get("usual_name")) or _text(said.get("family_name"))
        name = " ".join(filter(None, (_text(said.get("given_name")), family))) or _text(said.get("name"))
        return {"name": name, "mail": _text(said.get("email"))}

    def get_auth_params_from_request(self, request: HttpRequest, _action: str) -> dict[str, str]:
        """Return what the request asks for beside the usual. The library would take anything from our own address."""
        return {**self.get_auth_params(), **({"prompt": "login"} if AGAIN in request.GET else {})}

    def get_scope_from_request(self, _request: HttpRequest) -> list[str]:
        """Return the scopes that the operator chose."""
        return list(self.get_scope())

    def get_oauth2_adapter(self, request: HttpRequest) -> "Exchange":
        """Return what knows the addresses of the provider."""
        return Exchange(request, self.app.provider_id)

    def redirect(self, request: HttpRequest, process: str, *args: Any, **more: Any) -> HttpResponse:
        """Send the browser there."""
        nonce = secrets.token_urlsafe(24)
        request.session[NONCES] = [*request.session.get(NONCES, []), nonce][-KEPT:]
        more["auth_params"] = {**(more.get("auth_params") or self.get_auth_params()), "nonce": nonce}
        return super().redirect(request, process, *args, **more, **_wanted(request))  # type: ignore[no-any-return]

    def sociallogin_from_response(self, request: HttpRequest, data: dict[str, Any]) -> SocialLogin:
        """Return the login of a person, and when they signed in there, if the provider says so (`auth_time`)."""
        login = super().sociallogin_from_response(request, data)
        login.authenticated_at = _moment(data["id_token"].get("auth_time"))
        return login


def _text(said: object) -> str:
    """Return a claim as a text: academies send lists of one, and texts between quotes; what is none is empty."""
    one = said[0] if isinstance(said, list) and said else said
    return one.strip(' "') if isinstance(one, str) else ""


class Undiscovered(Exception):
    """The discovery document of an academy is none, or lacks what we need of it. Its argument says so."""


class Exchange(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """The way from a code to what the provider says of a person."""

    @property
    def openid_config(self) -> dict[str, Any]:
        """Return the discovery document (OpenID Connect Discovery 1.0 §3). Raises RequestException, Undiscovered."""
        try:
            found: dict[str, Any] = super().openid_config
        except AttributeError as other:
            raise Undiscovered("it is no object") from other
        if lacking := [name for name in DISCOVERED if not isinstance(found.get(name), str)]:
            raise Undiscovered(f"it lacks {', '.join(lacking)}")
        return found

    def get_client(self, request: HttpRequest, app: SocialApp) -> OAuth2Client:
        """Return who asks for tokens, with the secret that is kept sealed. Raises Expired."""
        client = super().get_client(request, app)
        client.consumer_secret = upstreams.secret_of(app)
        return client

    def complete_login(self, request: HttpRequest, app: SocialApp, _token: SocialToken, **kwargs: Any) -> SocialLogin:
        """Return the login of who comes back with a code. Raises OAuth2Error if anything said does not hold together."""
        try:
            response = kwargs["response"]
            data = {"id_token": self._verified(app, response["id_token"])}
            if data["id_token"].get("nonce") not in request.session.pop(NONCES, []):
                raise OAuth2Error("the nonce is not ours")
            if "userinfo_endpoint" in self.openid_config:
                data["userinfo"] = self._userinfo(app, response["access_token"])
                if data["userinfo"].get("sub") != data["id_token"]["sub"]:
                    raise OAuth2Error("user information is about another subject")
            return self.get_provider().sociallogin_from_response(request, data)
        except (KeyError, TypeError, ValueError) as malformed:
            raise OAuth2Error(f"malformed: {malformed!r}") from malformed

    def _userinfo(self, app: SocialApp, access_token: str) -> dict[str, Any]:
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.profile_url, headers={"Authorization": f"Bearer {access_token}"})
        answer.raise_for_status()
        if answer.headers.get("Content-Type", "").startswith("application/jwt"):
            return self._verified(app, answer.text)
        return dict(answer.json())

    def _verified(self, app: SocialApp, token: str) -> dict[str, Any]:
        """Return what a signed token says. As `jwtkit.verify_and_decode`, which wants the clocks of both to be one."""
        try:
            algorithm, key = jwtkit.fetch_key(token, self.openid_config["jwks_uri"], jwtkit.lookup_kid_jwk)
            issuer = self.openid_config["issuer"]
            said = jwt.decode(token, key, [algorithm], issuer=issuer, audience=app.client_id, leeway=DRIFT)
        except jwt.PyJWTError as wrong:
            raise OAuth2Error(f"a token: {wrong}") from wrong
        jwtkit.verify_jti(said)
        return dict(said)


class Saml(SAMLProvider):  # type: ignore[misc]
    """A SAML identity provider: what it says of a person."""

    NAMES = ("urn:oid:2.16.840.1.113730.3.1.241", "displayName", "cn")
    FIRST = ("urn:oid:2.5.4.42", "givenName")
    LAST = ("urn:oid:2.5.4.4", "sn")
    MAILS = ("urn:oid:0.9.2342.19200300.100.1.3", "mail")

    def redirect(
        self, request: HttpRequest, process: str, next_url: str | None = None, data: Any = None, **more: Any
    ) -> HttpResponse:
        """Send the browser there. The library cannot want somebody asked again (`ForceAuthn`, SAML 2.0 Core §3.4.1)."""
        auth = build_auth(request, self)
        there = auth.login(return_to="", force_authn=AGAIN in request.GET)
        more |= {"state_id": auth.get_last_request_id(), **_wanted(request)}
        self.stash_redirect_state(request, process, next_url, data, **more)
        return HttpResponseRedirect(there)

    def sociallogin_from_response(self, request: HttpRequest, data: Any) -> SocialLogin:
        """Return the login of a person, and when they signed in there (`AuthnInstant`, SAML 2.0 Core §2.7.2).

        The oldest of all that is told, signed or not; 1970 if nothing is.
        """
        login = super().sociallogin_from_response(request, data)
        told = SamlXml.query(SamlXml.to_etree(data.get_last_response_xml()), "//saml:AuthnStatement/@AuthnInstant")
        login.authenticated_at = min(map(SamlUtils.parse_SAML_to_time, told), default=0)
        return login

    def extract_uid(self, data: Any) -> str:
        """Return the subject: the attribute that the operator named, else the standard one, else a NameID that stays."""
        chosen = self.app.settings["ours"].get("uid") or ["urn:oasis:names:tc:SAML:attribute:subject-id"]
        subject = _first(data, chosen) or _lasting(data)
        if not subject:
            reason = "it names people by what does not last"
            raise ImmediateHttpResponse(_in_vain(self.request, self.sub_id, reason))
        return subject

    def extract_extra_data(self, data: Any) -> dict[str, str]:
        """Return what we keep: a name, an address."""
        name = " ".join(filter(None, (_first(data, self.FIRST), _first(data, self.LAST)))) or _first(data, self.NAMES)
        return {"name": name, "mail": _first(data, self.MAILS)}


def _first(data: Any, names: Any) -> str:
    attributes = data.get_attributes()
    return next((str(attributes[name][0]).strip() for name in names if attributes.get(name)), "")


def _lasting(data: Any) -> str:
    """Return the NameID, unless its format says that the next one will differ, or that it is an address."""
    passing = ("transient", "emailAddress", "unspecified")
    return "" if str(data.get_nameid_format() or "").endswith(passing) else str(data.get_nameid() or "")


@login_not_required
def begin(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send the browser to an OpenID provider."""
    return _with(OAuth2LoginView, request, provider_id)


@login_not_required
def back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Receive who comes back from one."""
    return _with(OAuth2CallbackView, request, provider_id)


@login_not_required
def finish(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """Receive who comes back from a SAML provider; what is no answer of one is told as any other failure."""
    try:
        return finish_acs(request, organization_slug=organization_slug)  # type: ignore[no-any-return]
    except (XMLSyntaxError, ValueError) as malformed:
        return _in_vain(request, organization_slug, f"malformed: {malformed!r}")
    except PermissionDenied:  # by allauth 65: the state of a sign-in serves once
        return _in_vain(request, organization_slug, "this browser did not ask for it, or has used it")
    except ImmediateHttpResponse as answer:
        return answer.response  # type: ignore[no-any-return]


@login_not_required
def stay(_request: HttpRequest, **_: str) -> HttpResponse:
    """Answer an academy that signs somebody out there: here they stay, until they sign out."""
    raise Http404


def _with(view: Any, request: HttpRequest, provider_id: str) -> HttpResponse:
    try:
        return view.adapter_view(Exchange(request, provider_id))(request)  # type: ignore[no-any-return]
    except SocialApp.DoesNotExist as unknown:
        raise Http404 from unknown
    except Expired:
        return _in_vain(request, provider_id, "its secret was sealed under another key of this site: give it again")
    except (RequestException, Undiscovered) as silent:
        return _in_vain(request, provider_id, f"its discovery: {silent!r}")


provider_classes = [Oidc, Saml]
