"""What becomes of whom a feed posts in a school, once the key that led there means another one."""

from datetime import date

from django.db.models import F, Q, QuerySet

from cartable.identity import dated, people, tasks
from cartable.identity.feeds.facts import LOOK_AGAIN
from cartable.identity.feeds.models import Feed, Row, stated_by
from cartable.identity.models import Posting, Structure


def posted(feed: Feed, day: date, where: Q) -> QuerySet[Posting]:
    """Return the postings of a feed somewhere that are not over on a day."""
    return Posting.objects.filter(where, stated_by(feed.name), dated.not_over(day), cancelled=False)


def absorb(feed: Feed, day: date, structure: Structure, successor: Structure) -> tuple[int, int]:
    """Close a structure, and post in its successor those whom the feed posted here: they were merged.

    Return how many rows that wrote, and how many people moved.
    """
    closed = Structure.objects.filter(pk=structure.pk, successor=None).update(closed=day, successor=successor.pk)
    here = posted(feed, day, Q(structure=structure))
    moved = [
        Posting(
            person_id=one.person_id,
            structure=successor,
            function=one.function,
            discipline=one.discipline,
            start=max(one.start, day),
            end=one.end,
            source=one.source,
        )
        for one in here.order_by("pk")
    ]
    moving = {one.person_id for one in moved}
    here.filter(start__gte=day).update(end=F("start"), cancelled=True)  # it begins there
    here.update(end=day)
    Posting.objects.bulk_create(moved)
    people.changed(moving)
    tasks.tell_those_posted.enqueue(successor.pk)  # what was the closed one's is theirs too
    return closed + 2 * len(moved), len(moving)


def unsettle(feed: Feed, day: date, structure: Structure) -> int:
    """Have what the feed states of a structure, and of those whom it posts there, looked at again, unchanged as it may be.

    Return how many records that are.
    """
    here = posted(feed, day, Q(structure=structure))
    rows = Row.objects.filter(Q(structure=structure) | Q(person__in=here.values("person")), feed=feed, live=True)
    return rows.exclude(hash=LOOK_AGAIN).update(hash=LOOK_AGAIN)
