"""Django behind an asyncio server: one raw-ASGI callable, the same for granian and uvicorn.

WebSockets and the bodies of uploads live in asyncio; views are synchronous and run in a fixed pool of threads, each
with one lasting database connection. Early routes are answered before Django's middleware: sync clients poll them.
"""

import asyncio
import io
import multiprocessing
import os
import re
import signal
import threading
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any

from django.core.handlers.wsgi import WSGIHandler

from cartable.config.answers import Send
from cartable.config.bodies import Patience, Receive
from cartable.config.environ import Network, Scope, client, environ
from cartable.config.eventstream import EventStreams, Serve
from cartable.config.exchange import Desk, Early, Exchange, Request
from cartable.config.traffic import SOCKETS
from cartable.kernel.websocket import WebSocket

Turn = Callable[[], Awaitable[None]]
Beside = Callable[[threading.Event], None]

GRACE = 4.0  # seconds that exchanges under way have to end by themselves once the server is told to stop
LOOK = "/static/"
FORMS = 64  # with files, that are read at once, each as fast as its client sends: more wait for their turn


class Bridge:
    """The ASGI application. `early` goes by prefix of the path, `sockets` by the whole of it: the first that fits."""

    def __init__(
        self,
        *,
        early: Mapping[str, Early],
        sockets: Mapping[re.Pattern[str], Serve],
        threads: int,
        hosts: Mapping[str, str] | None = None,
        proxies: tuple[Network, ...] = (),
        beside: tuple[Beside, ...] = (),
        beginnings: tuple[Turn, ...] = (),
        endings: tuple[Turn, ...] = (),
    ) -> None:
        """Prepare it. `hosts` are names that stand for a path of the site, and for nothing else of it: by name, the path.

        `beside` runs in threads next to it, each until the event it is given is set.

        `beginnings` run in the loop before anything is served. `endings` do once the server is told to stop: each ends the sockets of
        one service, which wait for nothing else.
        """
        self._sockets, self._proxies = sockets, proxies
        self._hosts = hosts or {}
        self._beginnings, self._endings = beginnings, endings
        self._patience = Patience()
        self._streams = EventStreams(self._patience)
        self._threads = ThreadPoolExecutor(threads, "view")
        self._writers = ThreadPoolExecutor(threads, "writer")
        self._forms = ThreadPoolExecutor(FORMS, "form")
        self._told_to_stop = threading.Event()
        self._beside = [threading.Thread(target=run, args=(self._told_to_stop,), daemon=True) for run in beside]
        self._desk = Desk(WSGIHandler(), early, proxies, self._patience, self._threads, self._writers, self._forms)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, or the life of the process."""
        if scope["type"] == "http" and (serve := self._socket_at(scope["path"])):
            await self._streams.serve(serve, scope, self._request_of(scope), receive, send)
        elif scope["type"] == "http":
            await Exchange(self._desk, self._placed(scope), receive, send).run()
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._live(receive, send)

    def _placed(self, scope: Scope) -> Scope:
        """Return a request as the site has it: one to a host name that stands for a path, below that path; but for files of the look."""
        if not self._hosts:
            return scope
        host = client(scope, self._proxies).headers.get("host", "").partition(":")[0].lower()
        if host not in self._hosts or scope["path"].startswith(LOOK):
            return scope
        path, raw = self._hosts[host], scope.get("raw_path")
        return {**scope, "path": path + scope["path"], "raw_path": raw and path.encode() + raw}

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        serve = self._socket_at(scope["path"])
        opened = WebSocket(scope["path"], self._request_of(scope), receive, send)
        if serve is None:
            await opened.refuse()
            return
        with SOCKETS.track_inprogress():
            await serve(opened)

    def _socket_at(self, path: str) -> Serve | None:
        return next((serve for pattern, serve in self._sockets.items() if pattern.fullmatch(path)), None)

    def _request_of(self, scope: Scope) -> Callable[[], Request]:
        """Return what makes the request of a handshake (RFC 6455 §4.1), a new one each time: requests remember who asked."""
        variables = environ({**scope, "method": "GET"}, client(scope, self._proxies)) | {"wsgi.input": io.BytesIO()}
        return lambda: Request(dict(variables))

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        when_told_to_stop(self._stop)
        threading.Thread(target=end_with_parent, daemon=True).start()
        for thread in self._beside:
            thread.start()
        for begin in self._beginnings:
            await begin()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._end()
        await send({"type": "lifespan.shutdown.complete"})

    async def _stop(self) -> None:
        if self._told_to_stop.is_set():
            return
        self._told_to_stop.set()
        asyncio.get_running_loop().call_later(GRACE, self._patience.end)
        if endings := [asyncio.ensure_future(end()) for end in self._endings]:
            await asyncio.wait(endings, timeout=GRACE)

    async def _end(self) -> None:
        """Leave no thread that would hold the process, nor a task that could have been given back."""
        self._told_to_stop.set()
        self._patience.end()
        for pool in (self._threads, self._writers, self._forms):
            pool.shutdown(wait=False, cancel_futures=True)
        for thread in self._beside:
            await asyncio.to_thread(thread.join, GRACE)


def end_with_parent() -> None:
    """Wait for the end of the process that started this one, then end as if told to: nothing must outlive the server."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def when_told_to_stop(call: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Call in the loop as soon as SIGTERM arrives, and let the server know only once it returned; with SIGINT, both at once.

    Servers tell the application only once every exchange is over, and a stalled upload never is; and they cut WebSockets, where
    a letter may be on its way. Granian asks its loop for signals, and cannot be called: to it SIGINT says the same.
    """
    if threading.current_thread() is not threading.main_thread():
        return  # signals are not ours, as in a test
    loop = asyncio.get_running_loop()
    tasks = set[asyncio.Task[None]]()  # a loop alone does not keep them
    former = signal.getsignal(signal.SIGTERM)
    of_loop = loop.remove_signal_handler(signal.SIGTERM)

    async def call_first() -> None:
        await call()
        if of_loop:
            signal.raise_signal(signal.SIGINT)
        elif callable(former):
            former(signal.SIGTERM, None)

    def begin(what: Coroutine[Any, Any, None]) -> None:
        tasks.add(asyncio.create_task(what))

    loop.add_signal_handler(signal.SIGTERM, lambda: begin(call_first()))
    interrupted = _chained(signal.getsignal(signal.SIGINT), lambda: loop.call_soon_threadsafe(lambda: begin(call())))
    signal.signal(signal.SIGINT, interrupted)


def _chained(after: Any, call: Callable[[], Any]) -> Callable[[int, FrameType | None], None]:
    def handler(number: int, frame: FrameType | None) -> None:
        call()
        if callable(after):
            after(number, frame)

    return handler
