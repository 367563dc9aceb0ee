"""As whom a person may act today: themselves, their teams, their structures and all those above, everyone.

Computed from dated facts at read; kept by the process until the person's version or the day changes somewhere, so nothing
that another process writes leaves it stale, and no nightly job has to turn anything. The day of a posting is that of its
academy: it begins and ends at midnight in Papeete or in Nouméa. What comes with a posting can be read some weeks before
it begins and after it ends.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from django.db import connection

from cartable.identity import departures, zones
from cartable.identity.actors import EVERYONE, Actor
from cartable.identity.models import Membership, Person, Structure, TeamRule
from cartable.kernel import retentions
from cartable.kernel.errors import NotFound
from cartable.options import options

WIDEST = 366  # days of grace at most, that may be set
HEADS = frozenset({"DIR"})  # functions that direct the structure they are in

_ABOVE = """
WITH RECURSIVE up(posting, id, parent_id, kind, code) AS (
    SELECT p.id, s.id, s.parent_id, s.kind, s.code
    FROM identity_posting p JOIN identity_structure s ON s.id = p.structure_id
    WHERE p.person_id IN ({}) AND p.start <= %s AND (p."end" IS NULL OR p."end" > %s) AND NOT p.cancelled
    UNION
    SELECT up.posting, s.id, CASE WHEN s.id = up.parent_id THEN s.parent_id END, s.kind, s.code
    FROM identity_structure s JOIN up ON s.id = up.parent_id OR (s.successor_id = up.id AND s.kind = 'school')
)
SELECT p.id, p.person_id, p.structure_id, p.function, p.discipline, p.start, p."end", up.id, up.kind, up.code
FROM up JOIN identity_posting p ON p.id = up.posting
"""


@dataclass(frozen=True, slots=True)
class Held:
    """A posting that opens something today: where, with all that is above; `current` if it is held, else it only reads.

    Who is of a school is of those that joined it, too, which are closed: what they had stays open to somebody.
    """

    structure: int
    function: str
    discipline: str
    above: frozenset[int]
    joined: frozenset[int]  # of these, the schools that joined that of the posting
    current: bool


def actor_of(person_id: int, version: int) -> Actor:
    """Return the person of an id as an actor. Raises NotFound if there is none."""
    return _actor(person_id, version, zones.days())


@lru_cache(maxsize=10_000)
def _actor(person_id: int, version: int, days: zones.Days) -> Actor:
    person = Person.objects.filter(pk=person_id).values_list("sub", "name", "left_on").first()
    if person is None:
        raise NotFound(person_id)
    sub, name, left_on = person
    postings = held_by(person_id, days)
    held = {f"person:{person_id}"} | _by_teams(person_id)
    fading: set[str] = set()
    for one in postings:
        (held if one.current else fading).update(f"structure:{place}" for place in one.above)
    for team, current in by_rule(postings).items():
        (held if current else fading).add(f"team:{team}")
    if any(one.current for one in postings):
        held.add(EVERYONE)
    directed = [one for one in postings if one.current and one.function in HEADS]
    held |= {f"head:{place}" for one in directed for place in {one.structure, *one.joined}}
    leaving = departures.has_left(left_on, zones.day_in("", days)) and not any(one.current for one in postings)
    if leaving:  # who led a team may not change it
        led = {one for one in held if one.startswith("lead:")}
        held, fading = held - led, fading | led
    return Actor(frozenset(held), frozenset(fading - held), person_id, sub, name, leaving, version=version)


def held_by(person_id: int, days: zones.Days | None = None) -> list[Held]:
    """Return the postings that open something to a person now, each by the day it is in its academy."""
    return held_by_each([person_id], days)[person_id]


def held_by_each(people: Collection[int], days: zones.Days | None = None) -> dict[int, list[Held]]:
    """Return those of each of these people, in one query; one more if a posting of theirs ended lately."""
    days = days or zones.days()
    early, widest = timedelta(days=options.early_days), timedelta(days=max(WIDEST, retentions.by_default("grace_days")))
    chains: dict[int, list[tuple[Any, ...]]] = {}
    with connection.cursor() as cursor:
        marks = ", ".join(["%s"] * len(people))
        cursor.execute(_ABOVE.format(marks), [*people, max(days) + early, min(days) - widest])
        for row in cursor.fetchall():
            chains.setdefault(row[0], []).append(row[1:])
    ended = any(chain[0][5] and as_date(chain[0][5]) <= max(days) for chain in chains.values())
    grace = timedelta(days=retentions.days("grace_days") if ended else 0)
    found: dict[int, list[Held]] = {person: [] for person in people}
    for chain in chains.values():
        if held := _held([row[1:] for row in chain], days, early, grace):
            found[chain[0][0]].append(held)
    return found


def _held(chain: Sequence[tuple[Any, ...]], days: zones.Days, early: timedelta, grace: timedelta) -> Held | None:
    structure, function, discipline, start, end = chain[0][:5]
    academy = next((code for *_, kind, code in chain if kind == "academy"), "")
    day, start, end = zones.day_in(academy, days), as_date(start), end and as_date(end)
    if start > day + early or (end is not None and end <= day - grace):
        return None
    current = start <= day and (end is None or end > day)
    joined = frozenset(
        place for *_, place, kind, _code in chain if kind == Structure.Kind.SCHOOL and place != structure
    )
    return Held(structure, function, discipline, frozenset(row[5] for row in chain), joined, current)


def by_rule(postings: Iterable[Held]) -> dict[int, bool]:
    """Return the teams by rule that these postings open, and whether fully: derived at each read, nothing to compute again."""
    postings = list(postings)
    places = set().union(*(one.above for one in postings)) if postings else set()
    if not places:
        return {}
    teams: dict[int, bool] = {}
    for rule in TeamRule.objects.filter(structure_id__in=places, team__closed_at=None):
        fit = [one.current for one in postings if _fits(rule, one)]
        if fit:
            teams[rule.team_id] = any(fit)
    return teams


def _fits(rule: TeamRule, posting: Held) -> bool:
    return (
        rule.structure_id in posting.above
        and rule.function in {"", posting.function}
        and posting.discipline.startswith(rule.discipline)
    )


def _by_teams(person_id: int) -> set[str]:
    memberships = Membership.objects.filter(person_id=person_id, team__closed_at=None).values_list("team_id", "leads")
    return {f"{role}:{team}" for team, leads in memberships for role in (("team", "lead") if leads else ("team",))}


def as_date(value: date | str) -> date:
    """Return a day as a statement of ours gives it."""
    return date.fromisoformat(value) if isinstance(value, str) else value  # SQLite has no dates
