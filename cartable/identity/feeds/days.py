"""Of which day a feed may be: none is applied over a newer one, nor changes over what they do not follow."""

from datetime import date, timedelta

from cartable.identity.feeds.models import Batch, Feed
from cartable.identity.feeds.reading import Source
from cartable.kernel import clock
from cartable.kernel.errors import BadInput

MISSED = timedelta(days=1)  # between two feeds of changes: they come each night


def last_of(feed: Feed) -> Batch | None:
    """Return the batch of a feed that was begun last, with the feed as it is now."""
    return Batch.objects.filter(feed=feed).select_related("feed").order_by("-pk").first() if feed.pk else None


def refuse_wrong(feed: Feed, source: Source, last: Batch | None, *, goes_on: bool) -> None:
    """Raise BadInput for a feed of a day to come, or before what was applied, if only in part; or for changes without what they change.

    `goes_on`: it is what was begun last, and cut.
    """
    dated, name = source.heading.dated, source.files[0].name
    if dated > latest():
        raise BadInput(f"{name}: of {dated}, a day that is still to come: refused")
    refuse_older(feed, source, last)
    if source.heading.complete:
        return
    if feed.dated is None or feed.dated > latest():
        raise BadInput(f"{name}: changes, and no complete feed came before: import a complete one first")
    if dated - feed.dated > MISSED:
        raise BadInput(
            f"{name}: changes of {dated}, after a feed of {feed.dated}: one was missed, import a complete one"
        )
    if last and last.finished_at is None and not goes_on:
        raise BadInput(
            f"{name}: changes, and the feed of {last.dated} was cut: import that one again, or a complete one"
        )


def refuse_older(feed: Feed, source: Source, last: Batch | None) -> None:
    """Raise BadInput for a feed of a day before what was applied, if only in part."""
    dated, name = source.heading.dated, source.files[0].name
    for newest in (feed.dated, last.dated if last else None):
        if newest and dated < newest <= latest():
            raise BadInput(f"{name}: of {dated}, older than what was applied ({newest}): refused")


def latest() -> date:
    """Return the last day a feed may be of: tomorrow, which begins earlier elsewhere. A later one is mistyped, and counts for nothing."""
    return clock.today() + timedelta(days=1)


def written(batch: Batch | None) -> tuple[int, dict[str, int]] | None:
    """Return what is another once a batch wrote more, or another one did."""
    return (batch.pk, batch.counts) if batch else None
