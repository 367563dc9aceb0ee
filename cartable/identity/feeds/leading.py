"""Who speaks for a person, of several accounts or records: the one of the current posting that began last.

Its name is theirs, and its address is the one they are written to.
"""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from django.db.models import F, Max, Q

from cartable.identity import dated
from cartable.identity.models import Address, Person, Posting
from cartable.kernel import clock
from cartable.kernel.bulk import among


class Joined(NamedTuple):
    """What two accounts come to as one: who stays, who goes over, and which of the two speaks for both."""

    stays: Person
    goes: Person
    speaks: Person  # whose name it bears
    since: date | None  # when their current posting began, the latest of both; None: neither works anywhere
    main: Address | None  # the one it is written to


def joined(stays: Person, goes: Person) -> Joined:
    """Return what two accounts come to as one today. Who asks beforehand is answered what a merge then does."""
    found = began([stays.pk, goes.pk], dated.running_there())
    since, others = (max(found.get(each.pk, {}).values(), default=None) for each in (stays, goes))
    speaker, latest = (stays, since) if speaks(since, others) else (goes, others)
    held = {one.person_id: one for one in Address.objects.filter(person__in=[stays, goes], primary=True)}
    return Joined(stays, goes, speaker, latest, held.get(speaker.pk) or next(iter(held.values()), None))


def began(people: Iterable[int], runs: Q) -> dict[int, dict[str, date]]:
    """Return, for each person and each source of theirs, when the last of its postings began of those that run. One query."""
    held = Posting.objects.filter(runs, among("person", people), cancelled=False).order_by()
    found: dict[int, dict[str, date]] = {}
    for person, source, start in held.values_list("person", "source").annotate(Max("start")):
        found.setdefault(person, {})[source] = start
    return found


def speaks(one: date | None, other: date | None) -> bool:
    """Return whether one, whose posting began on a day (None: has none), speaks rather than another. Of equals the one asked for."""
    return other is None or (one is not None and one >= other)


def write_to_latest(person: Person) -> None:
    """Have a person whom no address is written to any more be written to at the one that was last."""
    held = Address.objects.filter(person=person)
    if held.filter(primary=True).exists():
        return
    last = held.order_by(F("begins").asc(nulls_first=True), F("until").desc(nulls_first=True), "-since").first()
    if last:
        Address.objects.filter(pk=last.pk).update(primary=True, until=None, begins=None)


def announced(person: Person) -> date | None:
    """Return the day on which the first posting of somebody begins who works nowhere yet; None if they do, or none is to come."""
    held = Posting.objects.filter(person=person, cancelled=False)
    if held.filter(dated.running_there()).exists():
        return None
    return held.filter(start__gt=clock.today()).order_by("start").values_list("start", flat=True).first()
