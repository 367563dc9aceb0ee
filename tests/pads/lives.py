"""Open pads without a server: the host, the documents, the log and the tree are ours, and whole; threads, the network and time go on
only when they are told to. So any moment of a life can be its last, and comes again exactly.
"""

import asyncio
import contextlib
from collections import deque
from concurrent.futures import Executor, Future

from pycrdt import Doc, Text
from websockets.exceptions import ConnectionClosed
from websockets.frames import Close

from cartable.kernel.errors import Refusal
from cartable.pads.formers import FORMER
from cartable.pads.hosting import Host
from cartable.pads.peers import Peer, Visitor
from cartable.pads.presence import Who
from tests.pads.typists import Typist


class Loop(asyncio.SelectorEventLoop):
    """An event loop whose time stands still."""

    now = 0.0

    def time(self):
        return self.now

    def settle(self):
        """Let all happen that waits for nothing."""
        while True:
            self.call_soon(self.stop)
            self.run_forever()
            if not self._ready:
                return


class Steps(Executor):
    """A thread that does nothing by itself."""

    def __init__(self):
        self.due, self.done = deque(), 0

    def submit(self, act, /, *values):
        future = Future()
        self.due.append((future, act, values))
        return future

    def shutdown(self, wait=True, *, cancel_futures=False):  # noqa: FBT002 - as it is there
        pass

    def step(self, *, heard=True):
        """Do the next thing, of which nobody hears if they have died meanwhile."""
        future, act, values = self.due.popleft()
        self.done += 1
        if not future.set_running_or_notify_cancel():
            return
        try:
            result = act(*values)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is for who asked
            future.set_exception(error) if heard else None
        else:
            future.set_result(result) if heard else None


class Process:
    """A process of ours that has pads open."""

    def __init__(self, name, now):
        self.loop = Loop()
        self.loop.now = now
        self.host = self.loop.run_until_complete(self._host(name))
        self.log, self.tree = Steps(), Steps()  # each thing done is one question, or one transaction
        self.host.writer._thread, self.host._tree = self.log, self.tree

    async def _host(self, name):
        return Host(name)

    def open(self, node):
        """Return the sitting of a pad. Raises what `Host.open` raises, and TimeoutError."""
        opening = self.loop.create_task(self.host.open(node))
        self.run()
        if not opening.done():
            opening.cancel()
            self.loop.settle()
            raise TimeoutError
        return opening.result()

    def close(self, node):
        """Give a pad up in order, whoever is there."""
        with contextlib.suppress(Refusal):
            closing = self.loop.create_task(self.host.close(self.open(node), code=1001))
            self.run()
            closing.result()

    def give_up(self, node):
        """Give a pad up, if nobody is there."""
        with contextlib.suppress(Refusal, TimeoutError):
            closing = self.loop.create_task(self.host.close(self.open(node)))
            self.run()
            closing.result()

    def settle(self):
        """Let all happen that waits for nothing; if there is life."""
        if not self.loop.is_closed():
            self.loop.settle()

    def run(self):
        """Do all that is to be done at this moment."""
        self.loop.settle()
        while due := [one for one in (self.log, self.tree) if one.due]:
            due[0].step()
            self.loop.settle()

    def work(self, steps):
        """Do so much of what is to be done."""
        for _ in range(steps):
            for thread in (self.log, self.tree):
                if thread.due:
                    thread.step()
                    self.loop.settle()

    def go_on(self, seconds, *, stalled=False):
        """Let time pass, in which all is done at its moment; or, where the machine is stalled, nothing but what timers do."""
        end = self.loop.now + seconds
        while self.loop.now < end:
            self.loop.now = min(self.loop.now + 0.5, end)
            self.loop.settle() if stalled else self.run()

    def die(self, steps=0):
        """Be no more. Of what its threads were about to do, so much is done still."""
        for _ in range(steps):
            if due := [one for one in (self.log, self.tree) if one.due]:
                due[0].step(heard=False)
        self.log.due.clear()
        self.tree.due.clear()
        while tasks := asyncio.all_tasks(self.loop):
            for task in tasks:
                task.cancel()
            self.loop.settle()
        self.loop.close()


