"""The pads that are open in this process: opened once, beaten together, watched, and closed when nobody has been there for a while."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import Error, close_old_connections

from cartable.identity import news
from cartable.kernel import memory
from cartable.kernel.errors import BadInput, Busy, Refusal, TooLarge
from cartable.kernel.realtime import Missed, subscribe
from cartable.options import options
from cartable.pads import anew, files, lightening, log, owning, texts
from cartable.pads.files import File
from cartable.pads.lib0 import Malformed
from cartable.pads.live import Pad
from cartable.pads.log import Logged
from cartable.pads.owning import RENEWED, Agreed, Lease, OwnedElsewhere
from cartable.pads.sitting import PAUSE, Sitting
from cartable.pads.together import Chains
from cartable.pads.writing import LOST, Writer

Result = TypeVar("Result")
logger = logging.getLogger(__name__)

BEAT = 0.04  # seconds; what comes within is one frame and one row
PATIENCE = 10.0  # seconds without renewal after which our leases may soon be others'
LEAVING, FAREWELL = 1001, 1.0  # why a socket is closed: the server stops; seconds that they have to hear it
SAVING = 2.0  # seconds that files may take to be written then: a server has four in all for it
ALONE, TYPED = 64 << 10, 10  # bytes of memory of a pad, and for each byte of its document (measured: 6 MB for 593 kB)
THREADS = 4  # that ask the tree
SOON, AGAIN, AT_ONCE = (
    1.0,
    60.0,
    200,
)  # seconds before files left behind are looked for, and looked for again; how many at most


def weight(size: int) -> int:
    """Return the bytes of memory that a document of so many bytes may take, as it is open: typed by hand it is heaviest."""
    return ALONE + TYPED * size


class Host:
    """All of them. Belongs to one event loop."""

    def __init__(self, process: str) -> None:
        self.process = process
        self.writer = Writer()
        self._tree = ThreadPoolExecutor(THREADS, "pad-tree")
        self.chains = Chains(self.in_tree)
        self._sittings: dict[int, asyncio.Task[Sitting]] = {}
        self._stirred: set[Sitting] = set()
        always = (self._renew, self._hear_of_people, self._catch_up)
        self._always = [asyncio.create_task(do()) for do in always]
        self.stopping = self._closed = False  # the latter: whether a pad did since memory was given back last
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
        """Return the sitting of a pad, one for all who come. Raises OwnedElsewhere, NotFound, NotText, TooLarge, Busy, and what databases raise."""
        opening = self._sittings.get(node)
        if opening is None or _has_ended(opening):
            opening = self._sittings[node] = asyncio.create_task(self._open(node))
        return await asyncio.shield(opening)

    async def _open(self, node: int) -> Sitting:
        lease, agreed = await self.writer.call(owning.take, node, self.process)
        try:
            return await self._opened(lease, agreed)
        except (BadInput, TooLarge):  # there is no text to write
            await self.writer.give_back(lease, behind=False)
            raise
        except BaseException:
            await self.writer.give_back(lease, behind=True)
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
        await self._make_room(sum(map(len, logged.updates)))
        sitting = Sitting(self, lease, logged, known)
        sitting.pad.clean()  # of what came in before that was done at once
        if str(sitting.pad) != file.text:
            sitting.file.changed()
        return sitting

    async def _make_room(self, size: int) -> None:
        """Close pads whose people have gone, the first who went first, until one of so many bytes may be opened. Raises Busy."""
        while sum(weight(one.pad.bytes) for one in self._here()) + weight(size) > options.pads_memory << 20:
            left = {one.left: one for one in self._here() if one.left is not None}
            if not left:
                raise Busy
            await self.close(left[min(left)])

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
        self._closed = True
        if not pad.joining and not pad.peers and anew.is_heavy(pad.bytes, str(pad)):
            await self._begin_anew(pad)
        await self.writer.give_back(pad.lease, behind=sitting.file.is_behind)

    async def _begin_anew(self, pad: Pad) -> None:
        """Put a lighter document in place of one that nobody has before their eyes."""
        with contextlib.suppress(OwnedElsewhere, Error, Malformed):
            if lighter := await self.in_tree(lightening.prepared, pad.lease.node, pad.state):
                await self.writer.call(log.begin_anew, pad.lease, pad.epoch, pad.state, pad.clients, lighter)

    async def _catch_up(self) -> None:
        """Have files follow that were left behind their text, by a server that died, or that could not write them.

        Each is opened and closed as for somebody who comes and goes; where another process does so first, it has it. One that is in the
        trash waits until it is back, or erased.
        """
        await asyncio.sleep(SOON)
        while True:
            with contextlib.suppress(Error):
                left = await self.writer.call(owning.left, self.process, self._open_here(), AT_ONCE)
                there = await self.in_tree(files.chains, left) if left else {}
                for node in there:
                    with contextlib.suppress(Refusal):
                        await self.close(await self.open(node))
                if gone := set(left) - set(there):
                    await self.writer.call(owning.put_off, gone)
            await asyncio.sleep(AGAIN)

    async def stop(self) -> None:
        """Close all pads, and wait for those who were there to hear of it: the server stops."""
        self.stopping = True
        for task in self._always:
            task.cancel()
        await self._leave(self._here())
        if self._served:
            await asyncio.wait(self._served, timeout=FAREWELL)
        self.writer.close()
        self._tree.shutdown(wait=False)

    async def _leave(self, here: Sequence[Sitting]) -> None:
        """Make durable what was typed, write the files as far as there is time, then give all up at once.

        A file that is not written in time is behind: the log has what it lacks, and the next server writes it.
        """
        saving = [asyncio.create_task(one.file.save()) for one in here]
        if saving:
            await asyncio.wait(saving, timeout=SAVING)
        for one in here:
            one.flush()
        await self.writer.written()
        left = [one for one in here if not one.pad.over]
        if behind := {one.pad.lease for one in left if one.file.is_behind}:
            logger.warning("the server stops: %d files are behind their text, and will follow soon", len(behind))
        states = {one.pad.lease: one.pad.state if one.pad.may_fold else None for one in left}
        for one in left:
            one.pad.end(LEAVING)
        with contextlib.suppress(Error):
            await self.writer.call(log.leave, states, behind)

    async def _hear_of_people(self) -> None:
        while True:
            with contextlib.suppress(Missed):
                async with subscribe(news.CHANNEL) as heard:
                    async for _, message in heard:
                        self._doubt(news.named(message))
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
                    ours = await self.writer.call(owning.renew, self.process, self._open_here())
            except (Error, TimeoutError):
                logger.warning("the leases of pads could not be renewed", exc_info=True)
                ours = {one.pad.lease.node for one in here if loop.time() - renewed < PATIENCE}
            else:
                renewed = began
            self._let_go(here, ours)
            del here  # not to be held while we sleep
            if self._closed:
                self._closed = False
                await loop.run_in_executor(self._tree, memory.give_back)

    def _doubt(self, people: Set[int]) -> None:
        for sitting in self._here():
            sitting.doubt(people)

    def _let_go(self, here: Sequence[Sitting], ours: Collection[int]) -> None:
        """End the sittings of pads that are not ours any more, and forget all that ended."""
        for sitting in here:
            if sitting.pad.lease.node not in ours:
                sitting.pad.end(LOST)
        self._sittings = {node: one for node, one in self._sittings.items() if not _has_ended(one)}

    def _open_here(self) -> list[int]:
        """Return the pads that are open, or about to be."""
        return [node for node, one in self._sittings.items() if not _has_ended(one)]

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


async def start() -> None:
    """Begin to look after pads, whoever comes: the server starts."""
    here()


async def stop() -> None:
    """Close the pads of this event loop: the server stops."""
    if host := _hosts.get(asyncio.get_running_loop()):
        await host.stop()
