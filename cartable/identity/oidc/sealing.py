"""Secrets that we must show others again, such as the token of an application's SCIM server: sealed with the site's key."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken

from cartable.kernel.errors import BadInput
from cartable.options import secret_key


def seal(secret: str) -> str:
    """Return what may be kept of a secret."""
    return _box().encrypt(secret.encode()).decode()


def unseal(kept: str) -> str:
    """Return the secret. Raises BadInput if the site's key is another by now."""
    try:
        return _box().decrypt(kept.encode()).decode()
    except InvalidToken as foreign:
        raise BadInput("it was sealed with another key of the site: give it again") from foreign


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"seal " + secret_key().encode()).digest()))
