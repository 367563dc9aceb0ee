"""News between threads and processes: what one publishes reaches whoever listens now, and nobody later.

    announce(f"space {space.pk}", b"…")                   # once the transaction commits, from any thread
    async with subscribe("space 12", "person 3") as news:
        async for channel, message in news: ...

News may be lost: it says that something changed, never what only it knows. Who missed some is told (Missed).
"""

from contextlib import AbstractAsyncContextManager
from functools import cache, partial
from typing import cast

from django.db import transaction
from django.utils.module_loading import import_string

from cartable.kernel.realtime.interface import Bus, Missed, News
from cartable.options import options

BUSES = {  # by the scheme of the address; named, not imported: Redis needs the `scale` extra
    "local": "cartable.kernel.realtime.local.open_local",
    "redis": "cartable.kernel.realtime.redis.open_redis",
    "rediss": "cartable.kernel.realtime.redis.open_redis",
}

__all__ = ["Bus", "Missed", "News", "announce", "bus", "open_bus", "publish", "subscribe"]


@cache
def bus() -> Bus:
    """Return what carries news in this installation; one for each process."""
    return open_bus(options.realtime)


def open_bus(address: str) -> Bus:
    """Return the bus at an address: `local`, `redis://…` or `rediss://…`. Raises ValueError on any other."""
    scheme = address.partition(":")[0]
    if scheme not in BUSES:
        raise ValueError(f"CARTABLE_REALTIME: neither local nor redis://: {scheme}")
    return cast(Bus, import_string(BUSES[scheme])(address))


def publish(channel: str, message: bytes) -> None:
    """Send a message now to all who listen to a channel. Never raises for lack of a network: news may be lost."""
    bus().publish(channel, message)


def announce(channel: str, message: bytes) -> None:
    """Send a message when the current transaction commits; at once if there is none."""
    transaction.on_commit(partial(publish, channel, message))


def subscribe(*channels: str) -> AbstractAsyncContextManager[News]:
    """Listen to these channels while the block lasts. What is published after the block has begun is heard."""
    return bus().subscribe(*channels)
