"""One WebSocket as its adapter sees it: raw ASGI (WebSocket Connection Scope 2.4) behind five words.

    await socket.accept()
    async for frame in socket: await socket.send(…)
    await socket.close(4003)

Where no WebSocket gets through, a `Socket` of another make says the same five (config/eventstream.py).

A browser sends its cookies with a WebSocket that any site opens, and no token of ours: who serves one that knows people by
their session asks `is_foreign` first (RFC 6455 §10.2).
"""

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

    async def close(self, code: int) -> None:
        """Close it, saying why by a number; if the other side has not left."""


class WebSocket:
    """Serves one connection. `request` gives its handshake anew at each call: who asks twice is told what is true now."""

    def __init__(self, path: str, request: Callable[[], HttpRequest], receive: Receive, send: Send) -> None:
        self.path, self.request = path, request
        self._receive, self._send = receive, send
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
        await self._send({"type": "websocket.accept"})

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
        await self._send({"type": "websocket.send", "bytes": message})

    async def close(self, code: int) -> None:
        """Close it, saying why by a number (RFC 6455 §7.4); if the other side has not left."""
        if not self._left:
            await self._send({"type": "websocket.close", "code": code, "reason": ""})

    def _own_origin(self) -> str:
        """Return the origin of a page that is read at the very address the handshake came to."""
        request = self.request()
        return f"{request.scheme}://{request.get_host()}"
