"""Those who have a pad before their eyes: one socket each, and on whose behalf it speaks."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple

from cartable.pads import wire
from cartable.pads.presence import Who
from cartable.pads.wire import Type

LAG = 8 << 20  # bytes that may wait for one socket
SLOW = 4008  # why a socket is closed


class Visitor(NamedTuple):
    """On whose behalf a socket speaks, and whether they may write."""

    person: int | None  # of a guest there is none
    who: Who
    writes: bool


class Peer:
    """One socket. What is posted to it never waits: who is too slow is cut, and comes back with what they have."""

    def __init__(
        self,
        visitor: Visitor,
        again: Callable[[], Visitor | int],
        *,
        push: Callable[[bytes], bool] = lambda _: False,
        epoch: int | None = None,
    ) -> None:
        self.visitor = visitor
        self.again = again  # asks who it is and what they may do now, or why it is to be closed; in a thread
        self._push = push  # sends a frame at once, if that can be: most frames wake no task
        self.code = 0  # once it is over, why
        self.gaps: list[bytes] = []  # of its updates, what waits for another that has not come
        self.epoch = epoch  # of the document that it comes with, if it says so
        self.former: int | None = None  # the same, of one that the pad had before
        self.hears = False  # whether it is told what changes: once it was told all that was
        self.refused = False  # whether it sent, while it could not write, what it may still bring once it can
        self.held = 0  # messages that are not answered for until then
        self._saved = self._size = 0
        self._posted: deque[bytes] = deque()
        self._waiting: asyncio.Future[None] | None = None  # for more to send
        self.over = asyncio.Event()

    def post(self, frame: bytes) -> None:
        """Have a frame sent."""
        if not self._posted and self._push(frame):
            return
        self._posted.append(frame)
        self._size += len(frame)
        if self._size - len(frame) > LAG:  # a whole document may be more
            self.end(SLOW)
        self._stir()

    def settle(self, messages: int) -> None:
        """Say that so many more of its messages are durable."""
        self._saved += messages
        self.post(wire.tell(Type.SAVED, self._saved))

    def tell_epoch(self, epoch: int) -> None:
        """Say which document it is."""
        self.post(wire.tell(Type.EPOCH, epoch))

    def tell_role(self) -> None:
        """Say whether it may write."""
        self.post(wire.tell(Type.ROLE, int(self.visitor.writes)))

    def end(self, code: int) -> None:
        """Close it, after what was posted; at once if it is too slow."""
        self.code = self.code or code
        self._stir()
        self.over.set()

    async def posted(self) -> AsyncIterator[bytes]:
        """Yield the frames to send, until it is over. Each waits until it has been sent: none overtakes it."""
        while True:
            while self._posted and self.code != SLOW:
                yield self._posted[0]
                self._size -= len(self._posted.popleft())
            if self.code:
                return
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting

    def _stir(self) -> None:
        if self._waiting and not self._waiting.done():
            self._waiting.set_result(None)
