"""Much is deleted for good by a task, in batches: nobody sees half of it, and its room comes back."""

import threading
from itertools import takewhile

import pytest

from cartable.kernel import queue, worker
from cartable.kernel.errors import NotFound
from cartable.spaces import checking, crossing, erasing, homes, listing, sharing, trash, tree, versions
from cartable.spaces.access import Role
from cartable.spaces.models import Change, Grant, Link, Node, Space, Version
from tests.worlds import ada_world, put, read


@pytest.fixture
def world(db, monkeypatch):
    """Ada's Cours holds twelve nodes on four levels, a version, and something trashed in it."""
    monkeypatch.setattr(erasing, "AT_ONCE", 3)
    monkeypatch.setattr(erasing, "BATCH", 2)
    world = ada_world()
    for n in range(5):
        put(world.ada, world.maths, f"{n}.txt", b"%d" % n)
    put(world.ada, world.maths, "0.txt", b"zero")
    deep = tree.make_folders(world.ada, world.maths, ["2026", "novembre"])
    put(world.ada, deep, "note.txt", b"12")
    trash.discard(world.ada, put(world.ada, deep, "jeté.txt", b"123456").id)
    return world


def run_one():
    return worker.run_one(("default",), worker.name_worker(), threading.Event(), worker.Held())


def run_all():
    assert sum(1 for _ in takewhile(lambda _: run_one(), range(100))) < 100


def books(world):
    return Space.objects.values_list("used", "used_trash", "used_versions").get(pk=world.space)


def names(actor, space):
    return [one.entry.name for one in trash.contents(actor, space)]


def test_a_large_folder_is_gone_at_once_for_everybody_and_no_longer_counts(world):
    sharing.make_link(world.ada, world.devoir)
    trash.discard(world.ada, world.cours)
    trash.purge(world.ada, world.cours)
    assert Node.objects.filter(pk=world.devoir).exists()
    assert names(world.ada, world.space) == []
    assert books(world)[:2] == (7, 6)  # what was trashed within it is met later
    assert trash.is_emptied(world.ada, world.space)
    for act in (trash.restore, trash.purge):
        with pytest.raises(NotFound):
            act(world.ada, world.cours)
    with pytest.raises(NotFound):
        read(world.ada, world.devoir)
    assert list(checking.faults()) == []
    run_all()
    assert set(Node.objects.values_list("pk", flat=True)) == {world.root, world.archives, world.note}
    assert (books(world), Version.objects.count(), Link.objects.count()) == ((7, 0, 0), 0, 0)
    assert set(Grant.objects.values_list("node", flat=True)) <= {world.root, world.archives}
    assert not trash.is_emptied(world.ada, world.space)
    assert list(Change.objects.filter(verb="purge").values_list("node", "name")) == [(world.cours, "Cours")]


def test_at_each_batch_the_books_are_right_and_a_worker_may_die(world):
    trash.discard(world.ada, world.cours)
    trash.purge(world.ada, world.cours)
    left = []
    while erasing._erase_some(world.space):
        assert list(checking.faults()) == []
        left.append(Node.objects.count())
    assert left == sorted(left, reverse=True)
    assert len(left) > 6
    assert not erasing.goes_on(world.space)


def test_other_tasks_have_their_turn(world, monkeypatch):
    monkeypatch.setattr(erasing, "TURN", 1)
    trash.discard(world.ada, world.cours)
    trash.purge(world.ada, world.cours)
    runs = 0
    while run_one():
        runs += 1
    assert runs > 6
    assert not erasing.goes_on(world.space)


def test_a_large_trash_is_emptied_later_of_what_was_there_then(world, later):
    for child in listing.children(world.ada, world.maths):
        trash.discard(world.ada, child.entry.id)
    assert trash.empty(world.ada, world.space) is None
    assert trash.is_emptied(world.ada, world.space)
    assert not trash.is_emptied(world.bob, world.space)
    later(seconds=1)
    trash.discard(world.ada, world.note)
    run_all()
    assert names(world.ada, world.space) == ["note.txt"]
    assert books(world) == (0, 7, 0)
    assert not trash.is_emptied(world.ada, world.space)
    assert list(checking.faults()) == []


def test_who_empties_takes_what_they_see_and_no_more(world):
    trash.discard(world.ada, world.devoir)
    for n in range(4):
        trash.discard(world.bob, put(world.bob, world.archives, f"{n}").id)
    assert trash.empty(world.bob, world.space) is None
    run_all()
    assert names(world.ada, world.space) == ["devoir.pdf", "jeté.txt"]


def test_what_is_taken_out_of_the_trash_in_time_stays(world):
    kept = [child.entry.id for child in listing.children(world.ada, world.maths)]
    for one in kept:
        trash.discard(world.ada, one)
    trash.empty(world.ada, world.space)
    trash.restore(world.ada, kept[0])
    run_all()
    assert [child.entry.id for child in listing.children(world.ada, world.maths)] == [kept[0]]


def test_who_may_no_longer_write_there_empties_nothing_later(world):
    for n in range(4):
        trash.discard(world.bob, put(world.bob, world.archives, f"{n}").id)
    trash.empty(world.bob, world.space)
    [grant] = Grant.objects.filter(node=world.archives)
    sharing.revoke(world.ada, grant.pk)
    run_all()
    assert len(names(world.ada, world.space)) == 5


def test_what_failed_for_good_is_taken_up_again(world):
    trash.discard(world.ada, world.cours)
    trash.purge(world.ada, world.cours)
    queue.fail(queue.claim(["default"], "lost"), "power cut", again=False)
    assert not run_one()
    erasing.resume()
    run_all()
    assert not Node.objects.filter(pk=world.cours).exists()


def test_a_large_folder_whose_days_are_over_goes_the_same_way(world, later):
    trash.discard(world.ada, world.cours)
    later(days=31)
    trash.expire(world.cours)
    assert world.cours not in trash.overdue()
    run_all()
    assert books(world) == (7, 0, 0)


def test_what_is_on_its_way_to_another_space_is_not_emptied(world, monkeypatch):
    monkeypatch.setattr(crossing, "AT_ONCE", 1)
    home = homes.home_of(world.bob)
    sharing.give(world.bob, home.root, f"person:{world.ada.person}", Role.WRITE)
    for n in range(3):
        trash.discard(world.ada, put(world.ada, world.archives, f"{n}").id)
    trash.discard(world.ada, put(world.ada, world.maths, "resté.txt").id)
    tree.move(world.ada, world.cours, into=home.root)
    trash.empty(world.ada, world.space)
    run_all()
    assert names(world.ada, world.space) == []
    assert set(names(world.bob, home.space)) == {"jeté.txt", "resté.txt"}
    assert list(checking.faults()) == []
    assert versions.thin(world.devoir) == 0
