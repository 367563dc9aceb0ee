"""News within one process: from any thread to the event loops that listen."""

import contextlib
import threading
from collections import defaultdict
from collections.abc import AsyncIterator
from functools import partial

from cartable.kernel.realtime.interface import News


class Local:
    """A Bus that needs nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: defaultdict[str, set[News]] = defaultdict(set)

    def publish(self, channel: str, message: bytes) -> None:
        with self._lock:
            listeners = list(self._listeners.get(channel, ()))
        for news in listeners:
            with contextlib.suppress(RuntimeError):  # its loop has just been closed
                news.loop.call_soon_threadsafe(partial(news.hear, channel, message))

    @contextlib.asynccontextmanager
    async def subscribe(self, *channels: str) -> AsyncIterator[News]:
        news = News()
        with self._lock:
            for channel in channels:
                self._listeners[channel].add(news)
        try:
            yield news
        finally:
            self._leave(news, channels)

    def listeners(self, channel: str) -> int:
        with self._lock:
            return len(self._listeners.get(channel, ()))

    def _leave(self, news: News, channels: tuple[str, ...]) -> None:
        with self._lock:
            for channel in channels:
                self._listeners[channel].discard(news)
                if not self._listeners[channel]:
                    del self._listeners[channel]


def open_local(address: str) -> Local:
    """Return a bus of its own; `address` is `local`."""
    if address != "local":
        raise ValueError(f"CARTABLE_REALTIME: local takes no address: {address}")
    return Local()
