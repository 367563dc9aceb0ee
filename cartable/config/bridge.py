"""Django behind an asyncio server: one raw-ASGI callable, the same for granian and uvicorn.

WebSockets and the bodies of uploads live in asyncio; views are synchronous and run in a fixed pool of threads, each
with one lasting database connection. Early routes are answered before Django's middleware: sync clients poll them.
"""

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any

from django.core.handlers.wsgi import WSGIHandler

from cartable.config.answers import Send
from cartable.config.bodies import Patience, Receive
from cartable.config.environ import Network, Scope
from cartable.config.exchange import Desk, Early, Exchange
from cartable.config.traffic import SOCKETS

Socket = Callable[[Scope, Receive, Send], Awaitable[None]]

GRACE = 4.0  # seconds that exchanges under way have to end by themselves once the server is told to stop


class Bridge:
    """The ASGI application. Both tables go by prefix of the path, the first that fits."""

    def __init__(
        self,
        *,
        early: Mapping[str, Early],
        sockets: Mapping[str, Socket],
        threads: int,
        proxies: tuple[Network, ...] = (),
    ) -> None:
        self._sockets = sockets
        self._patience = Patience()
        self._threads = ThreadPoolExecutor(threads, "view")
        self._writers = ThreadPoolExecutor(threads, "writer")
        self._desk = Desk(WSGIHandler(), early, proxies, self._patience, self._threads, self._writers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, or the life of the process."""
        if scope["type"] == "http":
            await Exchange(self._desk, scope, receive, send).run()
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._live(receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        socket = next((self._sockets[prefix] for prefix in self._sockets if scope["path"].startswith(prefix)), None)
        if socket is None:
            await receive()
            await send({"type": "websocket.close", "code": 1000, "reason": ""})  # before it is accepted: 403
            return
        with SOCKETS.track_inprogress():
            await socket(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        when_told_to_stop(self._stop)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._patience.end()
        for pool in (self._threads, self._writers):
            pool.shutdown(wait=False, cancel_futures=True)
        await send({"type": "lifespan.shutdown.complete"})

    def _stop(self) -> None:
        asyncio.get_running_loop().call_later(GRACE, self._patience.end)


def when_told_to_stop(call: Callable[[], Any]) -> None:
    """Call in the loop as soon as SIGTERM or SIGINT arrives, before the server's own handler.

    Servers tell the application only once every exchange is over, and a stalled upload never is.
    """
    if threading.current_thread() is not threading.main_thread():
        return  # signals are not ours, as in a test
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _chained(signal.getsignal(number), lambda: loop.call_soon_threadsafe(call)))


def _chained(after: Any, call: Callable[[], Any]) -> Callable[[int, FrameType | None], None]:
    def handler(number: int, frame: FrameType | None) -> None:
        call()
        if callable(after):
            after(number, frame)

    return handler
