"""A school joins another, or is one again, as a person says: whom feeds post there goes along, and where each is stated is kept (decision 17)."""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from cartable.identity import dated, finding, people, postings, tasks
from cartable.identity.delegations import BY_HAND
from cartable.identity.feeds import turns
from cartable.identity.feeds.facts import LOOK_AGAIN
from cartable.identity.feeds.models import Batch, Feed, Row
from cartable.identity.models import Posting, Structure
from cartable.kernel import audit, clock
from cartable.kernel.errors import Busy, Conflict

UNDER_WAY = timedelta(hours=1)  # since an import began that did not end: it may have been killed


def _posted(day: date, where: Q) -> QuerySet[Posting]:
    """Return the postings somewhere that feeds state, and that are not over on a day."""
    return Posting.objects.filter(where, dated.not_over(day), cancelled=False).exclude(source=BY_HAND)


@transaction.atomic
def join(school: Structure, other: Structure) -> int:
    """Close a school, which joins another, and post there those whom feeds post here; return how many. What was given by hand stays.

    Raises Conflict if one of the two joined another already, Busy while an import is applied.
    """
    _take_turn(school, other)
    if school.successor_id or other.successor_id or school == other:
        raise Conflict(school.code)
    day = postings.day_at(school)
    Structure.objects.filter(successor=school.pk).update(successor=other.pk)  # those that had joined it
    Structure.objects.filter(pk=school.pk).update(closed=day, joined=other.pk, successor=other.pk)
    tasks.tell_those_posted.enqueue(other.pk)  # what was the closed one's is theirs too
    audit.record("structure.join", structure=school.pk, other=other.pk)
    return _move(day, Q(structure=school.pk), other)


@transaction.atomic
def part(school: Structure) -> int:
    """Open again a school that joined another, with those that had joined it, and post here those who are stated in one of them.

    Return how many moved. Raises Conflict if it joined none, Busy while an import is applied.
    """
    _take_turn(school)
    if not school.successor_id:
        raise Conflict(school.code)
    there, these = school.successor_id, _gathered(school)
    Structure.objects.filter(pk__in=these - {school.pk}).update(successor=school.pk)
    Structure.objects.filter(pk=school.pk).update(closed=None, joined=None, successor=None)
    tasks.tell_those_posted.enqueue(there)
    audit.record("structure.part", structure=school.pk, other=there)
    return _move(postings.day_at(school), Q(structure=there, stated__in=these), school)


@transaction.atomic
def give(school: Structure, academy: Structure) -> None:
    """Have a school be one of another academy, which says from then on who heads it.

    Raises Conflict if it is already, Busy while an import is applied.
    """
    _take_turn(school)
    if school.parent_id == academy.pk:
        raise Conflict(school.code)
    Structure.objects.filter(pk=school.pk).update(parent=academy.pk)
    finding.follow_places([school.pk])
    _of(postings.day_at(school), school).update(hash=LOOK_AGAIN)  # who heads it is told by another academy
    tasks.tell_those_posted.enqueue(school.pk)
    audit.record("structure.give", structure=school.pk, other=academy.pk)


def look_again(feed: Feed, day: date, school: Structure) -> int:
    """Have what a feed states of a school, and of whom it posts there, looked at again, unchanged as it may be.

    Return how many rows that wrote.
    """
    return _of(day, school).filter(feed=feed).exclude(hash=LOOK_AGAIN).update(hash=LOOK_AGAIN)


def _of(day: date, school: Structure) -> QuerySet[Row]:
    """Return what feeds state of a school, and of whom they post there."""
    there = _posted(day, Q(structure=school.pk) | Q(stated=school.pk)).values("person")
    return Row.objects.filter(Q(person__in=there) | Q(structure=school.pk), live=True)


def _take_turn(*structures: Structure) -> None:
    """Wait for our turn, and know what some structures are now. Raises Busy while an import is applied, which looked at them before."""
    turns.take()
    if Batch.objects.filter(finished_at=None, started_at__gt=clock.now() - UNDER_WAY).exists():
        raise Busy
    for one in structures:
        one.refresh_from_db()


def _gathered(school: Structure) -> set[int]:
    """Return a school, those that joined it, those that joined these, and so on: by number."""
    found, last = {school.pk}, {school.pk}
    while last:
        last = set(Structure.objects.filter(joined__in=last).values_list("pk", flat=True)) - found
        found |= last
    return found


def _move(day: date, where: Q, to: Structure) -> int:
    """End postings on a day, and begin them in another school; where each is stated is kept. Return whose they are, how many."""
    there = _posted(day, where)
    stated = {one: one.stated_id or one.structure_id for one in there.order_by("pk")}
    begun = [
        Posting(
            person_id=one.person_id,
            structure=to,
            stated_id=None if at == to.pk else at,
            function=one.function,
            discipline=one.discipline,
            start=max(one.start, day),
            end=one.end,
            source=one.source,
        )
        for one, at in stated.items()
    ]
    there.filter(start__gte=day).update(end=F("start"), cancelled=True)  # it begins there
    there.update(end=day)
    Posting.objects.bulk_create(begun)
    moved = {one.person_id for one in begun}
    people.changed(moved)
    return len(moved)
