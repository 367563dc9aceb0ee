"""What goes over the socket of a pad: the y-protocol, as y-protocols 1.0 and y-websocket spell it, and six messages of ours. Pure.

Of ours, which stock clients ignore: 100 *saved* and a number, how many of this socket's updates are durable; 101 *role* and 1 or
0, whether this socket may write; 102 *epoch* and a number, which document it is: one begun anew has another; 104 *version* and
bytes, the ETag of the file, which now holds the text as it was; 105 *comments* and 1, something was said about it;
106 *name* and bytes, in UTF-8, what the file is called now, as a page may show it.
"""

from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple

from pycrdt import get_state, get_update

from cartable.pads.lib0 import Malformed, block, number, spelled, varuint

EMPTY = b"\0\0"  # the update that says nothing: a client which has nothing to tell answers with it
_SYNC = 0


class Type(IntEnum):
    """What a message is: its type, and 256 more for each kind of a sync message."""

    STEP1 = 0  # what I have, tell me the rest
    STEP2 = 256  # the rest
    UPDATE = 512  # what has just changed
    AWARENESS = 1  # who is here, and where
    QUERY_AWARENESS = 3
    SAVED = 100
    ROLE = 101
    EPOCH = 102
    VERSION = 104
    COMMENTS = 105
    NAME = 106


CARRYING = frozenset({Type.STEP1, Type.STEP2, Type.UPDATE, Type.AWARENESS})


class Message(NamedTuple):
    """A message of a client, and what it carries."""

    type: int
    data: bytes


class State(NamedTuple):
    """What one client says of itself: JSON, `null` once it has left. The clock tells which of two is the newer."""

    client: int
    clock: int
    json: bytes


def read(frame: bytes) -> Message:
    """Return the message in a frame; of a type we do not know, with no data. Raises Malformed."""
    kind, at = number(frame, 0)
    if kind == _SYNC:
        sub, at = number(frame, at)
        kind = _SYNC + 256 * sub
    if kind not in CARRYING:
        return Message(kind, b"")
    data, at = block(frame, at)
    if at != len(frame):
        raise Malformed
    return Message(kind, data)


def spell(kind: Type, data: bytes) -> bytes:
    """Return the frame of a message that carries bytes."""
    sub, main = divmod(kind, 256)
    return (bytes((_SYNC, sub)) if main == _SYNC else bytes((main,))) + spelled(data)


def tell(kind: Type, number: int) -> bytes:
    """Return the frame of a message that carries a number."""
    return bytes((kind,)) + varuint(number)


def states(data: bytes) -> list[State]:
    """Return the states that an awareness message carries. Raises Malformed."""
    count, at = number(data, 0)
    found = []
    for _ in range(count):
        client, at = number(data, at)
        clock, at = number(data, at)
        json, at = block(data, at)
        found.append(State(client, clock, json))
    if at != len(data):
        raise Malformed
    return found


def awareness(known: Iterable[State]) -> bytes:
    """Return the frame that tells of clients."""
    told = [varuint(one.client) + varuint(one.clock) + spelled(one.json) for one in known]
    return spell(Type.AWARENESS, varuint(len(told)) + b"".join(told))


def clients(update: bytes) -> list[int]:
    """Return who began to type in an update (Yjs, version 1): its one client, or of several those whose first letters it has. Raises Malformed."""
    count, at = number(update, 0)
    if count == 1:
        _, at = number(update, at)  # how many pieces
        return [number(update, at)[0]]
    return clients_of(get_state(update)) if count else []


def clients_of(state: bytes) -> list[int]:
    """Return whose letters a document has, of which this is the state vector. Raises Malformed."""
    count, at = number(state, 0)
    found = []
    for _ in range(count):
        client, at = number(state, at)
        _, at = number(state, at)  # its clock
        found.append(client)
    return found


def missing(update: bytes, state: bytes) -> bytes:
    """Return what of an update a document of this state vector does not hold, because something before it is missing; empty: nothing."""
    rest = get_update(update, state)
    return rest if rest[:1] != EMPTY[:1] else b""
