"""Text and file follow one another: the file is written QUIET seconds after the last letter, at most LATEST after the first.

What comes into the file from elsewhere is merged into the text: its base is what the file held when the two last agreed. Each
writing says which file it follows, and begins again if there is another: so nothing that came is ever written over unread.
"""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable

from cartable.kernel.errors import BadInput, Changed, NotFound, Refusal, TooLarge
from cartable.pads import files, log, owning, texts, wire
from cartable.pads.extracts import tasks as extracts
from cartable.pads.files import File
from cartable.pads.live import TOO_LARGE, Pad
from cartable.pads.log import Row
from cartable.pads.owning import OwnedElsewhere
from cartable.pads.together import Chains, InTree
from cartable.pads.wire import Type
from cartable.pads.writing import BROKEN, LOST, Writer

logger = logging.getLogger(__name__)

QUIET, LATEST, AGAIN = 2.0, 60.0, 60.0  # seconds; AGAIN: after a file that could not be written
GONE, NO_TEXT = 4004, 4015  # why a pad ends: its file is gone, or is no text any more


def _written(node: int, data: bytes, author: int | None, tag: int) -> File:
    """Write the file, and have read what it says."""
    file = files.write(node, data, author, tag)
    extracts.soon()
    return file


class Materialiser:
    """Keeps the file of one pad. `flush` hands to the writer what the pad has heard so far."""

    def __init__(
        self, pad: Pad, file: File, writer: Writer, in_tree: InTree, chains: Chains, flush: Callable[[], None]
    ) -> None:
        self.file = file
        self._above: frozenset[int] | None = None  # the folders it is in, once they are known
        self._pad, self._writer, self._in_tree, self._chains, self._flush = pad, writer, in_tree, chains, flush
        self._turn = asyncio.Lock()
        self._loop = asyncio.get_running_loop()
        self._first = self._last = 0.0  # when the text changed since the file was written
        self._timer: asyncio.TimerHandle | None = None
        self._saving: asyncio.Task[None] | None = None

    def is_about(self, node: int, *, alone: bool) -> bool:
        """Return whether what happened to a node concerns the file: to itself, or, unless it was to one node alone, to what it is in."""
        return node == self._pad.lease.node or (not alone and (self._above is None or node in self._above))

    @property
    def is_behind(self) -> bool:
        """Whether the file lacks what was typed."""
        return str(self._pad) != self.file.text

    def changed(self) -> None:
        """Write the file soon: the text has changed."""
        self._last = self._loop.time()
        if self._timer is None:
            self._first = self._last
            self._timer = self._loop.call_later(QUIET, self._look)

    def _look(self) -> None:
        due = min(self._last + QUIET, self._first + LATEST)
        self._timer = None
        if self._pad.over:
            return
        if self._loop.time() < due:
            self._timer = self._loop.call_at(due, self._look)
            return
        self._saving = asyncio.ensure_future(self.save())

    async def save(self) -> None:
        """Write the file if the text is another. Where it cannot be, it is tried again: the log has it all meanwhile."""
        await self._respecting(self._save)

    async def follow(self) -> None:
        """Bring to the text what came into the file from elsewhere."""
        await self._respecting(self._follow)

    async def _respecting(self, act: Callable[[], Awaitable[None]]) -> None:
        """Do something with the file, one at a time; what it refuses ends the pad, or is tried again."""
        try:
            async with self._turn:
                await act()
        except OwnedElsewhere:
            self._pad.end(LOST)
        except NotFound:
            await self._let_go()
        except TooLarge:
            self._pad.end(TOO_LARGE)
        except BadInput:
            self._pad.end(NO_TEXT)
        except Refusal as refusal:
            logger.warning("pad %d: the file is behind its text: %s", self._pad.lease.node, type(refusal).__name__)
            self._timer = self._loop.call_later(AGAIN, self._look)
        except Exception:
            logger.exception("pad %d", self._pad.lease.node)
            self._pad.end(BROKEN)

    async def _let_go(self) -> None:
        """End the pad of a file that is gone; where it lacks what was typed, it follows once it is back."""
        self._flush()
        await self._writer.written()
        await self._writer.give_back(self._pad.lease, behind=self.is_behind)
        self._pad.end(GONE)

    async def _save(self) -> None:
        while not self._pad.over:
            self._flush()
            await self._writer.written()  # nothing is in the file that the log does not have
            text = str(self._pad)
            if text == self.file.text or self._pad.over:
                return
            try:
                await self._write(self.file.spelled(text))
                return
            except Changed:
                await self._follow()

    async def _write(self, data: bytes) -> None:
        lease = self._pad.lease
        await self._writer.call(owning.intend, lease, hashlib.sha256(data).digest())
        file = await self._in_tree(_written, lease.node, data, self._pad.author, self.file.entry.tag)
        await self._agree(file)
        self._pad.cast(wire.spell(Type.VERSION, file.entry.etag.encode()))

    async def _follow(self) -> None:
        node = self._pad.lease.node
        entry, *above = await self._chains.of(node)
        self._above = frozenset(folder.id for folder in above)
        if entry.tag == self.file.entry.tag:
            self.file = self.file._replace(entry=entry)  # perhaps in another folder, or space
            return
        try:
            file = await self._in_tree(files.read, node)
        except (files.NotText, TooLarge):
            await self._keep_beside(node)
            raise
        if file.text != self.file.text:
            await self._merge(file)
        else:
            await self._agree(file)

    async def _keep_beside(self, node: int) -> None:
        """What was typed and is in no file yet is found among the versions of what the file has become."""
        text = str(self._pad)
        if text and text != self.file.text:
            await self._in_tree(files.keep_beside, node, self.file.spelled(text), self._pad.author)

    async def _merge(self, file: File) -> None:
        """Type what the file brings: it is durable, by one transaction with the word that the two agree, before anybody sees it."""
        update = await self._in_tree(texts.joined, self._pad.state, self.file.text, file.text)
        self._flush()
        await self._writer.written()  # what it is joined to comes before it
        if self._pad.over:
            return
        self._pad.joining += 1
        await self._writer.call(log.merge, Row(self._pad.lease, update, None), file.entry.blob)
        self._pad.show(update, None)
        self.file = file
        self.changed()

    async def _agree(self, file: File) -> None:
        await self._writer.call(owning.agree, self._pad.lease, file.entry.blob)
        self.file = file
