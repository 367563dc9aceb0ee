"""What the texts of somebody list as to be done, by text; and ticking it in the text itself.

A text that is open is changed by its file, as a PUT would: what is typed in it meanwhile stays, and who types sees the box ticked at once.
"""

import hashlib
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from cartable.identity.actors import Actor
from cartable.kernel.errors import Changed, NotFound
from cartable.pads import files
from cartable.pads.extracts import keeping, near, saying
from cartable.pads.extracts.models import Extract, Task
from cartable.pads.extracts.saying import Listed
from cartable.spaces.access import Right, reach

MOST, TEXTS = 1_000, 200  # tasks; texts whose rights are asked for
TRIES = 5  # others may write at the same moment
_BOX = re.compile(r"([\s>]*(?:(?:[-*+]|\d{1,9}[.)])\s+)*\[)[ xX](?=\])")


class Item(NamedTuple):
    """Something to do. `mark` tells it from what stands on that line once the text is another."""

    line: int
    text: str
    mark: str


class Listing(NamedTuple):
    """A text and what it lists that is not done."""

    node: int
    title: str
    items: Sequence[Item]
    may_tick: bool


def of(actor: Actor) -> list[Listing]:
    """Return what there is to do in the texts near the actor, those they opened first. A fixed number of queries.

    Raises Denied to who holds only a link.
    """
    nodes = near.of(actor)
    rows = Task.objects.filter(node__in=nodes, done=False).order_by("node", "line")[:MOST]
    items: dict[int, list[Item]] = {}
    for row in rows:
        items.setdefault(row.node, []).append(Item(row.line, row.text, mark_of(row.text)))
    found = near.readable(actor, [node for node in nodes if node in items][:TEXTS])
    titles = dict(Extract.objects.filter(node__in=list(found)).values_list("node", "title"))
    return [Listing(node, titles.get(node, ""), items[node], one.may(Right.WRITE)) for node, one in found.items()]


def tick(actor: Actor, node: int, line: int, mark: str, *, done: bool) -> str:
    """Tick a box of a text, or take the tick away, and return what is beside it. The actor needs WRITE.

    It is the one of this mark that is the nearest to the line. Raises Changed where there is none; NotFound, Denied, NotText,
    TooLarge, QuotaExceeded, Locked.
    """
    for _ in range(TRIES):
        if reach(actor, node, Right.WRITE).entry.media_type != files.MARKDOWN:
            raise NotFound(node)
        file = files.read(node)
        task = _nearest(saying.tasks(file.text), line, mark, done=done)
        with suppress(Changed):
            if task.done != done:
                files.change(actor, file, _ticked(file.text, task.line, done=done))
            keeping.keep([node])
            return task.text
    raise Changed


def mark_of(text: str) -> str:
    """Return what tells a task from others by its words."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _nearest(tasks: Sequence[Listed], line: int, mark: str, *, done: bool) -> Listed:
    """Return the task of a mark that is to be ticked or not; one that is so already if there is no other."""
    those = [one for one in tasks if mark_of(one.text) == mark]
    if not those:
        raise Changed
    return min(those, key=lambda one: (one.done == done, abs(one.line - line)))


def _ticked(text: str, line: int, *, done: bool) -> str:
    lines = text.split("\n")
    lines[line], found = _BOX.subn(rf"\g<1>{'x' if done else ' '}", lines[line], count=1)
    if not found:
        raise Changed
    return "\n".join(lines)
