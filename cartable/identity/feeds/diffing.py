"""Postings as they are, against postings as a feed states them. Pure: nothing is read, nothing is saved."""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from cartable.identity.models import Posting


class Wanted(NamedTuple):
    """A posting a feed states: from the day `start` (None: it does not say) until the day before `end`.

    `stated` is the school that it names, where that joined the structure.
    """

    structure: int
    function: str
    start: date | None
    end: date | None
    discipline: str = ""
    stated: int | None = None


@dataclass
class Change:
    """What makes them agree. Nothing is ever deleted: what never began ends the day it would have."""

    begun: list[Posting] = field(default_factory=list)
    redated: list[Posting] = field(default_factory=list)
    ended: list[Posting] = field(default_factory=list)


def redate(there: list[Posting], wanted: list[Wanted], day: date) -> Change:
    """Return what changes on a day so that what is there says what is wanted; dates of `there` are changed in place.

    What ended before is history, unless the feed dates it anew.
    """
    change, left = Change(), list(there)
    for one in sorted(wanted, key=lambda one: one.start is None):  # the dated ones claim theirs first
        found = _matching(left, one, day)
        if found is None:
            if new := _begin(one, day):
                change.begun.append(new)
            continue
        left.remove(found)
        start = one.start or found.start
        end = one.end if one.end is None or one.end >= start else start
        said = start, end, one.discipline, one.stated
        if said != (found.start, found.end, found.discipline, found.stated_id):
            found.start, found.end, found.discipline, found.stated_id = said
            change.redated.append(found)
    for posting in left:
        if not posting.cancelled and (posting.end is None or posting.end > day):
            posting.cancelled = posting.start > day
            posting.end = max(posting.start, day)
            change.ended.append(posting)
    return change


def _begin(one: Wanted, day: date) -> Posting | None:
    start = one.start or day
    if one.end is not None and one.end <= start and one.start is None:
        return None  # over before we heard of it, and nobody says since when
    return Posting(
        structure_id=one.structure,
        stated_id=one.stated,
        function=one.function,
        discipline=one.discipline,
        start=start,
        end=one.end,
    )


def _matching(there: list[Posting], one: Wanted, day: date) -> Posting | None:
    same = [
        posting
        for posting in sorted(there, key=lambda posting: (posting.stated_id != one.stated, posting.start))
        if (posting.structure_id, posting.function) == (one.structure, one.function) and not posting.cancelled
    ]
    if one.start is not None:
        exact = [posting for posting in same if posting.start == one.start]
        if exact:
            return exact[0]
        same = [posting for posting in same if _overlaps(posting, one.start, one.end)]
    else:
        same = [posting for posting in same if posting.end is None or posting.end > day]
    return next(iter(same), None)


def _overlaps(posting: Posting, start: date, end: date | None) -> bool:
    return (posting.end is None or posting.end > start) and (end is None or end > posting.start)
