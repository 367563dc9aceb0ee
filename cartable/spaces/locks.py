"""Write locks (RFC 4918 §6). Each is opened by its token, shown by who took it (§6.4), and always expires.

Who took it is a person, whatever their device, or whoever holds a link. A lock they take for themselves (`by_person`, as
office users do) lets them write without its token.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from cartable.identity.actors import Actor
from cartable.kernel import clock
from cartable.kernel.errors import Changed, Denied, Locked
from cartable.spaces import changes, kinds
from cartable.spaces.access import Reached, Right, reach
from cartable.spaces.entries import Entry
from cartable.spaces.lineage import among, lineages, one_of
from cartable.spaces.models import Lock

LIFE = 1800  # seconds, when the client asks for nothing
LONGEST = 86_400


@dataclass(frozen=True, slots=True)
class Held:
    """A lock in force. `node` is where it was taken: the node itself, or a folder above that is locked as a whole."""

    node: int
    token: str
    holder: str  # the principal who took it
    shared: bool
    deep: bool
    by_person: bool
    owner: str
    seconds: int
    expires_at: datetime


_FIELDS = ("node_id", "token", "holder", "shared", "deep", "by_person", "owner", "seconds", "expires_at")


def over(chain: Sequence[Entry]) -> list[Held]:
    """Return the locks in force on the first node of a lineage: its own, and deep ones of the folders above it."""
    if not chain or not _any_on([one.id for one in chain]):
        return []
    here, above = chain[0].id, [one.id for one in chain[1:]]
    found = Lock.objects.filter(Q(node=here) | Q(node__in=above, deep=True), expires_at__gt=clock.now()).order_by("pk")
    return [Held(*row) for row in found.values_list(*_FIELDS)]


def under(folder: Entry) -> list[Held]:
    """Return the locks in force on what is below a folder. It looks at the locks of the space, not at the subtree."""
    locked = Lock.objects.filter(node__space=folder.space, expires_at__gt=clock.now()).values_list("node_id", flat=True)
    chains = lineages(locked) if folder.is_folder else {}
    inside = [node for node, chain in chains.items() if folder.id in {one.id for one in chain[1:]}]
    return [one for held in on(inside).values() for one in held]


def on(node_ids: Iterable[int]) -> dict[int, list[Held]]:
    """Return the locks taken on these very nodes, by node; in one query if there are none, which is nearly always so."""
    ids = list(node_ids)
    if not _any_on(ids):
        return {}
    held: dict[int, list[Held]] = {}
    for row in Lock.objects.filter(node__in=ids, expires_at__gt=clock.now()).order_by("pk").values_list(*_FIELDS):
        held.setdefault(row[0], []).append(Held(*row))
    return held


def respect(actor: Actor, chain: Sequence[Entry], *, below: bool = False) -> None:
    """Raise Locked if somebody locked the first node of a lineage and the actor is not who may, with its token.

    `below`: or anything under it. Of the shared locks of one node, one token opens all; of two nodes, each asks for its own.
    """
    by_node: dict[int, list[Held]] = {}
    for one in over(chain) + (under(chain[0]) if below else []):
        by_node.setdefault(one.node, []).append(one)
    for held in by_node.values():
        if not any(_opens(actor, one) for one in held):
            raise Locked(held[0].token)


def _any_on(node_ids: list[int]) -> bool:
    """Return whether any of these nodes bears a lock, in force or not: nearly always the only question asked."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM spaces_lock WHERE node_id {one_of(node_ids)} LIMIT 1", among(node_ids))  # noqa: S608
        return cursor.fetchone() is not None


def _opens(actor: Actor, lock: Held) -> bool:
    return lock.holder == actor.itself and (lock.by_person or lock.token in actor.tokens)


