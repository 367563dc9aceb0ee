"""The pads that are open in this process: opened once, beaten together, watched, and closed when nobody has been there for a while."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Set
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import Error, close_old_connections

from cartable.identity import news
from cartable.kernel.realtime import Missed, subscribe
from cartable.pads import files, log, owning, texts
from cartable.pads.files import File
from cartable.pads.live import Pad, Peer
from cartable.pads.log import Logged
from cartable.pads.materialising import Materialiser
from cartable.pads.owning import RENEWED, Agreed, Lease, OwnedElsewhere
from cartable.pads.writing import BROKEN, LOST, Writer
from cartable.spaces import changes

Result = TypeVar("Result")
logger = logging.getLogger(__name__)

BEAT = 0.04  # seconds; what comes within is one frame and one row
IDLE = 30.0  # seconds that a pad stays open for nobody
DOUBT = 60.0  # seconds after which everybody's rights are asked again, whatever was announced
PAUSE = 0.2  # seconds between two such rounds: a hundred grants in a row are one question
PATIENCE = 10.0  # seconds without renewal after which our leases may soon be others'
LEAVING, FAREWELL = 1001, 1.0  # why a socket is closed: the server stops; seconds that they have to hear it
THREADS = 4  # that ask the tree
OF_ONE = frozenset({"write", "date", "make", "copy"})  # changes of one node, which concern no other


class Sitting:
    """One open pad, with its file, and what is to be noticed of both."""

    def __init__(self, host: "Host", lease: Lease, logged: Logged, file: File) -> None:
        self.pad = Pad(lease, logged, lambda: host.stir(self), self._stop)
        self.file = Materialiser(self.pad, file, host.writer, host.in_tree, self.flush)
        self._host = host
        self._stale, self._doubtful = asyncio.Event(), False  # the file may have changed; everybody's rights too
        self._tasks: set[asyncio.Task[None]] = set()
        self._listening = self._do(self._listen(file.entry.space))
        self._idle: asyncio.TimerHandle | None = None
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

    def enter(self, peer: Peer) -> None:
        """Let somebody in."""
        if self._idle:
            self._idle.cancel()
        self.pad.join(peer)

    def leave(self, peer: Peer) -> None:
        """Forget somebody; after the last one the file is written at once, and the pad closed later."""
        self.pad.leave(peer)
        if not self.pad.peers and not self.pad.over:
            self._do(self.file.save())
            self._idle = asyncio.get_running_loop().call_later(IDLE, lambda: self._do(self._host.close(self)))

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

    async def _listen(self, space: int) -> None:
        """Hear what changes in the space of the file; look again at all of it where something was missed."""
        while not self.pad.over:
            with contextlib.suppress(Missed):
                async with subscribe(changes.channel(space)) as news:
                    self._look(everybody=True)  # at what happened before
                    async for _, message in news:
                        verb, _, node = message.decode().partition(" ")
                        if node == str(self.pad.lease.node) or verb not in OF_ONE:
                            self._look(everybody=verb not in OF_ONE)
            await asyncio.sleep(PAUSE)

    def _look(self, *, everybody: bool) -> None:
        self._doubtful |= everybody
        self._stale.set()

    def doubt(self, people: Set[int]) -> None:
        """Ask again who may do what, if one of these people is here; nobody named: anybody."""
        if not people or any(peer.visitor.person in people for peer in self.pad.peers):
            self._look(everybody=True)

    async def _watch(self, space: int) -> None:
        """When told to, and each minute: is the file what we know, may everybody still do what they do?"""
        while not self.pad.over:
            try:
                async with asyncio.timeout(DOUBT):
                    await self._stale.wait()
            except TimeoutError:
                self._doubtful = True
            self._stale.clear()
            doubtful, self._doubtful = self._doubtful, False
            await self.file.follow()
            if doubtful:
                await asyncio.gather(*map(self._ask_again, list(self.pad.peers)))
            if space != (space := self.file.file.entry.space):
                self._listening.cancel()
                self._listening = self._do(self._listen(space))
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


class Host:
    """All of them. Belongs to one event loop."""

    def __init__(self, process: str) -> None:
        self.process = process
        self.writer = Writer()
        self._tree = ThreadPoolExecutor(THREADS, "pad-tree")
        self._sittings: dict[int, asyncio.Task[Sitting]] = {}
        self._stirred: set[Sitting] = set()
        self._always = (asyncio.create_task(self._renew()), asyncio.create_task(self._hear_of_people()))
        self.stopping = False
        self._served: set[asyncio.Future[Any]] = set()  # sockets

    async def serve(self, socket: Awaitable[None]) -> None:
        """Serve a socket; it is waited for at the end."""
        serving = asyncio.ensure_future(socket)
        self._served.add(serving)
        serving.add_done_callback(self._served.discard)
        await serving

    async def in_tree(self, act: Callable[..., Result], *values: object) -> Result:
        """Ask the tree, in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._tree, _lasting, act, *values)

    async def open(self, node: int) -> Sitting:
        """Return the sitting of a pad, one for all who come. Raises OwnedElsewhere, NotFound, NotText, TooLarge, and what databases raise."""
        opening = self._sittings.get(node)
        if opening is None or _has_ended(opening):
            opening = self._sittings[node] = asyncio.create_task(self._open(node))
        return await asyncio.shield(opening)

    async def _open(self, node: int) -> Sitting:
        lease, agreed = await self.writer.call(owning.take, node, self.process)
        try:
            return await self._opened(lease, agreed)
        except BaseException:
            await self._give_back(lease)
            raise

    async def _opened(self, lease: Lease, agreed: Agreed) -> Sitting:
        logged = await self.writer.call(log.load, lease.node)
        file = await self.in_tree(
            files.read, lease.node
        )  # only now: whoever had the pad before may just have written it
        known = await self._known(lease, agreed, file)
        if not logged.updates:
            state = await self.in_tree(texts.begun, file.text)
            await self.writer.call(log.fold, lease, state)
            logged = Logged([state], 0, 0, None)
        sitting = Sitting(self, lease, logged, known)
        if str(sitting.pad) != file.text:
            sitting.file.changed()
        return sitting

    async def _known(self, lease: Lease, agreed: Agreed, file: File) -> File:
        """Return the file as the text knows it: as it is, or as it was before somebody changed it elsewhere."""
        if agreed.blob == file.entry.blob:
            return file
        if (
            agreed.blob is None or agreed.sha256 == file.sha256
        ):  # a new pad, or a file written by whoever died before they could say so
            await self.writer.call(owning.agree, lease, file.entry.blob)
            return file
        before = await self.in_tree(files.text_of, agreed.blob)
        return file._replace(text=before, entry=file.entry._replace(tag=0, blob=agreed.blob))

    def stir(self, sitting: Sitting) -> None:
        """Have a pad beat with the others, within BEAT."""
        if not self._stirred:
            asyncio.get_running_loop().call_later(BEAT, self._beat)
        self._stirred.add(sitting)

    def _beat(self) -> None:
        stirred, self._stirred = self._stirred, set()
        for sitting in stirred:
            sitting.flush()

    async def close(self, sitting: Sitting, *, code: int = 0) -> None:
        """Write what is to be written of a pad, and give it back; unless somebody has come meanwhile, where no code says why they go."""
        pad = sitting.pad
        await sitting.file.save()
        await sitting.fold()
        await self.writer.written()
        if pad.over or (pad.peers and not code):
            return
        pad.end(code)
        await self._give_back(pad.lease)

    async def _give_back(self, lease: Lease) -> None:
        with contextlib.suppress(OwnedElsewhere, Error):
            await self.writer.call(owning.give_back, lease)

    async def stop(self) -> None:
        """Close all pads, and wait for those who were there to hear of it: the server stops."""
        self.stopping = True
        await asyncio.gather(*(self.close(one, code=LEAVING) for one in self._here()), return_exceptions=True)
        if self._served:
            await asyncio.wait(self._served, timeout=FAREWELL)
        for task in self._always:
            task.cancel()
        self.writer.close()
        self._tree.shutdown(wait=False)

    async def _hear_of_people(self) -> None:
        while True:
            with contextlib.suppress(Missed):
                async with subscribe(news.CHANNEL) as heard:
                    async for _, message in heard:
                        people = news.named(message)
                        for sitting in self._here():
                            sitting.doubt(people)
            await asyncio.sleep(PAUSE)

    async def _renew(self) -> None:
        """Keep our leases. Where that fails for too long, let go before others may take them."""
        loop = asyncio.get_running_loop()
        renewed = loop.time()
        while True:
            await asyncio.sleep(RENEWED)
            began, here = loop.time(), self._here()
            try:
                async with asyncio.timeout(RENEWED):
                    ours = await self.writer.call(owning.renew, self.process)
            except (Error, TimeoutError):
                logger.warning("the leases of pads could not be renewed", exc_info=True)
                ours = {one.pad.lease.node for one in here if loop.time() - renewed < PATIENCE}
            else:
                renewed = began
            for sitting in here:
                if sitting.pad.lease.node not in ours:
                    sitting.pad.end(LOST)
            self._sittings = {node: one for node, one in self._sittings.items() if not _has_ended(one)}

    def _here(self) -> list[Sitting]:
        return [one.result() for one in self._sittings.values() if one.done() and not _has_ended(one)]


def _has_ended(opening: asyncio.Task[Sitting]) -> bool:
    """Return whether a pad ended, or could not be opened."""
    return opening.done() and (opening.cancelled() or opening.exception() is not None or opening.result().pad.over)


def _lasting(act: Callable[..., Result], *values: object) -> Result:
    """Do something in a thread that no request ends in: a connection that has died is not used again."""
    close_old_connections()
    try:
        return act(*values)
    finally:
        close_old_connections()


_hosts: dict[asyncio.AbstractEventLoop, Host] = {}


def here() -> Host:
    """Return the host of this event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hosts:
        _hosts[loop] = Host(owning.this_process())
    return _hosts[loop]


async def stop() -> None:
    """Close the pads of this event loop: the server stops."""
    if host := _hosts.get(asyncio.get_running_loop()):
        await host.stop()
