"""What comes for a document that a pad had before it was begun anew (decision 28) is joined to its text, three ways, as a file is.

It is in the log, and in the former document, by one transaction, and shown only then: so whoever brings it again brings nothing.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

from django.db import Error

from cartable.kernel.errors import NotFound
from cartable.pads import anew, log
from cartable.pads.formers import FORGOTTEN, FORMER
from cartable.pads.lib0 import Malformed
from cartable.pads.live import SENSELESS, TOO_LARGE, Pad
from cartable.pads.log import Row
from cartable.pads.owning import OwnedElsewhere
from cartable.pads.peers import Peer
from cartable.pads.texts import LARGEST
from cartable.pads.together import InTree
from cartable.pads.wire import EMPTY
from cartable.pads.writing import BROKEN, LOST, Writer

logger = logging.getLogger(__name__)

STAYS = 30.0  # seconds that who has not begun anew by itself is let stay: a stock provider comes back at once, with the same


class Latecomers:
    """Joins what waits in one pad. `flush` hands to the writer what the pad has heard so far; `changed` has the file follow."""

    def __init__(
        self, pad: Pad, writer: Writer, in_tree: InTree, flush: Callable[[], None], changed: Callable[[], None]
    ) -> None:
        self._pad, self._writer, self._in_tree, self._flush, self._changed = pad, writer, in_tree, flush, changed
        self._turn = asyncio.Lock()

    async def join(self) -> None:
        """Join all that waits, what each peer brought by itself."""
        try:
            async with self._turn:
                late, self._pad.late = self._pad.late, []
                for peer in dict.fromkeys(peer for peer, _ in late):
                    await self._join(peer, [update for who, update in late if who is peer])
        except OwnedElsewhere:
            self._pad.end(LOST)
        except Error:
            logger.exception("pad %d: what came for a former document could not be joined", self._pad.lease.node)
            self._pad.end(BROKEN)

    async def _join(self, peer: Peer, updates: Sequence[bytes]) -> None:
        peer.held += len(updates)
        letters = [*peer.gaps, *(one for one in updates if one != EMPTY)]
        if letters and (code := await self._bring(peer, letters)):
            peer.end(code)
        if not (peer.gaps or peer.refused or peer.code or self._pad.over):
            peer.settle(peer.held)
            peer.held = 0
            asyncio.get_running_loop().call_later(STAYS, self._dismiss, peer)

    def _dismiss(self, peer: Peer) -> None:
        """Let a peer go, unless something of it waits: then after that."""
        if not peer.held and not any(who is peer for who, _ in self._pad.late):
            peer.end(FORMER)

    async def _bring(self, peer: Peer, letters: Sequence[bytes]) -> int:
        """Join letters, and return why their author is to go; 0: they are not."""
        pad, epoch = self._pad, peer.former or 0
        try:
            former = await self._writer.call(log.former, pad.lease.node, epoch)
            brought = await self._in_tree(anew.brought, former, letters, pad.state)
        except NotFound:
            return FORGOTTEN
        except Malformed:
            return SENSELESS
        if len(str(pad).encode()) + brought.growth > LARGEST:
            return TOO_LARGE
        self._flush()
        await self._writer.written()  # what it was joined to comes before it
        if pad.over:
            return 0
        pad.joining = True
        row = Row(pad.lease, brought.update, peer.visitor.person)
        await self._writer.call(log.join, row, epoch, brought.state, brought.clients)
        pad.show(brought.update, peer.visitor.person)
        pad.formers.grown(epoch, brought.clients)
        peer.gaps = brought.gaps
        self._changed()
        return 0
