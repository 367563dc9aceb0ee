"""A large folder is copied in batches, out of sight, and seen once; a small one at once, in few statements."""

import threading

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from cartable.kernel import queue, worker
from cartable.kernel.errors import Moving, NotFound, QuotaExceeded, TooLarge
from cartable.spaces import checking, copying, finding, homes, listing, properties, sharing, transit, trash, tree
from cartable.spaces.access import Role
from cartable.spaces.lineage import entry
from cartable.spaces.models import Node, Space, Transit, Twin
from tests.worlds import ada_world, put, read


@pytest.fixture
def world(db, monkeypatch):
    """Ada's Cours: two folders more, five files in each, something trashed, something closed to Bob; too large to go at once."""
    monkeypatch.setattr(copying, "AT_ONCE", 3)
    monkeypatch.setattr(copying, "BATCH", 2)
    monkeypatch.setattr(copying, "FOLDERS", 2)
    world = ada_world()
    for folder in (world.maths, tree.make_folder(world.ada, world.cours, "SVT").id):
        for n in range(5):
            put(world.ada, folder, f"{n}.txt", b"%d" % n)
    closed = tree.make_folder(world.ada, world.cours, "Conseil").id
    put(world.ada, closed, "secret.txt", b"secret")
    tree.close(world.ada, closed, closed=True)
    trash.discard(world.ada, put(world.ada, world.maths, "jeté.txt", b"123456").id)
    properties.change(world.ada, world.devoir, {("x:", "y"): "<y/>"})
    return world


def run_one():
    return worker.run_one(("default",), worker.name_worker(), threading.Event(), worker.Held())


def run_all():
    while run_one():
        pass


def drawn(actor, folder):
    """Return what is in a folder and below, by path, with the sizes."""
    found = {}
    for child in listing.children(actor, folder):
        found[child.entry.name] = child.entry.size
        if child.entry.is_folder:
            found |= {f"{child.entry.name}/{path}": size for path, size in drawn(actor, child.entry.id).items()}
    return found


def room(space):
    return Space.objects.values_list("used", "transits").get(pk=space)


def test_a_large_copy_appears_once_and_whole(world):
    before, used = drawn(world.ada, world.cours), room(world.space)[0]
    made = tree.copy(world.ada, world.cours, into=world.archives)
    assert made.parent is None
    size = Node.objects.get(pk=world.cours).size
    assert room(world.space) == (used + size, 1)
    while Twin.objects.exists():
        assert list(checking.faults()) == []
        assert "Cours" not in drawn(world.ada, world.archives)
        with pytest.raises(NotFound):
            listing.children(world.ada, made.id)
        [way] = transit.seen_from([entry(world.archives)])
        assert way.arrives
        assert 0 <= way.percent <= 100
        assert copying._copy_batch(made.id)
    assert [one.entry.name for one in finding.by_name(world.ada, "0.txt")] == ["0.txt"] * 2
    run_all()
    [copied] = [one.entry for one in listing.children(world.ada, world.archives) if one.entry.is_folder]
    assert (copied.id, copied.name, copied.size) == (made.id, "Cours", size)
    assert drawn(world.ada, copied.id) == before
    assert room(world.space) == (used + size, 0)
    assert list(checking.faults()) == []
    twin = Node.objects.get(name="devoir.pdf", parent__parent=copied.id)
    assert read(world.ada, twin.pk) == b"d" * 1000
    assert properties.of([twin.pk])[twin.pk] == {("x:", "y"): "<y/>"}


def test_what_one_may_not_read_is_left_out_and_its_room_given_back(world):
    home = homes.home_of(world.bob)
    tree.copy(world.bob, world.cours, into=home.root)
    run_all()
    copied = Node.objects.get(parent=home.root, name="Cours")
    assert set(drawn(world.bob, copied.pk)) >= {"Maths", "SVT", "Maths/devoir.pdf"}
    assert not Node.objects.filter(parent=copied.pk, name="Conseil").exists()
    assert room(home.space) == (copied.size, 0)
    assert list(checking.faults()) == []


def test_a_name_taken_meanwhile_gets_a_free_one(world):
    tree.copy(world.ada, world.cours, into=world.archives)
    tree.make_folder(world.ada, world.archives, "Cours")
    run_all()
    assert {"Cours", "Cours (2)"} <= set(drawn(world.ada, world.archives))


@pytest.mark.parametrize(
    "ended",
    [
        lambda w: sharing.revoke(
            w.ada, next(one.id for one in sharing.of(w.ada, w.archives))
        ),  # no longer his to write
        lambda w: trash.discard(w.ada, w.cours),  # what he copied is gone
    ],
)
def test_a_copy_that_is_refused_at_the_end_leaves_nothing(world, ended):
    used = room(world.space)[0]
    made = tree.copy(world.bob, world.cours, into=world.archives)
    copying._copy_batch(made.id)
    ended(world)
    run_all()
    assert not Node.objects.filter(pk=made.id).exists()
    assert not Transit.objects.exists()
    assert room(world.space)[0] in {used, used - Node.objects.get(pk=world.cours).size}
    assert list(checking.faults()) == []


def test_room_is_taken_at_once(world):
    Space.objects.filter(pk=world.space).update(quota=room(world.space)[0] + 10)
    with pytest.raises(QuotaExceeded):
        tree.copy(world.ada, world.cours, into=world.archives)


def test_the_folder_it_goes_to_stays(world):
    tree.copy(world.ada, world.cours, into=world.archives)
    with pytest.raises(Moving), transaction.atomic():
        trash.discard(world.ada, world.archives)


def test_who_holds_a_link_copies_nothing_large(world):
    inside = tree.move(world.ada, world.cours, into=world.archives).id
    link = sharing.follow(sharing.make_link(world.ada, world.archives, Role.WRITE).link)[0]
    with pytest.raises(TooLarge):
        tree.copy(link, inside, into=world.archives, name="Autre")


def test_a_task_that_was_lost_is_found_again(world):
    tree.copy(world.ada, world.cours, into=world.archives)
    queue.fail(queue.claim(["default"], "lost"), "power cut", again=False)
    assert not run_one()
    copying.resume()
    run_all()
    assert "Cours" in drawn(world.ada, world.archives)


def test_a_batch_that_is_cut_is_done_again_and_counts_once(world, monkeypatch):
    made = tree.copy(world.ada, world.cours, into=world.archives)
    assert copying._copy_batch(made.id)
    before = Node.objects.count(), Twin.objects.count()
    with monkeypatch.context() as cut:
        cut.setattr(copying, "_grow", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            copying._copy_batch(made.id)
    assert (Node.objects.count(), Twin.objects.count()) == before
    run_all()
    [copied] = [one.entry for one in listing.children(world.ada, world.archives) if one.entry.is_folder]
    assert drawn(world.ada, copied.id) == drawn(world.ada, world.cours)
    assert list(checking.faults()) == []


def test_a_small_copy_costs_statements_by_level_and_not_by_node(world, monkeypatch):
    monkeypatch.setattr(copying, "AT_ONCE", 10_000)
    monkeypatch.setattr(copying, "BATCH", 2_000)
    monkeypatch.setattr(copying, "FOLDERS", 200)
    taken = []
    for name in ("une", "autre"):
        with CaptureQueriesContext(connection) as queries:
            tree.copy(world.ada, world.maths, into=world.archives, name=name)
        taken.append(len(queries))
        for n in range(40):
            put(world.ada, world.maths, f"plus {n}.txt")
    assert taken[0] == taken[1]
    assert list(checking.faults()) == []
