"""What carries news between threads and processes, and how one listener hears it."""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Protocol

ROOM = 1000  # messages that may wait for a listener; who is slower than that must look again anyway


class Missed(Exception):
    """This listener has missed news: it was too slow, or the network was cut. Look at everything again, or reconnect."""


class News:
    """What one listener hears, in order: iterate over `(channel, message)`. Raises Missed; then it is over.

    Belongs to one event loop; `hear` and `end` are called in it.
    """

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._waiting: asyncio.Queue[tuple[str, bytes] | None] = asyncio.Queue(ROOM + 1)
        self._over = False

    def hear(self, channel: str, message: bytes) -> None:
        """Let a message wait to be read; with ROOM of them waiting already, end."""
        if self._waiting.qsize() < ROOM:
            self._waiting.put_nowait((channel, message))
        else:
            self.end()

    def end(self) -> None:
        """Raise Missed once what waits has been read."""
        if not self._over:
            self._over = True
            self._waiting.put_nowait(None)

    def __aiter__(self) -> "News":
        return self

    async def __anext__(self) -> tuple[str, bytes]:
        heard = await self._waiting.get()
        if heard is None:
            self._waiting.put_nowait(None)  # for whoever asks again
            raise Missed
        return heard


class Bus(Protocol):
    """Carries messages on channels. A channel is any short string; a message any bytes."""

    def publish(self, channel: str, message: bytes) -> None:
        """Send a message to all who listen now; from any thread, without waiting for them."""

    def listeners(self, channel: str) -> int:
        """Return how many listen to a channel now, as far as is known; 0 without a network."""

    def subscribe(self, *channels: str) -> AbstractAsyncContextManager[News]:
        """Listen to channels while the block lasts; inside an event loop."""
