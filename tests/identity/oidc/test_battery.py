"""What must be refused, each in the protocol's own form (case 47); and what a refusal ends."""

import contextlib
import functools
import gc
import re

import jwt
import pytest
from authlib.oidc.core import CodeIDToken
from django.core.cache import cache
from django.test import Client as Browser
from joserfc.errors import ClaimError

from cartable.identity.models import Person
from cartable.identity.oidc import authorizations, clients, keys, tasks
from cartable.identity.oidc.models import Authorization, Token
from cartable.kernel import clock
from cartable.kernel.models import Act
from cartable.options import public_url
from tests.identity.oidc.relying import BACK, came_back, registered, seen, who

INVALID_GRANT = (400, {"error": "invalid_grant"})


def test_47_a_code_is_exchanged_for_tokens_that_say_who(browser, notes, ada):
    told = notes.tokens(browser)
    assert told["token_type"] == "Bearer"
    assert told["expires_in"] == 3600
    claims = seen(told["id_token"])
    assert (claims["iss"], claims["aud"], claims["sub"], claims["nonce"]) == (
        public_url(),
        notes.id,
        ada.sub,
        "a-nonce",
    )
    status, them = who(told["access_token"])
    assert status == 200
    assert them == {
        "sub": ada.sub,
        "name": "Ada Lovelace",
        "locale": "fr",
        "email": "ada@ac-dijon.example",
        "email_verified": True,
        "postings": [],
    }


def test_scopes_bound_what_is_told(browser, notes, ada):
    assert who(notes.tokens(browser, scope="openid")["access_token"])[1] == {"sub": ada.sub}
    told = notes.tokens(browser, scope="openid email unheard-of")
    assert set(who(told["access_token"])[1]) == {"sub", "email", "email_verified"}


def test_a_client_asks_no_more_than_it_may(browser, db):
    narrow = registered(scopes=["profile"])
    assert narrow.asked(browser, scope="openid email")["error"] == "invalid_scope"
    assert narrow.asked(browser, scope="profile")["error"] == "invalid_scope"
    assert "code" in narrow.asked(browser, scope="openid profile")


@pytest.mark.parametrize(
    "differently",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
        {"code_challenge": "short"},
        {"code_challenge_method": "S512"},
    ],
    ids=str,
)
def test_47_a_code_is_bound_to_a_verifier_by_its_digest(browser, notes, differently):
    back = notes.asked(browser, **differently)
    assert back["error"] == "invalid_request"
    assert (back["state"], back["iss"]) == ("a-state", public_url())
    assert not Authorization.objects.exists()


def test_47_another_verifier_opens_nothing(browser, notes):
    code = notes.asked(browser)["code"]
    assert notes.exchange(code, code_verifier="w" * 64) == INVALID_GRANT
    status, told = notes.exchange(code, code_verifier=None)
    assert (status, told["error"]) == (400, "invalid_request")
    assert notes.exchange(code)[0] == 200, "who holds the verifier is not kept out by who guesses it"


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/back",
        "https://notes.example/back/",
        "https://notes.example/back?more=1",
        "https://notes.example:8443/back",
        "https://notes.example/BACK",
        "http://notes.example/back",
        "https://notes.example/back/../evil",
        "javascript:alert(1)",
        None,
    ],
)
def test_47_nobody_is_sent_to_an_address_that_is_not_registered(browser, notes, uri):
    answer = browser.get(notes.address(redirect_uri=uri))
    assert answer.status_code == 400
    assert "Application inconnue" in answer.content.decode()
    assert "Location" not in answer.headers
    assert not Authorization.objects.exists()


def test_an_unknown_client_is_told_on_a_page_of_ours(browser, notes):
    notes.id = "unheard-of"
    assert browser.get(notes.address()).status_code == 400


def test_a_code_goes_to_the_address_it_was_asked_for(browser, ada):
    other = "https://notes.example/other"
    notes = registered(redirect_uris=[BACK, other])
    code = notes.asked(browser)["code"]
    status, told = notes.exchange(code, redirect_uri=other)
    assert (status, told["error"]) == (400, "invalid_request")
    assert notes.exchange(code)[0] == 200


