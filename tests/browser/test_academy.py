"""A browser that knows nothing signs in by an academy, then by a password and the code of an application."""

import time

import pytest
from allauth.mfa.totp.internal import auth
from playwright.sync_api import expect

from tests.browser.conftest import PASSWORD, sign_in
from tests.browser.test_every_page import look_at
from tests.identity import academy

pytestmark = pytest.mark.browser


@pytest.fixture
def dijon(product_command):
    """An academy that runs, and that the product knows."""
    with academy.serving() as server:
        server.academy = academy.Academy(f"http://127.0.0.1:{server.server_address[1]}")
        words = ("--academy", "DIJON", "--issuer", server.academy.issuer, "--client-id", academy.CLIENT)
        product_command("federation", "add", "oidc", *words, input=f"{academy.SECRET}\n")
        yield server.academy
        product_command("federation", "drop", "dijon")


@pytest.fixture
def mail(product_command, request):
    mail = f"{request.node.name}@ac-dijon.example".replace("_", "-")
    words = ("--mail", mail, "--name", "Ada Lovelace", "--academy", "DIJON", "--password-stdin")
    product_command("person", "add", *words, input=f"{PASSWORD}\n")
    return mail


def test_by_an_academy_once_it_is_linked(new_page, dijon, mail):
    page = new_page(viewport={"width": 375, "height": 800}, reduced_motion="reduce")
    page.goto("/login?next=/me")
    page.get_by_role("link", name="Se connecter par son académie").click()
    faults = look_at(page, "academies")
    page.get_by_role("link", name="Dijon").click()
    expect(page.get_by_role("heading", name="J’avais déjà un compte")).to_be_visible()
    faults += look_at(page, "which account")
    page.get_by_role("link", name="Me connecter comme avant").click()
    page.get_by_label("Adresse académique").fill(mail)
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.get_by_role("button", name="Oui, relier mon académie").click()
    page.wait_for_url("**/me")
    fresh = new_page()
    fresh.goto("/login?next=/me/factors")
    fresh.get_by_role("link", name="Se connecter par son académie").click()
    fresh.get_by_role("link", name="Dijon").click()
    expect(fresh.get_by_role("heading", level=1)).to_have_text("Double authentification")
    assert faults == []


def test_by_a_password_and_the_code_of_an_application(new_page, mail):
    page = sign_in(new_page(java_script_enabled=False), mail)
    page.goto("/me/factors/app")
    secret = page.get_by_label("ou recopiez-y cette clé").input_value()

    def code(steps):
        return auth.format_hotp_value(auth.hotp_value(secret, int(time.time()) // 30 + steps))

    page.get_by_label("Code que montre l’application").fill(code(0))
    page.get_by_role("button", name="Relier").click()
    expect(page.locator("ul.codes li")).to_have_count(10)
    fresh = new_page(reduced_motion="reduce")
    fresh.goto("/login")
    fresh.get_by_label("Adresse académique").fill(mail)
    fresh.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    fresh.get_by_role("button", name="Se connecter", exact=True).click()
    fresh.wait_for_url("**/login/code")
    assert look_at(fresh, "code") == []
    fresh.get_by_label("Code de l’application, ou code de secours").fill(code(1))  # that which linked it opens nothing
    fresh.get_by_role("button", name="Se connecter", exact=True).click()
    fresh.wait_for_url(lambda url: url.rstrip("/").count("/") == 2)
    expect(fresh.get_by_role("heading", level=1)).to_contain_text("Ada Lovelace")
    faults = []
    for address in ("/me/factors/codes", "/me/factors/codes/new", "/me/factors/app/drop", "/me/confirm/code?next=/me"):
        assert fresh.goto(address).status == 200, address
        faults += look_at(fresh, address)
    assert faults == []
