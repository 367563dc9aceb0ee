"""Keyed digests: what we keep of a key that somebody outside gives a person. The value itself is kept nowhere."""

import hashlib
import hmac

from cartable.identity.feeds.models import Feed
from cartable.options import secret_key

SIZE = 16  # bytes


def digest(kind: str, scope: str, value: str) -> bytes:
    """Return what is kept of a key: its HMAC under the site's key, the same in any case of letters."""
    text = "\x00".join((kind, scope, value.strip().upper()))
    return hmac.digest(secret_key().encode(), text.encode("utf-8", "surrogatepass"), hashlib.sha256)[:SIZE]


def of_school(feed: Feed, key: str) -> bytes:
    """Return under what the row of a feed is kept that states a school: by its number in a directory, or by its UAI elsewhere."""
    return digest("structure", feed.scope, key)
