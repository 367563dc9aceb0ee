"""A socket for whom no WebSocket gets through: what we say are server-sent events (WHATWG HTML §9.2), what they say comes by POST.

    GET <the address of the WebSocket>    text/event-stream: `key`, with a key; then a frame in base64 for each event without
                                          a name; at the end `close`, with the number that a WebSocket would be closed by
    POST <the same>, `Socket-Key: <key>`  frames, each after its length in four bytes, the highest first
                                          204 taken; 400 cut; 404 nobody has that key; 413 more than 4 MiB and a bit; 503 not now

Whoever speaks keeps their order: one POST at a time. Both must come to the same process, as a pad must (decision 21).
"""

import asyncio
import base64
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

from django.http import HttpRequest

from cartable.config.answers import Send, part
from cartable.config.bodies import Body, Gone, Patience, Receive, announced
from cartable.config.environ import Scope, join
from cartable.config.traffic import SOCKETS, Passage
from cartable.kernel.websocket import Socket

LARGEST = (4 << 20) + (128 << 10)  # bytes of one POST
WAITING = 8  # POSTs that may wait to be heard
KEY = "socket-key"
ENTRANCE = (b" " * 2048).join((b":", b"\n"))  # front servers and filters that gather a first block let it go
HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]

Serve = Callable[[Socket], Awaitable[None]]


class EventStream:
    """One conversation. Belongs to one event loop."""

    def __init__(self, path: str, request: Callable[[], HttpRequest], receive: Receive, send: Send) -> None:
        self.path, self.request = path, request
        self.key = secrets.token_urlsafe(24)
        self._receive, self._send = receive, send
        self.status = 200
        self._said: asyncio.Queue[list[bytes]] = asyncio.Queue(WAITING)
        self._left = False

    def is_foreign(self) -> bool:
        """Return whether a page of another site asks for it: it could not read the key, and makes us no work."""
        return self.request().headers.get("Sec-Fetch-Site", "none") not in {"same-origin", "none"}

    async def accept(self) -> None:
        """Begin to answer."""
        await self._send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await self._send(part(ENTRANCE + _event("key", self.key), more=True))

    async def refuse(self) -> None:
        """Answer 403 instead."""
        self._left, self.status = True, 403
        await answer(self._send, self.status)

    def hear(self, frames: list[bytes]) -> None:
        """Take what was said. Raises QueueFull."""
        self._said.put_nowait(frames)

    async def __aiter__(self) -> AsyncIterator[bytes | str]:
        """Yield what was said, until the other side leaves."""
        leaving = asyncio.create_task(self._leave())
        hearing = asyncio.create_task(self._said.get())
        try:
            while not leaving.done():
                await asyncio.wait({hearing, leaving}, return_when=asyncio.FIRST_COMPLETED)
                if hearing.done():
                    for frame in hearing.result():
                        yield frame
                    hearing = asyncio.create_task(self._said.get())
        finally:
            leaving.cancel()
            hearing.cancel()

    async def send(self, message: bytes) -> None:
        """Send a frame."""
        await self._send(part(_event("", base64.b64encode(message).decode()), more=True))

    def push(self, message: bytes) -> bool:
        """Do not: events wait for one another."""
        return False

    async def flush(self) -> None:
        """Have nothing to wait for."""

    async def close(self, code: int) -> None:
        """Say why it ends."""
        if not self._left:
            await self._send(part(_event("close", str(code)), more=True))

    async def end(self) -> None:
        """End the answer."""
        if not self._left:
            await self._send(part(b"", more=False))

    async def _leave(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._left = True


class EventStreams:
    """Those of a process, by their keys."""

    def __init__(self, patience: Patience) -> None:
        self._open: dict[str, EventStream] = {}
        self._patience = patience

    async def serve(
        self, serve: Serve, scope: Scope, ask: Callable[[], HttpRequest], receive: Receive, send: Send
    ) -> None:
        """Serve one request: whole conversations to GET, what is said in them to POST."""
        passage = Passage(scope["method"], scope["path"], group="sockets")
        try:
            if scope["method"] == "GET":
                passage.status = await self._listen(serve, EventStream(scope["path"], ask, receive, send))
            else:
                passage.status = await self._speak(scope, receive) if scope["method"] == "POST" else 405
                await answer(send, passage.status)
        except Gone:
            pass  # there is nobody to answer
        finally:
            passage.record(secrets.token_hex(8), "")

    async def _listen(self, serve: Serve, stream: EventStream) -> int:
        self._open[stream.key] = stream
        try:
            with SOCKETS.track_inprogress():
                await serve(stream)
            await stream.end()
            return stream.status
        finally:
            del self._open[stream.key]

    async def _speak(self, scope: Scope, receive: Receive) -> int:
        headers = join(scope["headers"])
        stream = self._open.get(headers.get(KEY, ""))
        if stream is None:
            return 404
        try:
            body = Body(receive, self._patience, length=announced(headers, scope["http_version"]))
            said = bytearray()
            while block := await body.block():
                said += block
                if len(said) > LARGEST:
                    return 413
            stream.hear(list(_frames(bytes(said))))
        except ValueError:
            return 400
        except asyncio.QueueFull:
            return 503
        return 204


async def answer(send: Send, status: int) -> None:
    """Answer without a body."""
    await send({"type": "http.response.start", "status": status, "headers": [(b"cache-control", b"no-store")]})
    await send(part(b"", more=False))


def _frames(body: bytes) -> Iterator[bytes]:
    """Yield the frames of a POST. Raises ValueError where it is cut."""
    at = 0
    while at < len(body):
        begin = at + 4
        at = begin + int.from_bytes(body[at:begin])
        if begin > len(body) or at > len(body):
            raise ValueError("cut")
        yield body[begin:at]


def _event(name: str, data: str) -> bytes:
    return (f"event: {name}\n" if name else "").encode() + f"data: {data}\n\n".encode()
