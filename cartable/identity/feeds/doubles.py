"""People who are here twice though no feed brought them together: what was known of them then was not enough, or was wrong.

Each night those are compared with all who are known of whom something else is known since (`Civil.compared`): names, a birth date, an
address that is another's, an account that was merged, or parted again. The rules are those of who arrives (`matching.py`), and a human
is asked: nobody is merged here. Two who wait for an answer, or were told apart, are not asked about again.
"""

from collections.abc import Collection
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, Q

from cartable.identity import people
from cartable.identity.feeds import cases, known, matching, turns
from cartable.identity.feeds.known import Compared
from cartable.identity.feeds.matching import Doubt, Likeness
from cartable.identity.feeds.models import Civil, MatchCase, Row
from cartable.identity.models import AddressClaim
from cartable.kernel import clock
from cartable.kernel.bulk import among, batches
from cartable.kernel.tasks import progress


class Pair(NamedTuple):
    """Two accounts, the older one first."""

    older: int
    newer: int


def look() -> int:
    """Open the cases of two who may be one; return how many. Where nothing changed it is one query."""
    opened = 0
    for some in batches(Civil.objects.filter(compared=False), "person"):
        opened += _compare(some)
        progress(0)
    return opened


@transaction.atomic
def _compare(some: Collection[int]) -> int:
    """Compare some people with all: a fixed number of queries, by the marks of all of them at once."""
    turns.take()
    found = _doubts(some)
    asked = _asked({one for pair in found for one in pair})
    new = {pair: doubt for pair, doubt in found.items() if pair not in asked}
    MatchCase.objects.bulk_create(_cases(new), ignore_conflicts=True)
    Civil.objects.filter(among("person", some)).update(compared=True)
    return len(new)


def _doubts(some: Collection[int]) -> dict[Pair, Doubt]:
    faces = _faces(some)
    found = known.candidates(faces, clock.today())
    return {
        _pair(person, doubt.person): doubt
        for person, face in faces.items()
        for doubt in matching.doubts(face.likeness, [one for one in found.get(person, ()) if one.person != person])
    }


def _faces(some: Collection[int]) -> dict[int, Compared]:
    """Return what is known of some people, but of those who are merged into others."""
    here = Civil.objects.filter(among("person", some), person__is_active=True)
    facts = here.values_list("person", "usage_name", "birth_name", "first_name", "born")
    likenesses = {person: Likeness(usage, birth, first, born) for person, usage, birth, first, born in facts}
    claims = AddressClaim.objects.filter(among("person", likenesses)).exclude(address__person=F("person"))
    holders: dict[int, set[int]] = {}
    for claimant, holder in claims.values_list("person", "address__person"):
        holders.setdefault(claimant, set()).add(holder)
    stated = known.registers(likenesses)
    return {
        person: Compared(like, holders.get(person, set()), stated.get(person, set()))
        for person, like in likenesses.items()
    }


def _asked(some: Collection[int]) -> set[Pair]:
    """Return about which of these a human is asked, or has said, of whom they once were too, that they are two."""
    if not some:
        return set()
    once = people.once_all(some)
    numbers = [*some, *once]
    either = among("newcomer", numbers) | among("candidate", numbers)
    rows = MatchCase.objects.filter(either, cases.WAITS | Q(answer=MatchCase.Answer.DIFFERENT))
    pairs = rows.values_list("newcomer", "candidate")
    return {_pair(once.get(one, one), once.get(other, other)) for one, other in pairs}


def _cases(new: dict[Pair, Doubt]) -> list[MatchCase]:
    """Return the cases, not saved: each is of the source that states the newer account last, or else the older."""
    if not new:
        return []
    rows = Row.objects.filter(among("person", {one for pair in new for one in pair}))
    source = dict(rows.order_by("live", "pk").values_list("person", "feed__name"))
    return [
        MatchCase(
            newcomer_id=pair.newer,
            candidate_id=pair.older,
            rule=doubt.rule,
            score=doubt.score,
            evidence=doubt.evidence,
            source=source.get(pair.newer) or source.get(pair.older) or "",
        )
        for pair, doubt in new.items()
    ]


def _pair(one: int, other: int) -> Pair:
    return Pair(min(one, other), max(one, other))
