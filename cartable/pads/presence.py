"""Who is at a pad: what each client says of itself, under the name we know it by.

A client may say where its cursor is, and nothing of who it is: name, colour and person are ours to say. A client id belongs to
one socket; another takes it over only for the same person, with something newer (a browser that comes back before we
noticed that it had left). Of who has left nothing comes back by what another repeats late.
"""

import json
from collections.abc import Hashable
from typing import Any, NamedTuple

from cartable.pads.wire import State

LONGEST = 1024  # bytes of what a client says of itself
MOST = 8  # clients that may speak by one socket: stock providers repeat what they hear from other tabs
LEFT = 4096  # clients of one pad that are remembered once they have left
GONE = b"null"
COLOURS = ("#1a5fb4", "#a51d2d", "#26703f", "#813d9c", "#8a5a00", "#0b6e75", "#b5007f", "#5e5c64")  # ≥ 4.5:1 on white


class Who(NamedTuple):
    """Somebody, as the others see them. `key` is the same for all their sockets."""

    key: str  # opaque id of a person
    name: str
    colour: int

    @property
    def user(self) -> dict[str, str]:
        """Who they are, in the words of y-codemirror.next, and `person`."""
        colour = COLOURS[self.colour % len(COLOURS)]
        return {"name": self.name, "color": colour, "colorLight": f"{colour}33", "person": self.key}

    def signed(self, said: dict[str, Any]) -> bytes:
        """Return what their client says, under their name."""
        return json.dumps({**said, "user": self.user}, ensure_ascii=False, separators=(",", ":")).encode()


class _Known(NamedTuple):
    clock: int
    json: bytes
    socket: Hashable
    key: str


class Presence:
    """The clients of one pad."""

    def __init__(self) -> None:
        self._known: dict[int, _Known] = {}
        self._left: dict[int, int] = {}  # the clocks of those who left, the last to leave last

    def take(self, socket: Hashable, who: Who, said: list[State]) -> list[State]:
        """Keep what a socket says of its clients, and return what the others should be told. What is not its own to say is left out."""
        return [one for state in said if (one := self._take(socket, who, state))]

    def leave(self, socket: Hashable) -> list[State]:
        """Forget the clients of a socket, and return what the others should be told."""
        left = [client for client, known in self._known.items() if known.socket == socket]
        return [State(client, self._forget(client).clock, GONE) for client in left]

    def all(self) -> list[State]:
        """Return what is known of every client."""
        return [State(client, known.clock, known.json) for client, known in self._known.items()]

    def _take(self, socket: Hashable, who: Who, state: State) -> State | None:
        known = self._known.get(state.client)
        if known and (state.clock <= known.clock or known.key != who.key) and not _ends(known, socket, state):
            return None
        late = not known and state.clock <= self._left.get(state.client, -1)
        if late and self._count(socket):  # who comes back says so first of all
            return None
        if len(state.json) > LONGEST or (not known and self._count(socket) >= MOST):
            return None
        try:
            said = json.loads(state.json)
        except ValueError:
            return None
        if said is None:
            return state if known and self._forget(state.client) else None
        if not isinstance(said, dict):
            return None
        kept = State(state.client, state.clock, who.signed(said))
        self._known[state.client] = _Known(kept.clock, kept.json, socket, who.key)
        return kept

    def _forget(self, client: int) -> _Known:
        known = self._known.pop(client)
        self._left.pop(client, None)
        self._left[client] = known.clock
        if len(self._left) > LEFT:
            del self._left[next(iter(self._left))]
        return known

    def _count(self, socket: Hashable) -> int:
        return sum(known.socket == socket for known in self._known.values())


def _ends(known: _Known, socket: Hashable, state: State) -> bool:
    """Return whether a client says that it leaves, which it does without turning its clock on (y-protocols, `removeAwarenessStates`)."""
    return known.socket == socket and state.json == GONE and state.clock >= known.clock
