"""The counter and the journal of a space: each change takes the next number, marks what is above it, leaves a line.

`begin` is the lock of a space: from it until the transaction ends, the caller is alone to change that space.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import NamedTuple

from django.db import connection

from cartable.identity.actors import Actor
from cartable.kernel import clock
from cartable.kernel.errors import Expired, NotFound
from cartable.kernel.realtime import announce
from cartable.spaces import transit
from cartable.spaces.access import Reached, Right, reach
from cartable.spaces.entries import Entry
from cartable.spaces.lineage import among, one_of
from cartable.spaces.models import Change, Space

KEPT = timedelta(days=400)  # of journal, 13 months; what is older is answered "list again"


class Step(NamedTuple):
    """One line of the journal, as the delta feed tells it."""

    seq: int
    node: int
    verb: str
    person: int | None
    parent: int | None
    name: str
    parent_before: int | None
    name_before: str


def begin(space_id: int) -> int:
    """Lock a space until the transaction ends, and return its next change number. Raises NotFound."""
    return _begin(space_id)[0]


def begin_two(one: int, other: int) -> Mapping[int, int]:
    """Lock one or two spaces, always in the same order, and return the next change number of each."""
    return {space: begin(space) for space in sorted({one, other})}


def enter(actor: Actor, node_id: int, need: Right) -> tuple[Reached, int]:
    """Reach a node the actor has all of `need` on, lock its space, and return it as it is under the lock, and the number.

    Who may not come in waits for no lock and takes none, and cannot tell a hidden node from an absent one by the queries.
    Raises what `reach` raises, and Moving.
    """
    return enter_by(lambda: reach(actor, node_id, need))


def enter_by(ask: Callable[[], Reached]) -> tuple[Reached, int]:
    """Do as `enter`, for what is reached in another way: `ask`, lock, and `ask` again."""
    while True:
        space = ask().entry.space
        seq, transits = _begin(space)
        reached = ask()
        if transits:
            transit.respect(reached.chain)
        if reached.entry.space == space:
            return reached, seq  # else it moved to another space meanwhile


def touch(folders: Iterable[int], seq: int, grown: int = 0) -> None:
    """Stamp folders with a change number, and add `grown` bytes (negative: take) to the size of each."""
    ids = list(folders)
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE spaces_node SET seq = %s, size = size + %s WHERE id {one_of(ids)}",  # noqa: S608
            [seq, grown, *among(ids)],
        )


def note(verb: str, actor: Actor, seq: int, now: Entry, before: Entry | None = None) -> None:
    """Write a line of the journal: what a node is after a change, and what it was before it; once it is true, announce it."""
    tell(verb, now)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO spaces_change (space_id, seq, node, verb, person, at, parent, name, blob, "
            "parent_before, name_before, blob_before) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                now.space, seq, now.id, verb, actor.person, clock.now(), now.parent, now.name, now.blob,
                before and before.parent, before.name if before else "", before and before.blob,
            ],
        )  # fmt: skip


def tell(verb: str, now: Entry) -> None:
    """Announce what happened to a node, once it is true. Of locks, no line is written."""
    announce(channel(now.space), f"{verb} {now.id}".encode())


def channel(space_id: int) -> str:
    """Return the channel on which the changes of a space are announced, each as its verb and the id of the node."""
    return f"space {space_id}"


def since(actor: Actor, space_id: int, seq: int, limit: int = 1000) -> list[Step]:
    """Return what changed in a space after a change number, oldest first. The actor needs READ on the whole space.

    Raises NotFound, and Expired if the journal no longer goes back that far: list again.
    """
    space = Space.objects.filter(pk=space_id).first()
    reach(actor, (space and space.root_id) or 0, Right.READ)
    if space is None:
        raise NotFound(space_id)
    rows = Change.objects.filter(space_id=space_id, seq__gt=seq).order_by("seq", "pk")
    oldest = Change.objects.filter(space_id=space_id).order_by("seq").values_list("seq", flat=True).first()
    if seq > space.seq or (seq < space.seq and (oldest is None or seq + 1 < oldest)):
        raise Expired(seq)
    fields = ("seq", "node", "verb", "person", "parent", "name", "parent_before", "name_before")
    return [Step(*row) for row in rows.values_list(*fields)[:limit]]


def forget_old(limit: int = 5000) -> int:
    """Delete the oldest lines of the journal that are older than KEPT, and return how many. It follows their ids, which grow with time."""
    oldest = Change.objects.order_by("pk").values_list("pk", "at")[:limit]
    doomed = [pk for pk, at in oldest if at < clock.now() - KEPT]
    Change.objects.filter(pk__in=doomed).delete()
    return len(doomed)


def _begin(space_id: int) -> tuple[int, int]:
    """Do as `begin`, and return with the number how many large folders leave or enter the space: nearly always none."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE spaces_space SET seq = seq + 1 WHERE id = %s RETURNING seq, transits", [space_id])
        row = cursor.fetchone()
    if row is None:
        raise NotFound(space_id)
    return int(row[0]), int(row[1])