def test_a_code_of_another_client_is_none(browser, notes, db):
    code, thief = notes.asked(browser)["code"], registered(name="Other")
    assert thief.exchange(code, code_verifier=notes.verifier) == INVALID_GRANT
    assert notes.exchange(code)[0] == 200


def test_47_a_code_seen_twice_ends_all_it_gave(browser, notes):
    code = notes.asked(browser)["code"]
    told = notes.exchange(code)[1]
    told = notes.refresh(told["refresh_token"])[1]
    assert who(told["access_token"])[0] == 200
    assert notes.exchange(code) == INVALID_GRANT
    assert who(told["access_token"])[0] == 401
    assert notes.refresh(told["refresh_token"]) == INVALID_GRANT
    assert Act.objects.filter(verb="application.replay").count() == 1


def test_52_a_code_is_kept_in_the_database_alone(browser, notes):
    code = notes.asked(browser)["code"]
    cache.clear()
    for kept in [one for one in gc.get_objects() if type(one) is functools._lru_cache_wrapper]:
        if kept.__module__.startswith("cartable.identity"):
            kept.cache_clear()
    assert notes.exchange(code)[0] == 200


def test_a_code_lasts_a_minute(browser, notes, later):
    code = notes.asked(browser)["code"]
    later(seconds=61)
    assert notes.exchange(code) == INVALID_GRANT


def test_a_refresh_token_is_exchanged_for_the_next(browser, notes):
    first = notes.tokens(browser)
    status, second = notes.refresh(first["refresh_token"])
    assert status == 200
    assert second["refresh_token"] != first["refresh_token"]
    assert seen(second["id_token"])["auth_time"] == seen(first["id_token"])["auth_time"]
    assert who(second["access_token"])[0] == 200


def test_47_a_refresh_token_seen_twice_ends_its_family(browser, notes):
    first = notes.tokens(browser)
    second = notes.refresh(first["refresh_token"])[1]
    other = notes.tokens(browser)
    assert notes.refresh(first["refresh_token"]) == INVALID_GRANT
    assert notes.refresh(second["refresh_token"]) == INVALID_GRANT
    assert who(second["access_token"])[0] == 401
    assert who(other["access_token"])[0] == 200, "what another sign-in gave stays"


def test_a_refresh_token_asks_no_more_than_it_was_given(browser, notes):
    told = notes.tokens(browser, scope="openid profile")
    status, refused = notes.refresh(told["refresh_token"], scope="openid email")
    assert (status, refused["error"]) == (400, "invalid_scope")
    narrow = notes.refresh(told["refresh_token"], scope="openid")[1]
    assert set(who(narrow["access_token"])[1]) == {"sub"}
    assert "name" in who(notes.refresh(narrow["refresh_token"])[1]["access_token"])[1]


def test_a_refresh_token_of_another_client_is_none(browser, notes, db):
    told, thief = notes.tokens(browser), registered(name="Other")
    assert thief.refresh(told["refresh_token"]) == INVALID_GRANT
    assert notes.refresh(told["refresh_token"])[0] == 200


def test_what_ended_gives_nothing_more_though_a_refresh_was_under_way(browser, notes):
    told = notes.tokens(browser)
    given = Authorization.objects.get()
    authorizations.end(Authorization.objects.all())
    assert authorizations.keep(given, "late", "later", ["openid"]) is False
    assert notes.refresh("later") == INVALID_GRANT
    assert who(told["access_token"])[0] == 401


def test_tokens_end(browser, notes, later):
    told = notes.tokens(browser)
    later(seconds=authorizations.ACCESS_LASTS.total_seconds() + 1)
    assert who(told["access_token"])[0] == 401
    told = notes.refresh(told["refresh_token"])[1]
    later(days=15)
    assert notes.refresh(told["refresh_token"]) == INVALID_GRANT


def test_an_access_token_is_no_refresh_token_and_not_in_an_address(browser, notes):
    told = notes.tokens(browser)
    assert who(told["refresh_token"])[0] == 401
    assert notes.refresh(told["access_token"]) == INVALID_GRANT
    assert Browser().get(f"/oidc/userinfo?access_token={told['access_token']}").status_code == 401
    answer = Browser().get("/oidc/userinfo")
    assert answer.status_code == 401
    assert "Bearer" in answer.headers["WWW-Authenticate"]


