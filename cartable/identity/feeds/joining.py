"""What becomes of whom a feed posts in a school, once the key that led there means another one."""

from datetime import date

from django.db.models import F, Q, QuerySet

from cartable.identity import dated, people, tasks
from cartable.identity.delegations import BY_HAND
from cartable.identity.feeds.facts import LOOK_AGAIN
from cartable.identity.feeds.models import Feed, Row
from cartable.identity.models import Posting, Structure


def posted(day: date, where: Q) -> QuerySet[Posting]:
    """Return the postings somewhere that feeds state, and that are not over on a day."""
    return Posting.objects.filter(where, dated.not_over(day), cancelled=False).exclude(source=BY_HAND)


def absorb(day: date, structure: Structure, successor: Structure) -> tuple[int, int]:
    """Close a structure, and post in its successor those whom feeds posted here: they were merged. What was given by hand stays.

    Return how many rows that wrote, and how many people moved.
    """
    closed = Structure.objects.filter(pk=structure.pk, successor=None).update(closed=day, successor=successor.pk)
    Structure.objects.filter(successor=structure.pk).update(successor=successor.pk)  # and those that had joined it
    here = posted(day, Q(structure=structure))
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


def part(feed: Feed, day: date, structure: Structure, other: Structure) -> int:
    """Have a key, which strayed to a structure, mean another one; open that again if it had joined this one. Return how many rows that wrote.

    What is stated of the structure, and of those whom feeds post there, is looked at again, unchanged as it may be.
    """
    opened = Structure.objects.filter(pk=other.pk, successor=structure.pk).update(closed=None, successor=None)
    those = Row.objects.filter(person__in=posted(day, Q(structure=structure)).values("person"))
    rows = those if opened else those.filter(feed=feed)  # what had joined it, had with whoever was posted there
    rows |= Row.objects.filter(structure=structure, feed=feed)
    if opened:
        tasks.tell_those_posted.enqueue(structure.pk)
    return opened + rows.filter(live=True).exclude(hash=LOOK_AGAIN).update(hash=LOOK_AGAIN)
