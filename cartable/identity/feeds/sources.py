"""What there is against the first feed of a source: that its name may be mistyped, and that it would double people.

A source that is no academy is legitimate (an HR directory): it is a question, which `--yes` or a person at the terminal answers.
"""

from difflib import get_close_matches

from cartable.identity import structures
from cartable.identity.feeds import valve
from cartable.identity.feeds.models import Feed
from cartable.identity.feeds.plans import Plan
from cartable.identity.names import fold


def objections(feed: Feed, first: Plan, stated: int) -> list[str]:
    """Return why the first feed of a source should not be applied unasked, by what its first records, `stated`, would change."""
    return [*objections_to_name(feed), *valve.objections_to_doubles(len({one for one, *_ in first.cases}), stated)]


def objections_to_name(feed: Feed) -> list[str]:
    """Return why a source should not be begun unasked: its name is no academy's, and none that was here before."""
    if feed.academy_id or Feed.objects.filter(scope=feed.scope).exists():
        return []
    near = _nearest(feed.scope)
    return [
        f"would be the first of a source {feed.scope!r}, which is no academy" + (f" (is it {near}?)" if near else "")
    ]


def _nearest(label: str) -> str:
    """Return the name of an academy, or of a source that was here before, that this one may have been meant for; else nothing."""
    sources = Feed.objects.filter(academy=None).values_list("scope", flat=True).distinct()
    known = {fold(one): one for one in sources} | {name: name.upper() for name in structures.names_of_academies()}
    return next((known[name] for name in get_close_matches(fold(label), known, n=1)), "")
