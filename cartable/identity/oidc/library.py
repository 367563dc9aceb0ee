"""What we take of allauth's provider and of oauthlib below it, in this one place: clients, and how they prove who they are.

The rest of allauth's provider is not used: it asks PKCE of public clients only, takes `plain`, keeps codes in a cache, and
knows no family of tokens (65.21.1). `tests/identity/oidc/test_library.py` says what of its inside we rely on.
"""

import re
import secrets
from collections.abc import Callable
from typing import Any

from allauth.idp.oidc.internal.oauthlib.request_validator import OAuthLibRequestValidator
from allauth.idp.oidc.internal.oauthlib.utils import extract_params
from allauth.idp.oidc.models import Client
from django.db import transaction
from django.http import HttpRequest
from oauthlib.oauth2.rfc6749.errors import InvalidGrantError, InvalidRequestError, OAuth2Error
from oauthlib.openid import Server
from oauthlib.openid.connect.core.exceptions import LoginRequired

from cartable.identity.models import Person
from cartable.identity.oidc import audience, authorizations, consents, keys
from cartable.identity.oidc.authorizations import ACCESS_LASTS, Asked, Proof
from cartable.identity.oidc.claims import SCOPES, claims_of
from cartable.identity.oidc.models import Authorization, Token
from cartable.identity.oidc.subjects import subject
from cartable.kernel import clock
from cartable.options import public_url

__all__ = ["Client", "OAuth2Error", "Validator", "ask"]

S256 = re.compile(r"[A-Za-z0-9_-]{43}")  # what SHA-256 is in base64url (RFC 7636 §4.2)
ID_TOKEN_LASTS = 600  # seconds

Headers = dict[str, str]


def ask(request: HttpRequest, verb: Callable[..., Any], validator: "Validator", **more: Any) -> Any:
    """Return what a verb of oauthlib's server answers to a request: `ask(request, Server.create_token_response, …)`.

    What it wrote stays, though it raises OAuth2Error: a code that was seen twice has ended what it gave.
    """
    server = Server(
        validator,
        token_generator=lambda _: secrets.token_urlsafe(48),
        refresh_token_generator=lambda _: secrets.token_urlsafe(48),
        token_expires_in=int(ACCESS_LASTS.total_seconds()),
    )
    refusal: OAuth2Error | None = None
    with transaction.atomic():
        try:
            return verb(server, *extract_params(request), **more)
        except OAuth2Error as error:
            refusal = error
    raise refusal


