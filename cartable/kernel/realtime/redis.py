"""News between processes, by publish and subscribe of Redis or Valkey.

Each event loop has one connection that listens, whatever the number of its listeners; they share what it hears. If it is cut,
they all have missed news and are told so: coming back is theirs, and opens a new connection.
"""

import asyncio
import contextlib
import logging
import socket
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from weakref import WeakKeyDictionary

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from cartable.kernel.realtime.interface import Missed, News

logger = logging.getLogger(__name__)

PREFIX = "cartable:"  # of our channels: a Redis may be shared
ANSWER = 2.0  # seconds that Redis may take
ALIVE = {socket.TCP_KEEPIDLE: 30, socket.TCP_KEEPINTVL: 10, socket.TCP_KEEPCNT: 3}  # notices a silent cut in a minute


class Redis:
    """A Bus between all processes that know the same Redis."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._client = redis.Redis.from_url(
            address, socket_timeout=ANSWER, socket_connect_timeout=ANSWER, retry=Retry(NoBackoff(), 1)
        )
        self._lines: WeakKeyDictionary[asyncio.AbstractEventLoop, Line] = WeakKeyDictionary()

    def publish(self, channel: str, message: bytes) -> None:
        try:
            self._client.publish(PREFIX + channel, message)
        except redis.RedisError as error:
            logger.warning("news of %s was lost: %s", channel, error)

    def listeners(self, channel: str) -> int:
        try:
            return int(self._client.pubsub_numsub(PREFIX + channel)[0][1])
        except redis.RedisError as error:
            logger.warning("who listens to %s is not known: %s", channel, error)
            return 0

    @contextlib.asynccontextmanager
    async def subscribe(self, *channels: str) -> AsyncIterator[News]:
        line = self._line()
        news = News()
        try:
            await line.join(news, channels)
            yield news
        finally:
            await line.leave(news)

    def _line(self) -> "Line":
        """Return the connection of this event loop, a new one if it was cut."""
        loop = asyncio.get_running_loop()
        line = self._lines.get(loop)
        if line is None or line.cut:
            line = self._lines[loop] = Line(self._address)
        return line


class Line:
    """One connection that listens for all listeners of one event loop."""

    def __init__(self, address: str) -> None:
        client = redis.asyncio.Redis.from_url(
            address,
            retry=AsyncRetry(NoBackoff(), 0),
            socket_connect_timeout=ANSWER,
            socket_keepalive=True,
            socket_keepalive_options=ALIVE,
        )
        self.cut = False
        self._client, self._pubsub = client, client.pubsub()
        self._listeners: dict[News, tuple[str, ...]] = {}
        self._channels: dict[str, set[News]] = {}
        self._confirmed: dict[str, asyncio.Event] = {}
        self._asked: Counter[str] = Counter()  # subscriptions sent and not yet confirmed
        self._talk = asyncio.Lock()
        self._reader: asyncio.Task[None] | None = None

    async def join(self, news: News, channels: tuple[str, ...]) -> None:
        """Let a listener hear these channels; return once Redis has confirmed. Raises Missed if the line is cut."""
        self._listeners[news] = channels
        new = [channel for channel in dict.fromkeys(channels) if channel not in self._channels]
        for channel in channels:
            self._channels.setdefault(channel, set()).add(news)
        for channel in new:
            self._confirmed[channel] = asyncio.Event()
        try:
            async with asyncio.timeout(ANSWER):
                await self._ask(new)
                for channel in channels:
                    await self._confirmed[channel].wait()
        except (redis.RedisError, OSError) as error:  # TimeoutError is an OSError
            self._end(error)
        if self.cut:
            raise Missed

    async def leave(self, news: News) -> None:
        """Forget a listener, and the channels that nobody else hears; with the last listener, hang up."""
        channels = self._listeners.pop(news)
        for channel in channels:
            self._channels.get(channel, set()).discard(news)
        idle = [channel for channel in dict.fromkeys(channels) if not self._channels.get(channel, True)]
        for channel in idle:
            del self._channels[channel], self._confirmed[channel]
        if not self._listeners:
            await self._hang_up()
        elif idle and not self.cut:
            with contextlib.suppress(redis.RedisError, OSError):  # the reader will notice
                async with self._talk:
                    await self._pubsub.unsubscribe(*(PREFIX + channel for channel in idle))

    async def _ask(self, channels: list[str]) -> None:
        if channels:
            self._asked.update(channels)
            async with self._talk:
                await self._pubsub.subscribe(*(PREFIX + channel for channel in channels))
                self._reader = self._reader or asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            while True:
                if (message := await self._pubsub.get_message(timeout=None)) is not None:
                    self._take(message)
        except (redis.RedisError, OSError, RuntimeError) as error:
            self._end(error)

    def _take(self, message: dict[str, Any]) -> None:
        channel = message["channel"].decode().removeprefix(PREFIX)
        if message["type"] == "message":
            for news in self._channels.get(channel, ()):
                news.hear(channel, message["data"])
        elif message["type"] == "subscribe":
            self._asked[channel] -= 1
            if not self._asked[channel] and channel in self._confirmed:  # not that of one who has left and come back
                self._confirmed[channel].set()

    def _end(self, error: BaseException) -> None:
        """Tell all listeners that they have missed something."""
        if not self.cut:
            self.cut = True
            logger.warning("the line to Redis was cut: %s", error)
        for news in self._listeners:
            news.end()
        for confirmed in self._confirmed.values():
            confirmed.set()

    async def _hang_up(self) -> None:
        self.cut = True
        if self._reader is not None and self._reader is not asyncio.current_task():
            self._reader.cancel()
            await asyncio.wait([self._reader])
        await self._pubsub.aclose()  # type: ignore[no-untyped-call]
        await self._client.aclose()


def open_redis(address: str) -> Redis:
    """Return the bus at `redis://[user:password@]host:port/number`, `rediss://` over TLS. Does not connect yet."""
    return Redis(address)
