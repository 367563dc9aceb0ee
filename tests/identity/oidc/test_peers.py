"""Clients that others wrote, unmodified, against a server that runs."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import httpx
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.identity.oidc.served import sign_in
from tests.servers import free_port, running

BACK = "http://localhost:9/back"


def test_authlib_signs_in_by_code_with_pkce(provider):
    there = httpx.get(f"{provider.address}/.well-known/openid-configuration").json()
    assert there["issuer"] == provider.address
    known = provider.client("--redirect", BACK)
    rp = OAuth2Session(
        known["client_id"],
        known["client_secret"],
        scope="openid profile email postings",
        redirect_uri=BACK,
        code_challenge_method="S256",
    )
    verifier = "v" * 64
    address, state = rp.create_authorization_url(there["authorization_endpoint"], code_verifier=verifier, nonce="n")
    with httpx.Client() as http:
        back = str(sign_in(http, http.get(address)).next_request.url)
    told = rp.fetch_token(there["token_endpoint"], authorization_response=back, state=state, code_verifier=verifier)
    keys = KeySet.import_key_set(httpx.get(there["jwks_uri"]).json())
    claims = jwt.decode(told["id_token"], keys).claims
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (provider.address, known["client_id"], "n")
    assert claims["sub"] == provider.ada
    jwt.JWTClaimsRegistry(iss={"essential": True, "value": provider.address}, exp={"essential": True}).validate(claims)
    who = rp.get(there["userinfo_endpoint"]).json()
    assert (who["sub"], who["name"], who["email"]) == (provider.ada, "Ada Lovelace", "ada@ac-dijon.example")
    assert [(one["structure"], one["academy"], one["function"]) for one in who["postings"]] == [("07", "07", "ENS")]
    before = told["access_token"]
    told = rp.refresh_token(there["token_endpoint"])
    assert told["access_token"] != before
    assert rp.get(there["userinfo_endpoint"]).json() == who


def test_mozilla_django_oidc_signs_in_and_out(provider, tmp_path):
    there = httpx.get(f"{provider.address}/.well-known/openid-configuration").json()
    port = free_port()
    site = f"http://localhost:{port}"
    known = provider.client("--redirect", f"{site}/oidc/callback/", "--after-logout", f"{site}/bye")
    environ = {
        "OIDC_RP_CLIENT_ID": known["client_id"],
        "OIDC_RP_CLIENT_SECRET": known["client_secret"],
        "OIDC_RP_SCOPES": "openid email",
        "OIDC_OP_AUTHORIZATION_ENDPOINT": there["authorization_endpoint"],
        "OIDC_OP_TOKEN_ENDPOINT": there["token_endpoint"],
        "OIDC_OP_USER_ENDPOINT": there["userinfo_endpoint"],
        "OIDC_OP_JWKS_ENDPOINT": there["jwks_uri"],
        "LOGOUT": there["end_session_endpoint"],
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CARTABLE_", "DJANGO_"))}
    command = [sys.executable, str(Path(__file__).parent / "mozilla_site.py"), str(tmp_path), str(port)]

    def ready():
        socket.create_connection(("127.0.0.1", port)).close()

    with running(command, ready, env=kept | environ, stdout=subprocess.DEVNULL), httpx.Client() as http:
        assert http.get(site).text == "nobody\n"
        answer = sign_in(http, http.get(http.get(f"{site}/oidc/authenticate/").next_request.url))
        answer = http.send(answer.next_request)
        assert http.get(answer.next_request.url).text == "ada@ac-dijon.example\n"
        answer = http.get(http.get(f"{site}/leave").text)
        assert str(answer.next_request.url) == f"{site}/bye"
        assert http.get(f"{provider.address}/me").next_request.url.path == "/login"
