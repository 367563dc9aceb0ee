"""An authenticator made of software: what a browser answers when a page asks for a passkey (WebAuthn level 2, §5.8)."""

import json
import secrets
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

SITE = "testserver"
FLAG = AuthenticatorData.FLAG
SURE = FLAG.UP | FLAG.UV  # somebody is there, and the device knows that it is its owner


class Passkey:
    """One credential, of one person at one site."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(16)
        self.owner = ""

    def made(self, options):
        """Return what the device answers to a site that asks for a new credential; it keeps whose it is."""
        asked = options["publicKey"]
        self.owner = asked["user"]["id"]
        public = AttestedCredentialData.create(bytes(16), self.id, ES256.from_cryptography_key(self.key.public_key()))
        seen = self._seen(SURE | FLAG.AT, public)
        answer = {"attestationObject": websafe_encode(AttestationObject.create("none", seen, {}))}
        return self._told("webauthn.create", asked["challenge"], answer, {"credProps": {"rk": True}})

    def shown(self, options):
        """Return what it answers to a site that asks who is there."""
        challenge, seen = options["publicKey"]["challenge"], self._seen(SURE)
        signed = bytes(seen) + sha256(self._client("webauthn.get", challenge)).digest()
        answer = {
            "authenticatorData": websafe_encode(seen),
            "signature": websafe_encode(self.key.sign(signed, ec.ECDSA(SHA256()))),
            "userHandle": self.owner,
        }
        return self._told("webauthn.get", challenge, answer, {})

    def _seen(self, flags, public=b""):
        return AuthenticatorData.create(sha256(SITE.encode()).digest(), flags, 0, public)

    def _client(self, kind, challenge):
        return CollectedClientData.create(kind, challenge, f"https://{SITE}")

    def _told(self, kind, challenge, answer, results):
        response = {**answer, "clientDataJSON": websafe_encode(self._client(kind, challenge))}
        name = websafe_encode(self.id)
        told = {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": results,
        }
        return json.dumps(told)


def add(browser):
    """Add a passkey to the account of who is signed in, through its page, and return it."""
    one = Passkey()
    options = browser.get("/me/factors/passkeys/new").context["js_data"]["creation_options"]
    answer = browser.post("/me/factors/passkeys/new", {"name": "Portable", "credential": one.made(_plain(options))})
    assert answer.status_code == 302
    return one


def sign_in(browser, one):
    """Sign in with a passkey, and return the answer, followed."""
    asked = browser.get("/login/passkey", headers={"accept": "application/json"}).json()["request_options"]
    return browser.post("/login/passkey", {"credential": one.shown(asked)}, follow=True)


def _plain(options):
    """Return options as a page writes them."""
    return json.loads(json.dumps(options, default=lambda one: websafe_encode(bytes(one))))
