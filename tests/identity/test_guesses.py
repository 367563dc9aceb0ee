"""Passwords of people may be guessed a few times, whichever address is typed, wherever from, in all processes together."""

import json
import re

import httpx
import pytest
from django.test import Client

from cartable.identity import guesses, people
from cartable.kernel.models import Act, Rate
from tests import sites
from tests.identity.test_pages import PASSWORD, page, signed_in
from tests.worlds import person

MAIL, OTHER = "ada@ac-dijon.example", "ada@ac-lyon.example"


@pytest.fixture
def ada(db):
    ada = person("Ada Lovelace", MAIL, PASSWORD)
    people.give_address(ada, OTHER)
    return ada


def guess(mail=MAIL, password="autre", at="198.51.100.1"):
    return Client().post("/login", {"login": mail, "password": password}, REMOTE_ADDR=at)


def guess_in_vain(times, **more):
    assert [guess(**more).status_code for _ in range(times)] == [200] * times


def test_guesses_count_by_account_through_all_its_addresses(ada):
    guess_in_vain(3)
    guess_in_vain(2, mail=OTHER.upper(), at="192.0.2.7")
    refused = guess(mail=OTHER)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) in range(50, 61)
    assert "Trop d’essais en peu de temps. Réessayez dans une minute." in page(refused)
    assert guess(password=PASSWORD).status_code == 429


def test_an_address_of_nobody_is_told_alike(ada):
    for mail in (MAIL, "nobody@ac-dijon.example"):
        guess_in_vain(5, mail=mail)
        assert guess(mail=mail).status_code == 429


def test_a_guess_is_allowed_again_after_a_minute(ada, later):
    guess_in_vain(5)
    later(minutes=1, seconds=1)
    assert guess(password=PASSWORD).status_code == 302


def test_who_signed_in_from_somewhere_is_not_kept_out_by_guesses_from_elsewhere(ada):
    signed_in(MAIL, REMOTE_ADDR="203.0.113.1")
    guess_in_vain(5)
    assert guess().status_code == 429
    assert guess(password=PASSWORD, at="203.0.113.1").status_code == 302
    guess_in_vain(5, at="203.0.113.1")
    assert guess(password=PASSWORD, at="203.0.113.1").status_code == 429


def test_a_whole_school_signs_in_from_one_address_within_a_minute(ada):
    assert [guess(password=PASSWORD).status_code for _ in range(35)] == [302] * 35


def test_guesses_from_a_school_keep_out_only_whom_it_does_not_know(ada, monkeypatch):
    monkeypatch.setattr(guesses, "FROM_ADDRESS", 4)
    signed_in(MAIL, REMOTE_ADDR="203.0.113.1")
    person("Bob Dupont", "bob@ac-dijon.example", PASSWORD)
    for number in range(4):
        guess_in_vain(1, mail=f"{number}@ac-dijon.example", at="203.0.113.1")
    refused = guess(mail="bob@ac-dijon.example", password=PASSWORD, at="203.0.113.1")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) <= 15
    assert "Trop d’essais en peu de temps." in page(refused)
    assert guess(password=PASSWORD, at="203.0.113.1").status_code == 302
    assert guess(mail="bob@ac-dijon.example", password=PASSWORD).status_code == 302


def test_signing_in_costs_nothing_and_forgives_nothing(ada):
    guess_in_vain(4)
    for number in range(9):
        assert guess(password=PASSWORD, at=f"203.0.113.{number}").status_code == 302
    guess_in_vain(1)
    assert guess().status_code == 429


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("/me/confirm", {"password": "faux"}),
        ("/me/password", {"oldpassword": "faux", "password1": "encore plus long", "password2": "encore plus long"}),
    ],
)
def test_a_browser_that_was_left_open_may_guess_as_little(ada, address, fields):
    browser = signed_in(MAIL)
    assert [browser.post(address, fields).status_code for _ in range(6)] == [200] * 5 + [429]
    assert browser.get("/me").status_code == 200
    assert guess(password=PASSWORD).status_code == 302


def kept():
    return [
        (act.verb, act.person, act.kind, act.object)
        for act in Act.objects.filter(verb__regex="sign|confirm").order_by("pk")
    ]


def test_guesses_are_kept_once_an_hour_and_never_what_was_typed(ada):
    for mail in (MAIL, OTHER, "a-password@typed.too-high"):
        for _ in range(6):
            guess(mail=mail)
    assert kept() == [
        ("sign-in.refused", None, "account", ada.pk),
        ("sign-in.throttled", None, "account", ada.pk),
        ("sign-in.refused", None, "", None),
        ("sign-in.throttled", None, "", None),
    ]
    assert "typed" not in json.dumps([*Act.objects.values("detail"), *Rate.objects.values("key")])


def test_a_sign_in_is_kept_with_the_browser(ada):
    firefox = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}
    signed_in(MAIL, headers=firefox)
    assert kept() == [("sign-in", ada.pk, "", None)]
    assert Act.objects.get(verb="sign-in").detail == {"browser": "Firefox", "system": "Linux"}


def test_a_password_that_was_changed_is_kept(ada):
    new = "encore plus long qu'avant"
    signed_in(MAIL).post("/me/password", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert Act.objects.get(verb="password.change").person == ada.pk
    assert new not in json.dumps(list(Act.objects.values("detail")))


GUESS_FIVE_TIMES = """
from django.test import Client
browser = Client(headers={"host": "localhost"})
print([browser.post("/login", {"login": "MAIL", "password": "autre"}).status_code for _ in range(5)])
"""


def test_processes_count_together(tmp_path):
    """One process uses the guesses up, another one refuses."""
    with sites.running(tmp_path) as site:
        mail = "shared@ac-dijon.example"
        site.command("person", "add", "--mail", mail, "--name", "Kim Durand", "--academy", "DIJON")
        assert site.command("shell", "-v", "0", "-c", GUESS_FIVE_TIMES.replace("MAIL", mail)) == str([200] * 5)
        with httpx.Client(base_url=site.url) as browser:
            token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.get("/login").text)[1]
            form = {"login": mail, "password": "autre", "csrfmiddlewaretoken": token}
            assert browser.post("/login", data=form).status_code == 429
