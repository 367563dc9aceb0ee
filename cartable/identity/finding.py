"""Finding people and structures: by how the words of their name begin, the closest first.

The index of people holds the words of a name, and what its bearer is close to: teams, structures up to the academy. It follows
every change of a person (`people.changed`), and dates cross it: so it proposes only, and what is shown is read from the rows.
That of structures holds the academy they are in; who names one has it follow.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Q, QuerySet

from cartable.identity import departures
from cartable.identity.models import Membership, Person, Structure
from cartable.identity.names import spellings
from cartable.kernel import bulk, clock
from cartable.kernel.text_index import Entry, text_index

PEOPLE, PLACES = text_index("people"), text_index("places")
AT_ONCE = 1000  # entries written by one statement
WIDE = {Structure.Kind.MINISTRY, Structure.Kind.REGION, Structure.Kind.ACADEMY, Structure.Kind.DEPARTMENT}
SOME = 200  # structures that are put in order: more of the same name are not

_WHERE_POSTED = """
WITH RECURSIVE held(person, id) AS (
    SELECT person_id, structure_id FROM identity_posting WHERE person_id {} AND ("end" IS NULL OR "end" > %s) AND NOT cancelled
), up(person, id, parent_id) AS (
    SELECT held.person, s.id, s.parent_id FROM identity_structure s JOIN held ON held.id = s.id
    UNION
    SELECT up.person, s.id, s.parent_id FROM identity_structure s JOIN up ON s.id = up.parent_id
    WHERE s.kind IN ('academy', 'department', 'school')
)
SELECT person, id FROM up
"""

_WITHIN = """
WITH RECURSIVE up(place, id, parent_id, kind) AS (
    SELECT id, id, parent_id, kind FROM identity_structure WHERE id {}
    UNION
    SELECT up.place, s.id, s.parent_id, s.kind FROM identity_structure s JOIN up ON s.id = up.parent_id
)
SELECT place, id FROM up WHERE kind = 'academy'
"""


@dataclass(frozen=True)
class Circle:
    """What somebody is close to, by id."""

    teams: Sequence[int]
    schools: Sequence[int]
    academies: Sequence[int]

    def rings(self) -> list[tuple[list[str], bool]]:
        """Return what to ask the index of people for, from the closest: marks, and whether the words are whole."""
        rings = [f"t{one}" for one in self.teams], _marks(self.schools), _marks(self.academies)
        return [*((ring, False) for ring in rings if ring), ([], True), ([], False)]


def circle(teams: Sequence[int], structures: Sequence[int]) -> Circle:
    """Return what is close to somebody of these teams, in these structures and all above. One query."""
    kinds = dict(Structure.objects.filter(pk__in=structures).values_list("pk", "kind"))
    schools = [one for one, kind in kinds.items() if kind not in WIDE]
    return Circle(teams, schools, [one for one, kind in kinds.items() if kind == Structure.Kind.ACADEMY])


def near(circle: Circle, words: Sequence[str], limit: int) -> list[int]:
    """Return at most `limit` people, by id, whose names have words beginning with each of `words`: those of these teams first,
    then of these schools, of these academies, then those who bear just these words, then all.

    Who wants not to be found is, by their teams only. At most six queries; as many again where many are proposed who cannot be shown.
    """
    found, more = _proposed(circle, words, limit)
    shown = _in_order(circle, words, found)
    if more and len(shown) < limit:
        shown = _in_order(circle, words, _proposed(circle, words, AT_ONCE)[0])
    return shown[:limit]


def _proposed(circle: Circle, words: Sequence[str], limit: int) -> tuple[dict[int, int], bool]:
    """Return whom the index proposes, each with how far they are, and whether it could propose more."""
    found: dict[int, int] = {}
    more = False
    for far, (marks, whole) in enumerate(circle.rings()):
        if len(found) < limit:
            wanted = limit + len(found)
            ring = PEOPLE.find(words, marks=marks, whole=whole, limit=wanted)
            more |= len(ring) == wanted
            for number in ring:
                found.setdefault(number, far)
    return found, more


def _in_order(circle: Circle, words: Sequence[str], found: dict[int, int]) -> list[int]:
    """Return those of them who are as they were proposed and may be found, the closest first."""
    rows = _shown(circle.teams).filter(pk__in=found).values_list("pk", "folded")
    bearing = [(pk, folded) for pk, folded in rows if _begins(spellings(folded), words)]
    bearing.sort(key=lambda one: (found[one[0]], not set(words) <= set(spellings(one[1])), one[1], one[0]))
    return [pk for pk, _folded in bearing]


def at(teams: Sequence[int], mail: str) -> list[int]:
    """Return who holds or held an address, if somebody of these teams may find them."""
    return list(_shown(teams).filter(addresses__mail=mail).values_list("pk", flat=True))


def may_find(teams: Sequence[int], person: int) -> bool:
    """Return whether somebody of these teams may find a person."""
    return _shown(teams).filter(pk=person).exists()


def among(people: QuerySet[Person], structures: Sequence[int] | None, words: Sequence[str], limit: int) -> list[int]:
    """Return those of `people`, listed or not, whose names have words beginning with each of `words`, by name, at most `limit`.

    The index is asked for those of these structures, schools to academies; None: for all. Two queries.
    """
    marks = _marks(structures or ())
    found = PEOPLE.find(words, marks=marks, whole=False, limit=AT_ONCE) if marks or structures is None else []
    rows = people.filter(pk__in=found).order_by("folded", "pk").values_list("pk", "folded")
    return [pk for pk, folded in rows if _begins(spellings(folded), words)][:limit]


def places(circle: Circle, words: Sequence[str], limit: int) -> list[Structure]:
    """Return at most `limit` open structures that have words beginning with each of `words`, with the one above each: those of
    the same academies first, then all, by name. Of words that name hundreds, some. Four queries at most."""
    mine = _marks(circle.academies)
    found: dict[int, int] = {}  # the structure, and how far
    for far, marks in enumerate([mine, []] if mine else [[]]):
        if len(found) < limit:
            for number in PLACES.find(words, marks=marks, limit=SOME):
                found.setdefault(number, far)
    rows = Structure.objects.filter(pk__in=found, closed=None).values_list("pk", "folded")
    fit = [(found[pk], folded, pk) for pk, folded in rows if _begins(spellings(folded), words)]
    order = [pk for _far, _folded, pk in sorted(fit)[:limit]]
    named = Structure.objects.select_related("parent").in_bulk(order)
    return [named[pk] for pk in order if pk in named]


def _marks(structures: Iterable[int]) -> list[str]:
    return [f"s{one}" for one in structures]


def _shown(teams: Sequence[int]) -> QuerySet[Person]:
    """Return whom somebody of these teams may find."""
    mates = Membership.objects.filter(team_id__in=teams).values("person_id")
    return Person.objects.filter(departures.present(), Q(listed=True) | Q(pk__in=mates))


def _begins(name: Sequence[str], words: Sequence[str]) -> bool:
    return all(any(one.startswith(word) for one in name) for word in words)


def follow(people: Iterable[int]) -> None:
    """Write the entries of these people as they are now; take out those who are nobody any more."""
    for some in _batches(people):
        _follow(some)


def _batches(numbers: Iterable[int]) -> Iterator[list[int]]:
    wanted = sorted(set(numbers))
    for first in range(0, len(wanted), AT_ONCE):
        yield wanted[first : first + AT_ONCE]


def _follow(people: list[int]) -> None:
    names = dict(Person.objects.filter(bulk.among("pk", people), is_active=True).values_list("pk", "folded"))
    marks: dict[int, list[str]] = {pk: [] for pk in names}
    for person, team in Membership.objects.filter(bulk.among("person", names)).values_list("person_id", "team_id"):
        marks[person].append(f"t{team}")
    for person, structure in _where_posted(list(names), clock.today()):
        marks[person].append(f"s{structure}")
    PEOPLE.put([Entry(pk, spellings(folded), marks[pk]) for pk, folded in names.items()])
    PEOPLE.drop([pk for pk in people if pk not in names])


def _where_posted(people: list[int], day: date) -> list[tuple[int, int]]:
    """Return the structures of each, up to the academy, by postings that go on or are to come."""
    if not people:
        return []
    among, numbers = bulk.among_sql(people)
    with connection.cursor() as cursor:
        cursor.execute(_WHERE_POSTED.format(among), [*numbers, day])
        return list(cursor.fetchall())


def follow_places(structures: Iterable[int]) -> None:
    """Write the entries of these structures as they are named now."""
    for some in _batches(structures):
        _follow_places(some)


def _follow_places(structures: list[int]) -> None:
    names = dict(Structure.objects.filter(bulk.among("pk", structures)).values_list("pk", "folded"))
    marks: dict[int, list[str]] = {pk: [] for pk in names}
    among, numbers = bulk.among_sql(list(names))
    with connection.cursor() as cursor:
        cursor.execute(_WITHIN.format(among), numbers)
        for place, above in cursor.fetchall():
            marks[place].append(f"s{above}")
    PLACES.put([Entry(pk, spellings(folded), marks[pk]) for pk, folded in names.items()])


def fill_places() -> None:
    """Write the entries of all structures."""
    for some in bulk.batches(Structure.objects.all()):
        _follow_places(some)


def fill(after: int = 0) -> int:
    """Write the entries of the next people whose id is above `after`; return the last one's, 0 when there is none left."""
    people = list(Person.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    _follow(people)
    return people[-1] if people else 0


def settle() -> None:
    """Make searches quick again after thousands of entries were written."""
    PEOPLE.settle()
    PLACES.settle()


def is_lost() -> bool:
    """Return whether the first person, or the first structure, is not in the index."""
    place = Structure.objects.order_by("pk").values_list("pk", flat=True).first()
    if place is not None and not PLACES.has(place):
        return True
    first = Person.objects.filter(is_active=True).order_by("pk").values_list("folded", "pk").first()
    return first is not None and first[0] != "" and not PEOPLE.has(first[1])
