"""Applications as the tests play them: one that is asked step by step, and a site of its own for real clients."""

import base64
import contextlib
import hashlib
import json
import os
import re
import secrets
import subprocess
import sys
import urllib.request
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.test import Client as Browser

from cartable.identity.oidc import clients
from cartable.identity.oidc.clients import Registration
from tests.servers import free_port, running

BACK = "https://notes.example/back"
PASSWORD = "correct horse battery"


def challenge_of(verifier):
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass
class Application:
    """A confidential client that does what it should, unless a test says otherwise: each step takes what differs."""

    id: str
    secret: str
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def address(self, **differently):
        """Return where the browser is sent to sign in. None leaves a parameter out."""
        query = {
            "response_type": "code",
            "client_id": self.id,
            "redirect_uri": BACK,
            "scope": "openid profile email postings",
            "state": "a-state",
            "nonce": "a-nonce",
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
            **differently,
        }
        return "/oidc/authorize?" + urlencode({name: value for name, value in query.items() if value is not None})

    def asked(self, browser, **differently):
        """Return what comes back through the browser: `code`, or `error`; the person consents if asked."""
        address = self.address(**differently)
        answer = browser.get(address)
        if answer.status_code == 200:
            answer = browser.post(address, {"action": "grant"})
        return came_back(answer)

    def token(self, **differently):
        """Ask the token endpoint, and return (status, JSON)."""
        fields = {"client_id": self.id, "client_secret": self.secret, **differently}
        answer = Browser().post("/oidc/token", {name: one for name, one in fields.items() if one is not None})
        return answer.status_code, answer.json()

    def exchange(self, code, **differently):
        """Exchange a code."""
        fields = {"grant_type": "authorization_code", "redirect_uri": BACK, "code_verifier": self.verifier}
        return self.token(code=code, **{**fields, **differently})

    def refresh(self, value, **differently):
        """Exchange a refresh token."""
        return self.token(grant_type="refresh_token", refresh_token=value, **differently)

    def tokens(self, browser, **differently):
        """Sign somebody in, and return what the application holds then."""
        status, told = self.exchange(self.asked(browser, **differently)["code"])
        assert status == 200, told
        return told


def registered(**differently):
    """Register an application."""
    client, secret = clients.add(Registration(**{"name": "Notes", "redirect_uris": [BACK], **differently}))
    return Application(client.pk, secret)


def came_back(answer):
    """Return the parameters with which a browser is sent back to the application."""
    assert answer.status_code == 302, answer.content.decode()
    location = answer.headers["Location"]
    assert location.startswith(BACK), location
    return dict(parse_qsl(urlsplit(location).query))


def who(access_token):
    """Ask userinfo, and return (status, JSON or None)."""
    answer = Browser().get("/oidc/userinfo", headers={"Authorization": f"Bearer {access_token}"})
    return answer.status_code, json.loads(answer.content) if answer.status_code == 200 else None


def seen(token):
    """Return the claims of a token, unchecked."""
    middle = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))


# A site of its own


@dataclass
class Site:
    """A server that runs, and its commands."""

    address: str
    environ: dict
    pid: int = 0

    def command(self, *words, stdin=None):
        """Run `cartable …` beside it, and return what it prints."""
        command = [sys.executable, "-m", "cartable", *words]
        done = subprocess.run(command, env=self.environ, input=stdin, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def client(self, *words):
        """Register an application; return its id and secret."""
        return json.loads(self.command("client", "add", "--name", "Notes", *words, "--json"))

    def person(self, mail):
        """Record a person of Dijon, and return their id."""
        words = ("--mail", mail, "--name", "Ada Lovelace", "--academy", "DIJON", "--password-stdin")
        return self.command("person", "add", *words, stdin=PASSWORD + "\n")


@contextlib.contextmanager
def site(folder, *words, **options):
    """Serve the whole product while the block lasts, with an empty database of its own."""
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CARTABLE_")}
    environ = {**kept, "CARTABLE_DATA": str(folder), "CARTABLE_PORT": str(port), **options}
    address = f"http://127.0.0.1:{port}"

    def ready():
        urllib.request.urlopen(f"{address}/healthz").close()

    with running([sys.executable, "-m", "cartable", "serve", *words], ready, env=environ) as process:
        yield Site(address, environ, process.pid)


def sign_in(http, answer):
    """Go on from a redirect to the login page, as a browser: return the answer that leaves for the application."""
    while answer.has_redirect_location and answer.next_request.url.host == answer.request.url.host:
        answer = http.send(answer.next_request)
        if answer.status_code == 200:
            token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', answer.text)[1]
            fields = {"csrfmiddlewaretoken": token}
            if answer.url.path == "/login":
                query = dict(parse_qsl(answer.url.query.decode()))
                fields |= {"login": "ada@ac-dijon.example", "password": PASSWORD, "next": query["next"]}
            else:
                fields |= {"action": "grant"}
            answer = http.post(answer.url, data=fields)
    return answer
