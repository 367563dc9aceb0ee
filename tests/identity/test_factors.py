"""Second factors: an application of codes (RFC 6238), recovery codes, and who must show them when."""

import json
import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from django.core import mail
from django.test import Client

from cartable.identity import demands, factors, guesses
from cartable.identity.models import Person
from cartable.kernel import sealing
from cartable.kernel.errors import Expired
from cartable.kernel.models import Act, Rate
from cartable.kernel.tasks import run_pending
from tests.identity import passkeys
from tests.identity.test_pages import PASSWORD, page, signed_in
from tests.worlds import person

MAIL = "ada@ac-dijon.example"


@pytest.fixture
def ada(db):
    return person("Ada Lovelace", MAIL, PASSWORD)


@pytest.fixture
def browser(ada):
    return signed_in(MAIL)


def code_of(secret, steps=0):
    """Return what an application shows, some half-minutes from now."""
    return auth.format_hotp_value(auth.hotp_value(secret, int(time.time()) // 30 + steps))


def secret_of(browser):
    """Return the secret that the page shows which links an application."""
    return re.search(r'id="secret" readonly value="(\w{32})"', page(browser.get("/me/factors/app")))[1]


def link_app(browser):
    """Link an application by the pages, and wait for its next code; return its secret and the recovery codes that are then shown."""
    secret = secret_of(browser)
    shown = page(browser.post("/me/factors/app", {"code": code_of(secret)}, follow=True))
    Rate.objects.filter(key__startswith="code ").delete()
    return secret, re.findall(r"<code>(\d{8})</code>", shown)


def half_signed_in():
    client = Client()
    answer = client.post("/login?next=/me", {"login": MAIL, "password": PASSWORD})
    assert answer.headers["Location"] == "/login/code"
    return client


def test_the_code_of_the_application_is_asked_after_the_password(browser):
    secret, _codes = link_app(browser)
    client = half_signed_in()
    assert client.get("/me").status_code == 302
    asked = page(client.post("/login/code", {"code": "000000"}))
    assert "Ce code n’est pas le bon." in asked
    assert "Utiliser une clé d’accès" not in asked, "there is none"
    assert client.get("/me").status_code == 302
    assert client.post("/login/code", {"code": code_of(secret)}).headers["Location"] == "/me"
    assert client.get("/me").status_code == 200


def test_clocks_may_differ_by_half_a_minute_and_no_more(browser):
    secret, _codes = link_app(browser)
    assert half_signed_in().post("/login/code", {"code": code_of(secret, -3)}).status_code == 200
    assert half_signed_in().post("/login/code", {"code": code_of(secret, 1)}).status_code == 302


def test_a_code_of_the_application_opens_once(browser):
    secret, _codes = link_app(browser)
    code = code_of(secret)
    assert half_signed_in().post("/login/code", {"code": code}).status_code == 302
    auth.cache.clear()  # what the library counts by itself, in this process alone
    assert half_signed_in().post("/login/code", {"code": f" {code[:3]} {code[3:]}"}).status_code == 200


def test_the_code_that_links_the_application_opens_nothing(browser):
    secret = secret_of(browser)
    code = code_of(secret)
    assert browser.post("/me/factors/app", {"code": code}).status_code == 302
    assert half_signed_in().post("/login/code", {"code": code}).status_code == 200
    assert half_signed_in().post("/login/code", {"code": code_of(secret, 1)}).status_code == 302


def test_recovery_codes_are_shown_once_and_each_opens_once(browser):
    _secret, codes = link_app(browser)
    assert len(set(codes)) == 10
    again = page(browser.get("/me/factors/codes"))
    assert "Il vous en reste 10." in again
    assert codes[0] not in again
    assert half_signed_in().post("/login/code", {"code": codes[0]}).status_code == 302
    assert half_signed_in().post("/login/code", {"code": codes[0]}).status_code == 200
    assert "Il en reste 9." in page(browser.get("/me/factors"))


def test_new_recovery_codes_make_the_former_worthless(browser):
    _secret, codes = link_app(browser)
    shown = page(browser.post("/me/factors/codes/new", follow=True))
    assert len(re.findall(r"<code>\d{8}</code>", shown)) == 10
    assert half_signed_in().post("/login/code", {"code": codes[0]}).status_code == 200


def test_codes_are_guessed_as_seldom_as_passwords_from_wherever(ada, browser):
    secret, _codes = link_app(browser)
    client = half_signed_in()
    tried = [client.post("/login/code", {"code": "000000"}, REMOTE_ADDR=f"203.0.113.{n}").status_code for n in range(6)]
    assert tried == [200] * 5 + [429]
    assert half_signed_in().post("/login/code", {"code": code_of(secret)}).status_code == 429
    assert Act.objects.filter(verb="code.refused", kind="account", object=ada.pk).count() == 1
    assert "000000" not in json.dumps(list(Act.objects.values("detail")))


def test_the_application_is_dropped_and_the_recovery_codes_with_it(ada, browser):
    link_app(browser)
    browser.post("/me/factors/app/drop")
    assert not demands.has_factor(ada)
    assert Authenticator.objects.count() == 0
    assert signed_in(MAIL).get("/me").status_code == 200


def test_the_person_is_told_by_mail_of_each_change(ada, browser, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        link_app(browser)
        browser.post("/me/factors/codes/new")
    browser.post("/me/factors/app/drop")
    run_pending()
    assert [message.subject for message in mail.outbox] == [
        "Une application de codes protège votre compte",
        "De nouveaux codes de secours",
        "L’application de codes a été retirée",
    ]
    verbs = ["totp.add", "codes.new", "totp.drop"]
    kept = Act.objects.filter(verb__in=verbs, person=ada.pk).order_by("pk")
    assert list(kept.values_list("verb", flat=True)) == verbs


def test_neither_the_key_of_the_application_nor_the_codes_can_be_read_in_the_database(browser):
    secret, codes = link_app(browser)
    kept = json.dumps(list(Authenticator.objects.values("data")))
    assert secret not in kept
    seed = sealing.unseal(Authenticator.objects.get(type="recovery_codes").data["seed"], "second factor")
    assert seed not in kept
    assert not [code for code in codes if code in kept]


def test_what_is_sealed_opens_for_its_purpose_under_its_key(monkeypatch):
    sealed = sealing.seal("secret", "one")
    assert sealing.unseal(sealed, "one") == "secret"
    with pytest.raises(Expired):
        sealing.unseal(sealed, "other")
    monkeypatch.setattr(sealing, "secret_key", lambda: "another key of the site")
    with pytest.raises(Expired):
        sealing.unseal(sealed, "one")


def test_a_passkey_cannot_be_made_up(ada, browser):
    credential = {"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": {}, "clientExtensionResults": {}}
    for given in ("", "not json", "[]", "{}", json.dumps(credential)):
        browser.get("/me/factors/passkeys/new")
        answer = browser.post("/me/factors/passkeys/new", {"name": "Clé", "credential": given})
        assert answer.status_code == 200, given
        assert "L’appareil n’a pas pu prouver" in page(answer), given
        visitor = Client()
        visitor.get("/login/passkey", headers={"accept": "application/json"})
        refused = visitor.post("/login/passkey", {"credential": given}, follow=True)
        assert refused.redirect_chain[-1][0] == "/login"
        assert visitor.get("/me").status_code == 302
    assert not demands.has_factor(ada)


def test_a_passkey_of_a_closed_account_is_answered_as_one_that_nobody_has(ada, browser):
    known, stranger = passkeys.add(browser), passkeys.Passkey()
    assert passkeys.sign_in(Client(), known).redirect_chain == [("/", 302)]
    type(ada).objects.filter(pk=ada.pk).update(is_active=False)
    told = [passkeys.sign_in(Client(), one) for one in (known, stranger)]
    assert [one.redirect_chain for one in told] == [[("/login", 302)]] * 2
    first, second = ([str(said) for said in one.context["messages"]] for one in told)
    assert first == second


def test_a_whole_school_signs_in_by_passkey_from_one_address_within_a_minute(db):
    asked = [Client().get("/login/passkey", headers={"accept": "application/json"}).status_code for _ in range(15)]
    assert asked == [200] * 15


SENSITIVE = [
    "/me/factors/app",
    "/me/factors/codes/new",
    "/me/factors/passkeys/new",
    "/me/devices/new",
]


@pytest.mark.parametrize("address", SENSITIVE)
def test_a_sensitive_page_asks_who_is_there_ten_minutes_after_signing_in(browser, later, address):
    assert browser.get(address).status_code == 200
    later(minutes=11)
    for answer in (browser.get(address), browser.post(address)):
        assert answer.headers["Location"].startswith("/me/confirm")


def test_signing_out_everywhere_asks_who_is_there_then_goes_on(browser, later):
    other = signed_in(MAIL)
    later(minutes=11)
    asked = browser.post("/me/sessions/end", {"here": "too"})
    assert asked.headers["Location"] == "/me/confirm?next=%2Fme%2Fsessions%2Fend"
    assert other.get("/me").status_code == 200
    answer = browser.post(asked.headers["Location"], {"password": PASSWORD})
    assert answer.headers["Location"] == "/login"
    assert [one.get("/me").status_code for one in (browser, other)] == [302, 302]


def test_the_second_factor_confirms_too(browser, later):
    secret, codes = link_app(browser)
    later(minutes=11)
    asked = page(browser.get("/me/factors/app/drop", follow=True))
    assert "Avec un code" in asked
    assert "Avec une clé d’accès" not in asked
    assert browser.post("/me/confirm/code?next=/me/factors", {"code": "000000"}).status_code == 200
    assert browser.post("/me/confirm/code?next=/me/factors", {"code": codes[3]}).headers["Location"] == "/me/factors"
    assert browser.get("/me/factors/app/drop").status_code == 200
    assert code_of(secret) is not None


def test_a_browser_left_open_may_guess_codes_as_little(browser):
    link_app(browser)
    tried = [browser.post("/me/confirm/code", {"code": "000000"}).status_code for _ in range(6)]
    assert tried == [200] * 5 + [429]


def test_nobody_drops_or_names_the_passkey_of_another(browser):
    bob = person("Bob Dupont", "bob@ac-dijon.example")
    his = Authenticator.objects.create(user=bob, type="webauthn", data={"name": "Clé", "credential": {}})
    for act in ("name", "drop"):
        assert browser.post(f"/me/factors/passkeys/{his.pk}/{act}", {"name": "À moi"}).status_code == 404
    assert Authenticator.objects.get(pk=his.pk).data["name"] == "Clé"


def test_who_was_closed_meanwhile_is_not_let_in_by_a_code(ada, browser):
    secret, _codes = link_app(browser)
    client = half_signed_in()
    Person.objects.filter(pk=ada.pk).update(is_active=False)
    client.post("/login/code", {"code": code_of(secret)})
    assert client.get("/me").status_code == 302


def test_who_lost_everything_is_reset_told_and_signed_out(ada, browser):
    link_app(browser)
    run_pending()
    mail.outbox.clear()
    assert factors.reset(ada) == 2
    run_pending()
    assert [message.subject for message in mail.outbox] == ["Votre double authentification a été retirée"]
    assert browser.get("/me").status_code == 302
    assert signed_in(MAIL).get("/me").status_code == 200
    assert factors.reset(ada) == 0


def test_the_account_shows_what_is_active(ada, browser):
    before = page(browser.get("/me"))
    link_app(browser)
    after = page(browser.get("/me"))
    assert before.count("badge on") + 1 == after.count("badge on")
    assert guesses.CODE_LIFE.total_seconds() >= 90
