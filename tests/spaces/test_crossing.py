"""A large folder goes to another space in batches: seen where it was until all of it has crossed, then where it goes."""

import threading
from contextlib import contextmanager

import pytest
from django.db import transaction

from cartable.kernel import queue, worker
from cartable.kernel.errors import Moving, NameTaken, NotFound, QuotaExceeded
from cartable.spaces import (
    checking,
    content,
    crossing,
    finding,
    homes,
    listing,
    mounts,
    paths,
    sharing,
    transit,
    trash,
    tree,
    versions,
)
from cartable.spaces.access import Role, explain
from cartable.spaces.lineage import entry, lineage
from cartable.spaces.models import Change, Node, Space, Transit, Version
from tests.worlds import ada_world, put, read


@pytest.fixture
def world(db, monkeypatch):
    """Ada's Cours, with all that hangs below a folder in a long life, too large to go at once; she writes in Bob's space."""
    monkeypatch.setattr(crossing, "AT_ONCE", 3)
    monkeypatch.setattr(crossing, "BATCH", 2)
    monkeypatch.setattr(crossing, "TURN", 100)
    world = ada_world()
    home = homes.home_of(world.bob)
    sharing.give(world.bob, home.root, f"person:{world.ada.person}", Role.WRITE)
    for n in range(5):
        put(world.ada, world.maths, f"{n}.txt", b"%d" % n)
    put(world.ada, world.maths, "0.txt", b"zero")  # so that there is a version
    trash.discard(world.ada, put(world.ada, world.maths, "jeté.txt", b"123456").id)
    return world


@pytest.fixture
def target(world):
    return homes.home_of(world.bob)


def run_one():
    """Run one task, and no periodic one."""
    return worker.run_one(("default",), worker.name_worker(), threading.Event(), worker.Held())


def books(*spaces):
    return [Space.objects.values_list("used", "used_trash", "used_versions").get(pk=one) for one in spaces]


def seen(actor, folder):
    """Return all that an actor sees below a folder: names, sizes, rights, and what the files hold."""
    found = {}
    for child in listing.children(actor, folder):
        inside = seen(actor, child.entry.id) if child.entry.is_folder else read(actor, child.entry.id)
        found[child.entry.name] = (child.entry.size, child.rights, inside)
    return found


@contextmanager
def midway(world, target, batches=2):
    """Stop where a worker would have died: after some batches."""
    tree.move(world.ada, world.cours, into=target.root)
    way = Transit.objects.get()
    behind = [pk for pk in crossing.subtree_in(world.cours, world.space) if pk != world.cours]
    for batch in list(crossing.batches(behind, 2))[:batches]:
        crossing._carry(way, batch)
    assert Node.objects.filter(space=target.space).count() == 1 + 2 * batches
    yield


def test_a_small_folder_goes_at_once(world, target):
    moved = tree.move(world.ada, world.archives, into=target.root)
    assert (moved.parent, moved.space, Transit.objects.count()) == (target.root, target.space, 0)


def test_a_large_one_sets_out_and_arrives_with_all_it_has(world, target):
    trashed, link = Node.objects.get(name="jeté.txt").pk, sharing.make_link(world.ada, world.devoir).link
    held, [(live, bin_, old), _] = seen(world.bob, world.cours), books(world.space, target.space)
    etag = paths.find(world.ada, "/Cours/Maths/devoir.pdf").entry.etag
    moved = tree.move(world.ada, world.cours, into=target.root, name="Cours de Bob")
    assert (moved.parent, moved.space) == (world.root, world.space)
    assert run_one()
    assert entry(world.cours).parent == target.root
    assert entry(world.cours).name == "Cours de Bob"
    sharing.give(world.bob, world.cours, f"person:{world.eve.person}", Role.READ)
    assert seen(world.eve, world.cours) == held
    assert entry(world.devoir).etag == etag
    assert sharing.follow(link)[1].node == world.devoir
    assert books(world.space, target.space) == [(7, 0, 0), (live - 7, bin_, old)]
    assert [one.entry.id for one in trash.contents(world.bob, target.space)] == [trashed]
    lines = Change.objects.filter(node=world.cours, verb__in=("leave", "arrive")).order_by("pk")
    told = [(world.space, "leave", world.ada.person), (target.space, "arrive", world.ada.person)]
    assert list(lines.values_list("space", "verb", "person")) == told
    assert list(checking.faults()) == []
    assert not run_one()


