"""What is asked on the way to an application of who must have a second factor, and of who comes by an academy."""

from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from django.test import Client as Browser

from cartable.identity import demands, upstreams
from tests.identity.academy import come_back, forget_proofs, returning
from tests.identity.oidc.relying import came_back, registered, seen, who
from tests.identity.test_factors import code_of, link_app
from tests.identity.test_pages import page

SEVERAL, ONE = "https://refeds.org/profile/mfa", "https://refeds.org/profile/sfa"


# Who must have a second factor


@pytest.fixture
def ours(db):
    """An application that people are not asked about."""
    return registered(trusted=True)


def test_who_must_have_a_second_factor_adds_one_and_comes_back_with_a_code(browser, ours):
    assert "code" in came_back(browser.get(ours.address()))
    demands.require()
    answer = browser.get(ours.address())
    assert answer.headers["Location"] == f"/me/factors?next={quote(ours.address(), safe='')}"
    assert "pour continuer" in page(browser.get(answer.headers["Location"]))
    link_app(browser)
    on = browser.get("/me/factors")
    assert on.headers["Location"] == ours.address()
    assert "code" in came_back(browser.get(on.headers["Location"]))
    assert browser.get("/me/factors").status_code == 200, "once"


def test_consent_given_meanwhile_opens_nothing(browser, notes):
    browser.get(notes.address())
    demands.require()
    answer = browser.post(notes.address(), {"action": "grant"})
    assert answer.headers["Location"].startswith("/me/factors?next=")


def test_where_no_page_may_be_shown_the_application_is_told(browser, ours):
    demands.require()
    told = came_back(browser.get(ours.address(prompt="none")))
    assert told["error"] == "interaction_required"
    link_app(browser)
    assert "code" in came_back(browser.get(ours.address(prompt="none")))


def test_whom_an_application_is_not_for_is_told_so_first(browser, db):
    demands.require()
    assert browser.get(registered(functions=["DIR"]).address()).status_code == 403


def test_a_new_demand_stops_a_refresh_until_it_is_met(browser, ours):
    told = ours.tokens(browser)
    code = ours.asked(browser)["code"]
    demands.require()
    assert ours.refresh(told["refresh_token"]) == (400, {"error": "invalid_grant"})
    assert ours.exchange(code) == (400, {"error": "invalid_grant"})
    assert who(told["access_token"])[0] == 200, "for an hour at most"
    link_app(browser)
    assert ours.refresh(told["refresh_token"])[0] == 200, "it was not spent"


def test_nobody_is_sent_on_to_another_site(browser, db):
    demands.require()
    for there in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        browser.get(f"/me/factors?next={quote(there, safe='')}")
    link_app(browser)
    assert browser.get("/me/factors").status_code == 200


# Who comes by an academy


@pytest.fixture
def zoe(open_dijon):
    """The browser of somebody who has nothing but their academy."""
    open_dijon.claims |= {"email": "zoe@ac-dijon.example", "given_name": "Zoé"}
    one = Browser()
    come_back(one, open_dijon)
    one.post("/login/academy/account/new")
    return one


def test_an_academy_and_a_code_are_two_factors(zoe, ours):
    secret, _codes = link_app(zoe)
    address = ours.address(acr_values=SEVERAL)
    answer = zoe.get(address)
    assert answer.headers["Location"].startswith("/me/confirm/code?next=%2Foidc%2Fauthorize")
    zoe.post(answer.headers["Location"], {"code": code_of(secret, 1), "next": address})
    claims = seen(ours.exchange(came_back(zoe.get(address))["code"])[1]["id_token"])
    assert (claims["acr"], claims["amr"]) == (SEVERAL, ["mfa", "otp"])


def test_an_academy_alone_is_one_and_so_is_a_password_beside_it(zoe, ours, open_dijon, ada, browser):
    claims = seen(ours.tokens(zoe)["id_token"])
    assert (claims["acr"], claims["amr"]) == (ONE, [])
    upstreams.link(ada, upstreams.Claim("dijon", "A-2", "Ada Lovelace", "ada@ac-dijon.example"))
    open_dijon.claims |= {"sub": "A-2"}
    come_back(browser, open_dijon)
    claims = seen(ours.tokens(browser)["id_token"])
    assert (claims["acr"], claims["amr"]) == (ONE, ["pwd"])


@pytest.mark.parametrize("wish", [{"prompt": "login"}, {"max_age": "0"}])
def test_who_has_only_their_academy_proves_it_again_there(zoe, ours, open_dijon, wish):
    before = seen(ours.tokens(zoe)["id_token"])
    answer = zoe.get(ours.address(**wish))
    way = answer.headers["Location"]
    assert way.startswith("/login/oidc/dijon?next=%2Foidc%2Fauthorize%3F")
    on = returning(zoe, open_dijon, way)
    assert open_dijon.asked[-1]["prompt"] == "login"
    claims = seen(ours.exchange(came_back(zoe.get(on.headers["Location"]))["code"])[1]["id_token"])
    assert claims["auth_time"] >= before["auth_time"]
    assert claims["sid"] == before["sid"]


def test_an_academy_that_answers_by_itself_proves_nothing_to_applications(zoe, ours, open_dijon):
    before = seen(ours.tokens(zoe)["id_token"])
    forget_proofs(zoe)
    come_back(zoe, open_dijon)
    claims = seen(ours.tokens(zoe)["id_token"])
    assert (claims["auth_time"], claims["sid"]) == (before["auth_time"] - 3600, before["sid"])
    assert zoe.get(ours.address(max_age="600")).headers["Location"].startswith("/login/oidc/dijon?")


def test_where_their_academy_is_gone_they_choose_one_and_go_on(zoe, ours):
    upstreams.drop("dijon")
    way = urlsplit(zoe.get(ours.address(prompt="login")).headers["Location"])
    assert way.path == "/login/academy"
    assert dict(parse_qsl(way.query))["next"].startswith("/oidc/authorize?")


def test_who_must_have_a_second_factor_adds_one_beside_their_academy(zoe, ours):
    demands.require()
    assert zoe.get(zoe.get(ours.address()).headers["Location"]).status_code == 200
    link_app(zoe)
    assert zoe.get("/me/factors").headers["Location"] == ours.address()
    assert "code" in came_back(zoe.get(ours.address()))
