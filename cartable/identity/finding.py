"""Finding people: by how the words of their name begin, the closest first.

The index holds the words of a name, and what its bearer is close to: teams, structures up to the academy. It follows every
change of a person (`people.changed`), and dates cross it: so it proposes only, and what is shown is read from the rows.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from django.db import connection
from django.db.models import Q, QuerySet

from cartable.identity import departures
from cartable.identity.models import Membership, Person, Structure
from cartable.kernel import bulk, clock
from cartable.kernel.text_index import Entry, text_index

PEOPLE = text_index("people")
AT_ONCE = 1000  # people whose entries are written by one statement

_PLACES = """
WITH RECURSIVE held(person, id) AS (
    SELECT person_id, structure_id FROM identity_posting WHERE person_id IN ({}) AND ("end" IS NULL OR "end" > %s) AND NOT cancelled
), up(person, id, parent_id) AS (
    SELECT held.person, s.id, s.parent_id FROM identity_structure s JOIN held ON held.id = s.id
    UNION
    SELECT up.person, s.id, s.parent_id FROM identity_structure s JOIN up ON s.id = up.parent_id
    WHERE s.kind IN ('academy', 'department', 'school')
)
SELECT person, id FROM up
"""


def near(teams: Sequence[int], structures: Sequence[int], words: Sequence[str], limit: int) -> list[int]:
    """Return at most `limit` people, by id, whose names have words beginning with each of `words`: those of these teams first,
    then of these schools, of these academies, then those who bear just these words, then all.

    Who wants not to be found is, by their teams only. At most seven queries, whoever is found.
    """
    rings = _rings(teams, structures)
    found: dict[int, int] = {}  # the person, and how far
    for far, (marks, whole) in enumerate(rings):
        if len(found) < limit:
            for number in PEOPLE.find(words, marks=marks, whole=whole, limit=limit + len(found)):
                found.setdefault(number, far)
    rows = _shown(teams).filter(pk__in=found).values_list("pk", "folded")
    bearing = [(pk, folded) for pk, folded in rows if _begins(folded.split(), words)]
    bearing.sort(key=lambda one: (found[one[0]], not set(words) <= set(one[1].split()), one[1], one[0]))
    return [pk for pk, _folded in bearing[:limit]]


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
    marks = [f"s{one}" for one in structures or ()]
    found = PEOPLE.find(words, marks=marks, whole=False, limit=AT_ONCE) if marks or structures is None else []
    rows = people.filter(pk__in=found).order_by("folded", "pk").values_list("pk", "folded")
    return [pk for pk, folded in rows if _begins(folded.split(), words)][:limit]


def _shown(teams: Sequence[int]) -> QuerySet[Person]:
    """Return whom somebody of these teams may find."""
    mates = Membership.objects.filter(team_id__in=teams).values("person_id")
    return Person.objects.filter(departures.present(), Q(listed=True) | Q(pk__in=mates))


def _rings(teams: Sequence[int], structures: Sequence[int]) -> list[tuple[list[str], bool]]:
    """Return what to ask the index for, from the closest: marks, and whether the words are whole."""
    kinds = dict(Structure.objects.filter(pk__in=structures).values_list("pk", "kind"))
    wide = {Structure.Kind.MINISTRY, Structure.Kind.REGION, Structure.Kind.ACADEMY, Structure.Kind.DEPARTMENT}
    rings = [
        [f"t{one}" for one in teams],
        [f"s{one}" for one, kind in kinds.items() if kind not in wide],
        [f"s{one}" for one, kind in kinds.items() if kind == Structure.Kind.ACADEMY],
    ]
    return [*((ring, False) for ring in rings if ring), ([], True), ([], False)]


def _begins(name: Sequence[str], words: Sequence[str]) -> bool:
    return all(any(one.startswith(word) for one in name) for word in words)


def follow(people: Iterable[int]) -> None:
    """Write the entries of these people as they are now; take out those who are nobody any more."""
    wanted = sorted(set(people))
    for first in range(0, len(wanted), AT_ONCE):
        _follow(wanted[first : first + AT_ONCE])


def _follow(people: list[int]) -> None:
    names = dict(Person.objects.filter(bulk.among("pk", people), is_active=True).values_list("pk", "folded"))
    marks: dict[int, list[str]] = {pk: [] for pk in names}
    for person, team in Membership.objects.filter(bulk.among("person", names)).values_list("person_id", "team_id"):
        marks[person].append(f"t{team}")
    for person, structure in _places(list(names), clock.today()):
        marks[person].append(f"s{structure}")
    PEOPLE.put([Entry(pk, folded.split(), marks[pk]) for pk, folded in names.items()])
    PEOPLE.drop([pk for pk in people if pk not in names])


def _places(people: list[int], day: date) -> list[tuple[int, int]]:
    """Return the structures of each, up to the academy, by postings that go on or are to come."""
    if not people:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_PLACES.format(", ".join(["%s"] * len(people))), [*people, day])
        return list(cursor.fetchall())


def fill(after: int = 0) -> int:
    """Write the entries of the next people whose id is above `after`; return the last one's, 0 when there is none left."""
    people = list(Person.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    _follow(people)
    return people[-1] if people else 0


def is_lost() -> bool:
    """Return whether the first person is not in the index."""
    first = Person.objects.filter(is_active=True).order_by("pk").values_list("folded", "pk").first()
    return first is not None and first[0] != "" and not PEOPLE.has(first[1])
