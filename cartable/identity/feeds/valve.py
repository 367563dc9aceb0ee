"""The safety valve: a feed that would end, create or rename too many people, take too many out of teams, or give too many
schools another code, stops, and a person says whether it is true.

A file is weighed whole; what a directory states one person at a time, by the day (`scim/weighing.py`).
"""

from dataclasses import dataclass
from datetime import date

from cartable.kernel.errors import BadInput

MOVING = range(6, 10)  # months when many change: June to September
FEW = 3  # so many are never a mass, however small the feed


class TooMuch(BadInput):
    """The safety valve: nobody said that a feed may change so much. Its arguments say what it would do."""


@dataclass(frozen=True, slots=True)
class Measure:
    """How much a feed changes, beside how much there is of it."""

    ended: int  # postings
    created: int  # people
    renamed: int
    postings: int  # open ones of the feed
    people: int
    left: int = 0  # members, each of one team
    members: int = 0  # of the teams that the feed states
    recoded: int = 0  # schools that take another code
    schools: int = 0  # of the feed


LIMITS = {  # of all there is; half as much outside June–September
    "ended": 0.02,
    "created": 0.05,
    "renamed": 0.05,
    "left": 0.02,
    "recoded": 0.02,
}
WORDS = {
    "ended": "would end {count} of {whole} postings",
    "created": "would create {count} people beside {whole}",
    "renamed": "would rename {count} of {whole} people",
    "left": "would take {count} of {whole} members out of teams",
    "recoded": "would give another code to {count} of {whole} schools",
}


def objections_to_doubles(doubtful: int, stated: int) -> list[str]:
    """Return why the first feed of a source should not be applied unasked: most whom it states are perhaps known already."""
    if doubtful <= FEW or 2 * doubtful <= stated:
        return []
    return [f"would add people of whom {doubtful} of the first {stated} may be known already, under another source"]


def objections(measure: Measure, dated: date) -> list[str]:
    """Return why a feed should not be applied unasked: a phrase each; none for a feed that is the first."""
    if not measure.people:
        return []
    wholes = {"ended": measure.postings, "left": measure.members, "recoded": measure.schools}
    factor = 1.0 if dated.month in MOVING else 0.5
    found = []
    for what, limit in LIMITS.items():
        count: int = getattr(measure, what)
        whole = wholes.get(what, measure.people)
        if count > FEW and count > limit * factor * whole:
            found.append(WORDS[what].format(count=count, whole=whole))
    return found
