"""The end of a session: where the person goes, what it ends, and whom it is told to."""

import threading
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode

import pytest
from django.contrib.sessions.models import Session
from django.test import Client as Browser
from joserfc import jwt
from joserfc.jwk import KeySet

from cartable.identity import departing, postings, sessions
from cartable.identity.oidc import authorizations, ending, tasks
from cartable.identity.oidc.models import Application, Authorization
from cartable.kernel import clock, models
from cartable.kernel.errors import NotFound
from cartable.kernel.tasks import run_pending
from cartable.options import public_url
from tests.identity.oidc.relying import registered, seen, who
from tests.identity.oidc.served import PASSWORD
from tests.servers import free_port
from tests.worlds import academies

AFTER = "https://notes.example/bye"


@contextmanager
def listening(port, answer=200):
    """Run the application's end of the back channel; yield the logout tokens that it hears."""
    heard = []

    class Ear(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            heard.append(parse_qs(body)["logout_token"][0])
            self.send_response(answer)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Ear)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield heard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def notes(port, db):
    return registered(after_logout=[AFTER], backchannel=f"http://127.0.0.1:{port}/out")


def leave(browser, **query):
    return browser.get(f"/oidc/logout?{urlencode(query)}")


def test_an_application_signs_out_whom_it_signed_in(browser, notes):
    told = notes.tokens(browser)
    answer = leave(browser, id_token_hint=told["id_token"], post_logout_redirect_uri=AFTER, state="a b")
    assert answer.headers["Location"] == f"{AFTER}?state=a+b"
    assert browser.get("/me").headers["Location"].startswith("/login")
    assert who(told["access_token"])[0] == 401
    assert notes.refresh(told["refresh_token"])[0] == 400


@pytest.mark.parametrize("hint", [None, "no.token", "stale"])
def test_without_proof_the_person_is_asked(browser, notes, hint):
    told = notes.tokens(browser)
    if hint == "stale":  # of a session that is over
        browser.post("/logout")
        browser.post("/login", {"login": "ada@ac-dijon.example", "password": PASSWORD})
        hint = told["id_token"]
        told = notes.tokens(browser)
    query = {"client_id": notes.id, "post_logout_redirect_uri": AFTER, **({"id_token_hint": hint} if hint else {})}
    page = leave(browser, **query)
    assert page.status_code == 200
    assert "Vous avez quitté Notes" in page.content.decode()
    assert who(told["access_token"])[0] == 200
    address = f"/oidc/logout?{urlencode(query)}"
    assert browser.post(address, {"action": "stay"}).headers["Location"] == AFTER
    assert browser.get("/me").status_code == 200
    assert browser.post(address, {"action": "logout"}).headers["Location"] == AFTER
    assert browser.get("/me").status_code == 302
    assert who(told["access_token"])[0] == 401


def test_signing_out_cannot_be_forged(ada, notes):
    careful = Browser(enforce_csrf_checks=True)
    careful.force_login(ada)
    assert careful.post(f"/oidc/logout?client_id={notes.id}", {"action": "logout"}).status_code == 403
    assert careful.get("/me").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        {"post_logout_redirect_uri": "https://evil.example/"},
        {"post_logout_redirect_uri": AFTER + "/"},
        {"post_logout_redirect_uri": AFTER, "client_id": "unheard-of"},
    ],
    ids=str,
)
def test_47_nobody_is_sent_to_an_address_that_is_not_registered(browser, notes, query):
    told = notes.tokens(browser)
    answer = leave(browser, id_token_hint=told["id_token"], **query)
    place = answer.headers.get("Location", "")
    assert not place.startswith("https:")
    assert browser.post(f"/oidc/logout?{urlencode(query)}", {"action": "logout"}).headers["Location"] == "/login"


def test_who_is_signed_out_already_goes_on(notes, db):
    answer = leave(Browser(), client_id=notes.id, post_logout_redirect_uri=AFTER)
    assert answer.headers["Location"] == AFTER


# The back channel


