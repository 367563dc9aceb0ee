"""Who speaks for a person: of their records, the one whose current posting began last; if none runs, one that is still stated.

What it says is theirs: their name, and the address they are written to. It is the one rule of merges, of the page that announces them, of their undoing, of feeds and of the night.
A posting given by hand speaks where no record does, for the account it was given to.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, TypeVar

from django.db.models import F, Max, Q
from django.db.models.functions import Coalesce

from cartable.identity import dated
from cartable.identity.feeds.models import Row
from cartable.identity.models import Address, Person, Posting
from cartable.identity.people import claimed
from cartable.kernel import clock
from cartable.kernel.bulk import among

What = TypeVar("What")


class Joined(NamedTuple):
    """What two accounts come to as one: who stays, who goes over, and which of the two speaks for both, and why."""

    stays: Person
    goes: Person
    speaks: Person  # whose name it bears
    since: date | None  # when the posting began for which it speaks; None: no such posting runs
    tied: bool  # such postings of both began that day: it speaks because it is the one that stays
    still: bool  # it speaks because feeds state it still, and not the other
    passed: bool  # a later posting, given by hand, is passed over for it
    main: Address | None  # the one it is written to


def joined(stays: Person, goes: Person) -> Joined:
    """Return what two accounts come to as one today. Who asks beforehand is answered what a merge then does."""
    found = began([stays.pk, goes.pk], dated.running_there())
    records = Row.objects.filter(person__in=[stays, goes]).select_related("feed").order_by("pk")
    heard = speaking(list(records), lambda row: found.get(row.person_id or 0, {}).get(row.source))
    of = {row.person_id for row in heard}
    mine, theirs = (max(found.get(each.pk, {}).values(), default=None) for each in (stays, goes))
    if heard:
        since = found.get(heard[0].person_id or 0, {}).get(heard[0].source)
        speaker = stays if stays.pk in of else goes
    else:
        speaker = stays if theirs is None or (mine is not None and mine >= theirs) else goes
        since = mine if speaker is stays else theirs
    later = max((held[""] for held in found.values() if "" in held), default=date.min)
    passed = bool(heard) and later > (since or date.min)
    tied = since is not None and (len(of) == 2 if heard else mine == theirs)
    held = {one.person_id: one for one in Address.objects.filter(person__in=[stays, goes], primary=True)}
    main = held.get(speaker.pk) or next(iter(held.values()), None)
    return Joined(stays, goes, speaker, since, tied, since is None and len(of) == 1, passed, main)


def speaking(records: Sequence[Row], since: Callable[[Row], date | None]) -> list[Row]:
    """Return which of the records of somebody, in the order they came, speak for them: one, or several of equals; none, if all are over.

    `since` says when the last of the current postings of a record began.
    """
    ranks = [(since(row) or date.min, row.live) for row in records]
    best = max(ranks, default=(date.min, False))
    return [row for row, rank in zip(records, ranks, strict=True) if rank == best] if best > (date.min, False) else []


def by_source(began: Mapping[str, date]) -> Callable[[Row], date | None]:
    """Return what says when the last of the current postings of each record of somebody began, of whom that is known by source."""
    return lambda row: began.get(row.source)


def chosen(heard: Sequence[Row], say: Callable[[Row], What | None], now: What, fresh: Row | None = None) -> What:
    """Return what those say who speak: of equals what one says anew (`fresh`), else as it is now, else as the last that came.

    Where none speaks, or none says anything, it stays as it is now.
    """
    if fresh is not None and fresh in heard and (anew := say(fresh)) is not None:
        return anew
    said = [what for row in heard if (what := say(row)) is not None]
    return now if now in said or not said else said[-1]


def began(people: Iterable[int], runs: Q) -> dict[int, dict[str, date]]:
    """Return, for each person and each source of theirs, when the last of its postings began of those that run. One query."""
    held = Posting.objects.filter(runs, among("person", people), cancelled=False).order_by()
    found: dict[int, dict[str, date]] = {}
    for person, source, start in held.values_list("person", "source").annotate(Max("start")):
        found.setdefault(person, {})[source] = start
    return found


@dataclass(slots=True)
class Written:
    """Where somebody is written to, and the address that each of their records gave last, by source."""

    main: str = ""
    by_hand: bool = False  # no record gave it: it stays, unless a record that speaks gives another
    stated: dict[str, str] = field(default_factory=dict)


def written(people: Collection[int]) -> dict[int, Written]:
    """Return where each of these people is written to, and may be as their records say: not where somebody else is now. One query."""
    found = {one: Written() for one in people}
    rows = Address.objects.filter(among("person", people)).annotate(claimed=claimed())
    for one in rows.order_by(
        "primary", Coalesce("until", "since"), "pk"
    ):  # of a record the one that is written to, else was last
        held = found[one.person_id]
        if one.primary:
            held.main, held.by_hand = one.mail, not one.source
        if one.source and one.begins is None and not one.claimed:
            held.stated[one.source] = one.mail
    return found


def mail(heard: Sequence[Row], held: Written, fresh: Row | None = None) -> str:
    """Return where somebody is written to by the records that speak for them; `fresh` gives a new address, or one again."""
    if held.by_hand and (fresh is None or fresh not in heard):
        return held.main
    return chosen(heard, lambda row: held.stated.get(row.source), held.main, fresh)


def write_to_latest(person: Person) -> None:
    """Have a person whom no address is written to any more be written to at the one that was last."""
    held = Address.objects.filter(person=person)
    if held.filter(primary=True).exists():
        return
    last = held.order_by(F("begins").asc(nulls_first=True), Coalesce("until", "since").desc(), "-pk").first()
    if last:
        Address.objects.filter(pk=last.pk).update(primary=True, until=None, begins=None)


def announced(person: Person) -> date | None:
    """Return the day on which the first posting of somebody begins who works nowhere yet; None if they do, or none is to come."""
    held = Posting.objects.filter(person=person, cancelled=False)
    if held.filter(dated.running_there()).exists():
        return None
    return held.filter(start__gt=clock.today()).order_by("start").values_list("start", flat=True).first()
