"""Files that were left behind their text follow, though nobody opens the pad again."""

from datetime import timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from cartable.kernel import clock
from cartable.kernel.errors import Locked
from cartable.pads import files, hosting, owning
from cartable.pads.databases import alias
from cartable.pads.models import Owner
from cartable.spaces import content, trash
from tests.pads.lives import Hand, Process
from tests.worlds import ada_world, put

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


class Servers:
    """Those of a site, one after the other, and the time they share."""

    def __init__(self):
        self.began, self.now, self.all = clock.now(), 0.0, []

    def start(self, name):
        server = Process(name, self.now)
        self.all.append(server)
        return server

    def go_on(self, seconds):
        """Let time pass for those who live."""
        for _ in range(int(seconds * 2)):
            self.now += 0.5
            for one in self.all:
                if not one.loop.is_closed():
                    one.go_on(0.5)

    def die(self):
        for one in self.all:
            if not one.loop.is_closed():
                one.die()


@pytest.fixture
def servers(monkeypatch):
    servers = Servers()
    monkeypatch.setattr(clock, "now", lambda: servers.began + timedelta(seconds=servers.now))
    yield servers
    servers.die()


@pytest.fixture
def world():
    return ada_world()


@pytest.fixture
def node(world):
    return put(world.ada, world.maths, "cours.md", b"un\n").id


def typed(server, node, words="fin "):
    """Have somebody type, and go once it is kept: the file has nothing of it."""
    hand = Hand(1, iter("éàùçœæ"))
    hand.come(server, node)
    hand.carry(99, 99)
    hand.type(0, words)
    hand.carry(99, 0)
    server.go_on(0.5)
    hand.carry(0, 99)
    assert not hand.unkept
    assert files.read(node).text != str(hand)
    return str(hand)


@pytest.mark.parametrize(("next_one", "wait"), [("alone", 2), ("another", hosting.AGAIN + 2)])
def test_who_dies_leaves_a_file_that_the_next_writes(servers, node, next_one, wait):
    server = servers.start("alone")
    text = typed(server, node)
    server.die()
    servers.start(next_one)
    servers.go_on(wait)
    assert files.read(node).text == text
    assert owning.left("third", [], 9) == []


def test_a_file_is_written_by_one_of_many_and_not_while_its_server_lives(servers, node):
    one = servers.start("one")
    for name in ("two", "three"):
        servers.start(name)
    servers.go_on(2)
    text = typed(one, node)
    one.die()
    servers.go_on(owning.LASTS - 2)
    assert files.read(node).text != text, "it may come back"
    servers.go_on(hosting.AGAIN)
    assert files.read(node).text == text
    assert Owner.objects.get(node=node).fence == 2, "one of the others opened it, once"


def test_somebody_who_comes_meanwhile_has_it(servers, node):
    one = servers.start("alone")
    text = typed(one, node)
    one.die()
    two = servers.start("alone")
    hand = Hand(2, iter("ÉÀ"))
    hand.come(two, node)
    hand.carry(99, 99)
    two.go_on(3)
    hand.carry(99, 99)
    assert str(hand) == files.read(node).text == text
    assert not hand.line.is_cut


def test_what_cannot_be_written_now_is_tried_again(servers, node, monkeypatch):
    server = servers.start("alone")
    text = typed(server, node)
    server.die()
    with monkeypatch.context() as locked:
        locked.setattr(content, "follow", refuse)
        servers.start("alone")
        servers.go_on(5)
        assert owning.left("third", [], 9) == [node], "it is behind, and was given back"
    servers.go_on(hosting.AGAIN)
    assert files.read(node).text == text
    assert owning.left("third", [], 9) == []


@pytest.mark.parametrize("next_one", ["alone", "another"])
def test_what_is_in_the_trash_follows_once_it_is_back(servers, world, node, next_one):
    server = servers.start("alone")
    text = typed(server, node)
    server.die()
    trash.discard(world.ada, world.maths)  # the folder that it is in
    servers.start(next_one)
    servers.go_on(3 * hosting.AGAIN)
    assert Owner.objects.get(node=node).fence == 1, "nobody has opened it in vain"
    trash.restore(world.ada, world.maths)
    servers.go_on(hosting.AGAIN + 2)
    assert files.read(node).text == text
    assert owning.left("third", [], 9) == []


def test_what_was_typed_just_before_it_was_thrown_away_is_there_once_it_is_back(servers, world, node):
    server = servers.start("alone")
    text = typed(server, node)
    trash.discard(world.ada, node)
    servers.go_on(3 * hosting.AGAIN)
    trash.restore(world.ada, node)
    servers.go_on(hosting.AGAIN + 2)
    assert files.read(node).text == text


def test_what_lacks_nothing_is_not_looked_for_in_the_trash(servers, world, node):
    server = servers.start("alone")
    server.open(node)
    trash.discard(world.ada, node)
    servers.go_on(2 * hosting.AGAIN)
    assert owning.left("third", [], 9) == []


def test_what_is_in_the_trash_is_looked_for_after_what_is_not(servers, world, node, monkeypatch):
    monkeypatch.setattr(hosting, "AT_ONCE", 1)
    gone = put(world.ada, world.maths, "jeté.md", b"un\n").id
    server = servers.start("alone")
    typed(server, gone)
    text = typed(server, node)
    server.die()
    trash.discard(world.ada, gone)
    servers.go_on(owning.LASTS)
    servers.start("another")
    servers.go_on(2 * hosting.AGAIN)
    assert files.read(node).text == text


def refuse(*_args, **_values):
    raise Locked


def test_where_nothing_is_left_behind_it_costs_one_query(servers, world):
    before = servers.start("alone")
    for n in range(5):
        before.close(put(world.ada, world.maths, f"{n}.md", b"un\n").id)
    before.die()
    servers.start("alone")
    with CaptureQueriesContext(connections[alias()]) as queries:
        servers.go_on(2)
    assert len(queries) == 1
    assert "until" in queries[0]["sql"]
