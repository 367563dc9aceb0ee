"""The safety valve: a feed that would end, create or rename too many people stops, and a person says whether it is true.

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


LIMITS = {"ended": 0.02, "created": 0.05, "renamed": 0.05}  # of what there is; half as much outside June–September
WORDS = {
    "ended": "would end {count} of {whole} postings",
    "created": "would create {count} people beside {whole}",
    "renamed": "would rename {count} of {whole} people",
}


def objections(measure: Measure, dated: date) -> list[str]:
    """Return why a feed should not be applied unasked: a phrase each; none for a feed that is the first."""
    if not measure.people:
        return []
    factor = 1.0 if dated.month in MOVING else 0.5
    found = []
    for what, limit in LIMITS.items():
        count: int = getattr(measure, what)
        whole = measure.postings if what == "ended" else measure.people
        if count > FEW and count > limit * factor * whole:
            found.append(WORDS[what].format(count=count, whole=whole))
    return found
