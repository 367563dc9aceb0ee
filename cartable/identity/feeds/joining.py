"""A school joins another, or is one again: whom feeds post there goes along, and where each is stated is remembered (decision 17)."""

from datetime import date

from django.db import transaction
from django.db.models import F, Q, QuerySet

from cartable.identity import dated, people, postings, tasks
from cartable.identity.delegations import BY_HAND
from cartable.identity.feeds import turns
from cartable.identity.feeds.facts import LOOK_AGAIN
from cartable.identity.feeds.models import Feed, Row
from cartable.identity.models import Posting, Structure
from cartable.kernel import audit
from cartable.kernel.errors import Conflict


def posted(day: date, where: Q) -> QuerySet[Posting]:
    """Return the postings somewhere that feeds state, and that are not over on a day."""
    return Posting.objects.filter(where, dated.not_over(day), cancelled=False).exclude(source=BY_HAND)


def join(day: date, school: Structure, other: Structure, by: str, these: set[int]) -> tuple[int, int]:
    """Close a school, which joins another, and post there those whom feeds post here. What was given by hand stays.

    `by` is the feed that says so, or `BY_HAND`; `these` are the school and those that go along (see `gathered`). One that had joined a
    third leaves that. Return how many rows that wrote, and how many people moved.
    """
    here = Q(structure=school.pk, stated=None) | Q(structure=school.pk, stated__in=these) | _stated(school, these)
    written = _lead(these, other.pk)
    Structure.objects.filter(pk=school.pk).update(closed=day, joined=other.pk, joined_by=by)
    rows, moved = _move(day, here, other)
    tasks.tell_those_posted.enqueue(other.pk)  # what was the closed one's is theirs too
    school.refresh_from_db()
    return written + rows, moved


def part(day: date, school: Structure, these: set[int]) -> tuple[int, int]:
    """Open again a school that had joined another, and post here those who are stated here, or in what goes along (see `gathered`).

    Return how many rows that wrote, and how many people moved.
    """
    here, there = _stated(school, these), school.successor_id
    written = _lead(these - {school.pk}, school.pk)
    written += Structure.objects.filter(pk=school.pk).update(closed=None, joined=None, joined_by="", successor=None)
    rows, moved = _move(day, here, school)
    if there:
        tasks.tell_those_posted.enqueue(there)
    school.refresh_from_db()
    return written + rows, moved


@transaction.atomic
def join_by_hand(school: Structure, other: Structure) -> int:
    """Have a school join another, whatever feeds say, and return how many people moved. Raises Conflict if one of the two joined another."""
    turns.take()
    _refresh(school, other)
    if school.successor_id or other.successor_id or school == other:
        raise Conflict(school.code)
    _, moved = join(postings.day_at(school), school, other, BY_HAND, gathered(school))
    audit.record("structure.join", structure=school.pk, other=other.pk)
    return moved


@transaction.atomic
def part_by_hand(school: Structure) -> int:
    """Open again a school that joined another, and return how many people moved. Raises Conflict if it did not."""
    turns.take()
    _refresh(school)
    if not school.successor_id:
        raise Conflict(school.code)
    audit.record("structure.part", structure=school.pk, other=school.successor_id)
    return part(postings.day_at(school), school, gathered(school))[1]


def _refresh(*schools: Structure) -> None:
    for one in schools:
        one.refresh_from_db()


def _stated(school: Structure, these: set[int]) -> Q:
    """Return what selects the postings that are stated in some schools, and are in what one of them had joined."""
    school.refresh_from_db()
    return Q(structure=school.successor_id, stated__in=these) if school.successor_id else Q(pk__in=())


def _lead(these: set[int], where: int) -> int:
    """Have schools that joined another be elsewhere; return how many rows that wrote."""
    return Structure.objects.filter(pk__in=these).update(successor=where)


def gathered(school: Structure) -> set[int]:
    """Return a school, those that joined it, those that joined these, and so on: by number."""
    found, last = {school.pk}, {school.pk}
    while last:
        last = set(Structure.objects.filter(joined__in=last).values_list("pk", flat=True)) - found
        found |= last
    return found


def look_again(feed: Feed, day: date, school: Structure) -> int:
    """Have what a feed states of a school, and of whom it posts there, looked at again, unchanged as it may be; return how many rows that wrote."""
    there = posted(day, Q(structure=school.pk) | Q(stated=school.pk)).values("person")
    rows = Row.objects.filter(Q(person__in=there) | Q(structure=school.pk), feed=feed, live=True)
    return rows.exclude(hash=LOOK_AGAIN).update(hash=LOOK_AGAIN)


def _move(day: date, where: Q, to: Structure) -> tuple[int, int]:
    """End postings on a day, and begin them in another school; where each is stated is kept, if that is not there."""
    there = posted(day, where)
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
    return 2 * len(begun), len(moved)
