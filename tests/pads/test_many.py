"""Many pads in one process: what happens around them costs by what happens, and not by how many they are."""

import contextlib
import gc
from collections import deque
from datetime import timedelta
from weakref import ref

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cartable.kernel import clock, memory
from cartable.kernel.errors import Busy
from cartable.pads import files, hosting, owning, wire
from cartable.pads.models import Update
from cartable.pads.peers import Peer, Visitor
from cartable.pads.presence import Who
from cartable.pads.sockets import LATER, code_of
from cartable.pads.texts import begun
from cartable.pads.wire import Type
from cartable.spaces import sharing, trash, tree
from cartable.spaces.access import Role
from tests.options import having
from tests.pads.lives import Hand, Process
from tests.worlds import ada_world, put

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
MANY = 12


@pytest.fixture
def world():
    return ada_world()


@pytest.fixture
def process(monkeypatch):
    """A process without people, where time goes on as it is told to."""
    process, began = Process("one", 0.0), clock.now()
    monkeypatch.setattr(clock, "now", lambda: began + timedelta(seconds=process.loop.now))
    yield process
    process.die()


@pytest.fixture
def pads(world, process):
    """Many pads of one folder, open and at rest."""
    nodes = [put(world.ada, world.maths, f"{n}.md", b"un\n").id for n in range(MANY)]
    opened = [process.open(node) for node in nodes]
    process.go_on(2)
    return opened


@contextlib.contextmanager
def questions(process, most):
    """Let what happens in a block be noticed with so many questions to the tree, and no more queries."""
    before = process.tree.done
    yield
    with CaptureQueriesContext(connection) as queries:
        process.go_on(2)
    asked = [query["sql"] for query in queries if "spaces_" in query["sql"]]
    assert (process.tree.done - before, len(asked)) == (most, most), asked


def test_what_happens_elsewhere_in_their_space_is_nothing_to_them(world, process, pads):
    with questions(process, 0):
        tree.make_folder(world.ada, world.cours, "Autre")
        tree.move(world.ada, world.devoir, into=world.archives)
        sharing.give(world.ada, world.archives, f"person:{world.eve.person}", Role.READ)
        put(world.ada, world.archives, "b.md")


def test_what_happens_to_a_folder_they_are_in_is_one_question_for_all(world, process, pads):
    with questions(process, 1):
        sharing.give(world.ada, world.cours, f"person:{world.eve.person}", Role.READ)
    with questions(process, 1):
        tree.move(world.ada, world.maths, into=world.archives)
    with questions(process, 1):
        sharing.give(world.ada, world.archives, f"person:{world.eve.person}", Role.READ)
    with questions(process, 0):
        sharing.give(world.ada, world.cours, f"person:{world.bob.person}", Role.WRITE)


def test_what_is_put_into_one_of_them_is_read_by_that_one(world, process, pads):
    before = process.tree.done
    put(world.ada, world.maths, "3.md", b"deux\n")
    process.go_on(2)
    assert [str(one.pad) for one in pads] == ["un\n"] * 3 + ["deux\n"] + ["un\n"] * (MANY - 4)
    assert process.tree.done - before <= 5
    assert files.read(pads[3].pad.lease.node).text == "deux\n"


def test_what_is_thrown_away_with_its_folder_ends(world, process, pads):
    other = put(world.ada, world.archives, "reste.md", b"un\n").id
    stays = process.open(other)
    trash.discard(world.ada, world.cours)
    process.go_on(2)
    assert all(one.pad.over for one in pads)
    assert not stays.pad.over


def type_into(process, pads, words):
    """Have somebody type in each of them, as far as the server has heard."""
    hands = []
    for one in pads:
        hand = Hand(1, iter("é" * len(pads)))
        hand.come(process, one.pad.lease.node)
        hand.carry(99, 99)
        hand.type(0, words)
        hand.carry(99, 0)
        hands.append(hand)
    return hands


def stop(process, *, stalled=False):
    """Have the server stop, in no more seconds than it has."""
    stopping = process.loop.create_task(process.host.stop())
    process.go_on(3.5, stalled=stalled)
    return stopping


