"""Whose a structure is: a feed changes those of its own academy, and says who heads them; one of no academy does so of all (decision 17)."""

from collections.abc import Iterable

from django.db.models import Q

from cartable.identity.feeds.models import Feed
from cartable.identity.models import Structure
from cartable.kernel.bulk import among


class Ours:
    """The structures of one feed. Learnt in one query for many, and no more asked for."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self._known: dict[int, bool] = {}

    def learn(self, structures: Iterable[int]) -> None:
        """Look up which of some structures are the feed's."""
        wanted = set(structures) - self._known.keys()
        if not wanted:
            return
        found = Structure.objects.filter(among("pk", wanted))
        if self.feed.academy:
            here = today(self.feed.academy)
            there = Q(parent=here) | Q(parent__successor=here)
            deeper = Q(parent__parent=here) | Q(parent__parent__successor=here)  # in a department
            found = found.filter(Q(pk=self.feed.academy_id) | there | deeper)
        ours = set(found.values_list("pk", flat=True))
        self._known |= {pk: pk in ours for pk in wanted}

    def holds(self, structure_id: int) -> bool:
        """Return whether a structure is the feed's."""
        self.learn([structure_id])
        return self._known[structure_id]

    def has(self, structure: Structure) -> bool:
        """Return the same of one that may be new, and not written."""
        if structure.pk:
            return self.holds(structure.pk)
        return self.feed.academy is None or today(structure.parent) == today(self.feed.academy)

    def plan(self, structure_id: int, structure: Structure) -> None:
        """Know a new one under an id that it has in a plan."""
        self._known[structure_id] = self.has(structure)


def today(academy: Structure | None) -> Structure | None:
    """Return the academy that one has become."""
    return academy.successor or academy if academy else None
