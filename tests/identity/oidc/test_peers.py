"""Clients that others wrote, unmodified, against a server that runs."""

import httpx
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.identity.oidc.relying import sign_in

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
