"""One pad that is open in this process: its document, its file, and what is to be noticed of both and of those who are there."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Set
from typing import Any, Protocol
from weakref import WeakMethod

from django.db import Error

from cartable.kernel.realtime import Missed, subscribe
from cartable.pads import asking, log, wire
from cartable.pads.comments import talking
from cartable.pads.files import File
from cartable.pads.hands import signing
from cartable.pads.latecomers import Latecomers
from cartable.pads.live import Pad
from cartable.pads.log import Logged
from cartable.pads.materialising import Materialiser
from cartable.pads.owning import Lease, OwnedElsewhere
from cartable.pads.peers import Peer
from cartable.pads.together import Chains, InTree
from cartable.pads.wire import Type
from cartable.pads.writing import BROKEN, LOST, Writer
from cartable.spaces import changes
from cartable.web.formats import harmless

logger = logging.getLogger(__name__)

IDLE = 30.0  # seconds that a pad stays open for nobody
DOUBT = 60.0  # seconds after which everybody's rights are asked again, whatever was announced
FRESH = 20.0  # seconds that what was written for one who reads is good for the next
PAUSE = 0.2  # seconds between two such rounds: a hundred grants in a row are one question
OF_ONE = frozenset({"write", "date", "make", "copy"})  # changes of one node, which concern no other


class Keeper(Protocol):
    """What a sitting asks of the process that it is in."""

    writer: Writer
    chains: Chains

    @property
    def in_tree(self) -> InTree:
        """Asks the tree, in a thread."""

    def stir(self, sitting: "Sitting") -> None:
        """Have it beat soon, with the others."""

    async def close(self, sitting: "Sitting") -> None:
        """Write what is to be written of it and give it back, unless somebody has come meanwhile."""


class Sitting:
    """One open pad, with its file, and what is to be noticed of both.

    Nothing of it holds it back in a circle: its document is free as soon as it is let go. A collector that counts objects would
    come for it late, as it does not see what a document weighs.
    """

    def __init__(self, host: Keeper, lease: Lease, logged: Logged, file: File) -> None:
        stir, stop, flush = map(_unless_gone, (self._stir, self._stop, self.flush))
        self.pad = Pad(lease, logged, stir, stop)
        self.file = Materialiser(self.pad, file, host.writer, host.in_tree, host.chains, flush)
        self._late = Latecomers(self.pad, host.writer, host.in_tree, flush, self.file.changed)
        self._host = host
        self._loop, self._fresh = asyncio.get_running_loop(), 0.0  # until when the file is as good as now
        self._stale, self._doubtful = asyncio.Event(), False  # the file may have changed; everybody's rights too
        self._tasks: set[asyncio.Task[None]] = set()
        self._idle: asyncio.TimerHandle | None = None
        self.left: float | None = None  # when the last of its people went, if they have
        self._do(self._watch(file.entry.space))

    def flush(self) -> None:
        """Show what was heard, and have it written."""
        if self.pad.over:
            return
        batch = self.pad.beat()
        if batch.rows or batch.debt:
            self._host.writer.add(batch)
        if batch.rows:
            self.file.changed()
            if self.pad.is_long:
                self._do(self.fold())
        if self.pad.unsigned:
            self._do(self._sign())
        if self.pad.late:
            self._do(self._late.join())

    def enter(self, peer: Peer) -> None:
        """Let somebody in."""
        self.left = None
        if self._idle:
            self._idle.cancel()
        self.pad.join(peer)
        if not peer.code:
            peer.post(self._name())  # its page may be older

    def leave(self, peer: Peer) -> None:
        """Forget somebody; after the last one the file is written at once, and the pad closed later."""
        self.pad.leave(peer)
        if not self.pad.peers and not self.pad.over:
            self.left = self._loop.time()
            self._do(self.file.save())
            self._idle = self._loop.call_later(IDLE, _unless_gone(self._close))

    def _close(self) -> None:
        self._do(self._host.close(self))

    def _stir(self) -> None:
        self._host.stir(self)

    async def fold(self) -> None:
        """Fold the log, if that loses nothing."""
        if not self.pad.may_fold or self.pad.over:
            return
        state = self.pad.state
        self.pad.folded()
        try:
            await self._host.writer.call(log.fold, self.pad.lease, state)
        except OwnedElsewhere:
            self.pad.end(LOST)
        except Error:
            logger.exception("pad %d could not be folded", self.pad.lease.node)
            self.pad.end(BROKEN)

    async def _sign(self) -> None:
        """Have it kept who types as each client that began; where that fails, at the next beat."""
        hands, self.pad.unsigned = self.pad.unsigned, {}
        try:
            await self._host.in_tree(signing.sign, self.pad.lease.node, hands)
        except Error:
            logger.warning("pad %d: who types could not be kept", self.pad.lease.node, exc_info=True)
            self.pad.unsigned.update(hands)

    async def _answer(self, word: bytes) -> None:
        """Have the file written for somebody who reads it: a version each time, so not at every question."""
        if self._loop.time() > self._fresh:
            await self.file.save()
            self._fresh = self._loop.time() + FRESH
        await self._host.in_tree(asking.answer, self.pad.lease.node, word)

    async def _listen(self, space: int) -> None:
        """Hear what changes in the space of the file; look again at all of it where something was missed."""
        said, asked = talking.channel(self.pad.lease.node), asking.channel(self.pad.lease.node)
        while not self.pad.over:
            with contextlib.suppress(Missed):
                async with subscribe(changes.channel(space), said, asked) as news:
                    self._look(everybody=True)  # at what happened before
                    self._tell_comments()
                    async for about, message in news:
                        if about == said:
                            self._tell_comments()
                            continue
                        if about == asked:
                            self._do(self._answer(message))
                            continue
                        verb, _, node = message.decode().partition(" ")
                        if self.file.is_about(int(node), alone=verb in OF_ONE):
                            self._look(everybody=verb not in OF_ONE)
            await asyncio.sleep(PAUSE)

    def _tell_comments(self) -> None:
        self.pad.cast(wire.tell(Type.COMMENTS, 1))

    def _name(self) -> bytes:
        """Return the frame that says what the file is called."""
        return wire.spell(Type.NAME, harmless(self.file.file.entry.name).encode())

    def _look(self, *, everybody: bool) -> None:
        self._doubtful |= everybody
        self._stale.set()

    def doubt(self, people: Set[int]) -> None:
        """Ask again who may do what, if one of these people is here; nobody named: anybody."""
        if not people or any(peer.visitor.person in people for peer in self.pad.peers):
            self._look(everybody=True)

    async def _watch(self, space: int) -> None:
        """When told to, and each minute: is the file what we know, may everybody still do what they do?"""
        listening = self._do(self._listen(space))
        while not self.pad.over:
            try:
                async with asyncio.timeout(DOUBT):
                    await self._stale.wait()
            except TimeoutError:
                self._doubtful = True
            self._stale.clear()
            doubtful, self._doubtful = self._doubtful, False
            before = self._name()
            await self.file.follow()
            if before != (now := self._name()):
                self.pad.cast(now)
            if doubtful:
                await asyncio.gather(*map(self._ask_again, list(self.pad.peers)))
            if space != (space := self.file.file.entry.space):
                listening.cancel()
                listening = self._do(self._listen(space))
            await asyncio.sleep(PAUSE)

    async def _ask_again(self, peer: Peer) -> None:
        try:
            self.pad.allow(peer, await self._host.in_tree(peer.again))
        except Error:  # in a minute, then
            logger.warning("pad %d: who may do what could not be asked", self.pad.lease.node, exc_info=True)

    def _do(self, what: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(what)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _stop(self) -> None:
        """Notice nothing any more."""
        for task in self._tasks - {asyncio.current_task()}:
            task.cancel()


def _unless_gone(act: Callable[[], None]) -> Callable[[], None]:
    """Return what does the same as a method, and does not hold its object."""
    known = WeakMethod(act)

    def call() -> None:
        if method := known():
            method()

    return call
