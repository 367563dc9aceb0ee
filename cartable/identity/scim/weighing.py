"""The safety valve for people who are stated one at a time: what a source ends and renames in a day, and whom it takes out of
teams, is weighed like a file.

Counted by the hour, in 25 rows at most, so that a write costs the same whatever came before it. Who arrives is not weighed:
a directory that begins states everybody, one after the other. Who is deleted, and so leaves teams, is weighed by the postings
that end.
"""

import logging
import shlex
from collections import Counter
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from cartable.identity.feeds import groups, known, valve
from cartable.identity.feeds.importing import find_feed
from cartable.identity.feeds.models import Feed, ScimHour
from cartable.identity.feeds.plans import Plan
from cartable.kernel import audit, clock
from cartable.kernel.errors import NotFound

logger = logging.getLogger(__name__)
STREAM = "scim"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
COUNTED = ("begun", "ended", "arrived", "renamed", "joined", "left")


def weigh(feed: Feed, changed: Counter[str]) -> None:
    """Count what a write changes (COUNTED), in the caller's transaction, which lets no other write of the source by.

    Raises valve.TooMuch, and counts nothing, if with it the source ends, renames or takes out of teams more in a day than a
    file of all it holds may unasked.
    """
    changed = +changed
    if not changed or Feed.objects.filter(pk=feed.pk, allowed_until__gt=clock.now()).exists():
        return
    hours = list(ScimHour.objects.filter(feed=feed, since__gt=clock.now() - DAY - HOUR).order_by("since"))
    first = hours[0] if hours else _hour(feed, changed)
    day = sum((Counter({what: getattr(one, what) for what in COUNTED}) for one in hours), changed)
    measure = valve.Measure(
        ended=day["ended"] if changed["ended"] else 0,
        created=0,
        renamed=day["renamed"] if changed["renamed"] else 0,
        postings=first.postings + day["begun"],
        people=first.people + day["arrived"],
        left=day["left"] if changed["left"] else 0,
        members=first.members + day["joined"],
    )
    if objections := valve.objections(measure, clock.today()):
        raise valve.TooMuch(*objections)
    if not hours or hours[-1].since <= clock.now() - HOUR:
        ScimHour.objects.filter(feed=feed, since__lte=clock.now() - DAY - HOUR).delete()
        hours.append(_hour(feed, changed) if hours else first)
        hours[-1].save(force_insert=True)
    ScimHour.objects.filter(pk=hours[-1].pk).update(**{what: F(what) + count for what, count in changed.items()})


def changes(plan: Plan) -> Counter[str]:
    """Return what a plan changes, of what is counted."""
    today = clock.today()
    begun = sum(posting.end is None or posting.end > today for _, posting in plan.begun)
    return Counter(begun=begun, ended=plan.ended_postings, arrived=len(plan.newcomers), renamed=len(plan.renamed))


def _hour(feed: Feed, changed: Counter[str]) -> ScimHour:
    """Return what a source holds as an hour begins, before a change: that of members is in the tables already."""
    postings, people = known.holdings(feed, clock.today())
    members = groups.held(feed) + changed["left"] - changed["joined"]
    return ScimHour(feed=feed, since=clock.now(), postings=postings, people=people, members=members)


def sentence(feed: Feed, objections: valve.TooMuch) -> str:
    """Return what whoever runs the directory reads: what was refused, and what lets it by."""
    return (
        f"Refused by the safety valve, and nothing was changed: within a day {label_of(feed)} {' and '.join(objections.args)}. "
        f"If that is true, whoever runs Cartable lets it by: cartable scim allow {shlex.quote(label_of(feed))}"
    )


def stop(feed: Feed, objections: valve.TooMuch) -> None:
    """Keep, once a day, that a source was stopped: in the log, the audit trail, and for `cartable doctor`."""
    now = clock.now()
    silent = Feed.objects.filter(Q(stopped_at=None) | Q(stopped_at__lte=now - DAY), pk=feed.pk)
    if silent.update(stopped_at=now):
        logger.warning("%s", sentence(feed, objections))
        audit.record("scim.stop", feed=feed.pk, source=feed.name, why=" and ".join(objections.args))


def stopped() -> list[tuple[str, datetime]]:
    """Return the labels of the sources that were stopped within a day and not allowed since, and when."""
    found = Feed.objects.filter(stopped_at__gt=clock.now() - DAY).order_by("stopped_at")
    return [(label_of(one), one.stopped_at) for one in found if one.stopped_at]


@transaction.atomic
def allow(label: str, time: timedelta) -> datetime:
    """Let a source end and rename as many as it states for a time, and return until when; no time takes that back.

    What it changed before and meanwhile is counted no more. Raises BadInput, NotFound if it never wrote here.
    """
    feed, until = find_feed(label, STREAM), clock.now() + time
    if feed.pk is None:
        raise NotFound(label)
    Feed.objects.filter(pk=feed.pk).update(allowed_until=until, stopped_at=None)
    ScimHour.objects.filter(feed=feed).delete()
    audit.record("scim.allow", feed=feed.pk, source=feed.name, until=until)
    return until


def label_of(feed: Feed) -> str:
    """Return what a source is called in commands."""
    return feed.name.removesuffix(f" {STREAM}")
