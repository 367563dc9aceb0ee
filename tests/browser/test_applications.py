"""Signing in to an application with a browser that enforces our policy: from page to page, and back to another site."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

from tests.browser.test_every_page import LOOKS, look_at
from tests.identity.oidc.served import PASSWORD, challenge_of, site

pytestmark = pytest.mark.browser


class Notes(BaseHTTPRequestHandler):
    """The application: it says where one came back to."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(f"<title>Notes</title><h1>{self.path.partition('=')[0]}</h1>".encode())

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture(scope="module")
def notes():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Notes)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/back"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    with site(tmp_path_factory.mktemp("provider")) as one:
        one.person("ada@ac-dijon.example")
        yield one


@pytest.fixture
def visit(browser, provider, notes):
    """Open the page where an application sends people, registered with these words."""
    contexts = []

    def go(*words, **options):
        known = provider.client("--redirect", notes, *words)
        context = browser.new_context(locale="fr-FR", **options)
        contexts.append(context)
        page = context.new_page()
        address = f"{provider.address}/oidc/authorize?response_type=code&scope=openid+profile&state=s"
        address += f"&client_id={known['client_id']}&redirect_uri={notes}"
        page.address = f"{address}&code_challenge={challenge_of('v' * 64)}&code_challenge_method=S256"
        page.goto(page.address)
        return page

    yield go
    for context in contexts:
        context.close()


def sign_in(page):
    page.get_by_label("Adresse académique").fill("ada@ac-dijon.example")
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()


def test_one_signs_in_consents_and_is_back(visit):
    page = visit()
    sign_in(page)
    expect(page.get_by_role("heading", name="Se connecter à Notes")).to_be_visible()
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("heading", name="/back?code")).to_be_visible()
    page.goto(page.address)
    expect(page.get_by_role("heading", name="/back?code")).to_be_visible()


def test_one_signs_in_and_is_back_where_nothing_is_asked(visit):
    page = visit("--trusted")
    sign_in(page)
    expect(page.get_by_role("heading", name="/back?code")).to_be_visible()


def test_one_refuses_and_is_back_by_keyboard_without_javascript(visit):
    page = visit(java_script_enabled=False)
    sign_in(page)
    page.get_by_role("button", name="Refuser").press("Enter")
    expect(page.get_by_role("heading", name="/back?error")).to_be_visible()


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_axe_finds_no_fault_on_the_way(visit, scheme, width):
    page = visit(color_scheme=scheme, viewport={"width": width, "height": 800}, reduced_motion="reduce")
    sign_in(page)
    expect(page.get_by_role("heading", name="Se connecter à Notes")).to_be_visible()
    faults = look_at(page, "consent")
    page.goto(page.address.replace("redirect_uri=http", "redirect_uri=https"))
    faults += look_at(page, "unknown")
    assert faults == []