def test_nobody_sees_that_some_rows_have_crossed(world, target):
    sharing.give(world.ada, world.devoir, f"person:{world.eve.person}", Role.READ)
    actors = [world.ada, world.bob]
    before = [seen(one, world.root if one is world.ada else world.cours) for one in actors]
    eve, bobs = mounts.of(world.eve), listing.children(world.bob, target.root)
    with midway(world, target):
        assert [seen(one, world.root if one is world.ada else world.cours) for one in actors] == before
        assert listing.children(world.bob, target.root) == bobs
        assert [one.name for one in mounts.of(world.eve)] == [one.name for one in eve]
        assert paths.find(world.ada, "/Cours/Maths/devoir.pdf").id == world.devoir
        assert [one.entry.name for one in finding.by_name(world.ada, ".txt")] == [f"{n}.txt" for n in range(5)] + [
            "note.txt"
        ]
        assert len(finding.by_name(world.bob, ".txt")) == 6
        assert [one.entry.name for one in trash.contents(world.ada, world.space)] == ["jeté.txt"]
        assert trash.contents(world.bob, target.space) == []
        assert [one.node for one in explain(world.ada, world.devoir)] == [world.root]
        assert list(checking.faults()) == []


def test_a_mount_of_what_comes_to_oneself_stays_until_it_has_come(world, target):
    sharing.give(world.ada, world.devoir, f"person:{world.bob.person}", Role.READ)
    names = {one.name for one in mounts.of(world.bob)}
    with midway(world, target, batches=4):
        assert {one.name for one in mounts.of(world.bob)} == names
    assert run_one()
    assert {one.name for one in mounts.of(world.bob)} == {"Archives"}


def test_what_is_on_its_way_is_not_changed(world, target):
    share = sharing.give(world.ada, world.maths, f"person:{world.eve.person}", Role.READ)
    zero = Node.objects.get(name="0.txt").pk
    trashed = Node.objects.get(name="jeté.txt").pk
    [version] = Version.objects.filter(node=zero).values_list("pk", flat=True)
    acts = [
        lambda: put(world.ada, world.maths, "new.txt"),
        lambda: put(world.ada, world.maths, "0.txt", b"again"),
        lambda: content.date(world.ada, zero, 1),
        lambda: tree.make_folder(world.ada, world.cours, "new"),
        lambda: tree.move(world.ada, zero, into=world.archives),
        lambda: tree.move(world.ada, world.archives, into=world.maths),
        lambda: tree.move(world.ada, world.cours, into=world.root, name="other"),
        lambda: tree.move(world.ada, world.cours, into=target.root),
        lambda: tree.copy(world.ada, world.note, into=world.maths),
        lambda: tree.close(world.ada, world.maths, closed=True),
        lambda: trash.discard(world.ada, zero),
        lambda: trash.discard(world.ada, world.cours),
        lambda: trash.restore(world.ada, trashed),
        lambda: trash.purge(world.ada, trashed),
        lambda: versions.restore(world.ada, zero, version),
        lambda: versions.remove(world.ada, zero, version),
        lambda: sharing.give(world.ada, world.cours, f"person:{world.eve.person}", Role.READ),
        lambda: sharing.revoke(world.ada, share.id),
    ]
    with midway(world, target):
        rows = list(Node.objects.order_by("pk").values_list())
        for act in acts:
            with transaction.atomic(), pytest.raises(Moving):
                act()
        assert list(Node.objects.order_by("pk").values_list()) == rows
        put(world.ada, world.archives, "elsewhere.txt")
        put(world.bob, target.root, "elsewhere.txt")


def test_what_is_done_by_itself_waits_too(world, target, later):
    zero, trashed = Node.objects.get(name="0.txt").pk, Node.objects.get(name="jeté.txt").pk
    with midway(world, target):
        later(days=400)
        trash.expire(trashed)
        assert versions.thin(zero) == 0
    assert run_one()
    assert versions.thin(zero) == 1
    trash.expire(trashed)
    assert books(world.space, target.space)[1][1:] == (0, 0)


