"""An application as the tests play it: asked step by step."""

import base64
import json
import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.test import Client as Browser

from cartable.identity.oidc import clients
from cartable.identity.oidc.clients import Registration
from tests.identity.oidc.served import challenge_of

BACK = "https://notes.example/back"


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
