"""A site of its own, served as people do, for clients that others wrote."""

import base64
import contextlib
import hashlib
import json
import os
import re
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from urllib.parse import parse_qsl

from tests.installed import installed
from tests.servers import free_port, running

PASSWORD = "correct horse battery"


def challenge_of(verifier):
    """Return the S256 challenge of a verifier (RFC 7636)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


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

    def person(self, mail, name="Ada Lovelace"):
        """Record a person of Dijon, and return their id."""
        words = ("--mail", mail, "--name", name, "--academy", "DIJON", "--password-stdin")
        return self.command("person", "add", *words, stdin=PASSWORD + "\n")


@contextlib.contextmanager
def site(folder, *words, host="127.0.0.1", **options):
    """Serve the whole product while the block lasts, with an empty database of its own, to who calls this machine `host`."""
    port = free_port()
    if "CARTABLE_DATABASE" not in options:
        installed(folder)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CARTABLE_")}
    address = f"http://{host}:{port}"
    ours = {"CARTABLE_DATA": str(folder), "CARTABLE_PORT": str(port), "CARTABLE_URL": address}
    environ = {**kept, **ours, **options}

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
