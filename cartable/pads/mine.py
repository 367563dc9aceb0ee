"""The pads that a person opened, as their page shows them: those that are pinned first, by words and by tags."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from cartable.identity.actors import Actor
from cartable.kernel.letters import plain
from cartable.pads.addresses import history
from cartable.pads.addresses.history import Opened

TAGS = 30  # that are offered, the most used first


class Mine(NamedTuple):
    """What is shown of them, and the tags of all."""

    pinned: Sequence[Opened]
    others: Sequence[Opened]
    tags: Sequence[str]


def of(actor: Actor, words: str = "", tag: str = "") -> Mine:
    """Return the pads whose title or tags hold all the words, and that have the tag. Raises Denied to who holds only a link."""
    every = history.of(actor)
    wanted = plain(words).split()
    found = [one for one in every if (not tag or tag in one.tags) and _holds(one, wanted)]
    used = Counter(tag for one in every for tag in one.tags)
    tags = [name for name, _ in used.most_common(TAGS)]
    return Mine([one for one in found if one.pinned], [one for one in found if not one.pinned], tags)


def _holds(one: Opened, wanted: Sequence[str]) -> bool:
    said = plain(" ".join((one.title, *one.tags)))
    return all(word in said for word in wanted)
