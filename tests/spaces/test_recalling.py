"""What is on its way is given up: a folder is where it was with all it had, a copy is gone; killed anywhere, it ends so."""

import pytest
from django.db import transaction

from cartable.kernel import queue
from cartable.kernel.errors import Arriving, Moving, NotFound
from cartable.spaces import (
    checking,
    copying,
    crossing,
    erasing,
    homes,
    listing,
    recalling,
    sharing,
    transit,
    trash,
    tree,
)
from cartable.spaces.access import Role
from cartable.spaces.lineage import entry, lineage
from cartable.spaces.models import Node, Space, Transit, Twin
from tests.spaces.test_crossing import books, midway, run_one, seen
from tests.worlds import ada_world, put


@pytest.fixture
def world(db, monkeypatch):
    """Ada's Cours, with a version and something trashed, too large to go at once; she writes in Bob's space."""
    monkeypatch.setattr(crossing, "AT_ONCE", 3)
    monkeypatch.setattr(crossing, "BATCH", 2)
    world = ada_world()
    sharing.give(world.bob, homes.home_of(world.bob).root, f"person:{world.ada.person}", Role.WRITE)
    for n in range(5):
        put(world.ada, world.maths, f"{n}.txt", b"%d" % n)
    put(world.ada, world.maths, "0.txt", b"zero")
    trash.discard(world.ada, put(world.ada, world.maths, "jeté.txt", b"123456").id)
    return world


@pytest.fixture
def target(world):
    return homes.home_of(world.bob)


def run_all():
    while run_one():
        pass


def at_rest(space):
    """Return what must be as before: the tree, its bytes, and that nothing is on its way."""
    rows = (
        Node.objects.filter(trashed_at=None).order_by("pk").values_list("pk", "space", "parent", "name", "size", "tag")
    )
    return list(rows), books(*Space.objects.order_by("pk").values_list("pk", flat=True)), Transit.objects.count()


def test_a_move_called_back_before_anything_crossed_is_over_at_once(world, target):
    before = at_rest(world.space)
    tree.move(world.ada, world.cours, into=target.root)
    assert recalling.recall(world.ada, world.cours) is False
    assert at_rest(world.space) == before
    run_all()  # the task of its departure finds nothing to do
    assert at_rest(world.space) == before
    put(world.ada, world.maths, "neuf.txt")
    assert list(checking.faults()) == []


@pytest.mark.parametrize("batches", [1, 2, 4])
def test_what_had_crossed_comes_back(world, target, batches):
    before, drawn = at_rest(world.space), seen(world.ada, world.root)
    etag = entry(world.devoir).etag
    with midway(world, target, batches=batches):
        recalling.recall(world.ada, world.cours)
    assert [one.back for one in transit.seen_from(lineage(world.maths))] == [True]
    assert list(checking.faults()) == []
    with transaction.atomic(), pytest.raises(Moving):
        put(world.ada, world.maths, "neuf.txt")
    run_all()
    assert at_rest(world.space) == before
    assert seen(world.ada, world.root) == drawn
    assert entry(world.devoir).etag == etag
    assert set(Space.objects.values_list("transits", flat=True)) == {0}
    assert list(checking.faults()) == []
    tree.move(world.ada, world.cours, into=target.root)  # and it may set out again
    run_all()
    assert entry(world.cours).parent == target.root
    assert list(checking.faults()) == []


def test_clients_are_told_to_look_again(world, target):
    before = [one.seq for one in lineage(world.cours)]
    with midway(world, target):
        recalling.recall(world.ada, world.cours)
    run_all()
    now = [one.seq for one in lineage(world.cours)]
    assert all(later > earlier for earlier, later in zip(before, now, strict=True))
    assert entry(world.maths).seq <= entry(world.cours).seq


def test_a_worker_that_dies_on_the_way_back_leaves_what_it_did_and_another_ends_it(world, target):
    before = at_rest(world.space)
    with midway(world, target, batches=4):
        recalling.recall(world.ada, world.cours)
    way = Transit.objects.get()
    crossing._carry(way, crossing.subtree_in(world.cours, target.space)[:2])
    assert list(checking.faults()) == []
    for _ in range(2):
        crossing.cross.call(world.cours)
    assert at_rest(world.space) == before
    assert list(checking.faults()) == []


def test_a_worker_that_did_not_hear_of_it_carries_nothing_more(world, target):
    with midway(world, target):
        deaf = Transit.objects.get()
        recalling.recall(world.ada, world.cours)
    crossed = Node.objects.filter(space=target.space).count()
    behind = crossing.subtree_in(world.cours, world.space)[1:]
    assert crossing._carry(deaf, behind) is False
    crossing._arrive(world.cours)
    assert Node.objects.filter(space=target.space).count() == crossed
    assert entry(world.cours).parent == world.root


def test_a_task_that_was_lost_is_found_again(world, target):
    before = at_rest(world.space)
    with midway(world, target):
        recalling.recall(world.ada, world.cours)
    while row := queue.claim(["default"], "lost"):
        queue.fail(row, "power cut", again=False)
    crossing.resume()
    run_all()
    assert at_rest(world.space) == before


