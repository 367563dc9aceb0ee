"""Passkeys, with Chromium's virtual authenticator (Chrome DevTools Protocol, WebAuthn domain)."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PASSWORD, sign_in
from tests.browser.test_every_page import look_at

pytestmark = pytest.mark.browser


@pytest.fixture
def mail(product_command, request):
    """The address of a person of the test's own: passkeys change how one signs in."""
    mail = f"{request.node.name}@ac-dijon.example".replace("_", "-")
    words = ("--mail", mail, "--name", "Pascale Clé", "--academy", "DIJON", "--password-stdin")
    product_command("person", "add", *words, input=f"{PASSWORD}\n")
    return mail


def with_authenticator(page, *, verifies=True):
    """Give a page an authenticator inside the machine; it knows who holds it, or only that somebody does."""
    link = page.context.new_cdp_session(page)
    link.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": verifies,
        "automaticPresenceSimulation": True,
    }
    return link, link.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


def test_a_passkey_is_added_and_signs_in_alone(new_page, product, mail):
    address = product.replace("127.0.0.1", "localhost")  # a passkey belongs to a name, not to a number
    page = new_page(base_url=address)
    link, authenticator = with_authenticator(page)
    sign_in(page, mail)
    page.goto("/me/factors")
    page.get_by_role("link", name="Ajouter une clé d’accès").click()
    page.get_by_label("Nom de la clé").fill("Portable de Pascale")
    page.get_by_role("button", name="Ajouter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Codes de secours")
    expect(page.get_by_role("button", name="Imprimer")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Télécharger").click()
    assert re.fullmatch(r"(\d{8}\n){10}", download.value.path().read_text())
    page.get_by_role("link", name="C’est fait").click()
    expect(page.get_by_text("Portable de Pascale", exact=True)).to_be_visible()
    kept = link.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})["credentials"]
    assert [one["isResidentCredential"] for one in kept] == [True]

    rename = page.locator('a[href$="/name"]').get_attribute("href")
    for asked in (rename, rename.replace("/name", "/drop"), "/me/confirm/passkey?next=/me"):
        assert page.goto(asked).status == 200, asked
        assert look_at(page, asked) == []
    page.get_by_role("button", name="Se déconnecter", exact=True).click()
    page.goto("/login?next=/me")
    page.get_by_role("button", name="Utiliser une clé d’accès").click()
    page.wait_for_url("**/me")
    expect(page.get_by_role("heading", level=1)).to_have_text("Pascale Clé")

    page.get_by_role("button", name="Se déconnecter", exact=True).click()
    page.goto("/login")
    page.get_by_label("Adresse académique").fill(mail)
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.wait_for_url("**/login/code")
    page.get_by_role("button", name="Utiliser une clé d’accès").click()
    page.wait_for_url(address + "/")

    link.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    page.get_by_role("button", name="Se déconnecter", exact=True).click()
    page.goto("/login")
    page.get_by_role("button", name="Utiliser une clé d’accès").click()
    expect(page.get_by_role("alert")).to_contain_text("Aucune clé d’accès n’a été donnée.")


def test_who_is_not_verified_by_their_device_adds_no_passkey(new_page, product, mail):
    page = new_page(base_url=product.replace("127.0.0.1", "localhost"))
    with_authenticator(page, verifies=False)
    sign_in(page, mail)
    page.goto("/me/factors/passkeys/new")
    page.get_by_role("button", name="Ajouter").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.goto("/me/factors")
    expect(page.get_by_text("Codes de secours")).to_have_count(0)
