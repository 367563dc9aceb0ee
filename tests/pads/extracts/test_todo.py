"""What there is to do in one's pads: gathered, and ticked in the texts."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cartable.kernel.errors import Changed, Denied, NotFound
from cartable.pads import files
from cartable.pads.extracts import keeping, todo
from cartable.spaces import content, sharing, tree
from cartable.spaces.access import Role
from tests.worlds import blob, put, read

TEXT = b"# Sortie\r\n\r\n- [ ] cars\r\n- [x] mus\xc3\xa9e\r\n> 1. [ ] *pique*-nique\r\n- [ ] cars\r\n"


@pytest.fixture
def sortie(world):
    """A text of Ada's that Bob reads, with things to do."""
    node = put(world.ada, world.maths, "sortie.md", TEXT).id
    keeping.follow()
    return node


def listed(actor):
    return [(one.title, [item.text for item in one.items], one.may_tick) for one in todo.of(actor)]


def tick(actor, node, text, line=0, *, done=True):
    return todo.tick(actor, node, line, todo.mark_of(text), done=done)


def test_what_is_not_done_is_listed_to_who_reads_and_acts_for_who_writes(world, sortie):
    tasks = ["cars", "pique-nique", "cars"]
    assert listed(world.ada) == [("Sortie", tasks, True)]
    assert listed(world.bob) == [("Sortie", tasks, False)]
    assert listed(world.eve) == []
    tree.close(world.ada, world.maths, closed=True)
    assert listed(world.bob) == []


def test_a_tick_changes_the_box_and_nothing_else(world, sortie):
    assert tick(world.ada, sortie, "pique-nique") == "pique-nique"
    assert read(world.ada, sortie) == TEXT.replace(b"> 1. [ ]", b"> 1. [x]")
    assert listed(world.ada) == [("Sortie", ["cars", "cars"], True)], "at once"
    tick(world.ada, sortie, "pique-nique", done=False)
    assert read(world.ada, sortie) == TEXT
    tick(world.ada, sortie, "musée", done=False)
    assert b"[ ] mus" in read(world.ada, sortie)


def test_of_two_alike_it_is_the_nearest_that_is_not_done_yet(world, sortie):
    tick(world.ada, sortie, "cars", 5)
    assert read(world.ada, sortie) == TEXT[:-12] + TEXT[-12:].replace(b"[ ]", b"[x]")
    tick(world.ada, sortie, "cars", 5)
    assert read(world.ada, sortie).count(b"[x] cars") == 2
    before = read(world.ada, sortie)
    tick(world.ada, sortie, "cars", 5)
    assert read(world.ada, sortie) == before, "it is done"


def test_it_is_found_where_it_is_now_and_refused_where_it_is_no_more(world, sortie):
    content.write_over(world.ada, sortie, blob(b"avant\n\n\n" + TEXT))
    tick(world.ada, sortie, "pique-nique", 4)
    assert b"[x] *pique*" in read(world.ada, sortie)
    content.write_over(world.ada, sortie, blob(b"# Sortie\n"))
    with pytest.raises(Changed):
        tick(world.ada, sortie, "pique-nique", 4)


def test_what_others_write_at_the_same_moment_stays(world, sortie, monkeypatch):
    once, really = [b"en plus\r\n\r\n"], files.read

    def slowly(node):
        file = really(node)
        if once:
            content.write_over(world.ada, sortie, blob(once.pop() + TEXT))
        return file

    monkeypatch.setattr(files, "read", slowly)
    tick(world.ada, sortie, "pique-nique")
    assert read(world.ada, sortie) == b"en plus\r\n\r\n" + TEXT.replace(b"> 1. [ ]", b"> 1. [x]")


def test_who_may_not_write_ticks_nothing_and_a_stranger_learns_nothing(world, sortie):
    with pytest.raises(Denied):
        tick(world.bob, sortie, "cars")
    for node in (sortie, 2**40):
        with pytest.raises(NotFound):
            tick(world.eve, node, "cars")
    with pytest.raises(NotFound):
        tick(world.ada, world.devoir, "cars")
    sharing.give(world.ada, sortie, f"person:{world.bob.person}", Role.WRITE)
    tick(world.bob, sortie, "cars")
    assert read(world.ada, sortie) != TEXT


def test_the_list_costs_the_same_however_long_it_is(world, sortie):
    def cost():
        with CaptureQueriesContext(connection) as asked:
            todo.of(world.ada)
        return len(asked)

    before = cost()
    for number in range(4):
        put(world.ada, world.maths, f"{number}.md", TEXT)
    keeping.follow()
    assert cost() == before <= 12


def test_the_page_ticks_says_so_and_undoes(world, sortie, browse):
    ada = browse("ada")
    page = ada.get("/p/todo").content.decode()
    boxes = [one.replace("&amp;", "&") for one in re.findall(r'action="(/p/\d+/tick\?[^"]+)"', page)]
    assert len(boxes) == 3
    assert "Marquer comme fait\u00a0: pique-nique" in page
    answer = ada.post(boxes[1], follow=True)
    [(undo, said)] = re.findall(r'<p>([^<]*)</p>\s*<form method="post" action="([^"]*)"', answer.content.decode())
    assert undo == "Fait\u00a0: pique-nique"
    assert "Marquer comme fait\u00a0: pique-nique" not in answer.content.decode()
    assert "Marquer comme fait\u00a0: pique-nique" in ada.post(said.replace("&amp;", "&"), follow=True).content.decode()
    assert read(world.ada, sortie) == TEXT


def test_who_reads_sees_no_box_that_acts(world, sortie, browse):
    page = browse("bob").get("/p/todo").content.decode()
    assert "pique-nique" in page
    assert "/tick" not in page
    assert "Rien à faire." in browse("eve").get("/p/todo").content.decode()


@pytest.mark.parametrize("query", ["", "?line=x", "?line=1&mark=1", "?line=99999999999999999999&mark=a&done=1"])
def test_an_address_that_says_no_task_changes_nothing(world, sortie, browse, query):
    assert browse("ada").post(f"/p/{sortie}/tick{query}").status_code in {400, 412}
    assert read(world.ada, sortie) == TEXT
