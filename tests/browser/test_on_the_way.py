"""Between an academy, Cartable and an application, with one browser: what is asked on the way, and what a move leaves as it was."""

import json
import re
import threading
import time
from contextlib import contextmanager
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx
import pytest
from allauth.mfa.totp.internal import auth
from playwright.sync_api import expect

from tests.browser.conftest import new_folder
from tests.browser.test_every_page import look_at
from tests.identity import academy
from tests.identity.oidc.served import PASSWORD, challenge_of, site

pytestmark = pytest.mark.browser

VERIFIER, SEVERAL = "v" * 64, "https://refeds.org/profile/mfa"


class Notes(BaseHTTPRequestHandler):
    """The application: it keeps a session by its own cookie, and shows what it is told of its reader, anew at each page."""

    def do_GET(self):
        url, notes = urlsplit(self.path), self.server.notes
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if url.path not in {"/", "/back"}:
            self.send_error(404)  # an icon, which browsers fetch meanwhile: two would bring one refresh token
        elif url.path == "/back" and "code" in query:
            notes["tokens"] = notes["ask"]("authorization_code", code=query["code"], code_verifier=VERIFIER)
            self.go("/", "mine=yes; Path=/")
        elif "mine" not in SimpleCookie(self.headers.get("Cookie", "")):
            self.go(notes["way"](query))
        else:
            notes["tokens"] = notes["ask"]("refresh_token", refresh_token=notes["tokens"]["refresh_token"])
            self.say(f"<title>Notes</title><h1>Notes</h1><pre>{json.dumps(notes['who']())}</pre>")

    def go(self, there, cookie=None):
        self.send_response(303)
        self.send_header("Location", there)
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()

    def say(self, page):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def application(provider):
    """Run an application that people are not asked about; yield its address, where it sends them with what it asks for."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Notes)
    here = f"http://localhost:{server.server_port}"  # another site than 127.0.0.1
    back = f"{here}/back"
    known = provider.client("--redirect", back, "--trusted")

    def ask(grant, **more):
        form = {"client_id": known["client_id"], "client_secret": known["client_secret"], "redirect_uri": back}
        told = httpx.post(f"{provider.address}/oidc/token", data={"grant_type": grant, **form, **more}).json()
        assert "access_token" in told, told
        return told

    def way(more):
        asked = {"response_type": "code", "scope": "openid profile postings", "client_id": known["client_id"]}
        pkce = {"code_challenge": challenge_of(VERIFIER), "code_challenge_method": "S256"}
        return f"{provider.address}/oidc/authorize?{urlencode({**asked, 'redirect_uri': back, **pkce, **more})}"

    def who():
        bearer = {"Authorization": f"Bearer {server.notes['tokens']['access_token']}"}
        return httpx.get(f"{provider.address}/oidc/userinfo", headers=bearer).json()

    server.notes = {"ask": ask, "way": way, "who": who}
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    with site(tmp_path_factory.mktemp("provider")) as one:
        yield one


@pytest.fixture
def notes(provider):
    with application(provider) as here:
        yield here


@pytest.fixture
def page(browser, provider):
    context = browser.new_context(locale="fr-FR", base_url=provider.address, reduced_motion="reduce")
    yield context.new_page()
    context.close()


@pytest.fixture
def nantes(provider):
    """An academy that runs, and may send new people."""
    with academy.serving() as server:
        server.academy = one = academy.Academy(f"http://127.0.0.1:{server.server_address[1]}")
        words = ("--academy", "NANTES", "--issuer", one.issuer, "--client-id", academy.CLIENT, "--arrivals")
        provider.command("federation", "add", "oidc", *words, stdin=f"{academy.SECRET}\n")
        yield one
        provider.command("federation", "drop", "nantes")


@pytest.fixture
def demanded(provider):
    """A second factor is asked of the people of Nantes."""
    provider.command("mfa", "require", "--structure", "NANTES")
    yield
    provider.command("mfa", "drop", "--structure", "NANTES")


def sign_in(page, mail):
    page.get_by_label("Adresse académique").fill(mail)
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()


def told(page):
    """Return what the application knows of its reader."""
    expect(page.get_by_role("heading", name="Notes")).to_be_visible()
    return json.loads(page.locator("pre").inner_text())


def add_factor(page):
    """Link an application of codes, from the page that asks for a factor; return what makes its codes."""
    expect(page.locator(".notice")).to_contain_text("pour continuer")
    faults = look_at(page, "asked for a factor")
    page.get_by_role("link", name="Relier une application").click()
    secret = page.get_by_label("ou recopiez-y cette clé").input_value()
    page.get_by_label("Code que montre l’application").fill(code(secret))
    page.get_by_role("button", name="Relier").click()
    faults += look_at(page, "recovery codes")
    assert faults == []
    page.get_by_role("link", name="C’est fait").click()
    return secret


def code(secret, steps=0):
    return auth.format_hotp_value(auth.hotp_value(secret, int(time.time()) // 30 + steps))


def test_a_move_of_academy_ends_neither_the_session_nor_that_of_an_application(page, provider, notes):
    sub = provider.person("ada@ac-dijon.example")
    page.goto(notes)
    sign_in(page, "ada@ac-dijon.example")
    before = told(page)
    assert [one["academy_name"] for one in before["postings"]] == ["Dijon"]
    here = page.context.new_page()
    folder = new_folder(here, "Cours")
    provider.command("person", "move", sub, "--to", "LYON", "--mail", "ada@ac-lyon.example")
    here.reload()
    assert here.url == folder
    expect(here.get_by_role("heading", level=1, name="Cours")).to_be_visible()
    here.goto("/me")
    expect(here.locator("main")).to_contain_text("Lyon")
    expect(here.locator("main")).to_contain_text("ada@ac-lyon.example")
    page.reload()
    after = told(page)
    assert [one["academy_name"] for one in after["postings"]] == ["Lyon"]
    assert (after["sub"], after["name"]) == (before["sub"], before["name"]) == (sub, "Ada Lovelace")
    page.goto(f"{notes}/back")
    assert told(page)["sub"] == sub, "its own session goes on"


def test_a_demanded_person_adds_a_factor_and_is_at_the_application(page, provider, notes, demanded):
    words = ("--mail", "bob@ac-nantes.example", "--name", "Bob Dupont", "--academy", "NANTES", "--password-stdin")
    provider.command("person", "add", *words, stdin=f"{PASSWORD}\n")
    page.goto(notes)
    sign_in(page, "bob@ac-nantes.example")
    add_factor(page)
    assert told(page)["name"] == "Bob Dupont"


def arrive(page, nantes, name):
    """Go through the academy for the first time, from where one signs in."""
    mail = f"{name.lower()}@ac-nantes.fr"
    nantes.claims = {"sub": mail, "given_name": name, "family_name": "Petit", "email": mail}
    page.get_by_role("link", name="Se connecter par son académie").click()
    page.get_by_role("link", name="Nantes").click()
    page.get_by_role("button", name="Ouvrir mon compte").click()


def test_who_arrives_by_an_academy_is_at_the_application_and_proves_it_again_there(page, notes, nantes):
    page.goto(notes)
    arrive(page, nantes, "Jean")
    assert told(page)["name"] == "Jean Petit"
    for wish in ({"prompt": "login"}, {"max_age": "0"}):
        page.context.clear_cookies(name="mine")
        page.goto(f"{notes}/?{urlencode(wish)}")
        assert told(page)["name"] == "Jean Petit"
        assert nantes.asked.pop()["prompt"] == "login"


def test_a_demanded_person_adds_a_factor_beside_their_academy_and_then_proves_both(page, notes, nantes, demanded):
    page.goto(notes)
    arrive(page, nantes, "Karim")
    secret = add_factor(page)
    assert told(page)["name"] == "Karim Petit"
    several = f"{notes}/?acr_values={quote(SEVERAL)}"
    page.context.clear_cookies(name="mine")
    page.goto(several)
    page.get_by_label(re.compile("^Code de l’application")).fill(code(secret, 1))
    page.get_by_role("button", name="Continuer").click()
    assert told(page)["name"] == "Karim Petit"
    page.context.clear_cookies(name="mine")
    page.goto(several)
    assert told(page)["name"] == "Karim Petit", "once is enough"
