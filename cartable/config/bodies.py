"""The body of a request, as it arrives: small ones whole before a thread is taken, large ones block by block.

A body that is cut is never taken for a complete one: whoever reads it gets `Gone`, which Django turns into
UnreadablePostError, whether its length was announced or not (chunked).
"""

import asyncio
import io
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from cartable.kernel.errors import TooLarge

Result = TypeVar("Result")
Receive = Callable[[], Awaitable[Mapping[str, Any]]]

SMALL = 256 * 1024  # bytes; larger bodies are for who takes files: all others are whole before a thread is taken
BLOCK = 512 * 1024  # bytes gathered before a thread is woken, whatever the size of the server's pieces
DRAIN = 64 * 1024 * 1024  # bytes read for nothing, so that clients which send before they listen see the answer
PATIENCE = 300.0  # seconds a client has to send one block, or to take one


class Gone(OSError):
    """The client left, or kept silent too long, before the end; or the server is stopping."""


class Patience:
    """How long clients are waited for: PATIENCE each time, and no more once it has ended, when the server stops."""

    def __init__(self) -> None:
        self._waits: set[asyncio.Timeout] = set()
        self.ended = False

    async def wait(self, awaited: Awaitable[Result]) -> Result:
        """Return what is awaited. Raises Gone if it takes too long, or patience ends."""
        limit = asyncio.timeout(0 if self.ended else PATIENCE)
        self._waits.add(limit)
        try:
            async with limit:
                return await awaited
        except TimeoutError as late:
            raise Gone("the client kept silent, or the server is stopping") from late
        finally:
            self._waits.discard(limit)

    def end(self) -> None:
        """Wait for nobody any more. Called in the loop."""
        self.ended = True
        now = asyncio.get_running_loop().time()
        for limit in self._waits:
            limit.reschedule(now)


class Body:
    """One body, read in asyncio. `length` is what was announced, None if nothing was (chunked, HTTP/2)."""

    def __init__(self, receive: Receive, patience: Patience, *, length: int | None) -> None:
        self._receive = receive
        self._patience = patience
        self._ahead = b""  # read, and not yet asked for
        self._missing = length
        self.received = 0
        self.complete = length == 0

    async def read_small(self) -> None:
        """Read up to SMALL bytes ahead. Raises Gone."""
        self._ahead = await self._gather(SMALL)

    def whole(self) -> bytes | None:
        """Return the body if all of it is there and nobody took any, else None."""
        return self._ahead if self.complete and len(self._ahead) == self.received else None

    async def block(self) -> bytes:
        """Return the next BLOCK bytes or so; fewer at the end, none after it. Raises Gone."""
        if ahead := self._ahead:
            self._ahead = b""
            return ahead
        return await self._gather(BLOCK)

    async def drain(self) -> None:
        """Read what nobody wanted, within DRAIN. Raises Gone."""
        self._ahead = b""
        end = self.received + DRAIN
        while not self.complete and self.received < end:
            await self._gather(BLOCK)

    async def left(self) -> None:
        """Return once the client has left; never, if the body was not read whole: its messages are someone's."""
        if not self.complete:
            await asyncio.get_running_loop().create_future()
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _gather(self, enough: int) -> bytes:
        return b"" if self.complete else await self._patience.wait(self._pieces(enough))

    async def _pieces(self, enough: int) -> bytes:
        pieces, gathered = [], 0
        while not self.complete and gathered < enough:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise Gone("the client left before the end of its body")
            pieces.append(message.get("body", b""))
            gathered += len(pieces[-1])
            self._count(len(pieces[-1]), more=message.get("more_body", False))
        return b"".join(pieces)

    def _count(self, received: int, *, more: bool) -> None:
        self.received += received
        self.complete = not more
        if self.complete and self._missing not in {None, self.received}:
            raise Gone(f"{self.received} bytes came of {self._missing}")


def announced(headers: Mapping[str, str], http_version: str) -> int | None:
    """Return the length a request announces: 0 without a body, None if only its end will tell. Raises ValueError."""
    if "transfer-encoding" in headers:
        return None
    if "content-length" in headers:
        return int(headers["content-length"])
    return 0 if http_version.startswith("1") else None  # RFC 9112 §6.3; HTTP/2 marks the end itself


def stream(body: Body) -> io.BufferedIOBase:
    """Return a body as a view reads it: whole; one that is not there raises TooLarge."""
    whole = body.whole()
    return io.BufferedReader(_Beyond()) if whole is None else io.BytesIO(whole)


def waiting_stream(body: Body, loop: asyncio.AbstractEventLoop) -> io.BufferedIOBase:
    """Return a body as a thread reads it that may wait: `read(size)` gives as much unless it is the end, as Django expects."""
    return io.BufferedReader(_Raw(body, loop))


class _Beyond(io.RawIOBase):
    """What nobody waits for."""

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, _buffer: Any) -> int:
        """Refuse. Raises TooLarge."""
        raise TooLarge("a body")


class _Raw(io.RawIOBase):
    """One hop into the loop for each block."""

    def __init__(self, body: Body, loop: asyncio.AbstractEventLoop) -> None:
        self._body = body
        self._loop = loop
        self._block = memoryview(b"")

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer with what is there, waiting only if nothing is. Raises Gone."""
        if not self._block:
            self._block = memoryview(self._next())
        size = min(len(buffer), len(self._block))
        buffer[:size] = self._block[:size]
        self._block = self._block[size:]
        return size

    def _next(self) -> bytes:
        try:
            return asyncio.run_coroutine_threadsafe(self._body.block(), self._loop).result()
        except (asyncio.CancelledError, RuntimeError) as stopped:  # the loop ended under our feet
            raise Gone("the server is stopping") from stopped
