"""`python -m bench.oidc`: signing in, here and to applications, as requests per CPU-second of the server's processes.

With the hashes of service: Argon2id for people, a digest for applications, RS256.
"""

import re
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from bench.load import repeat
from tests.identity.oidc.served import PASSWORD, Site, challenge_of, sign_in, site
from tests.servers import postgresql

BACK, VERIFIER = "http://localhost:9/back", "v" * 64
ROUNDS, COUNT, SIGN_INS = 3, 200, 60
TARGETS = {"token for a code": 150, "password sign-in": 30}
CROWD = f"""
from cartable.identity import people
for n in range({SIGN_INS}):
    people.arrive(f"Agent {{n}}", f"agent{{n}}@ac-dijon.example", {PASSWORD!r})
"""
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"


def request(server: Site, method: str, path: str, headers: str = "", **fields: str) -> bytes:
    """Return the bytes of one request."""
    body = urlencode(fields)
    host = urlsplit(server.address).netloc
    head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{headers}{FORM if fields else ''}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


class Bench:
    """One server, an application, and somebody signed in."""

    def __init__(self, server: Site) -> None:
        self.server, self.port = server, int(server.address.rpartition(":")[2])
        server.command("shell", "-v", "0", "-c", CROWD)
        server.person("ada@ac-dijon.example")
        known = server.client("--redirect", BACK, "--trusted")
        self.app = {"client_id": known["client_id"], "client_secret": known["client_secret"]}
        query = {"response_type": "code", "client_id": known["client_id"], "redirect_uri": BACK, "scope": "openid"}
        query |= {"code_challenge": challenge_of(VERIFIER), "code_challenge_method": "S256"}
        self.authorize = f"/oidc/authorize?{urlencode(query)}"
        self.browser = httpx.Client(base_url=server.address)
        sign_in(self.browser, self.browser.get(self.authorize))
        self.cookies = "; ".join(f"{name}={value}" for name, value in self.browser.cookies.items())

    def code(self) -> str:
        """Return a fresh code."""
        return parse_qs(urlsplit(self.browser.get(self.authorize).headers["Location"]).query)["code"][0]

    def exchange(self, code: str) -> dict[str, str]:
        """Return the fields of an exchange."""
        fields = {"grant_type": "authorization_code", "redirect_uri": BACK, "code_verifier": VERIFIER}
        return {**self.app, **fields, "code": code}

    def cost(self, requests: list[bytes], expected: int) -> float:
        """Return how many of these the server answers for each CPU-second."""
        cost = repeat(self.server.pid, self.port, requests.__getitem__, len(requests), expected)
        return cost.per_cpu_second

    def round(self) -> dict[str, float]:
        """Return what each kind of request costs, once."""
        server = self.server
        login = self.browser.get("/help")  # any page: its token goes with the cookie
        token = re.search(r'data-token="(\w+)"', login.text)
        fields = {"password": PASSWORD, "csrfmiddlewaretoken": token[1] if token else ""}
        people = [{**fields, "login": f"agent{n}@ac-dijon.example"} for n in range(SIGN_INS)]
        stranger = f"Cookie: csrftoken={self.browser.cookies['csrftoken']}\r\n"
        found = {
            "password sign-in": self.cost([request(server, "POST", "/login", stranger, **one) for one in people], 302),
            "authorize": self.cost(
                [request(server, "GET", self.authorize, f"Cookie: {self.cookies}\r\n")] * COUNT, 302
            ),
        }
        exchanges = [request(server, "POST", "/oidc/token", **self.exchange(self.code())) for _ in range(COUNT)]
        found["token for a code"] = self.cost(exchanges, 200)
        told = [self.browser.post("/oidc/token", data=self.exchange(self.code())).json() for _ in range(COUNT)]
        more = [{**self.app, "grant_type": "refresh_token", "refresh_token": one["refresh_token"]} for one in told]
        found["token for a refresh token"] = self.cost(
            [request(server, "POST", "/oidc/token", **one) for one in more], 200
        )
        bearer = f"Authorization: Bearer {self.browser.post('/oidc/token', data=self.exchange(self.code())).json()['access_token']}\r\n"
        found["userinfo"] = self.cost([request(server, "GET", "/oidc/userinfo", bearer)] * COUNT, 200)
        return found


def main() -> None:
    """Print a table: the median of some rounds, each server in turn."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cartable-bench-")))
        address = stack.enter_context(postgresql(durable=True))
        quiet = {"CARTABLE_LOG_LEVEL": "error"}
        servers = {
            "SQLite": Bench(stack.enter_context(site(folder / "sqlite", **quiet))),
            "PostgreSQL": Bench(stack.enter_context(site(folder / "pg", CARTABLE_DATABASE=address, **quiet))),
        }
        rounds = {name: [] for name in servers}
        for _ in range(ROUNDS):
            for name, one in servers.items():
                rounds[name].append(one.round())
    print("requests per CPU-second".ljust(32), *(name.rjust(12) for name in servers))
    for case in rounds["SQLite"][0]:
        figures = (f"{median(one[case] for one in rounds[name]):.0f}".rjust(12) for name in servers)
        print(f"{case}{f' [{TARGETS[case]}]' if case in TARGETS else ''}".ljust(32), *figures)


if __name__ == "__main__":
    main()