def test_neither_end_goes_away_meanwhile(world, target):
    into = tree.make_folder(world.bob, target.root, "Reçu").id
    deep = tree.make_folder(world.bob, into, "De Dijon").id
    tree.move(world.ada, world.cours, into=deep)
    for act in (
        lambda: trash.discard(world.bob, into),
        lambda: trash.discard(world.bob, deep),
        lambda: tree.move(world.ada, into, into=world.root),
        lambda: trash.discard(world.ada, world.cours),
    ):
        with transaction.atomic(), pytest.raises(Moving):
            act()
    tree.move(world.bob, into, into=target.root, name="Reçus")  # within the space: it is found there
    assert run_one()
    assert [one.name for one in lineage(world.cours)][:-1] == ["Cours", "De Dijon", "Reçus"]


def test_it_is_refused_at_once_if_there_is_no_room_and_keeps_its_room_on_the_way(world, target):
    size = entry(world.cours).size
    Space.objects.filter(pk=target.space).update(quota=size - 1)
    with transaction.atomic(), pytest.raises(QuotaExceeded):
        tree.move(world.ada, world.cours, into=target.root)
    assert not Transit.objects.exists()
    Space.objects.filter(pk=target.space).update(quota=size)
    tree.move(world.ada, world.cours, into=target.root)
    with transaction.atomic(), pytest.raises(QuotaExceeded):
        put(world.bob, target.root, "one.txt", b"1")
    assert run_one()
    assert books(target.space)[0][0] == size


def test_a_name_that_was_taken_meanwhile_is_left_to_who_took_it(world, target):
    tree.move(world.ada, world.cours, into=target.root)
    tree.make_folder(world.bob, target.root, "Cours")
    assert run_one()
    assert entry(world.cours).name == "Cours (2)"


def test_a_taken_name_is_refused_and_a_replaced_one_goes_to_the_trash(world, target):
    old = tree.make_folder(world.bob, target.root, "Cours").id
    with transaction.atomic(), pytest.raises(NameTaken):
        tree.move(world.ada, world.cours, into=target.root)
    tree.move(world.ada, world.cours, into=target.root, replace=True)
    assert run_one()
    assert entry(world.cours).name == "Cours"
    assert trash.contents(world.bob, target.space)[0].entry.id == old


def test_a_worker_that_dies_leaves_what_it_did_and_another_ends_it(world, target):
    total = sum(books(world.space, target.space)[0])
    with midway(world, target, batches=3):
        pass
    for _ in range(2):  # and once more, as if it had died before saying so
        crossing.cross.call(world.cours)
    assert sum(map(sum, books(world.space, target.space))) == total
    assert list(checking.faults()) == []
    assert not Transit.objects.exists()
    assert set(Space.objects.values_list("transits", flat=True)) == {0}


def test_other_tasks_have_their_turn_and_the_person_sees_how_far_it_is(world, target, monkeypatch):
    monkeypatch.setattr(crossing, "TURN", 1)
    tree.move(world.ada, world.cours, into=target.root)
    shares = []
    while Transit.objects.exists():
        shares.append([one.percent for one in transit.seen_from(lineage(world.devoir))])
        [arriving] = transit.seen_from(lineage(target.root))
        assert arriving.arrives
        assert run_one()
    assert shares == [[0], [25], [50], [75], [100]][: len(shares)]
    assert len(shares) == 4
    assert transit.seen_from(lineage(world.devoir)) == []


def test_a_task_that_failed_for_good_is_put_in_again(world, target):
    tree.move(world.ada, world.cours, into=target.root)
    row = queue.claim(["default"], "lost")
    queue.fail(row, "power cut", again=False)
    assert not run_one()
    crossing.resume()
    assert run_one()
    assert entry(world.cours).parent == target.root


def test_a_change_number_has_one_meaning_in_the_new_space(world, target):
    for n in range(30):
        put(world.ada, world.maths, "devoir.pdf", b"%d" % n)  # numbers higher than those of Bob's space
    tree.move(world.ada, world.cours, into=target.root)
    put(world.bob, target.root, "since.txt")
    assert run_one()
    [maths] = Node.objects.filter(pk=world.maths).values_list("seq", flat=True)
    assert maths <= Node.objects.get(pk=world.cours).seq == Space.objects.get(pk=target.space).seq


def test_who_may_not_see_it_learns_nothing_of_it(world, target):
    tree.move(world.ada, world.cours, into=target.root)
    for act in (lambda: put(world.eve, world.cours, "x"), lambda: trash.discard(world.eve, world.devoir)):
        with transaction.atomic(), pytest.raises(NotFound):
            act()