def test_48_a_person_who_left_is_refused_everywhere_at_once(browser, notes, ada):
    told, code = notes.tokens(browser), notes.asked(browser)["code"]
    Person.objects.filter(pk=ada.pk).update(is_active=False)
    assert who(told["access_token"])[0] == 401
    assert notes.refresh(told["refresh_token"]) == INVALID_GRANT
    assert notes.exchange(code) == INVALID_GRANT
    assert browser.get(notes.address()).headers["Location"].startswith("/login?")
    assert came_back(browser.get(notes.address(prompt="none")))["error"] == "login_required"


@pytest.mark.parametrize("secret", ["wrong", "", None])
def test_a_client_proves_who_it_is(browser, notes, secret):
    code = notes.asked(browser)["code"]
    status, told = notes.exchange(code, client_secret=secret)
    assert (status, told["error"]) == (401, "invalid_client")
    assert notes.exchange(code)[0] == 200


def test_a_new_secret_replaces_the_former(browser, notes):
    made = clients.new_secret(notes.id)
    code = notes.asked(browser)["code"]
    assert notes.exchange(code)[0] == 401
    notes.secret = made
    assert notes.exchange(code)[0] == 200


def test_a_public_client_has_no_secret_but_its_verifier(browser, db):
    phone = registered(public=True, redirect_uris=[BACK, "org.example.notes:/back"])
    assert phone.secret == ""
    code = phone.asked(browser)["code"]
    assert phone.exchange(code, client_secret=None, code_verifier="w" * 64) == INVALID_GRANT
    status, told = phone.exchange(code, client_secret=None)
    assert status == 200
    assert phone.refresh(told["refresh_token"], client_secret=None)[0] == 200


@pytest.mark.parametrize(
    "grant", ["password", "client_credentials", "implicit", "urn:ietf:params:oauth:grant-type:device_code"]
)
def test_no_other_grant_is_given(browser, notes, grant):
    status, told = notes.token(grant_type=grant, username="ada@ac-dijon.example", password="x")
    assert status in {400, 401}
    assert told["error"] in {"unsupported_grant_type", "unauthorized_client", "invalid_request", "invalid_grant"}
    assert not Token.objects.exists()


@pytest.mark.parametrize("kind", ["token", "id_token", "code id_token", "code token", "none", None])
def test_only_codes_leave_by_the_browser(browser, notes, kind):
    back = notes.asked(browser, response_type=kind)
    assert "code" not in back
    assert back["error"] in {"unauthorized_client", "unsupported_response_type", "invalid_request"}


def test_a_client_can_give_its_tokens_up(browser, notes, db):
    told, other = notes.tokens(browser), registered(name="Other")
    fields = {"token": told["refresh_token"], "client_id": other.id, "client_secret": other.secret}
    assert Browser().post("/oidc/revoke", fields).status_code == 200
    assert who(told["access_token"])[0] == 200, "not those of another"
    fields |= {"client_id": notes.id, "client_secret": notes.secret}
    assert Browser().post("/oidc/revoke", {**fields, "client_secret": "wrong"}).status_code == 401
    assert Browser().post("/oidc/revoke", fields).status_code == 200
    assert who(told["access_token"])[0] == 401
    assert Browser().post("/oidc/revoke", {**fields, "token": "unheard-of"}).status_code == 200


def test_secrets_are_kept_as_digests(browser, notes):
    told = notes.tokens(browser)
    rows = (*Token.objects.all(), *Authorization.objects.all(), clients.find(notes.id), *Act.objects.all())
    kept = [str(vars(row)) for row in rows]
    for secret in (told["access_token"], told["refresh_token"], notes.secret):
        assert not [row for row in kept if secret in row]


def test_a_stolen_database_row_is_no_key(browser, notes):
    told = notes.tokens(browser)
    keys._opened.cache_clear()
    assert "PRIVATE" not in keys.SigningKey.objects.get().pem
    assert seen(told["id_token"])


