"""What a person meets between an application and its answer: signing in, consent, audience."""

from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client as Browser

from cartable.identity import postings
from cartable.identity.models import Structure
from cartable.identity.oidc.models import Authorization, Consent
from cartable.kernel import clock
from cartable.options import options, public_url
from tests.identity.oidc.relying import BACK, came_back, registered, seen, who
from tests.identity.oidc.served import PASSWORD
from tests.identity.test_factors import code_of, link_app
from tests.worlds import academies, person


def prove_again(browser, answer):
    """Type the password again where one is asked to, and return the answer to what was asked first."""
    assert answer.headers["Location"].startswith("/me/confirm?next="), answer.headers
    there = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))["next"]
    answer = browser.post(answer.headers["Location"], {"password": PASSWORD, "next": there})
    return browser.get(answer.headers["Location"])


def test_who_is_not_signed_in_signs_in_and_goes_on(notes, ada):
    stranger = Browser()
    answer = stranger.get(notes.address())
    assert answer.headers["Location"].startswith("/login?next=%2Foidc%2Fauthorize%3F")
    fields = {"login": "ada@ac-dijon.example", "password": PASSWORD}
    answer = stranger.post(answer.headers["Location"], fields)
    assert "code" in notes.asked(stranger)
    assert stranger.get(answer.headers["Location"]).status_code == 302


def test_an_application_may_ask_by_post(browser, notes):
    query = dict(parse_qsl(urlsplit(notes.address()).query))
    answer = browser.post("/oidc/authorize", query)
    assert answer.status_code == 302
    assert browser.get(answer.headers["Location"]).status_code == 200


# Consent


def test_consent_is_asked_once(browser, notes):
    page = browser.get(notes.address()).content.decode()
    assert "Se connecter à Notes" in page
    assert "vos affectations actuelles" in page
    assert "votre adresse" not in browser.get(notes.address(scope="openid profile")).content.decode()
    assert "code" in came_back(browser.post(notes.address(scope="openid profile"), {"action": "grant"}))
    assert "code" in came_back(browser.get(notes.address(scope="openid")))
    assert browser.get(notes.address(scope="openid email")).status_code == 200, "more is asked anew"
    browser.post(notes.address(scope="openid email"), {"action": "grant"})
    assert "code" in came_back(browser.get(notes.address(scope="openid profile email")))
    assert Consent.objects.count() == 1


def test_consent_is_to_one_application_and_by_one_person(browser, notes, db):
    notes.asked(browser)
    assert browser.get(registered(name="Other").address()).status_code == 200
    person("Bob Dupont", "bob@ac-dijon.example", PASSWORD)
    bob = Browser()
    bob.post("/login", {"login": "bob@ac-dijon.example", "password": PASSWORD})
    assert bob.get(notes.address()).status_code == 200


def test_who_refuses_goes_back_without_a_code(browser, notes):
    back = came_back(browser.post(notes.address(), {"action": "deny"}))
    assert back == {"error": "access_denied", "state": "a-state", "iss": public_url()}
    assert not Consent.objects.exists()
    assert not Authorization.objects.exists()


def test_consent_cannot_be_forged(ada, notes):
    careful = Browser(enforce_csrf_checks=True)
    careful.force_login(ada)
    assert careful.post(notes.address(), {"action": "grant"}).status_code == 403
    assert not Consent.objects.exists()


def test_ours_are_not_asked_about_unless_they_say_so(browser, db):
    ours = registered(trusted=True)
    assert "code" in came_back(browser.get(ours.address()))
    assert browser.get(ours.address(prompt="consent")).status_code == 200


# Prompts


def test_silence_needs_a_session_and_consent(browser, notes):
    assert came_back(Browser().get(notes.address(prompt="none")))["error"] == "login_required"
    assert came_back(browser.get(notes.address(prompt="none")))["error"] == "consent_required"
    notes.asked(browser)
    assert "code" in came_back(browser.get(notes.address(prompt="none")))
    assert came_back(browser.get(notes.address(prompt="none consent")))["error"] == "invalid_request"


def test_silence_needs_consent_to_this_application(browser, notes, db):
    """What another was given does not count (allauth's own check looks at every client's tokens)."""
    notes.tokens(browser)
    other = registered(name="Other")
    assert came_back(browser.get(other.address(prompt="none")))["error"] == "consent_required"


def test_an_application_may_ask_to_prove_it_again(browser, notes):
    notes.asked(browser)
    before = seen(notes.tokens(browser)["id_token"])["auth_time"]
    answer = browser.get(notes.address(prompt="login"))
    back = came_back(prove_again(browser, answer))
    claims = seen(notes.exchange(back["code"])[1]["id_token"])
    assert claims["auth_time"] >= before
    assert claims["amr"] == ["pwd"]


