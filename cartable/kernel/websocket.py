"""One WebSocket as its adapter sees it: raw ASGI (WebSocket Connection Scope 2.4) behind a few words.

    await socket.accept()
    async for frame in socket: await socket.send(…)
    await socket.close(4003)

Where no WebSocket gets through, a `Socket` of another make says the same (config/eventstream.py).

A browser sends its cookies with a WebSocket that any site opens, and no token of ours: who serves one that knows people by
their session asks `is_foreign` first (RFC 6455 §10.2).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

from django.http import HttpRequest

from cartable.options import public_url

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class Gone(Exception):
    """The other side has left."""


class Socket(Protocol):
    """Both ways of a conversation in frames. `path` is what was asked, `request` as of a WebSocket."""

    path: str
    request: Callable[[], HttpRequest]

    def is_foreign(self) -> bool:
        """Return whether a page of another site opened it."""

    async def accept(self) -> None:
        """Take the connection. Raises Gone."""

    async def refuse(self) -> None:
        """Answer 403 instead of taking it."""

    def __aiter__(self) -> AsyncIterator[bytes | str]:
        """Yield what comes, until the other side leaves."""

    async def send(self, message: bytes) -> None:
        """Send bytes, as slowly as they are taken."""

    def push(self, message: bytes) -> bool:
        """Send bytes without waiting, if that can be and all before them have gone; return whether they were sent."""

    async def flush(self) -> None:
        """Wait until what was pushed has gone."""

    async def close(self, code: int) -> None:
        """Close it, saying why by a number; if the other side has not left."""


class WebSocket:
    """Serves one connection. `request` gives its handshake anew at each call: who asks twice is told what is true now."""

    def __init__(self, path: str, request: Callable[[], HttpRequest], receive: Receive, send: Send) -> None:
        self.path, self.request = path, request
        self._receive, self._send = receive, send
        self._sent: Any = None  # what the server gave for the last message
        self._left = False

    def is_foreign(self) -> bool:
        """Return whether a page of another site opened it. Other programs than browsers say nothing of where they come from."""
        origin = self.request().headers.get("Origin")
        if origin is None:
            return bool(self.request().COOKIES)
        ours = urlsplit(public_url())
        return origin not in {f"{ours.scheme}://{ours.netloc}", self._own_origin()}

    async def accept(self) -> None:
        """Take the connection. Raises Gone."""
        if (await self._receive())["type"] != "websocket.connect":
            raise Gone
        self._sent = self._send({"type": "websocket.accept"})
        await self._sent

    async def refuse(self) -> None:
        """Answer 403 instead of taking it."""
        await self._receive()
        await self._send({"type": "websocket.close", "code": 1000, "reason": ""})

    async def __aiter__(self) -> AsyncIterator[bytes | str]:
        """Yield what comes, bytes or text as it was sent, until the other side leaves."""
        while (event := await self._receive())["type"] == "websocket.receive":
            data = event.get("bytes")
            yield data if data is not None else event.get("text") or ""
        self._left = True

    async def send(self, message: bytes) -> None:
        """Send bytes, as slowly as they are taken."""
        await self.flush()
        self._sent = self._send({"type": "websocket.send", "bytes": message})
        await self._sent

    def push(self, message: bytes) -> bool:
        """Send bytes without waiting, where the server does: granian sends when it is told and gives a future, uvicorn when it is awaited."""
        if not asyncio.isfuture(self._sent) or not self._sent.done():
            return False
        self._sent = self._send({"type": "websocket.send", "bytes": message})
        return True

    async def flush(self) -> None:
        """Wait until what was pushed has gone."""
        if asyncio.isfuture(self._sent):
            await self._sent

    async def close(self, code: int) -> None:
        """Close it, saying why by a number (RFC 6455 §7.4); if the other side has not left."""
        if not self._left:
            await self._send({"type": "websocket.close", "code": code, "reason": ""})

    def _own_origin(self) -> str:
        """Return the origin of a page that is read at the very address the handshake came to."""
        request = self.request()
        return f"{request.scheme}://{request.get_host()}"
