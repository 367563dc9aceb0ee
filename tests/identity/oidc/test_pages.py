"""The page of applications that one's account opens."""

import re

from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from tests.identity.oidc.relying import registered, who
from tests.identity.oidc.served import PASSWORD
from tests.worlds import person


def page(browser):
    return re.sub(r"\s+", " ", browser.get("/me/applications").content.decode())


def test_a_person_sees_what_knows_them_and_takes_it_away(browser, notes, db):
    assert "aucune application" in page(browser)
    told, other = notes.tokens(browser, scope="openid profile"), registered(name="Agenda", trusted=True)
    kept = other.tokens(browser, scope="openid")
    shown = page(browser)
    assert re.findall(r"<strong>(\w+)</strong>", shown) == ["Agenda", "Notes"]
    assert "votre nom et la langue de vos pages" in shown
    assert "votre adresse professionnelle" not in shown
    assert "utilisée le" in shown
    answer = browser.post(f"/me/applications/{notes.id}/revoke")
    assert answer.status_code == 303
    assert who(told["access_token"])[0] == 401
    assert notes.refresh(told["refresh_token"])[0] == 400
    assert who(kept["access_token"])[0] == 200
    assert re.findall(r"<strong>(\w+)</strong>", page(browser)) == ["Agenda"]
    assert browser.get(notes.address()).status_code == 200, "they are asked anew"


def test_what_is_not_ones_own_cannot_be_taken_away(browser, notes, db):
    told = notes.tokens(browser)
    person("Bob Dupont", "bob@ac-dijon.example", PASSWORD)
    bob = Browser()
    bob.post("/login", {"login": "bob@ac-dijon.example", "password": PASSWORD})
    assert "aucune application" in page(bob)
    assert bob.post(f"/me/applications/{notes.id}/revoke").status_code == 404
    assert who(told["access_token"])[0] == 200


def test_the_account_leads_there(browser):
    assert 'href="/me/applications"' in browser.get("/me").content.decode()


def test_the_list_costs_the_same_for_one_application_and_for_many(browser, django_assert_num_queries, db):
    apps = [registered(name=f"N{number}") for number in range(5)]
    for one in apps[:1]:
        one.tokens(browser)
    browser.get("/me/applications")
    with CaptureQueriesContext(connection) as few:
        browser.get("/me/applications")
    count = len(few)
    for one in apps:
        one.tokens(browser)
    browser.get("/me/applications")
    with django_assert_num_queries(count):
        browser.get("/me/applications")