def test_a_proof_too_old_is_made_again(browser, notes, later):
    notes.asked(browser)
    assert "code" in came_back(browser.get(notes.address(max_age="3600")))
    later(hours=2)
    assert came_back(browser.get(notes.address(max_age="3600", prompt="none")))["error"] == "login_required"
    assert "code" in came_back(prove_again(browser, browser.get(notes.address(max_age="3600"))))
    assert browser.get(notes.address(max_age="0")).headers["Location"].startswith("/me/confirm")


@pytest.mark.parametrize(
    "age", ["-1", "soon", "", "\u0661", "9" * 5000], ids=["-1", "soon", "none", "in Arabic", "longer than Python reads"]
)
def test_an_age_is_a_number(browser, notes, age):
    assert came_back(browser.get(notes.address(max_age=age)))["error"] == "invalid_request"


def test_how_one_proved_it_is_told(browser, notes):
    claims = seen(notes.tokens(browser)["id_token"])
    assert claims["amr"] == ["pwd"]
    assert claims["acr"] == "https://refeds.org/profile/sfa"
    assert abs(claims["auth_time"] - clock.now().timestamp()) < 60
    other = seen(notes.tokens(browser)["id_token"])
    assert claims["sid"] == other["sid"], "one session of the browser"
    second = Browser()
    second.post("/login", {"login": "ada@ac-dijon.example", "password": PASSWORD})
    assert seen(notes.tokens(second)["id_token"])["sid"] != claims["sid"]


def test_a_second_factor_that_nobody_has_is_refused(browser, notes):
    several, one = "https://refeds.org/profile/mfa", "https://refeds.org/profile/sfa"
    notes.asked(browser)
    assert came_back(browser.get(notes.address(acr_values=several)))["error"] == "unmet_authentication_requirements"
    assert "code" in came_back(browser.get(notes.address(acr_values=f"{several} {one}")))
    assert "code" in came_back(browser.get(notes.address(acr_values="urn:unheard-of")))


def test_an_application_may_say_whom_it_expects(browser, notes, db):
    mine = notes.tokens(browser)["id_token"]
    assert "code" in came_back(browser.get(notes.address(id_token_hint=mine)))
    person("Bob Dupont", "bob@ac-dijon.example", PASSWORD)
    bob = Browser()
    bob.post("/login", {"login": "bob@ac-dijon.example", "password": PASSWORD})
    assert came_back(bob.get(notes.address(id_token_hint=mine)))["error"] == "login_required"
    assert came_back(bob.get(notes.address(id_token_hint="no.token")))["error"] == "login_required"
    assert came_back(browser.get(registered(name="Other").address(id_token_hint=mine)))["error"] == "login_required"


# Subjects


def test_a_person_has_one_id_for_life_or_one_by_sector(browser, ada, db):
    shared, north, north_too, south = (
        registered(name=name, sector=sector)
        for name, sector in (("A", ""), ("B", "north.example"), ("C", "north.example"), ("D", "south.example"))
    )
    subs = [seen(one.tokens(browser)["id_token"])["sub"] for one in (shared, north, north_too, south)]
    assert subs[0] == ada.sub
    assert subs[1] == subs[2]
    assert len(set(subs)) == 3
    told = north.tokens(browser)
    assert seen(told["id_token"])["sub"] == who(told["access_token"])[1]["sub"] == subs[1]
    assert ada.sub not in str(seen(told["id_token"]))


def test_48_a_move_changes_no_id(browser, notes, ada):
    dijon, lyon = academies()
    postings.begin(ada, dijon)
    told = notes.tokens(browser)
    before = who(told["access_token"])[1]
    postings.move(ada, lyon, mail="ada@ac-lyon.example")
    after = who(told["access_token"])[1]
    assert (before["sub"], before["email"]) == (ada.sub, "ada@ac-dijon.example")
    assert (after["sub"], after["email"]) == (ada.sub, "ada@ac-lyon.example")
    assert [one["academy"] for one in after["postings"]] == ["10"]
    assert [one["academy"] for one in before["postings"]] == ["07"]
    assert seen(notes.refresh(told["refresh_token"])[1]["id_token"])["sub"] == ada.sub


def test_a_posting_is_told_with_its_last_day(browser, notes, ada):
    dijon, _ = academies()
    today = clock.today()
    school = Structure.objects.create(kind="school", code="0210015C", name="Lycée", parent=dijon)
    posting = postings.begin(ada, school, on=today - timedelta(days=9), function="DIR")
    postings.end(posting, on=today + timedelta(days=1))
    postings.begin(ada, dijon, on=today + timedelta(days=1))
    assert who(notes.tokens(browser)["access_token"])[1]["postings"] == [
        {
            "structure": "0210015C",
            "structure_name": "Lycée",
            "academy": "07",
            "academy_name": dijon.name,
            "function": "DIR",
            "start": str(today - timedelta(days=9)),
            "end": str(today),
        }
    ]


# Audience


