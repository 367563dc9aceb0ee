"""What applications ask without a person: where things are, by which keys, tokens for a code, who somebody is."""

import logging
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from oauthlib.openid import Server

from cartable.identity.oidc import keys
from cartable.identity.oidc.claims import NAMES, SCOPES
from cartable.identity.oidc.library import OAuth2Error, Validator, ask
from cartable.identity.oidc.proofs import ACRS
from cartable.options import public_url

logger = logging.getLogger(__name__)


@login_not_required
@require_safe
def discovery(_request: HttpRequest) -> HttpResponse:
    """Say what this provider does (OpenID Connect Discovery 1.0 §3)."""
    site = public_url()
    answer = JsonResponse(
        {
            "issuer": site,
            "authorization_endpoint": site + reverse("oidc-authorize"),
            "token_endpoint": site + reverse("oidc-token"),
            "userinfo_endpoint": site + reverse("oidc-userinfo"),
            "revocation_endpoint": site + reverse("oidc-revoke"),
            "end_session_endpoint": site + reverse("oidc-logout"),
            "jwks_uri": site + reverse("oidc-keys"),
            "scopes_supported": list(SCOPES),
            "claims_supported": [*NAMES, "iss", "aud", "iat", "exp", "auth_time", "acr", "amr", "sid", "nonce"],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "subject_types_supported": ["public", "pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            "prompt_values_supported": ["none", "login", "consent"],
            "acr_values_supported": list(ACRS),
            "ui_locales_supported": ["fr", "en"],
            "backchannel_logout_supported": True,
            "backchannel_logout_session_supported": True,
            "claims_parameter_supported": False,
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
            "authorization_response_iss_parameter_supported": True,
        }
    )
    return _open(answer)


@login_not_required
@require_safe
def jwks(_request: HttpRequest) -> HttpResponse:
    """Publish the keys (RFC 7517 §5)."""
    answer = _open(JsonResponse({"keys": keys.published()}))
    answer.headers["Cache-Control"] = f"public, max-age={int(keys.PUBLISHED_FOR.total_seconds()) // 2}"
    return answer


@csrf_exempt
@login_not_required
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """Give tokens for a code or a refresh token (Core §3.1.3, §12)."""
    return _asked(request, Server.create_token_response)


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "POST", "OPTIONS"])
def userinfo(request: HttpRequest) -> HttpResponse:
    """Say who an access token is about (Core §5.3)."""
    return _open(_asked(request, Server.create_userinfo_response))


@csrf_exempt
@login_not_required
@require_POST
def revoke(request: HttpRequest) -> HttpResponse:
    """End what a token belongs to (RFC 7009)."""
    return _asked(request, Server.create_revocation_response)


def _asked(request: HttpRequest, verb: Any) -> HttpResponse:
    """Spell what oauthlib answers."""
    try:
        headers, body, status = ask(request, verb, Validator())
    except OAuth2Error as error:
        headers, body, status = error.headers, error.json, error.status_code
    if status != 200:
        logger.info("%s refused: %s", request.path, body)
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store", **headers}
    return HttpResponse(body or "", status=status, headers=headers)


def _open(answer: HttpResponse) -> HttpResponse:
    """Let scripts of any site read it: it holds no cookie's secret."""
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Access-Control-Allow-Headers"] = "Authorization"
    return answer