def test_its_room_is_given_back_where_it_went(world, target):
    size = entry(world.cours).size
    Space.objects.filter(pk=target.space).update(quota=size)
    with midway(world, target):
        recalling.recall(world.ada, world.cours)
    run_all()
    put(world.bob, target.root, "grand.bin", b"x" * size)


@pytest.mark.parametrize("who", ["eve", "bob"])
def test_nobody_else_calls_a_move_back(world, target, who):
    """Bob, to whose space it goes, does not decide what Ada moves; he may throw it away once it is there."""
    tree.move(world.ada, world.cours, into=target.root)
    for one in (world.cours, world.maths, 999_999):
        with pytest.raises(NotFound), transaction.atomic():
            recalling.recall(getattr(world, who), one)
    assert [one.node for one in recalling.ways(world.bob, lineage(target.root))] == [None]
    assert [one.node for one in recalling.ways(world.ada, lineage(world.maths))] == [world.cours]
    assert Transit.objects.get().back is None


def test_who_writes_in_the_folder_it_leaves_calls_it_back_too(world, target):
    inside = tree.make_folder(world.ada, world.archives, "À trier").id
    tree.move(world.ada, world.cours, into=inside)
    tree.move(world.ada, world.cours, into=target.root)
    assert recalling.recall(world.bob, world.cours) is False
    assert entry(world.cours).parent == inside


def test_what_has_arrived_is_called_back_no_more(world, target):
    tree.move(world.ada, world.cours, into=target.root)
    run_all()
    with pytest.raises(NotFound):
        recalling.recall(world.ada, world.cours)
    assert entry(world.cours).parent == target.root


# Copies


@pytest.fixture
def growing(world, monkeypatch):
    """A copy of Ada's Cours on its way to her Archives, where Bob writes, some of it made."""
    monkeypatch.setattr(copying, "AT_ONCE", 3)
    monkeypatch.setattr(copying, "BATCH", 2)
    monkeypatch.setattr(copying, "FOLDERS", 1)
    return world


@pytest.mark.parametrize("batches", [0, 1, 3])
@pytest.mark.parametrize("who", ["ada", "bob"])
def test_a_copy_given_up_leaves_nothing(growing, batches, who):
    before = at_rest(growing.space)
    made = tree.copy(growing.ada, growing.cours, into=growing.archives).id
    for _ in range(batches):
        assert copying._copy_batch(made)
    assert recalling.recall(getattr(growing, who), made) is True
    assert books(growing.space) == before[1][:1]
    assert list(checking.faults()) == []
    run_all()
    assert at_rest(growing.space) == before
    assert not Twin.objects.exists()
    assert not Node.objects.filter(pk=made).exists()
    put(growing.ada, growing.archives, "neuf.txt")
    assert list(checking.faults()) == []


def test_a_worker_that_did_not_hear_of_it_copies_nothing_more(growing):
    made = tree.copy(growing.ada, growing.cours, into=growing.archives).id
    assert copying._copy_batch(made)
    recalling.recall(growing.ada, made)
    assert copying._copy_batch(made) is False
    copying._arrive(made)
    assert "Cours" not in [one.entry.name for one in listing.children(growing.ada, growing.archives)]


def test_what_was_copied_goes_also_if_the_worker_dies(growing, monkeypatch):
    made = tree.copy(growing.ada, growing.cours, into=growing.archives).id
    for _ in range(3):
        copying._copy_batch(made)
    recalling.recall(growing.ada, made)
    monkeypatch.setattr(erasing, "BATCH", 1)
    assert erasing._erase_some(growing.space)
    erasing.resume()
    run_all()
    assert not Node.objects.filter(pk=made).exists()
    assert list(checking.faults()) == []


def test_nobody_else_gives_a_copy_up(growing):
    made = tree.copy(growing.ada, growing.cours, into=growing.archives).id
    with pytest.raises(NotFound), transaction.atomic():
        recalling.recall(growing.eve, made)
    sharing.give(growing.ada, growing.archives, f"person:{growing.eve.person}", Role.READ)
    with pytest.raises(NotFound), transaction.atomic():
        recalling.recall(growing.eve, made)
    assert [one.node for one in recalling.ways(growing.eve, lineage(growing.archives))] == [None]
    assert [one.node for one in recalling.ways(growing.bob, lineage(growing.archives))] == [made]


# What is said meanwhile


def test_what_leaves_and_what_receives_are_told_apart(world, target):
    tree.move(world.ada, world.cours, into=target.root)
    into = homes.home_of(world.bob).root
    folder = tree.make_folder(world.bob, into, "Reçu").id
    recalling.recall(world.ada, world.cours)
    tree.move(world.ada, world.cours, into=folder)
    with pytest.raises(Arriving), transaction.atomic():
        trash.discard(world.bob, folder)
    with pytest.raises(Moving) as leaves, transaction.atomic():
        trash.discard(world.ada, world.cours)
    assert leaves.type is Moving
