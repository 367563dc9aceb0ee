"""What a person is called, and where they are written to, of whom records keep what they say (`Row.said`): as that does which
speaks for them (`leading.py`).

It is asked wherever a record changes, after a merge was undone, and in the night after a posting of theirs began or ended; as an address
begins that came with an announced posting, too.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import chain

from django.db import transaction
from django.db.models import Q

from cartable.identity import dated, people
from cartable.identity.feeds import civil, leading, turns
from cartable.identity.feeds.civil import Named
from cartable.identity.feeds.models import Row
from cartable.identity.models import Address, Person, Posting
from cartable.kernel import clock
from cartable.kernel.bulk import among, batches

LATE = timedelta(days=7)  # a night may have been missed


def called(heard: Sequence[Row], now: Named, fresh: Row | None = None) -> Named:
    """Return what somebody is called by the records that speak for them, who is called so `now`; `fresh` says something new."""
    return leading.chosen(heard, lambda row: civil.read(row.said) if row.said else None, now, fresh)


def unlike(some: Collection[int], before: Mapping[int, Named] | None = None) -> list[tuple[Person, Named, str]]:
    """Return which of these people are called, or written to, otherwise than their records say; how and where they say; read at once.

    Who is called as `before` of whom no record speaks; without it, as they are.
    """
    rows: dict[int, list[Row]] = {}
    for row in Row.objects.filter(among("person", some), said__isnull=False).select_related("feed").order_by("pk"):
        rows.setdefault(row.person_id or 0, []).append(row)
    since = leading.began(some, dated.running_there())
    written, found = leading.written(some), []
    for person, now in civil.of_all(Person.objects.filter(among("pk", some)).order_by("pk")).items():
        heard = leading.speaking(rows.get(person.pk, ()), leading.by_source(since.get(person.pk, {})))
        said = called(heard, (before or {}).get(person.pk, now))
        main = leading.mail(heard, written[person.pk])
        if said != now or main != written[person.pk].main:
            found.append((person, said, main if main != written[person.pk].main else ""))
    return found


def again(some: Collection[int], before: Mapping[int, Named] | None = None) -> list[int]:
    """Call these people, and write to them, as their records say (`unlike`); return for whom that is otherwise now. Whoever asks tells `people.changed`."""
    found = unlike(some, before)
    for person, said, main in found:  # they are few
        civil.give(person, said)
        if main:
            people.give_address(person, main)
    return [person.pk for person, *_ in found]


def follow_dates() -> int:
    """Call, and write to, anew those whose records keep what they say and a posting of whom began or ended lately, each by the day it is there.

    Return for how many that is otherwise. Where all is as it should be it only reads, and nobody waits for it.
    """
    lately = (clock.today() - LATE, clock.today() + dated.DAY)
    crossed = Q(person__postings__start__range=lately) | Q(person__postings__end__range=lately)
    found = 0
    for some in batches(Row.objects.filter(crossed, said__isnull=False).distinct(), "person"):
        if others := unlike(some):
            found += _follow([person.pk for person, *_ in others])
    return found


@transaction.atomic
def _follow(numbers: Collection[int]) -> int:
    turns.take()
    people.locked(*sorted(numbers))
    if others := again(numbers):
        people.changed(others)
    return len(others)


def waiting() -> Iterator[int]:
    """Yield the addresses whose first day has come."""
    return chain.from_iterable(batches(Address.objects.filter(begins__lte=clock.today())))


@transaction.atomic
def begin(number: int) -> None:
    """Write to somebody from now on at an address that waited, if the record that gave it speaks for them.

    Not yet if the posting is announced for later now, and never if it was taken back.
    """
    turns.take()
    waits = Address.objects.filter(pk=number).exclude(begins=None).select_related("person")
    held = waits.select_for_update(of=("self",)).first()
    if held is None:  # erased, or begun, since it was listed
        return
    theirs = Posting.objects.filter(person=held.person, start__gte=held.begins, cancelled=False)
    if theirs.filter(start__gt=clock.today()).exists():
        return
    Address.objects.filter(pk=number).update(begins=None)
    if theirs.filter(dated.running_there()).exists() and _speaks(held):
        people.give_address(held.person, held.mail)


def _speaks(held: Address) -> bool:
    """Return whether one is written to at an address that begins: as its record says, or where none speaks."""
    rows = list(Row.objects.filter(person=held.person).select_related("feed").order_by("pk"))
    since = leading.began([held.person_id], dated.running_there()).get(held.person_id, {})
    heard = leading.speaking(rows, leading.by_source(since))
    written = leading.written([held.person_id])[held.person_id]
    written.stated[held.source] = held.mail
    fresh = next((row for row in heard if row.source == held.source), None)
    return not heard or leading.mail(heard, written, fresh) == held.mail
