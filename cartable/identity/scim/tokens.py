"""Bearer tokens of directories. A token is of one source: it sees and changes what that source states, nothing else."""

import secrets

from cartable.identity.feeds.importing import find_feed
from cartable.identity.feeds.models import Feed, ScimToken
from cartable.identity.scim.weighing import STREAM
from cartable.kernel import audit
from cartable.kernel.sealing import digest


def add(label: str) -> str:
    """Return a fresh token for a source: an academy, or a name. It cannot be read again. Raises BadInput."""
    feed = find_feed(label, STREAM)
    feed.save()
    token = secrets.token_urlsafe(32)
    ScimToken.objects.create(feed=feed, digest=digest(token))
    audit.record("scim.token", feed=feed.pk)
    return token


def revoke(label: str) -> int:
    """Make every token of a source worthless, and return how many there were."""
    return ScimToken.objects.filter(feed__name=find_feed(label, STREAM).name).delete()[0]


def feed_of(token: str) -> Feed | None:
    """Return the feed whose token this is."""
    return Feed.objects.filter(pk__in=ScimToken.objects.filter(digest=digest(token)).values("feed_id")).first()
