"""What is posted to a socket goes at once where it can, and always in order."""

import asyncio

import pytest

from cartable.kernel.websocket import WebSocket
from cartable.pads.peers import Peer, Visitor
from cartable.pads.presence import Who


class Way:
    """A way to push frames, which may be free or not."""

    def __init__(self):
        self.free, self.went = True, []

    def push(self, frame):
        if self.free:
            self.went.append(frame)
        return self.free


@pytest.fixture
def way():
    return Way()


@pytest.fixture
def peer(way):
    return Peer(Visitor(1, Who("x", "Ada", 1), writes=True), lambda: 0, push=way.push)


def test_a_frame_goes_at_once_where_the_way_is_free(way, peer):
    peer.post(b"1")
    peer.post(b"2")
    peer.end(1000)
    assert (way.went, asyncio.run(rest(peer))) == ([b"1", b"2"], [])


def test_none_overtakes_one_that_waits_or_is_being_sent(way, peer):
    async def story():
        way.free = False
        peer.post(b"1")
        way.free = True
        peer.post(b"2")
        sending = peer.posted()
        said = [await anext(sending), await anext(sending)]
        peer.post(b"3")
        peer.end(1000)
        return said + [frame async for frame in sending]

    assert (asyncio.run(story()), way.went) == ([b"1", b"2", b"3"], [])


async def rest(peer):
    return [frame async for frame in peer.posted()]


class Server:
    """The `receive` and `send` of a server: one that sends when it is told, and tells by a future when that is done, or when awaited."""

    def __init__(self, *, when_told):
        self.when_told, self.sent, self.futures = when_told, [], []

    async def receive(self):
        return {"type": "websocket.connect"}

    def send(self, message):
        return self._told(message) if self.when_told else self._awaited(message)

    def _told(self, message):
        self.sent.append(message.get("bytes"))
        self.futures.append(asyncio.get_running_loop().create_future())
        if len(self.futures) == 1:
            self.futures[0].set_result(None)  # it is accepted
        return self.futures[-1]

    async def _awaited(self, message):
        self.sent.append(message.get("bytes"))


async def accepted(server):
    socket = WebSocket("/", lambda: None, server.receive, server.send)
    assert not socket.push(b"too early")
    await socket.accept()
    return socket


def test_a_server_that_sends_when_told_is_told_one_at_a_time():
    async def story(server):
        socket = await accepted(server)
        assert (socket.push(b"1"), socket.push(b"2")) == (True, False)
        next_one = asyncio.create_task(socket.send(b"2"))
        await asyncio.sleep(0)
        assert server.sent == [None, b"1"]
        server.futures[1].set_result(None)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert (server.sent, socket.push(b"3"), next_one.done()) == ([None, b"1", b"2"], False, False)
        server.futures[2].set_result(None)
        await next_one
        assert socket.push(b"3")

    asyncio.run(story(Server(when_told=True)))


def test_who_flushes_waits_for_what_was_pushed():
    async def story(server):
        socket = await accepted(server)
        socket.push(b"1")
        flushing = asyncio.create_task(socket.flush())
        await asyncio.sleep(0)
        assert not flushing.done()
        server.futures[1].set_result(None)
        await flushing

    asyncio.run(story(Server(when_told=True)))


def test_to_a_server_that_sends_when_awaited_nothing_is_pushed():
    async def story(server):
        socket = await accepted(server)
        await socket.send(b"1")
        await socket.flush()
        assert (socket.push(b"2"), server.sent) == (False, [None, b"1"])

    asyncio.run(story(Server(when_told=False)))