def checked(token, notes):
    """Return the claims of a logout token, checked as an application does (Back-Channel Logout §2.6)."""
    read = jwt.decode(token, KeySet.import_key_set(Browser().get("/oidc/keys").json()))
    assert read.header["typ"] == "logout+jwt"
    claims = read.claims
    assert (claims["iss"], claims["aud"]) == (public_url(), notes.id)
    assert claims["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert "nonce" not in claims
    assert 0 < claims["exp"] - claims["iat"] <= 120
    return claims


def test_each_application_is_told_once_of_a_session_that_ended(browser, notes, port, ada):
    first = notes.tokens(browser)
    notes.tokens(browser)
    second = Browser()
    second.post("/login", {"login": "ada@ac-dijon.example", "password": PASSWORD})
    kept = notes.tokens(second)
    browser.post("/logout")
    with listening(port) as heard:
        run_pending()
    claims = [checked(token, notes) for token in heard]
    assert [one["sid"] for one in claims] == [seen(first["id_token"])["sid"]]
    assert claims[0]["sub"] == ada.sub
    assert who(kept["access_token"])[0] == 200, "the other browser is still signed in"


def test_49_an_application_that_was_down_is_told_later(browser, notes, port, later):
    told = notes.tokens(browser)
    browser.post("/logout")
    assert who(told["access_token"])[0] == 401, "its tokens do not wait for it"
    run_pending()
    row = models.Task.objects.get(function__endswith="tell_signed_out")
    assert (row.state, row.attempts) == ("ready", 1)
    later(hours=1)
    with listening(port, answer=503) as heard:
        run_pending()
    assert len(heard) == 1
    later(hours=2)
    with listening(port, answer=204) as heard:
        run_pending()
    assert len(heard) == 1
    claims = checked(heard[0], notes)
    assert claims["exp"] - claims["iat"] == 120, "a fresh token, not the one of then"
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("done", 3)
    later(days=1)
    with listening(port) as heard:
        run_pending()
    assert heard == []


def test_49_one_that_is_down_keeps_no_other_waiting_and_who_was_told_is_told_once(browser, notes, port, later):
    other = free_port()
    wiki = registered(name="Wiki", backchannel=f"http://127.0.0.1:{other}/out")
    for one in (notes, wiki):
        one.tokens(browser)
    browser.post("/logout")
    with listening(other) as heard:
        run_pending()
    assert [checked(one, wiki)["aud"] for one in heard] == [wiki.id]
    later(hours=1)
    with listening(port) as late, listening(other) as heard:
        run_pending()
    assert ([checked(one, notes)["aud"] for one in late], heard) == ([notes.id], [])
    rows = models.Task.objects.filter(function__endswith="tell_signed_out")
    assert sorted(rows.values_list("state", "attempts")) == [("done", 1), ("done", 2)]


def test_an_application_that_was_down_over_night_is_told_of_a_family_older_than_a_session(
    browser, notes, port, ada, later
):
    told = notes.tokens(browser)
    for _ in range(2):
        later(days=10)
        told = notes.refresh(told["refresh_token"])[1]
    ending.person_over(ada.pk)
    run_pending()
    tasks.forget_old_authorizations.call()
    later(days=1)
    with listening(port) as heard:
        run_pending()
    assert len(heard) == 1
    later(days=14)
    tasks.forget_old_authorizations.call()
    assert not Authorization.objects.exists()


def test_what_is_over_is_forgotten_by_batches_and_what_lives_is_not(ada, notes, browser, later):
    for _ in range(5):
        notes.tokens(browser)
    ending.person_over(ada.pk)
    later(days=15)
    kept = notes.tokens(browser)["refresh_token"]
    after = 0
    for left in (4, 2, 1):
        after = authorizations.forget_over(after, limit=2)
        assert Authorization.objects.count() == left
    assert authorizations.forget_over(after, limit=2) == 0
    assert notes.refresh(kept)[0] == 200
    later(days=15)
    assert [authorizations.forget_tokens(limit=3) for _ in range(3)] == [3, 1, 0]
    assert authorizations.forget_over(0) > 0
    assert not Authorization.objects.exists()


def test_an_application_that_does_not_understand_is_not_told_again(browser, notes, port):
    notes.tokens(browser)
    browser.post("/logout")
    with listening(port, answer=400):
        run_pending()
    assert models.Task.objects.get(function__endswith="tell_signed_out").state == "failed"


def test_an_address_that_leads_inside_is_not_asked_unless_an_operator_wrote_it(browser, notes, port, caplog):
    Application.objects.update(inside=False, backchannel=f"https://localhost:{port}/out")  # a name, looked at each time
    notes.tokens(browser)
    browser.post("/logout")
    with listening(port) as heard:
        run_pending()
    assert heard == []
    assert models.Task.objects.get(function__endswith="tell_signed_out").state == "failed"
    assert "its address is not public" in caplog.text


def test_nobody_is_told_who_was_given_nothing(browser, notes, db):
    notes.asked(browser)  # a code that nobody brought
    registered(name="Silent").tokens(browser)  # has no back channel
    browser.post("/logout")
    assert not models.Task.objects.filter(function__endswith="tell_signed_out").exists()
    assert not Authorization.objects.filter(ended_at=None).exists()


def test_a_browser_signed_out_from_another_tells_too(browser, notes, port):
    told = notes.tokens(browser)
    second = Browser()
    second.post("/login", {"login": "ada@ac-dijon.example", "password": PASSWORD})
    second.post("/me/sessions/end")
    with listening(port) as heard:
        run_pending()
    assert [checked(token, notes)["sid"] for token in heard] == [seen(told["id_token"])["sid"]]
    assert who(told["access_token"])[0] == 401


def test_signing_out_everywhere_ends_what_this_browser_gave_too(browser, notes, port):
    told = notes.tokens(browser)
    browser.post("/me/sessions/end", {"here": ""})
    assert browser.get("/me").status_code == 302
    with listening(port) as heard:
        run_pending()
    assert [checked(token, notes)["sid"] for token in heard] == [seen(told["id_token"])["sid"]]
    assert who(told["access_token"])[0] == 401
    assert notes.refresh(told["refresh_token"])[0] == 400


@pytest.mark.parametrize("forgotten", ["each night", "by looking", "not yet"])
def test_what_a_session_gave_that_is_over_by_itself_ends_with_the_others(browser, notes, port, ada, forgotten):
    told = notes.tokens(browser)
    Session.objects.update(expire_date=clock.now() - timedelta(days=1))
    if forgotten == "each night":
        assert sessions.forget_ended() == 1
    if forgotten == "by looking":
        assert sessions.of(ada, None) == []
    second = Browser()
    second.post("/login", {"login": "ada@ac-dijon.example", "password": PASSWORD})
    kept = notes.tokens(second)
    second.post("/me/sessions/end")
    with listening(port) as heard:
        run_pending()
    assert [checked(token, notes)["sid"] for token in heard] == [seen(told["id_token"])["sid"]]
    assert notes.refresh(told["refresh_token"])[0] == 400
    assert who(kept["access_token"])[0] == 200, "it is this one that stays"
    sessions.end_others(ada, None)
    assert who(kept["access_token"])[0] == 401, "the support desk, a password by mail: all"


def test_48_a_new_password_ends_what_other_browsers_gave(browser, notes):
    told = notes.tokens(browser)
    second = Browser()
    second.post("/login", {"login": "ada@ac-dijon.example", "password": PASSWORD})
    kept = notes.tokens(second)
    new = "quatre mots sans rapport"
    answer = second.post("/me/password", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert answer.status_code == 302
    assert who(told["access_token"])[0] == 401
    assert who(kept["access_token"])[0] == 200


def test_who_leaves_ends_all(browser, notes, port, ada):
    told = notes.tokens(browser)
    ending.person_over(ada.pk)
    with listening(port) as heard:
        run_pending()
    assert len(heard) == 1
    assert who(told["access_token"])[0] == 401


def test_what_was_never_given_cannot_be_taken_away(ada, notes):
    with pytest.raises(NotFound):
        ending.take_away(ada.pk, notes.id)


def test_the_end_of_an_account_is_told_to_applications(browser, notes, port, ada, later):
    dijon, _lyon = academies()
    posting = postings.begin(ada, dijon)
    notes.tokens(browser)
    postings.end(posting)
    with listening(port) as heard:
        departing.see_off.func()
        run_pending()
        assert heard == []
        later(days=60)
        departing.see_off.func()
        run_pending()
    assert len(heard) == 1
    assert not Authorization.objects.filter(ended_at=None).exists()
