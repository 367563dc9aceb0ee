"""What is acknowledged is durable; what cannot be written is not acknowledged, and its pad ends."""

import asyncio

import pytest
from django.db import connections
from pycrdt import Doc, Text

from cartable.pads import live, log, owning, peers, texts, wire
from cartable.pads.databases import alias
from cartable.pads.live import Pad
from cartable.pads.log import Logged
from cartable.pads.peers import Peer, Visitor
from cartable.pads.presence import Who
from cartable.pads.wire import Type
from cartable.pads.writing import BROKEN, LOST, Writer

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


async def opened(writer, node=7):
    """Return a pad of which this process has the lease, and somebody there."""
    lease, _ = await writer.call(owning.take, node, "one")
    pad = Pad(lease, Logged([texts.begun("")], 0, 0, None), lambda: None, lambda: None)
    peer = Peer(Visitor(1, Who("x", "Ada", 1), writes=True), lambda: 0)
    pad.join(peer)
    return pad, peer


def types(pad, peer, text):
    doc = Doc({"text": Text(text)})
    pad.hear(peer, wire.spell(Type.UPDATE, doc.get_update()))


def saved(peer):
    """Return how many of its messages a peer was told are durable."""
    told = [wire.read(frame) for frame in peer._posted if frame[0] == Type.SAVED]
    return len(told) and peer._saved


def run(what):
    """Run a story with a writer, whose connections end with its thread."""

    async def story():
        writer = Writer()
        try:
            return await what(writer)
        finally:
            await writer.call(connections.close_all)
            writer.close()

    return asyncio.run(story())


def test_all_pads_are_written_at_once_and_then_their_authors_are_told():
    async def story(writer):
        there = [await opened(writer, node) for node in range(1, 6)]
        for pad, peer in there:
            types(pad, peer, "un")
            types(pad, peer, "deux")
            writer.add(pad.beat())
        assert [saved(peer) for _, peer in there] == [0] * 5
        await writer.written()
        assert [saved(peer) for _, peer in there] == [2] * 5

    run(story)
    assert all(len(log.load(node).updates) == 1 for node in range(1, 6))


def test_what_cannot_be_written_is_not_acknowledged_and_the_pad_ends():
    async def story(writer):
        pad, peer = await opened(writer)
        types(pad, peer, "avant")
        writer.add(pad.beat())
        await writer.written()
        await writer.call(refuse_writing)
        types(pad, peer, "pendant")
        writer.add(pad.beat())
        types(pad, peer, "après")
        writer.add(pad.beat())
        await writer.written()
        assert (saved(peer), peer.code, pad.over) == (1, BROKEN, True)

    run(story)
    assert len(log.load(7).updates) == 1


def test_after_an_error_others_are_written_again():
    async def story(writer):
        pad, peer = await opened(writer)
        await writer.call(refuse_writing)
        types(pad, peer, "perdu")
        writer.add(pad.beat())
        await writer.written()
        again, back = await opened(writer)
        types(again, back, "gardé")
        writer.add(again.beat())
        await writer.written()
        assert (saved(peer), saved(back)) == (0, 1)

    run(story)
    assert len(log.load(7).updates) == 1


def refuse_writing():
    """Make the database refuse what this connection writes, as a full disk does."""
    connection = connections[alias()]
    with connection.cursor() as cursor:
        only = "PRAGMA query_only = ON" if connection.vendor == "sqlite" else "SET default_transaction_read_only = on"
        cursor.execute(only)


def test_who_lost_the_lease_is_told_so_and_nothing_is_acknowledged():
    async def story(writer):
        pad, peer = await opened(writer)
        await writer.call(owning.take, 7, "one")
        types(pad, peer, "tard")
        writer.add(pad.beat())
        await writer.written()
        assert (saved(peer), peer.code) == (0, LOST)

    run(story)
    assert log.load(7).updates == []


def test_a_slow_reader_is_cut_and_the_others_go_on():
    async def story(writer):
        pad, peer = await opened(writer)
        slow = Peer(peer.visitor, lambda: 0)
        pad.join(slow)
        slow.post(bytes(peers.LAG))
        slow.post(b"x")
        assert (slow.code, peer.code) == (peers.SLOW, 0)
        assert [frame async for frame in slow.posted()] == []

    run(story)


def test_a_text_does_not_grow_for_ever():
    async def story(writer):
        pad, peer = await opened(writer)
        for _ in range(2):
            types(pad, peer, "x" * (live.LARGEST // 2 - 100))
        assert peer.code == 0
        types(pad, peer, "x" * 300)
        assert (peer.code, len(str(pad)) <= live.LARGEST) == (live.TOO_LARGE, True)

    run(story)


def test_a_log_is_folded_only_once_no_gap_is_left():
    async def story(writer):
        pad, peer = await opened(writer)
        doc, updates = Doc({"text": Text()}), []
        watch = doc.observe(lambda event: updates.append(event.update))  # noqa: F841 - it lasts as long as it is kept
        for letter in "abc":
            doc["text"] += letter
        for n, (foldable, text) in {0: (True, "a"), 2: (False, "a"), 1: (True, "abc")}.items():
            pad.hear(peer, wire.spell(Type.UPDATE, updates[n]))
            writer.add(pad.beat())
            await writer.written()
            assert (pad.may_fold, str(pad)) == (foldable, text)
        assert saved(peer) == 3

    run(story)
