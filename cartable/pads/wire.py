"""What goes over the socket of a pad: the y-protocol, as y-protocols 1.0 and y-websocket spell it, and four messages of ours. Pure.

Of ours, which stock clients ignore: 100 *saved* and a number, how many of this socket's updates are durable; 101 *role* and 1 or
0, whether this socket may write; 104 *version* and bytes, the ETag of the file, which now holds the text as it was; 105 *comments*
and 1, something was said about it.
"""

from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple

from pycrdt import get_state

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
    VERSION = 104
    COMMENTS = 105


CARRYING = frozenset({Type.STEP1, Type.STEP2, Type.UPDATE, Type.AWARENESS})


class Malformed(ValueError):
    """A frame that is cut, or that goes on after its end."""


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
    kind, at = _number(frame, 0)
    if kind == _SYNC:
        sub, at = _number(frame, at)
        kind = _SYNC + 256 * sub
    if kind not in CARRYING:
        return Message(kind, b"")
    data, at = _bytes(frame, at)
    if at != len(frame):
        raise Malformed
    return Message(kind, data)


def spell(kind: Type, data: bytes) -> bytes:
    """Return the frame of a message that carries bytes."""
    sub, main = divmod(kind, 256)
    return (bytes((_SYNC, sub)) if main == _SYNC else bytes((main,))) + _spelled(data)


def tell(kind: Type, number: int) -> bytes:
    """Return the frame of a message that carries a number."""
    return bytes((kind,)) + varuint(number)


def states(data: bytes) -> list[State]:
    """Return the states that an awareness message carries. Raises Malformed."""
    count, at = _number(data, 0)
    found = []
    for _ in range(count):
        client, at = _number(data, at)
        clock, at = _number(data, at)
        json, at = _bytes(data, at)
        found.append(State(client, clock, json))
    if at != len(data):
        raise Malformed
    return found


def awareness(known: Iterable[State]) -> bytes:
    """Return the frame that tells of clients."""
    told = [varuint(one.client) + varuint(one.clock) + _spelled(one.json) for one in known]
    return spell(Type.AWARENESS, varuint(len(told)) + b"".join(told))


def clients(update: bytes) -> list[int]:
    """Return who began to type in an update (Yjs, version 1): its one client, or of several those whose first letters it has. Raises Malformed."""
    count, at = _number(update, 0)
    if count == 1:
        _, at = _number(update, at)  # how many pieces
        return [_number(update, at)[0]]
    state, found = get_state(update) if count else b"\0", []
    count, at = _number(state, 0)
    for _ in range(count):
        client, at = _number(state, at)
        _, at = _number(state, at)  # its clock
        found.append(client)
    return found


def varuint(number: int) -> bytes:
    """Return a whole number in groups of seven bits, the lowest first (lib0)."""
    spelled = bytearray()
    while number > 127:
        spelled.append(0x80 | number & 127)
        number >>= 7
    spelled.append(number)
    return bytes(spelled)


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Return the number that begins at a place, at most 2^53 as JavaScript counts, and where it ends."""
    number = 0
    for shift in range(0, 56, 7):
        if at >= len(data):
            raise Malformed
        byte, at = data[at], at + 1
        number |= (byte & 127) << shift
        if byte < 128:
            return number, at
    raise Malformed


def _bytes(data: bytes, at: int) -> tuple[bytes, int]:
    size, at = _number(data, at)
    if at + size > len(data):
        raise Malformed
    return data[at : at + size], at + size


def _spelled(data: bytes) -> bytes:
    return varuint(len(data)) + data
