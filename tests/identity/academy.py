"""An academy where people sign in, on loopback: an OpenID provider, small and strict, whose answers a test may spoil."""

import contextlib
import json
import secrets
import threading
import time
from base64 import b64decode, urlsafe_b64encode
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY as RECORDS
from joserfc import jwt
from joserfc.jwk import RSAKey

KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
CLIENT, SECRET = "cartable", "s3cret of the client"


class Academy:
    """Who is signed in there (`claims`), and what a test spoils: `spoil` changes an ID token, `spoil_info` what is told beside it."""

    def __init__(self, address):
        self.issuer = address
        self.claims = {"sub": "A-1", "given_name": "Ada", "family_name": "Lovelace", "email": "ada@ac-dijon.example"}
        self.spoil = self.spoil_info = lambda claims: claims
        self.signed_info = False
        self.codes, self.tokens, self.asked = {}, {}, []

    def sign(self, claims, key=None):
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, key or KEY)

    def authorize(self, asked):
        """Return where the browser goes after the person signed in, as `GET /authorize` redirects."""
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        self.asked.append(asked)
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, form, credentials):
        asked = self.codes.pop(form["code"])
        proof = urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        assert proof == asked["code_challenge"]
        assert credentials == f"{CLIENT}:{SECRET}"
        assert form["redirect_uri"] == asked["redirect_uri"]
        token = secrets.token_urlsafe(8)
        self.tokens[token] = dict(self.claims)
        now = int(time.time())
        said = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": self.claims["sub"],
            "nonce": asked["nonce"],
            "iat": now,
            "exp": now + 60,
        }
        return {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": 60,
            "id_token": self.sign(self.spoil(said)),
        }

    def discovery(self):
        at = self.issuer
        return {
            "issuer": at,
            "authorization_endpoint": f"{at}/authorize",
            "token_endpoint": f"{at}/token",
            "userinfo_endpoint": f"{at}/userinfo",
            "jwks_uri": f"{at}/jwks",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        academy, url = self.server.academy, urlsplit(self.path)
        if url.path == "/.well-known/openid-configuration":
            self.say(academy.discovery())
        elif url.path == "/jwks":
            self.say({"keys": [KEY.as_dict(private=False)]})
        elif url.path == "/authorize":
            asked = {name: values[0] for name, values in parse_qs(url.query).items()}
            self.send_response(302)
            self.send_header("Location", academy.authorize(asked))
            self.end_headers()
        elif url.path == "/userinfo":
            claims = academy.spoil_info(academy.tokens[self.headers["Authorization"].removeprefix("Bearer ")])
            if academy.signed_info:
                signed = academy.sign({**claims, "iss": academy.issuer, "aud": CLIENT, "exp": int(time.time()) + 60})
                self.say(signed, "application/jwt")
            else:
                self.say(claims)

    def do_POST(self):
        form = {
            name: values[0]
            for name, values in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()
        }
        credentials = b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode()
        self.say(self.server.academy.token(form, credentials))

    def say(self, what, kind="application/json"):
        body = (what if isinstance(what, str) else json.dumps(what)).encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextlib.contextmanager
def serving():
    """Run a server; whoever uses it gives it an `academy` first."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def come_back(browser, dijon, to="/me", key="dijon", **more):
    """Sign in there, and return what our callback answers."""
    return returning(browser, dijon, f"/login/oidc/{key}?next={to}", **more)


def forget_proofs(browser):
    """Let an hour pass since the person of a session proved who they are; its academy's clock and ours stay."""
    session = browser.session
    session[RECORDS] = [{**one, "at": one["at"] - 3600} for one in session[RECORDS]]
    session.save()


def returning(browser, dijon, way, **more):
    """Go the way to an academy, sign in there, and return what our callback answers."""
    sent = browser.get(way, **more)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(sent.headers["Location"]).query).items()}
    back = urlsplit(dijon.authorize(asked))
    return browser.get(f"{back.path}?{back.query}")