def test_51_keys_are_rotated_while_tokens_live(browser, notes, later):
    def published():
        return {one["kid"] for one in Browser().get("/oidc/keys").json()["keys"]}

    def signed_by(token):
        """Return the key of a token, which verifies it: of those published, as an application finds it."""
        kid = jwt.get_unverified_header(token)["kid"]
        found = next(one for one in Browser().get("/oidc/keys").json()["keys"] if one["kid"] == kid)
        assert jwt.decode(
            token, jwt.PyJWK(found), audience=notes.id, options={"verify_exp": False, "verify_iat": False}
        )
        return kid

    first = notes.tokens(browser)
    before = published()
    assert before == {signed_by(first["id_token"])}
    new = keys.rotate()
    waiting = notes.refresh(first["refresh_token"])[1]
    assert {signed_by(waiting["id_token"])} == before, "not before applications can know the new one"
    assert published() == before | {new}, "known before it signs"
    assert keys.signing().kid in before
    later(seconds=keys.PUBLISHED_FOR.total_seconds() + 1)
    assert keys.signing().kid == new
    assert keys.read(first["id_token"]), "what the former signed is still ours"
    assert published() == before | {new}
    told = notes.refresh(waiting["refresh_token"])[1]
    assert signed_by(told["id_token"]) == new
    assert {signed_by(first["id_token"])} == before, "an application that keeps it verifies it still"
    assert who(waiting["access_token"])[0] == 401, "an hour has passed"
    assert who(told["access_token"])[0] == 200
    later(days=16)
    assert published() == {new}
    assert keys.read(first["id_token"]) is None
    keys.forget_old()
    assert keys.SigningKey.objects.count() == 1


def test_a_stolen_key_is_withdrawn_at_once(browser, notes):
    told = notes.tokens(browser)
    new = keys.rotate(at_once=True)
    assert [one["kid"] for one in Browser().get("/oidc/keys").json()["keys"]] == [new]
    assert keys.read(told["id_token"]) is None


def test_keys_of_another_site_key_are_drawn_anew(browser, notes, monkeypatch):
    notes.tokens(browser)
    monkeypatch.setattr("cartable.kernel.sealing.secret_key", lambda: "another")
    keys._opened.cache_clear()
    assert keys.SigningKey.objects.count() == 1
    keys.signing()
    assert keys.SigningKey.objects.count() == 2


LEEWAY = 120  # seconds: what an application allows by default (authlib 1.9)


@pytest.mark.parametrize(("ahead", "fits"), [(-119, True), (0, True), (540, True), (-180, False), (780, False)])
def test_50_a_token_is_good_to_an_application_whose_clock_differs_by_minutes(browser, notes, ahead, fits):
    token = CodeIDToken(seen(notes.tokens(browser)["id_token"]), {"alg": "RS256"})
    assert token["auth_time"] <= token["iat"] <= clock.now().timestamp(), "nothing of a moment to come"
    theirs = int(clock.now().timestamp()) + ahead
    with contextlib.nullcontext() if fits else pytest.raises(ClaimError):
        token.validate(now=theirs, leeway=LEEWAY)


@pytest.mark.parametrize(("ago", "answer"), [(59, 200), (61, 400)])
def test_50_a_code_is_as_old_as_our_own_clock_says(browser, notes, later, ago, answer):
    code = notes.asked(browser)["code"]
    later(seconds=ago)
    status, told = notes.exchange(code)
    assert status == answer
    assert told.get("error") == (None if answer == 200 else "invalid_grant")


def test_what_is_old_is_forgotten(browser, notes, later):
    notes.tokens(browser)
    later(days=15)
    told = notes.tokens(browser)
    tasks.forget_old_authorizations.call()
    assert Authorization.objects.count() == 1
    assert Token.objects.count() == 2
    assert who(told["access_token"])[0] == 200


def test_the_site_is_named_by_its_option_whatever_it_is_called(browser, notes):
    there = Browser().get("/.well-known/openid-configuration", headers={"Host": "localhost"}).json()
    assert there["issuer"] == public_url()
    assert all(one.startswith(public_url()) for name, one in there.items() if re.search("endpoint$|uri$", name))