@pytest.fixture
def places(db):
    """Dijon, a school of it, Lyon."""
    dijon, lyon = academies()
    return dijon, Structure.objects.create(kind="school", code="0210015C", name="Lycée", parent=dijon), lyon


def test_an_application_is_for_some_structures_and_all_below(browser, ada, places):
    dijon, school, lyon = places
    for_dijon, for_lyon = registered(structures=[dijon]), registered(structures=[lyon], trusted=True)
    page = browser.get(for_dijon.address())
    assert page.status_code == 403
    assert "Vous n’avez pas accès à Notes" in page.content.decode()
    assert f"{BACK}?error=access_denied" in page.content.decode()
    postings.begin(ada, school)
    assert "code" in for_dijon.asked(browser)
    assert browser.get(for_lyon.address()).status_code == 403
    assert came_back(browser.get(for_lyon.address(prompt="none")))["error"] == "access_denied"


def test_an_application_is_for_some_functions_of_the_same_posting(browser, ada, places):
    dijon, _school, lyon = places
    heads, heads_of_lyon = registered(functions=["DIR", "ADF"]), registered(functions=["DIR"], structures=[lyon])
    postings.begin(ada, lyon, function="ENS")
    assert browser.get(heads.address()).status_code == 403
    postings.begin(ada, dijon, function="DIR")
    assert "code" in heads.asked(browser)
    assert browser.get(heads_of_lyon.address()).status_code == 403, "a head elsewhere, a teacher there"


def test_a_posting_that_ended_closes_it_after_the_grace(browser, ada, places, later):
    dijon, _school, lyon = places
    for_dijon = registered(structures=[dijon])
    posting = postings.begin(ada, dijon)
    postings.begin(ada, lyon)  # else her whole account would be archived
    told = for_dijon.tokens(browser)
    postings.end(posting)
    assert for_dijon.refresh(told["refresh_token"])[0] == 200
    fresh = for_dijon.tokens(browser)
    later(days=options.grace_days + 1)
    assert browser.get(for_dijon.address()).status_code == 403
    assert for_dijon.refresh(fresh["refresh_token"])[0] == 400


def test_a_posting_that_was_cancelled_opens_nothing(browser, ada, places):
    dijon, _school, _lyon = places
    for_dijon = registered(structures=[dijon])
    posting = postings.begin(ada, dijon)
    ada.postings.filter(pk=posting.pk).update(cancelled=True)
    assert browser.get(for_dijon.address()).status_code == 403


def test_a_posting_taken_away_ends_what_its_tokens_open(browser, ada, places):
    dijon, _school, _lyon = places
    for_dijon = registered(structures=[dijon])
    posting = postings.begin(ada, dijon, on=clock.today() - timedelta(days=options.grace_days + 2))
    told = for_dijon.tokens(browser)
    assert who(told["access_token"])[0] == 200
    postings.end(posting, on=clock.today() - timedelta(days=options.grace_days + 1))
    assert who(told["access_token"])[0] == 401
    assert for_dijon.refresh(told["refresh_token"]) == (400, {"error": "invalid_grant"})


# A second factor

SEVERAL = "https://refeds.org/profile/mfa"


def test_a_second_factor_is_asked_for_where_an_application_wants_one(browser, notes):
    notes.asked(browser)
    secret, _codes = link_app(browser)
    address = notes.address(acr_values=SEVERAL)
    silent = came_back(browser.get(notes.address(acr_values=SEVERAL, prompt="none")))
    assert silent["error"] == "unmet_authentication_requirements"
    answer = browser.get(address)
    assert answer.headers["Location"].startswith("/me/confirm/code?next=%2Foidc%2Fauthorize")
    answer = browser.post(answer.headers["Location"], {"code": code_of(secret, 1), "next": address})
    assert answer.headers["Location"] == address
    claims = seen(notes.exchange(came_back(browser.get(address))["code"])[1]["id_token"])
    assert claims["acr"] == SEVERAL
    assert claims["amr"] == ["mfa", "otp", "pwd"]
    assert "code" in came_back(browser.get(notes.address(acr_values=SEVERAL, prompt="none")))


def test_who_signed_in_with_a_second_factor_is_not_asked_again(browser, notes):
    secret, _codes = link_app(browser)
    stranger = Browser()
    answer = stranger.get(notes.address(acr_values=SEVERAL))
    answer = stranger.post(answer.headers["Location"], {"login": "ada@ac-dijon.example", "password": PASSWORD})
    assert answer.headers["Location"].startswith("/login/code")
    answer = stranger.post("/login/code", {"code": code_of(secret, 1)})
    assert answer.headers["Location"].startswith("/oidc/authorize?")
    code = came_back(stranger.post(answer.headers["Location"], {"action": "grant"}))["code"]
    assert seen(notes.exchange(code)[1]["id_token"])["acr"] == SEVERAL