class Validator(OAuthLibRequestValidator):  # type: ignore[misc]  # allauth has no types
    """What oauthlib asks of a site, for one request. `person` is who is signed in, `proof` how they proved it."""

    def __init__(self, person: Person | None = None, proof: Proof | None = None) -> None:
        super().__init__()
        self.person, self.proof = person, proof
        self.authorization: Authorization | None = None  # of the code or the token that was shown
        self.token: Token | None = None

    # What an application asks for

    def validate_redirect_uri(self, _client_id: str, redirect_uri: str, request: Any, *_: Any, **__: Any) -> bool:
        """Return whether it is one of those registered, to the letter (RFC 9700 §2.1)."""
        return redirect_uri in request.client.get_redirect_uris()

    def is_pkce_required(self, _client_id: str, request: Any) -> bool:
        """Return True: of every client, and by its digest alone (RFC 9700 §2.1.1). Raises InvalidRequestError."""
        challenge, method = request.code_challenge, request.code_challenge_method
        if challenge is not None and (method != "S256" or not S256.fullmatch(challenge)):
            raise InvalidRequestError("code_challenge_method must be S256.", request=request)
        return True

    def validate_scopes(self, _client_id: str, scopes: list[str], _client: Client, request: Any, *_: Any) -> bool:
        """Return whether the client may ask for this much; what we do not know is ignored (Core §3.1.2.1)."""
        scopes[:] = [scope for scope in dict.fromkeys(scopes) if scope in SCOPES]
        return "openid" in scopes and set(scopes) <= set(request.client.get_scopes())

    def validate_silent_login(self, _request: Any) -> bool:
        """Return whether somebody is signed in."""
        return self.person is not None

    def validate_silent_authorization(self, request: Any) -> bool:
        """Return whether nothing has to be asked of them."""
        return self.person is not None and self.may_know(self.person, request.client, request.scopes)

    def may_know(self, person: Person, client: Client, scopes: list[str]) -> bool:
        """Return whether the person need not be asked what the application may know."""
        return bool(client.skip_consent) or consents.given(person, client.pk, scopes)

    def validate_user_match(self, id_token_hint: str | None, _scopes: Any, claims: Any, request: Any) -> bool:
        """Return whether who is signed in is whom the application expects (Core §3.1.2.2); True if nobody is yet."""
        if self.person is None:
            return True
        mine = subject(self.person, request.client.application.sector)
        wanted = ((claims or {}).get("id_token") or {}).get("sub") or {}
        expected = {wanted["value"]} if wanted.get("value") else set()
        if id_token_hint:
            shown = keys.read(id_token_hint) or {}
            expected.add(shown.get("sub") if shown.get("aud") == request.client.pk else None)
        return expected <= {mine}

    # The code

    def save_authorization_code(self, client_id: str, code: dict[str, str], request: Any, *_: Any, **__: Any) -> None:
        """Keep a code."""
        if self.person is None or self.proof is None:
            raise LoginRequired(request=request)
        asked = Asked(
            client_id, request.redirect_uri, request.code_challenge, request.nonce or "", tuple(request.scopes)
        )
        authorizations.begin(self.person, code["code"], asked, self.proof)

    def get_authorization_code_scopes(self, _client_id: Any, code: str, *_: Any) -> list[str]:
        """Return what a code was asked for; oauthlib decides by it who handles the request."""
        self.authorization = authorizations.by_code(code)
        return self.authorization.scopes.split() if self.authorization else ["openid"]

    def validate_code(self, client_id: str, _code: str, _client: Any, request: Any, *_: Any, **__: Any) -> bool:
        """Return whether a code can be exchanged by this client. One that was already ends what it gave."""
        given = self.authorization
        if given is None or given.client_id != client_id:
            return False
        if given.redeemed_at is not None:
            authorizations.stolen(given, "code")
            return False
        request.user, request.scopes = given.person, given.scopes.split()
        return authorizations.is_fresh(given) and audience.opens(given.client.application, given.person)

    def confirm_redirect_uri(self, _client_id: str, _code: str, redirect_uri: str, *_: Any, **__: Any) -> bool:
        """Return whether the code went to this very address."""
        return self._given.redirect_uri == redirect_uri

    def get_code_challenge(self, _code: str, _request: Any) -> str:
        """Return what the verifier must be the digest's source of."""
        return self._given.challenge

    def get_code_challenge_method(self, _code: str, _request: Any) -> str:
        """Return S256."""
        return "S256"

    def get_authorization_code_nonce(self, *_: Any) -> str | None:
        """Return what the application wants to see again in the ID token."""
        return self._given.nonce or None

    def invalidate_authorization_code(self, *_: Any, **__: Any) -> None:
        """Do nothing: `save_bearer_token` took it."""

    # Tokens

    def save_bearer_token(self, token: dict[str, Any], request: Any, *_: Any, **__: Any) -> None:
        """Take the code or the refresh token, and keep what is given for it. Raises InvalidGrantError if another was first."""
        given = self._given
        taken = authorizations.spend(self.token) if self.token else authorizations.redeem(given)
        if not taken:
            authorizations.stolen(given, "refresh token" if self.token else "code")
        if not taken or not authorizations.keep(
            given, token["access_token"], token.get("refresh_token"), request.scopes
        ):
            raise InvalidGrantError(request=request)

    def validate_refresh_token(self, value: str, client: Client, request: Any, *_: Any, **__: Any) -> bool:
        """Return whether a refresh token can be exchanged. One that was already ends its whole family."""
        token = authorizations.by_token(Token.Kind.REFRESH, value)
        if token is None or token.authorization.client_id != client.pk:
            return False
        if token.spent_at is not None:
            authorizations.stolen(token.authorization, "refresh token")
            return False
        self.token, self.authorization = token, token.authorization
        request.user = token.authorization.person
        return audience.opens(token.authorization.client.application, token.authorization.person)

    def get_original_scopes(self, *_: Any, **__: Any) -> list[str]:
        """Return the most that the refresh token may be exchanged for."""
        return self._given.scopes.split()

    def validate_bearer_token(self, value: str | None, scopes: list[str], request: Any) -> bool:
        """Return whether an access token opens these scopes. In an address it opens nothing: it would be in logs."""
        in_header = request.headers.get("Authorization", "").lower().startswith("bearer ")
        token = authorizations.by_token(Token.Kind.ACCESS, value) if value and in_header else None
        if token is None or not set(scopes) <= set(token.scopes.split()):
            return False
        self.token, self.authorization = token, token.authorization
        request.user, request.scopes = token.authorization.person, token.scopes.split()
        return audience.admits(token.authorization.client.application, token.authorization.person)

    def revoke_token(self, token: str, _hint: str, request: Any, *_: Any, **__: Any) -> None:
        """End what a token belongs to."""
        authorizations.revoke(request.client.pk, token)

    # What is told

    def finalize_id_token(self, id_token: dict[str, Any], _token: Any, _handler: Any, _request: Any) -> str:
        """Return the ID token (Core §2): who it is and how they proved it; what else scopes give is told by userinfo."""
        given, now = self._given, int(clock.now().timestamp())
        id_token |= {
            "iss": public_url(),
            "aud": given.client_id,
            "sub": subject(given.person, given.client.application.sector),
            "iat": now,
            "exp": now + ID_TOKEN_LASTS,
            "auth_time": int(given.proved_at.timestamp()),
            "acr": given.acr,
            "amr": given.amr.split(),
            "sid": given.sid,
        }
        return keys.sign(id_token)

    def get_userinfo_claims(self, request: Any) -> dict[str, Any]:
        """Return what the scopes of an access token tell of its person (Core §5.3.2)."""
        given = self._given
        sub = subject(given.person, given.client.application.sector)
        return {"sub": sub, **claims_of(given.person, request.scopes)}

    @property
    def _given(self) -> Authorization:
        if self.authorization is None:
            raise InvalidGrantError
        return self.authorization
