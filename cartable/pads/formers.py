"""The documents that a pad had before it was begun anew (decision 28). Somebody who was away comes back with one: it is known by its
epoch, which our client tells, or by the clients who typed in it, which any provider of Yjs does. Pure.
"""

from collections.abc import Mapping

from cartable.pads import wire

FORMER, FORGOTTEN = (
    4010,
    4012,
)  # why a socket is closed: its document was begun anew, and what it brought is joined; we know none like it


class Formers:
    """Those of one pad, by their epochs. Of each its state vector is known: whose letters it has, and how many."""

    def __init__(self, states: Mapping[int, bytes]) -> None:
        self._states = dict(states)
        self._epochs = {client: epoch for epoch, state in states.items() for client in wire.clients_of(state)}

    def __contains__(self, epoch: int | None) -> bool:
        return epoch in self._states

    def __getitem__(self, epoch: int) -> bytes:
        return self._states[epoch]

    def epoch_of(self, state: bytes) -> int | None:
        """Return which of them somebody has who tells this state vector; None: none. Raises Malformed."""
        if not self._epochs:
            return None
        return next((self._epochs[client] for client in wire.clients_of(state) if client in self._epochs), None)

    def grown(self, epoch: int, state: bytes) -> None:
        """Know what was joined to one of them."""
        self._states[epoch] = state
