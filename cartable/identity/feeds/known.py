"""What the database has about a thousand people a feed speaks of, read in a fixed number of queries."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple, TypeVar

from django.db import connection
from django.db.models import Max, Q

from cartable.identity import quarantine
from cartable.identity.dated import not_over, running_there
from cartable.identity.feeds import leading, matching
from cartable.identity.feeds.matching import Candidate, Likeness
from cartable.identity.feeds.models import Civil, Feed, PersonKey, Row, stated_by
from cartable.identity.models import Address, Person, Posting
from cartable.kernel import bulk
from cartable.kernel.bulk import among

What = TypeVar("What")
MARKS = ("by_name", "by_first", "by_names")
CONTINUITY = timedelta(days=548)  # eighteen months: a posting that ended since makes a move likely
_NAMESAKES = """
WITH given(mark, born) AS ({})
SELECT DISTINCT person_id FROM given JOIN feeds_civil civil ON by_names = mark
WHERE given.born IS NULL OR civil.born IS NULL
    OR substr(CAST(given.born AS text), 1, 4) = substr(CAST(civil.born AS text), 1, 4)
    OR substr(CAST(given.born AS text), 5) = substr(CAST(civil.born AS text), 5)
"""


@dataclass(eq=False, slots=True)
class Someone:
    """A person, known or about to be. Postings are those of the feed; records are of all feeds, in the order they came."""

    id: int | None
    name: str = ""
    likeness: Likeness | None = None
    postings: dict[str, list[Posting]] = field(default_factory=dict)  # by source
    parts: int = 0  # the number of the next record of the feed that means this person
    records: list[Row] = field(default_factory=list)
    since: dict[str, date] = field(
        default_factory=dict
    )  # when the last current posting began of each source of other feeds
    written: leading.Written = field(default_factory=leading.Written)  # known of those of several records


class Holder(NamedTuple):
    """Who holds an address, and the record that gave it, as `Posting.source`."""

    person: int
    source: str = ""


ERASED = Holder(0)  # who held an address was erased


@dataclass(slots=True)
class Known:
    """Rows, keys, people and addresses, by what a feed calls them."""

    rows: dict[bytes, Row]
    owners: dict[bytes, Someone]  # of a key
    people: dict[int, Someone]
    holders: dict[str, Holder]  # of a mail address

    def someone(self, person: int) -> Someone:
        """Return the one object that stands for a person."""
        return self.people.setdefault(person, Someone(person))


def read(feed: Feed, digests: Iterable[bytes], mails: Iterable[str]) -> Known:
    """Return what is known by these digests of keys and these addresses."""
    digests = set(digests)
    rows = {}
    if feed.pk:
        rows = {bytes(row.key): row for row in Row.objects.filter(among("key", digests), feed=feed)}
        for row in rows.values():
            row.feed = feed
    owned = dict(PersonKey.objects.filter(among("digest", digests)).values_list("digest", "person_id"))
    wanted = set(mails) - {""}
    holders = dict.fromkeys(quarantine.held(wanted), ERASED)
    held = Address.objects.filter(among("mail", wanted)).values_list("mail", "person_id", "source")
    holders |= {mail: Holder(person, source) for mail, person, source in held}
    known = Known(rows, {}, {}, holders)
    known.owners = {bytes(digest): known.someone(person) for digest, person in owned.items()}
    for row in rows.values():
        if row.person_id:
            known.someone(row.person_id)
    if known.people:
        _fill(known.people, feed)
        _fill_records(known.people, feed, rows.values())
    return known


def holdings(feed: Feed, day: date) -> tuple[int, int]:
    """Return how many postings that are not over by a day a feed states, and how many people."""
    postings = Posting.objects.filter(not_over(day), stated_by(feed.name)).count()
    return postings, Row.objects.filter(feed=feed, live=True).exclude(person=None).count()


def _fill(people: dict[int, Someone], feed: Feed) -> None:
    for pk, name in Person.objects.filter(among("pk", people)).values_list("pk", "name"):
        people[pk].name = name
    for civil in _civil(among("pk", people)):
        people[civil.person].likeness = civil.likeness
    for posting in Posting.objects.filter(stated_by(feed.name), among("person", people)).order_by("start", "pk"):
        people[posting.person_id].postings.setdefault(posting.source, []).append(posting)


def _fill_records(people: dict[int, Someone], feed: Feed, read_already: Iterable[Row]) -> None:
    """Read which records mean these people; of few there are others than those that were read."""
    there = {row.pk: row for row in read_already}
    held = Row.objects.filter(among("person", people)).order_by("pk").values_list("pk", "person", "feed", "part")
    listed = [(pk, people[person or 0], of == feed.pk, part) for pk, person, of, part in held]
    if others := {pk for pk, *_ in listed if pk not in there}:
        there |= Row.objects.filter(among("pk", others)).select_related("feed").in_bulk()
    for pk, someone, own, part in listed:
        someone.records.append(there[pk])
        if own:
            someone.parts = max(someone.parts, part + 1)
    several = {one.id or 0 for pk, one, *_ in listed if len(one.records) > 1 or pk in others}
    for person, written in leading.written(several).items() if several else ():
        people[person].written = written
    elsewhere = {one.id or 0 for _, one, own, _ in listed if not own}
    for person, since in leading.began(elsewhere, running_there()).items() if elsewhere else ():
        people[person].since = since


def next_parts(feed: Feed, people: Iterable[int]) -> dict[int, int]:
    """Return the number of the next record that means each of these people, of whom the feed has one; of others it is 0.

    It is above all that are in use: an undone merge leaves gaps, and none is filled again.
    """
    if not feed.pk:
        return {}
    used = Row.objects.filter(among("person", people), feed=feed).order_by().values_list("person")
    return {person or 0: last + 1 for person, last in used.annotate(Max("part"))}


class _Civil(NamedTuple):
    person: int
    likeness: Likeness
    marks: tuple[int | None, int | None, int | None]  # as `matching.marks`


def _civil(wanted: Q) -> Iterator[_Civil]:
    """Yield civil facts: as plain values, because those born on one day with a frequent first name are many."""
    rows = Civil.objects.filter(wanted).values_list("pk", "usage_name", "birth_name", "first_name", "born", *MARKS)
    return (_Civil(pk, Likeness(usage, birth, first, born), marks) for pk, usage, birth, first, born, *marks in rows)


def _named(people: Iterable[int]) -> Iterator[_Civil]:
    """Yield what the name alone says of those who came without a feed: by hand, or from where they sign in."""
    rows = Person.objects.filter(among("pk", people), is_active=True).values_list("pk", "name") if people else ()
    return (_Civil(pk, matching.by_name(name), (None, None, None)) for pk, name in rows)


class Compared(NamedTuple):
    """Somebody who is compared with all who are known."""

    likeness: Likeness
    holders: Collection[int]  # of addresses that a feed says are theirs
    registers: Collection[tuple[str, str]]  # that state them: the kind and the scope of their keys


def candidates(some: Mapping[What, Compared], day: date) -> dict[What, list[Candidate]]:
    """Return who may be the same person as each of some, themselves too if they are known. Eight queries at most."""
    holders = {holder for one in some.values() for holder in one.holders}
    sought = {what: matching.sought(one.likeness) for what, one in some.items()}
    shelves = _Shelves([(one.likeness, sought[what]) for what, one in some.items()], holders) if some else None
    if shelves is None or not shelves.people:
        return {}
    stated = registers(shelves.people, {each for one in some.values() for each in one.registers})
    continuing = _continuing(shelves.people, day)
    return {
        what: [
            Candidate(
                civil.person,
                civil.likeness,
                civil.person in one.holders,
                civil.person in continuing,
                not stated.get(civil.person, set()).isdisjoint(one.registers),
            )
            for civil in shelves.near(one.likeness, sought[what], one.holders)
        ]
        for what, one in some.items()
    }


def registers(
    people: Iterable[int], which: Collection[tuple[str, str]] | None = None
) -> dict[int, set[tuple[str, str]]]:
    """Return which registers state these people: of all, or of some, and perhaps of others. One query."""
    keys = PersonKey.objects.filter(among("person", people)).exclude(kind=PersonKey.Kind.NATIONAL)
    if which is not None:
        keys = keys.filter(kind__in={kind for kind, _ in which}, scope__in={scope for _, scope in which})
    found: dict[int, set[tuple[str, str]]] = {}
    for person, *register in keys.values_list("person", "kind", "scope"):
        found.setdefault(person, set()).add((register[0], register[1]))
    return found


class _Shelves:
    """Those of whom two facts are those of some, or who hold their addresses: by mark."""

    def __init__(self, some: Collection[tuple[Likeness, matching.Sought]], holders: set[int]) -> None:
        self.people: dict[int, _Civil] = {}
        self._by_mark: dict[int, list[_Civil]] = {}
        here = Q(person__is_active=True)
        by_name, by_first, _ = (set().union(*marks) for marks in zip(*(marks for _, marks in some), strict=True))
        shelves = among("by_name", by_name), among("by_first", by_first), among("pk", _namesakes(some))
        for at, wanted in enumerate(shelves):
            for civil in _civil(here & wanted):
                self._by_mark.setdefault(civil.marks[at] or 0, []).append(civil)
                self.people[civil.person] = civil
        self.people |= {civil.person: civil for civil in _civil(here & among("pk", holders))}
        self.people |= {civil.person: civil for civil in _named(holders - self.people.keys())}

    def near(self, one: Likeness, sought: matching.Sought, holders: Iterable[int]) -> Iterable[_Civil]:
        """Return who may be one of them."""
        by_name, by_first, by_names = sought
        found = {civil.person: civil for mark in by_name | by_first for civil in self._by_mark.get(mark, ())}
        for mark in by_names:
            for civil in self._by_mark.get(mark, ()):
                if matching.compare_dates(one.born, civil.likeness.born) != "differ":  # of the same names they are many
                    found[civil.person] = civil
        found |= {holder: self.people[holder] for holder in holders if holder in self.people}
        return found.values()


def _namesakes(some: Iterable[tuple[Likeness, matching.Sought]]) -> list[int]:
    """Return those who bear both names of one of some, and may be born on the same day: not all, of a frequent name they are hundreds."""
    wanted = [(mark, one.born) for one, (*_, by_names) in some for mark in by_names]
    given, values = bulk.given(wanted, "bigint", "date")
    with connection.cursor() as cursor:
        cursor.execute(_NAMESAKES.format(given), values)
        return [pk for (pk,) in cursor.fetchall()]


def _continuing(people: Iterable[int], day: date) -> set[int]:
    """Return those whose postings have ended within CONTINUITY before a day, or are known to end."""
    ended = Posting.objects.filter(among("person", people), cancelled=False, end__gte=day - CONTINUITY)
    return set(ended.values_list("person_id", flat=True))
