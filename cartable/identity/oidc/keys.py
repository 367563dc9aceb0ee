"""The keys that sign what applications are told (RS256), and the set of them that is published (RFC 7517).

A key is drawn at its first use. The next one is published an hour before it signs, so that applications which keep the set
know it by then; the former one stays published until nobody shows what it signed.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.db import IntegrityError, transaction
from django.db.models import Q
from jwt.algorithms import RSAAlgorithm
from jwt.types import Options

from cartable.identity.oidc.models import SigningKey
from cartable.kernel import audit, clock, sealing
from cartable.kernel.errors import Expired
from cartable.options import public_url

BITS = 2048
SEALED = "signing key"
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)  # the first key signs from then
PUBLISHED_FOR = timedelta(hours=1)  # how long applications may keep the set
SHOWN_AFTER = timedelta(days=15)  # an ID token may be shown again, to sign out, as long as a session lasts


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it signs, and as it is published (RFC 7517 §4)."""

    kid: str
    private: rsa.RSAPrivateKey
    public: dict[str, Any]


def sign(claims: dict[str, Any], kind: str = "JWT") -> str:
    """Return a signed token of these claims; `kind` is its `typ`."""
    key = signing()
    return jwt.encode(claims, key.private, algorithm="RS256", headers={"kid": key.kid, "typ": kind})


def read(token: str) -> dict[str, Any] | None:
    """Return the claims of a token that we signed, be it over or not; None if we did not."""
    try:
        kid = jwt.get_unverified_header(token).get("kid")
        key = next(one for one in _published() if one.kid == kid)
        over = Options(verify_exp=False, verify_aud=False, verify_iat=False)
        return jwt.decode(token, key.private.public_key(), ["RS256"], over, issuer=public_url())
    except (jwt.PyJWTError, StopIteration):
        return None


def signing() -> Key:
    """Return the key that signs now; drawn, if there is none."""
    return _present() or _first()


def published() -> list[dict[str, Any]]:
    """Return the public half of each key that signs, will sign, or whose tokens may still be shown."""
    signing()
    return [key.public for key in _published()]


@transaction.atomic
def rotate(*, at_once: bool = False) -> str:
    """Draw the next key and return its id. It signs in an hour; `at_once`, it does now and all others are withdrawn."""
    now = clock.now()
    if at_once:
        SigningKey.objects.all().delete()
        key = _draw(now)
    else:
        signing()  # there is one until then
        key = _draw(now + PUBLISHED_FOR)
        former = SigningKey.objects.filter(kept_until=None).exclude(pk=key.kid)
        former.update(kept_until=now + PUBLISHED_FOR + SHOWN_AFTER)
    audit.record("oidc.rotate", kid=key.kid)
    return key.kid


def forget_old() -> None:
    """Delete the keys that are no longer published."""
    SigningKey.objects.exclude(_kept()).delete()


def _first() -> Key:
    """Draw a key that signs at once. Of workers that meet none together one draws it, since no two begin at one moment."""
    known = (
        SigningKey.objects.exists()
    )  # another has just drawn it; or it is under another key of the site, of no use here
    if known and (drawn := _present()):
        return drawn
    try:
        with transaction.atomic():
            return _draw(clock.now() if known else BEGINNING)
    except IntegrityError:
        return signing()


def _present() -> Key | None:
    rows = SigningKey.objects.filter(_kept(), signs_from__lte=clock.now()).order_by("-signs_from")
    keys = (_opened(row.pem) for row in rows)
    return next((key for key in keys if key), None)


def _kept() -> Q:
    return Q(kept_until=None) | Q(kept_until__gt=clock.now())


def _published() -> list[Key]:
    rows = SigningKey.objects.filter(_kept()).order_by("-signs_from")
    return [key for row in rows if (key := _opened(row.pem))]


def _draw(signs_from: datetime) -> Key:
    private = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    plain, key = serialization.NoEncryption(), _key(private)
    pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain).decode()
    SigningKey.objects.create(kid=key.kid, pem=sealing.seal(pem, SEALED), signs_from=signs_from)
    return key


@lru_cache(maxsize=16)  # opening one takes longer than signing with it a hundred times
def _opened(sealed: str) -> Key | None:
    """Return the key of a row; None if it was sealed under another key of the site."""
    try:
        pem = sealing.unseal(sealed, SEALED)
    except Expired:
        return None
    private = serialization.load_pem_private_key(pem.encode(), None)
    return _key(private) if isinstance(private, rsa.RSAPrivateKey) else None


def _key(private: rsa.RSAPrivateKey) -> Key:
    public = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    members = json.dumps({name: public[name] for name in ("e", "kty", "n")}, separators=(",", ":"))  # RFC 7638 §3
    kid = base64.urlsafe_b64encode(hashlib.sha256(members.encode()).digest()).rstrip(b"=").decode()
    return Key(
        kid, private, {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": public["n"], "e": public["e"]}
    )
