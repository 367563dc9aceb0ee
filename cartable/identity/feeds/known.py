"""What the database has about a thousand people a feed speaks of, read in a fixed number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Q

from cartable.identity import quarantine
from cartable.identity.dated import not_over
from cartable.identity.feeds import matching
from cartable.identity.feeds.matching import Candidate, Likeness
from cartable.identity.feeds.models import Civil, Feed, MatchCase, PersonKey, Row, stated_by
from cartable.identity.models import Address, Person, Posting

ERASED = 0  # the id of nobody: who held an address was erased
CONTINUITY = timedelta(days=548)  # eighteen months: a posting that ended since makes a move likely


@dataclass(eq=False, slots=True)
class Someone:
    """A person, known or about to be. Postings are those of the feed."""

    id: int | None
    name: str = ""
    likeness: Likeness | None = None
    postings: dict[str, list[Posting]] = field(default_factory=dict)  # by source
    parts: int = 0  # how many records of the feed mean this person


@dataclass(slots=True)
class Known:
    """Rows, keys, people and addresses, by what a feed calls them."""

    rows: dict[bytes, Row]
    owners: dict[bytes, Someone]  # of a key
    people: dict[int, Someone]
    holders: dict[str, int]  # of a mail address

    def someone(self, person: int) -> Someone:
        """Return the one object that stands for a person."""
        return self.people.setdefault(person, Someone(person))


def read(feed: Feed, digests: Iterable[bytes], mails: Iterable[str]) -> Known:
    """Return what is known by these digests of keys and these addresses."""
    digests = set(digests)
    rows = {}
    if feed.pk:
        rows = {bytes(row.key): row for row in Row.objects.filter(feed=feed, key__in=digests)}
    owned = dict(PersonKey.objects.filter(digest__in=digests).values_list("digest", "person_id"))
    wanted = set(mails) - {""}
    holders = dict.fromkeys(quarantine.held(wanted), ERASED)
    holders |= dict(Address.objects.filter(mail__in=wanted).values_list("mail", "person_id"))
    known = Known(rows, {}, {}, holders)
    known.owners = {bytes(digest): known.someone(person) for digest, person in owned.items()}
    for row in rows.values():
        if row.person_id:
            known.someone(row.person_id)
    _fill(known.people, feed)
    return known


def holdings(feed: Feed, day: date) -> tuple[int, int]:
    """Return how many postings that are not over by a day a feed states, and how many people."""
    postings = Posting.objects.filter(not_over(day), stated_by(feed.name)).count()
    return postings, Row.objects.filter(feed=feed, live=True).exclude(person=None).count()


def _fill(people: dict[int, Someone], feed: Feed) -> None:
    if not people:
        return
    for pk, name in Person.objects.filter(pk__in=people).values_list("pk", "name"):
        people[pk].name = name
    for civil in Civil.objects.filter(pk__in=people):
        people[civil.pk].likeness = _likeness(civil)
    for posting in Posting.objects.filter(stated_by(feed.name), person_id__in=people).order_by("start", "pk"):
        people[posting.person_id].postings.setdefault(posting.source, []).append(posting)
    for person in (
        Row.objects.filter(feed=feed, person_id__in=people).values_list("person_id", flat=True) if feed.pk else ()
    ):
        people[person or 0].parts += 1


def candidates(
    feed: Feed, kind: str, stated: dict[bytes, tuple[Likeness, str]], day: date
) -> dict[bytes, list[Candidate]]:
    """Return, for each newcomer (names and birth date, and address), who may be the same person. Five queries at most."""
    by_name, by_first, by_names = set[int](), set[int](), set[int]()
    for one, _mail in stated.values():
        marks = matching.sought(one)
        by_name |= marks[0]
        by_first |= marks[1]
        by_names |= marks[2]
    holders = dict(
        Address.objects.filter(mail__in={mail for _, mail in stated.values()} - {""}).values_list("person_id", "mail")
    )
    found = list(
        Civil.objects.filter(
            Q(by_name__in=by_name) | Q(by_first__in=by_first) | Q(by_names__in=by_names) | Q(pk__in=holders)
        ).filter(person__is_active=True)
    )
    if not found:
        return {}
    people = [civil.pk for civil in found]
    beside = set(
        PersonKey.objects.filter(person_id__in=people, kind=kind, scope=feed.scope).values_list("person_id", flat=True)
    )
    continuing = _continuing(people, day)
    shelves = _shelves(found)
    return {
        key: [
            Candidate(
                civil.pk,
                _likeness(civil),
                holders.get(civil.pk) == mail != "",
                civil.pk in continuing,
                civil.pk in beside,
            )
            for civil in _near(shelves, one, mail, holders)
        ]
        for key, (one, mail) in stated.items()
    }


def _continuing(people: list[int], day: date) -> set[int]:
    """Return those whose postings have ended within CONTINUITY before a day, or are known to end."""
    ended = Posting.objects.filter(person_id__in=people, cancelled=False, end__gte=day - CONTINUITY)
    return set(ended.values_list("person_id", flat=True))


Shelves = dict[int, list[Civil]]


def _shelves(found: list[Civil]) -> Shelves:
    shelves: Shelves = {}
    for civil in found:
        for mark in {civil.by_name, civil.by_first, civil.by_names} - {None}:
            shelves.setdefault(mark, []).append(civil)  # type: ignore[arg-type]
        shelves.setdefault(-civil.pk, []).append(civil)
    return shelves


def _near(shelves: Shelves, one: Likeness, mail: str, holders: dict[int, str]) -> list[Civil]:
    marks = set().union(*matching.sought(one)) | {-person for person, held in holders.items() if held == mail != ""}
    return list({civil.pk: civil for mark in marks for civil in shelves.get(mark, ())}.values())


def _likeness(civil: Civil) -> Likeness:
    return Likeness(civil.usage_name, civil.birth_name, civil.first_name, civil.born)


def judged(pairs: Iterable[tuple[int, int]]) -> set[frozenset[int]]:
    """Return which of these pairs of people were asked about before, in whichever order."""
    wanted = {frozenset(pair) for pair in pairs}
    people = set().union(*wanted) if wanted else set()
    asked = MatchCase.objects.filter(newcomer_id__in=people, candidate_id__in=people)
    return wanted & {frozenset(pair) for pair in asked.values_list("newcomer_id", "candidate_id")}
