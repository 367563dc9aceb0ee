"""Group commit: what all pads of a process were told while one transaction was written goes into the next, with one fsync.

One thread writes, in order. Nobody waits for it but who wants to know that something is durable: letters travel meanwhile.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple, Protocol, TypeVar

from django.db import Error, connections

from cartable.pads import log, owning
from cartable.pads.log import Row
from cartable.pads.owning import Lease, OwnedElsewhere

Result = TypeVar("Result")
Debt = Mapping["Creditor", int]  # how many messages of each are answered for, once the rows are durable
logger = logging.getLogger(__name__)

LOST, BROKEN = 4009, 1011  # why a pad ends: another process has it; nothing can be written


class Creditor(Protocol):
    """Who is told that what they sent is durable."""

    def settle(self, messages: int) -> None:
        """Hear that so many more are."""


class Ending(Protocol):
    """What is written: a pad, which ends where it cannot be."""

    lease: Lease
    over: bool

    def end(self, code: int) -> None:
        """Let everybody go, so that they come again: nothing of it is known to be durable but what was said to be."""


class Batch(NamedTuple):
    """What one pad was told in one beat."""

    pad: Ending
    rows: Sequence[Row]
    debt: Debt


class Writer:
    """Writes the log of all pads of this process. Belongs to one event loop."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "pad-log")
        self._waiting: list[Batch] = []
        self._writing: asyncio.Task[None] | None = None

    def add(self, batch: Batch) -> None:
        """Have rows written, then tell their authors."""
        self._waiting.append(batch)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())

    async def written(self) -> None:
        """Return once all that was added so far is durable, or its pads have ended."""
        if self._writing is not None:
            await asyncio.shield(self._writing)

    async def call(self, act: Callable[..., Result], *values: object) -> Result:
        """Do something in the thread that writes, after what it was given before."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, _apart, act, *values)

    async def give_back(self, lease: Lease, *, behind: bool) -> None:
        """Let anybody have a pad, whose file is `behind` its text or not; where that cannot be said, its lease ends by itself."""
        with contextlib.suppress(OwnedElsewhere, Error):
            await self.call(partial(owning.give_back, behind=behind), lease)

    def close(self) -> None:
        """Let the thread go once it has done what it was given."""
        self._thread.shutdown(wait=False)

    async def _write(self) -> None:
        try:
            while self._waiting:
                batches, self._waiting = [one for one in self._waiting if not one.pad.over], []
                await self._commit(batches)
        finally:
            self._writing = None

    async def _commit(self, batches: Sequence[Batch]) -> None:
        """Write in one transaction. A pad of which a row is not written ends: a later one would have a hole before it."""
        rows = [row for batch in batches for row in batch.rows]
        try:
            lost = await self.call(log.append, rows) if rows else set()
        except Error:
            logger.exception("what was typed in %d pads could not be written", len(batches))
            for batch in batches:
                batch.pad.end(BROKEN)
            return
        for batch in batches:
            if batch.pad.lease in lost:
                batch.pad.end(LOST)
            for creditor, messages in batch.debt.items() if not batch.pad.over else ():
                creditor.settle(messages)


def _apart(act: Callable[..., Result], *values: object) -> Result:
    """Do something in a thread that no request ends in. After an error its connections begin anew."""
    try:
        return act(*values)
    except Error:
        connections.close_all()
        raise