def test_a_server_that_stops_writes_all_files_and_commits_by_what_was_typed(process, pads):
    hands = type_into(process, pads[: MANY // 2], " fin")
    before = process.log.done
    assert stop(process).done()
    assert all(files.read(one.pad.lease.node).text == str(one.pad) for one in pads)
    assert process.log.done - before == 1 + 2 * len(hands) + 1, (
        "what was typed; of each file, before and after; the farewell"
    )
    for hand in hands:
        hand.carry(0, 99)
        assert not hand.unkept
    assert Update.objects.count() == 0
    assert not any(owning.is_open(one.pad.lease.node) for one in pads)


def test_files_that_cannot_be_written_in_time_follow_soon(process, pads, caplog):
    hands = type_into(process, pads, " fin")
    process.tree.due = Stalled()
    assert stop(process).done()
    assert f"{MANY} files are behind" in caplog.text
    for hand in hands:
        hand.carry(0, 99)
        assert not hand.unkept, "all of it is in the log all the same"
    after = Process("two", process.loop.now)
    after.go_on(2)
    assert [files.read(one.pad.lease.node).text for one in pads] == [str(hand) for hand in hands]
    assert owning.left("three", [], 99) == []
    after.die()


def test_beyond_its_memory_who_has_gone_makes_room_and_then_nobody_comes(world, process, pads, monkeypatch):
    """One MiB is fifteen pads, each of 64 KiB and its text."""
    monkeypatch.setattr(hosting, "options", having(pads_memory=1))
    hands = type_into(process, pads, " fin")
    process.go_on(1)
    for hand in hands[:5]:
        hand.go()
        process.go_on(0.5)
    more = [put(world.ada, world.cours, f"{n}.md", b"un\n").id for n in range(9)]
    for node in more[:8]:
        process.open(node)
    assert [one.pad.over for one in pads] == [True] * 5 + [False] * (MANY - 5)
    assert files.read(pads[0].pad.lease.node).text == str(hands[0]), "it is closed as ever"
    with pytest.raises(Busy):
        process.open(more[8])
    assert not owning.is_open(more[8])
    assert code_of(Busy()) == LATER


def test_memory_is_given_back_once_pads_have_closed_and_not_again(process, pads, monkeypatch):
    given = []
    monkeypatch.setattr(memory, "give_back", lambda: given.append(sum(not one.pad.over for one in pads)))
    process.go_on(10)
    hands = type_into(process, pads, " fin")
    process.go_on(10)
    assert given == []
    for hand in hands:
        hand.go()
    process.go_on(60)
    assert given == [0], "of all at once, and of none that is open"


@pytest.fixture
def uncollected():
    """Memory in which circles stay."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def come_and_go(sitting):
    """Have somebody come to a pad, type and leave."""
    kim = Peer(Visitor(1, Who("kim", "Kim", 0), writes=True), lambda: kim.visitor)
    sitting.enter(kim)
    sitting.pad.hear(kim, wire.spell(Type.UPDATE, begun("deux\n")))
    sitting.leave(kim)


def test_a_pad_that_has_closed_is_free_before_a_collector_comes_by(process, pads, uncollected):
    """Which counts objects, and does not see what a document weighs: memory was given back of hardly any."""
    for one in pads:
        process.loop.run_until_complete(come_and_go(one))
    known = [ref(one.pad) for one in pads]
    del one
    pads.clear()
    process.go_on(hosting.PATIENCE)
    assert all(pad() and "deux" in str(pad()) for pad in known)
    process.go_on(60)
    assert [pad() for pad in known] == [None] * MANY


def test_so_is_one_that_was_closed_before_its_file_was_due(process, pads, uncollected):
    process.loop.run_until_complete(come_and_go(pads[0]))
    process.close(pads[0].pad.lease.node)
    known = ref(pads[0].pad)
    pads.clear()
    process.go_on(hosting.PATIENCE)
    assert known() is None


class Stalled(deque):
    """What a thread has to do, where the disk does not answer."""

    def __bool__(self):
        return False
