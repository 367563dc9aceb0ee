"""What a person is called of whom several records speak: as the one says whose current posting began last (`Row.said`).

It is asked wherever a record changes, after a merge was undone, and in the night after a posting of theirs began or ended.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q

from cartable.identity import dated, people
from cartable.identity.feeds import civil, leading, turns
from cartable.identity.feeds.civil import Named
from cartable.identity.feeds.models import Row, source_of
from cartable.identity.models import Person
from cartable.kernel import clock
from cartable.kernel.bulk import batches

LATE = timedelta(days=7)  # a night may have been missed


def called(records: Sequence[Row], since: Mapping[str, date], now: Named, fresh: Row | None = None) -> Named:
    """Return what somebody is called by all records that mean them, in the order they came, each with what it says.

    `since` says when the last of the current postings of a source began. Of those that have none, one that is still stated
    speaks. Of equals it is the one that says something new (`fresh`), else they stay as they are called `now`, else the last that came.
    """

    def rank(row: Row) -> tuple[date, bool]:
        return since.get(source(row), date.min), row.live

    best = max(map(rank, records))
    first = [row for row in records if rank(row) == best]
    said = [civil.read(row.said) for row in first]
    if fresh in first:
        return said[first.index(fresh)]
    return now if now in said else said[-1]


def source(row: Row) -> str:
    """Return what postings bear that a record states."""
    return source_of(row.feed.name, row.part)


def again(person: Person, before: Named) -> None:
    """Call somebody as their records say; who has none that says anything, as before."""
    rows = list(Row.objects.filter(person=person, said__isnull=False).select_related("feed").order_by("pk"))
    since = leading.began([person.pk], dated.running_there()).get(person.pk, {})
    civil.give(person, called(rows, since, before) if rows else before)


def follow_dates() -> int:
    """Call anew those of whom several records speak and a posting began or ended lately, each by the day it is there; return how many."""
    lately = (clock.today() - LATE, clock.today() + dated.DAY)
    crossed = Q(person__postings__start__range=lately) | Q(person__postings__end__range=lately)
    found = 0
    for some in batches(Row.objects.filter(crossed, said__isnull=False, person__merged_into=None).distinct(), "person"):
        found += sum(map(_follow, some))
    return found


@transaction.atomic
def _follow(number: int) -> bool:
    turns.take()
    (person,) = people.locked(number)
    before = civil.of(person)
    again(person, before)
    if person.name == before.name:
        return False
    people.changed([person.pk])
    return True
