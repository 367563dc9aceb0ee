"""Bearer tokens of directories. A token is of one source: it sees and changes what that source states, nothing else."""

import secrets

from cartable.identity.feeds import sources
from cartable.identity.feeds.importing import Ask, find_feed
from cartable.identity.feeds.models import Feed, ScimToken
from cartable.identity.scim.weighing import STREAM
from cartable.kernel import audit
from cartable.kernel.errors import BadInput
from cartable.kernel.sealing import digest


class Doubted(BadInput):
    """Nobody said that a source is meant which may be mistyped. Its argument says why."""


def add(label: str, *, ask: Ask) -> str:
    """Return a fresh token for a source: an academy, or a name. It cannot be read again.

    `ask` is asked whether a source that is new and no academy is meant. Raises BadInput, Doubted if it is not.
    """
    feed = find_feed(label, STREAM)
    if (objections := sources.objections_to_name(feed)) and not ask(objections):
        raise Doubted(" and ".join(objections))
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