@transaction.atomic
def take(
    actor: Actor, node_id: int, *, shared: bool = False, deep: bool = False, owner: str = "", seconds: int = LIFE,
    by_person: bool = False,
) -> Held:  # fmt: skip
    """Lock a node for a time (at most a day), and return the lock. The actor needs WRITE.

    Raises NotFound, Denied, and Locked if a lock there, above, or (for a deep one) below excludes it, or people edit it together.
    """
    reached, _ = changes.enter(actor, node_id, Right.WRITE)
    if kinds.is_open(node_id, reached.entry.media_type):
        raise Locked
    held = over(reached.chain) + (under(reached.entry) if deep else [])
    if any(not (shared and one.shared) for one in held):
        raise Locked(held[0].token)
    seconds = max(1, min(seconds, LONGEST))
    token = f"opaquelocktoken:{secrets.token_hex(16)}"
    expires_at = clock.now() + timedelta(seconds=seconds)
    made = Held(node_id, token, actor.itself, shared, deep, by_person, owner, seconds, expires_at)
    Lock.objects.create(**dict(zip(_FIELDS, astuple(made), strict=True)))
    if deep:
        changes.tell("lock", reached.entry)
    return made


@transaction.atomic
def refresh(actor: Actor, node_id: int, *, seconds: int = LIFE) -> Held:
    """Begin anew the life of the lock over a node whose token the actor shows. Raises NotFound, and Changed if there is none."""
    reached = reach(actor, node_id, Right.WRITE)
    mine = [one for one in over(reached.chain) if _opens(actor, one)]
    if not mine:
        raise Changed
    seconds = max(1, min(seconds, LONGEST))
    Lock.objects.filter(token=mine[0].token).update(
        seconds=seconds, expires_at=clock.now() + timedelta(seconds=seconds)
    )
    return next(one for one in over(reached.chain) if one.token == mine[0].token)


@transaction.atomic
def release(actor: Actor, node_id: int, token: str) -> None:
    """End a lock over a node. Its taker may, and who manages the node may (RFC 4918 §9.11).

    Raises NotFound, Denied, and Changed if no such lock is in force there.
    """
    reached = reach(actor, node_id, Right.WRITE)
    mine = [one for one in over(reached.chain) if one.token == token]
    if not mine:
        raise Changed
    if mine[0].holder != actor.itself and not reached.may(Right.MANAGE):
        raise Denied(actor.person, node=node_id)
    Lock.objects.filter(token=token).delete()
    if mine[0].deep:
        changes.tell("unlock", reached.entry)


@transaction.atomic
def end(actor: Actor, node_id: int) -> None:
    """End the locks taken on a node, whatever their tokens: all, for who manages it; else those that the actor took.

    Raises NotFound, Denied, and Changed if none is in force there.
    """
    reached = reach(actor, node_id, Right.WRITE)
    there = on([node_id]).get(node_id, [])
    if not there:
        raise Changed
    ours = [one.token for one in there if may_end(actor, reached, one)]
    if not ours:
        raise Denied(actor.person, node=node_id)
    Lock.objects.filter(token__in=ours).delete()
    if any(one.deep for one in there):
        changes.tell("unlock", reached.entry)


def may_end(actor: Actor, reached: Reached, lock: Held) -> bool:
    """Return whether the actor may end a lock over a node without its token: it is on that very node, theirs or theirs to manage."""
    return lock.node == reached.id and (lock.holder == actor.itself or reached.may(Right.MANAGE))


def forget_holder(principal: str) -> None:
    """End whatever a principal locked: a link that is taken back holds nobody up."""
    Lock.objects.filter(holder=principal).delete()


def leave(node_ids: Iterable[int]) -> None:
    """Forget the locks taken on nodes that go elsewhere: a lock does not follow a move (RFC 4918 §7.6)."""
    Lock.objects.filter(node__in=list(node_ids)).delete()


def sweep() -> int:
    """Delete the locks that have expired, and return how many."""
    return Lock.objects.filter(expires_at__lte=clock.now()).delete()[0]
