"""Two accounts of one person, in a browser: who judges makes them one and two again; who comes by a new academy is asked by themselves."""

import re
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.test_every_page import LOOKS, look_at
from tests.identity import academy
from tests.identity.feeds.written import ALICE, Who, complete
from tests.identity.oidc.served import PASSWORD, site

pytestmark = pytest.mark.browser

ZOE = Who("1003", "PETIT", "ZOE", "02/03/1980", "zoe.petit@ac-dijon.fr")
JUDGE = "rectrice@ac-lyon.example"


@pytest.fixture(scope="module")
def two_academies(tmp_path_factory):
    """A site that Dijon and Lyon have told of Alice and Zoé, each by keys of its own, and who judges for Lyon."""
    folder = tmp_path_factory.mktemp("feeds")
    with site(tmp_path_factory.mktemp("two")) as served:
        served.folder = folder
        told = complete(folder, ALICE, ZOE, day="20260801")
        served.command("directory", "import", str(told), "--source", "DIJON", "--yes")
        there = (
            one.but(key=f"9{one.key}", mail=one.mail.replace("dijon", "lyon"), duties=(("3", "ENS"),))
            for one in (ALICE, ZOE)
        )
        served.command(
            "directory", "import", str(complete(folder, *there, day="20260901")), "--source", "LYON", "--yes"
        )
        words = ("--mail", JUDGE, "--name", "Rectrice de Lyon", "--academy", "LYON", "--password-stdin")
        served.command("person", "add", *words, stdin=f"{PASSWORD}\n")
        served.command("delegation", "give", JUDGE, "--role", "admin", "--at", "LYON")
        yield served


@pytest.fixture
def page(browser, two_academies):
    context = browser.new_context(locale="fr-FR", base_url=two_academies.address, reduced_motion="reduce")
    yield context.new_page()
    context.close()


def look(page, where):
    """Return what axe finds wrong with a page, light and wide, dark and narrow; nothing goes beyond its side."""
    faults = []
    for scheme, width in LOOKS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 1100})
        faults += look_at(page, f"{where}, {scheme}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, where
    page.set_viewport_size({"width": 1280, "height": 800})
    return faults


def sign_in(page, mail, password=PASSWORD):
    page.get_by_label("Adresse académique").fill(mail)
    page.get_by_label("Mot de passe", exact=True).fill(password)
    page.get_by_role("button", name="Se connecter", exact=True).click()


def test_who_judges_makes_two_accounts_one_and_two_again(page):
    page.goto("/admin/cases")
    sign_in(page, JUDGE)
    faults = look(page, "cases")
    page.get_by_role("link", name="Alice MARTIN").click()
    faults += look(page, "a case")
    page.get_by_role("button", name="C’est la même personne", exact=True).click()
    page.locator("main").get_by_text("Alice MARTIN n’a plus qu’un compte").wait_for()
    faults += look(page, "cases, one answered")
    page.get_by_role("link", name="Défaire la réunion de deux comptes : Alice MARTIN").click()
    faults += look(page, "a merge")
    page.get_by_role("button", name="Défaire la réunion").click()
    page.get_by_role("heading", name="De nouveau deux comptes").wait_for()
    faults += look(page, "a merge that was undone")
    page.get_by_role("link", name="Comptes à rapprocher").click()
    expect(page.get_by_role("heading", name="Comptes à rapprocher")).to_be_visible()
    expect(page.get_by_role("heading", name="Réunis depuis moins de trente jours")).to_have_count(0)
    assert faults == []


@pytest.fixture
def lyon(two_academies):
    """The academy of Lyon, which signs Zoé in."""
    with academy.serving() as server:
        server.academy = one = academy.Academy(f"http://127.0.0.1:{server.server_address[1]}")
        one.claims = {"sub": "L-3", "given_name": "Zoe", "family_name": "PETIT", "email": "zoe.petit@ac-lyon.fr"}
        words = ("--academy", "LYON", "--issuer", one.issuer, "--client-id", academy.CLIENT)
        two_academies.command("federation", "add", "oidc", *words, stdin=f"{academy.SECRET}\n")
        yield one
        two_academies.command("federation", "drop", "lyon")


def link_in_the_letter(page, served):
    """Return the address that the letter about a forgotten password holds, once it is written."""
    outbox = Path(served.environ["CARTABLE_DATA"]) / "outbox"
    for _turn in range(200):
        for one in outbox.glob("*.eml"):
            text = message_from_bytes(one.read_bytes(), policy=policy.default).get_content()
            if found := re.search(r"http://\S+/reset/\S+", text):
                return found[0]
        page.wait_for_timeout(100)
    raise AssertionError("no letter came")


def test_who_comes_by_a_new_academy_is_asked_whether_the_account_it_made_is_theirs(page, two_academies, lyon):
    page.goto("/forgotten")
    page.get_by_label("Adresse académique").fill(ZOE.mail)
    page.get_by_role("button", name="Recevoir un lien").click()
    page.get_by_role("status").first.wait_for()
    page.goto(link_in_the_letter(page, two_academies))
    faults = look(page, "a new password")
    for label in ("Nouveau mot de passe", "Le nouveau, encore une fois"):
        page.get_by_label(label, exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Changer").click()
    page.goto("/login")
    page.get_by_role("link", name="Se connecter par son académie").click()
    page.get_by_role("link", name="Lyon").click()
    page.get_by_role("link", name="Me connecter comme avant").click()
    sign_in(page, ZOE.mail)
    page.get_by_role("button", name="Oui, relier mon académie").wait_for()
    faults += look(page, "an academy to link")
    page.get_by_role("button", name="Oui, relier mon académie").click()
    page.wait_for_url("**/login/academy/account/other")
    expect(page.get_by_role("heading", name="Ces deux comptes sont-ils les vôtres")).to_be_visible()
    faults += look(page, "the account that was announced")
    page.get_by_role("button", name="Oui, les réunir").click()
    page.locator("main").get_by_text("n’en font plus qu’un").wait_for()
    assert faults == []
