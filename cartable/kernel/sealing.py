"""Secrets, kept so that who reads the database alone learns none: a digest of those that are only compared; those that must be
read again, sealed (Fernet). Both under the site's key.
"""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken

from cartable.kernel.errors import Expired
from cartable.options import secret_key


def digest(secret: str) -> bytes:
    """Return what is kept of a random secret: its HMAC-SHA-256 under the site's key."""
    return hmac.digest(secret_key().encode(), secret.encode(), hashlib.sha256)


def seal(text: str, purpose: str) -> str:
    """Return a text that only `unseal`, for the same purpose, turns back."""
    return _lock(purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, purpose: str) -> str:
    """Return what was sealed. Raises Expired if it was for another purpose, or the site's key has changed since."""
    try:
        return _lock(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken as invalid:
        raise Expired from invalid


def _lock(purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(digest(f"sealed: {purpose}")))
