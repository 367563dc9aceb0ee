"""Whoever reads a file in which people type has it written first; where nobody does, nothing is asked and nothing waited for."""

import asyncio
import threading
from contextlib import contextmanager

import pytest

from cartable.kernel import realtime
from cartable.kernel.realtime import subscribe
from cartable.pads import asking, files
from cartable.spaces import content
from tests.worlds import put


@contextmanager
def open_elsewhere(node, written):
    """Let another process have the pad open, which writes the file when it is asked to: `written()` says whether it answers."""
    ready, end = threading.Event(), threading.Event()

    async def listen():
        async with subscribe(asking.channel(node)) as news:
            ready.set()
            async for _, word in news:
                if end.is_set():
                    return
                if written():
                    asking.answer(node, b"to another")
                    asking.answer(node, word)

    thread = threading.Thread(target=asyncio.run, args=(listen(),))
    thread.start()
    ready.wait()
    try:
        yield
    finally:
        end.set()
        realtime.publish(asking.channel(node), b"")
        thread.join()


@pytest.fixture(params=["local", "redis"])
def bus(request, monkeypatch):
    """Processes hear one another by either bus."""
    address = "local" if request.param == "local" else request.getfixturevalue("redis_address")
    bus = realtime.open_bus(address)
    for module in (realtime, asking):
        monkeypatch.setattr(module, "bus", lambda: bus)


@pytest.mark.once
def test_who_has_it_open_is_asked_and_waited_for(bus):
    asked = []
    with open_elsewhere(7, lambda: asked.append(7) or True):
        assert asking.write(7)
        assert not asking.write(8)
    assert asked == [7]


@pytest.mark.once
def test_who_does_not_answer_is_not_waited_for_long(bus, monkeypatch):
    monkeypatch.setattr(asking, "WAITS", 0.01)
    with open_elsewhere(7, lambda: False):
        assert asking.write(7)


def test_a_file_that_nobody_types_in_costs_no_question_more(world, django_assert_num_queries):
    node = put(world.ada, world.root, "pad.md", "été".encode()).id
    entry = files.entry(node)
    with django_assert_num_queries(0):
        assert content.caught_up(entry) == entry