class Line:
    """What `Typist` has for a socket: frames go either way when they are carried, and those under way are lost where it is cut."""

    def __init__(self, process, sitting, person, epoch):
        self.up, self.down, self.code = deque(), deque(), None
        self._process, self._sitting = process, sitting
        self._peer = Peer(
            Visitor(person, Who(f"p{person}", f"P{person}", person), writes=True), self._again, epoch=epoch
        )
        self._saying = process.loop.create_task(self._say())
        process.settle()

    def _again(self):
        return self._peer.visitor

    async def _say(self):
        self._sitting.enter(self._peer)
        async for frame in self._peer.posted():
            self.down.append(frame)
        self.code = self._peer.code
        self._sitting.leave(self._peer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._peer.end(1000)
        self._process.settle()

    def send(self, frame):
        self.up.append(frame)

    def carry(self, frames):
        """Let so many frames arrive, of those that are under way to the server."""
        for _ in range(0 if self.is_cut else min(frames, len(self.up))):
            self._process.loop.call_soon(self._sitting.pad.hear, self._peer, self.up.popleft())
        self._process.settle()

    def recv(self, timeout):
        if self.down:
            return self.down.popleft()
        raise ConnectionClosed(Close(self.code or 1006, ""), None) if self.is_cut else TimeoutError

    @property
    def is_cut(self):
        return self.code is not None or self._process.loop.is_closed()


class Hand:
    """Somebody with a device, on line or not: what they type are characters that nobody else types, and they know which were kept.

    Where the document was begun anew, they bring what they have of the former one, and then begin anew too. Some tell by its number
    which one they have, as our client does, others are told when to, as any.
    """

    def __init__(self, person, characters, *, tells=True):
        self.person, self._characters, self._tells = person, characters, tells
        self.typed, self.kept, self.erased = set(), set(), set()
        self.unkept = {}  # by the number of the message that carries it; 0: none yet
        self.take_another_device()

    def __str__(self):
        return str(self.text)

    def take_another_device(self):
        """Be somebody who has nothing yet: what was not kept may be lost."""
        self.typed -= set(self.unkept)
        self.begin_anew()

    def begin_anew(self):
        """Have nothing, and nothing to bring."""
        self.line, self.typist, self.unkept, self.epoch = None, None, {}, None
        self.doc = Doc()
        self.text = self.doc.get("text", type=Text)

    def come(self, process, node):
        """Be on line, if that can be now."""
        if self.typist is None:
            with contextlib.suppress(Refusal, TimeoutError):
                self.line = Line(process, process.open(node), self.person, self.epoch if self._tells else None)
                self.typist = Typist(None, node, {}, doc=self.doc, by=lambda *_: self.line)

    def go(self):
        """Be off line; what was under way is lost."""
        if self.typist:
            self.typist.leave()
        self.line, self.typist = None, None
        self.unkept = dict.fromkeys(self.unkept, 0)

    def type(self, place, words):
        """Type words, and a character of one's own."""
        own = next(self._characters)
        self.text.insert(len(str(self)[: place % (len(str(self)) + 1)].encode()), own + words)
        self.typed.add(own)
        self.unkept[own] = self.typist.sent if self.typist else 0

    def erase(self, place, length):
        """Delete some characters."""
        before = str(self)
        start = place % (len(before) + 1)
        gone = before[start : start + length]
        at = len(before[:start].encode())
        if gone:
            del self.text[at : at + len(gone.encode())]
        self.erased |= set(gone)

    def carry(self, up, down):
        """Let so many frames go either way."""
        if self.typist is None:
            return
        self.line.carry(up)
        try:
            for _ in range(down):
                self._hear()
        except TimeoutError:
            pass
        except ConnectionClosed as closed:
            self.go()
            if closed.rcvd.code == FORMER and not self.unkept:
                self.begin_anew()

    def _hear(self):
        asked = self.typist.asked
        self.typist.hear()
        if self.typist.asked > asked:  # they answered with all that they have
            self.unkept = {own: number or self.typist.sent for own, number in self.unkept.items()}
        self.kept |= {own for own, number in self.unkept.items() if 0 < number <= self.typist.saved}
        self.unkept = {own: number for own, number in self.unkept.items() if own not in self.kept}
        if self.epoch is None:
            self.epoch = self.typist.epoch
        elif self._tells and self.typist.epoch not in {None, self.epoch} and self.typist.saved == self.typist.sent > 0:
            self.go()
            self.begin_anew()
            raise TimeoutError

    @property
    def is_quiet(self):
        """Whether nothing is under way."""
        return self.typist is not None and not (self.line.up or self.line.down or self.line.is_cut)
