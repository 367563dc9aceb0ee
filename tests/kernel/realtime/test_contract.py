"""What any bus must do: the same tests within one process and through Redis."""

import asyncio
import subprocess
import sys
import threading

import pytest
from django.db import transaction

from cartable.kernel import realtime
from cartable.kernel.realtime import Missed, open_bus
from cartable.kernel.realtime.interface import ROOM
from tests.servers import free_port


@pytest.fixture(params=["local", "redis"])
def address(request):
    return "local" if request.param == "local" else request.getfixturevalue("redis_address")


@pytest.fixture
def bus(address):
    return open_bus(address)


async def heard(news, count):
    async with asyncio.timeout(10):
        return [await anext(news) for _ in range(count)]


def test_who_listens_hears_in_order_and_nothing_of_other_channels(bus):
    async def listen():
        async with bus.subscribe("a", "b") as news:
            for channel, message in [("a", b"1"), ("c", b"2"), ("b", b"3"), ("a", b"\x00\xff")]:
                bus.publish(channel, message)
            return await heard(news, 3)

    assert asyncio.run(listen()) == [("a", b"1"), ("b", b"3"), ("a", b"\x00\xff")]


def test_a_thread_is_heard(bus):
    async def listen():
        async with bus.subscribe("a") as news:
            thread = threading.Thread(target=bus.publish, args=("a", b"1"))
            thread.start()
            first = await heard(news, 1)
            thread.join()
            return first

    assert asyncio.run(listen()) == [("a", b"1")]


def test_several_listeners_each_hear_all_and_one_leaving_takes_nothing_from_the_others(bus):
    async def listen():
        async with bus.subscribe("a") as one:
            async with bus.subscribe("a", "b") as other:
                bus.publish("a", b"1")
                first = await heard(one, 1), await heard(other, 1)
            bus.publish("b", b"2")
            bus.publish("a", b"3")
            return first, await heard(one, 1)

    assert asyncio.run(listen()) == (([("a", b"1")], [("a", b"1")]), [("a", b"3")])


def test_nobody_hears_what_was_said_before_or_while_away(bus):
    async def listen():
        bus.publish("a", b"before")
        async with bus.subscribe("a") as news:
            bus.publish("a", b"1")
            first = await heard(news, 1)
        bus.publish("a", b"away")
        async with bus.subscribe("a") as news:
            bus.publish("a", b"2")
            return first + await heard(news, 1)

    assert asyncio.run(listen()) == [("a", b"1"), ("a", b"2")]


def test_coming_and_going_at_once_never_leaves_a_deaf_listener(bus):
    async def visit(number):
        async with bus.subscribe("a") as news:
            bus.publish("a", b"%d" % number)
            while (await heard(news, 1))[0][1] != b"%d" % number:
                pass

    async def listen():
        for _ in range(5):
            await asyncio.gather(*(visit(number) for number in range(20)))

    asyncio.run(listen())


def test_who_is_too_slow_is_told_after_what_was_kept(bus):
    async def listen():
        async with bus.subscribe("a", "end") as news, bus.subscribe("end") as end:
            for number in range(ROOM + 5):
                bus.publish("a", b"%d" % number)
            bus.publish("end", b"")
            await heard(end, 1)
            kept = await heard(news, ROOM)
            for _ in range(2):
                with pytest.raises(Missed):
                    await anext(news)
            return kept

    assert asyncio.run(listen())[-1] == ("a", b"%d" % (ROOM - 1))


def test_two_event_loops_hear_the_same_news(bus):
    listening, said = threading.Barrier(3), []

    async def listen():
        async with bus.subscribe("a") as news:
            await asyncio.to_thread(listening.wait)
            said.extend(await heard(news, 1))

    threads = [threading.Thread(target=lambda: asyncio.run(listen())) for _ in range(2)]
    for thread in threads:
        thread.start()
    listening.wait()
    bus.publish("a", b"1")
    for thread in threads:
        thread.join(10)
    assert said == [("a", b"1")] * 2


def test_a_listener_that_is_cancelled_is_forgotten():
    async def listen():
        local = open_bus("local")

        async def forever():
            async with local.subscribe("a") as news:
                await anext(news)

        task = asyncio.create_task(forever())
        await asyncio.sleep(0)
        assert local.listeners("a") == 1
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert not local._listeners

    asyncio.run(listen())


# Redis alone

SPEAK = """
import sys, django
django.setup()
from cartable.kernel.realtime import open_bus
open_bus(sys.argv[1]).publish("a", b"1")
"""


def test_another_process_is_heard(redis_address):
    async def listen():
        async with open_bus(redis_address).subscribe("a") as news:
            await asyncio.to_thread(subprocess.run, [sys.executable, "-c", SPEAK, redis_address], check=True)
            return await heard(news, 1)

    assert asyncio.run(listen()) == [("a", b"1")]


def test_a_line_that_is_cut_is_told_and_the_next_listener_opens_another(redis_address):
    async def listen():
        bus = open_bus(redis_address)
        async with bus.subscribe("a") as news:
            bus._client.client_kill_filter(_type="pubsub")
            with pytest.raises(Missed):
                await heard(news, 1)
        async with bus.subscribe("a") as news:
            bus.publish("a", b"1")
            return await heard(news, 1)

    assert asyncio.run(listen()) == [("a", b"1")]


def test_without_redis_publishing_loses_the_news_and_listening_says_so(caplog):
    bus = open_bus(f"redis://127.0.0.1:{free_port()}/0")
    bus.publish("a", b"1")
    assert "was lost" in caplog.text

    async def listen():
        async with bus.subscribe("a"):
            pytest.fail("nobody is there")

    with pytest.raises(Missed):
        asyncio.run(listen())


# The door


@pytest.mark.django_db(transaction=True)
def test_announcing_waits_for_the_commit(monkeypatch, bus):
    monkeypatch.setattr(realtime, "bus", lambda: bus)

    async def listen():
        async with realtime.subscribe("a") as news:
            await asyncio.to_thread(speak)
            return await heard(news, 2)

    def speak():
        with transaction.atomic():
            realtime.announce("a", b"after")
            realtime.publish("a", b"now")
        with transaction.atomic():
            realtime.announce("a", b"never")
            transaction.set_rollback(True)
        transaction.get_connection().close()

    assert asyncio.run(listen()) == [("a", b"now"), ("a", b"after")]


@pytest.mark.parametrize("wrong", ["", "amqp://x", "local:1"])
def test_an_address_that_says_nothing_is_refused_by_the_name_of_the_option(wrong):
    with pytest.raises(ValueError, match="CARTABLE_REALTIME"):
        open_bus(wrong)
