import pytest

from cartable.kernel.errors import Denied, NameTaken, NotFound
from cartable.spaces import listing, sharing, trash, tree
from cartable.spaces.access import Role
from cartable.spaces.models import Node, Space, Version
from tests.worlds import put, read


def counted(space):
    return Space.objects.values_list("used", "used_versions", "used_trash").get(pk=space)


def names(actor, space):
    return [one.entry.name for one in trash.contents(actor, space)]


def test_a_discarded_folder_takes_all_below_out_of_reach_and_brings_it_back(world):
    trash.discard(world.ada, world.cours)
    for node in (world.cours, world.maths, world.devoir):
        with pytest.raises(NotFound):
            read(world.ada, node)
    assert counted(world.space) == (7, 0, 1000)
    [gone] = trash.contents(world.ada, world.space)
    assert (gone.entry.name, gone.place, gone.by) == ("Cours", ("",), world.ada.person)
    trash.restore(world.ada, world.cours)
    assert read(world.bob, world.devoir) == b"d" * 1000
    assert counted(world.space) == (1007, 0, 0)
    assert Node.objects.get(pk=world.root).size == 1007


def test_the_trash_is_shown_to_who_may_write_where_it_was(world):
    trash.discard(world.ada, world.devoir)
    trash.discard(world.bob, world.note)
    assert names(world.ada, world.space) == ["note.txt", "devoir.pdf"]
    assert names(world.bob, world.space) == ["note.txt"]
    assert names(world.eve, world.space) == []
    for act in (trash.restore, trash.purge):
        with pytest.raises(NotFound):
            act(world.bob, world.devoir)
        with pytest.raises(NotFound):
            act(world.eve, world.note)


def test_the_trash_opens_no_closed_folder(world):
    box = tree.make_folder(world.ada, world.archives, "Carton").id
    inside = tree.make_folder(world.ada, box, "Direction").id
    secret = put(world.ada, inside, "salaires.csv", b"secret").id
    tree.close(world.ada, inside, closed=True)
    trash.discard(world.ada, inside)
    assert names(world.bob, world.space) == []  # it is closed, there as elsewhere
    for act in (trash.restore, trash.purge):
        with pytest.raises(NotFound):
            act(world.bob, inside)
    trash.discard(world.ada, box)
    assert names(world.bob, world.space) == ["Carton"]
    mine = tree.make_folder(world.bob, world.archives, "À moi").id
    for act in (trash.purge, lambda who, node: trash.restore(who, node, into=mine)):
        with pytest.raises(Denied):
            act(world.bob, box)
    assert trash.empty(world.bob, world.space) == 0
    trash.restore(world.bob, box)
    trash.restore(world.ada, inside)
    assert read(world.ada, secret) == b"secret"
    with pytest.raises(NotFound):
        read(world.bob, secret)


def test_the_trash_is_listed_in_a_fixed_number_of_queries(world, django_assert_num_queries):
    for count in (1, 20):
        for n in range(count):
            folder = tree.make_folder(world.ada, world.root, f"{count} {n}").id
            trash.discard(world.ada, put(world.ada, folder, "x").id)
        with django_assert_num_queries(6):
            trash.contents(world.ada, world.space)


def test_who_writes_nothing_in_a_space_holds_no_lock_of_it(world):
    seq = Space.objects.get(pk=world.space).seq
    for space in (world.space, 2**40):
        assert trash.contents(world.eve, space) == []
        with pytest.raises(NotFound):
            trash.empty(world.eve, space)
    assert Space.objects.get(pk=world.space).seq == seq


def test_discarding_needs_the_right_to_write_in_the_folder(world):
    with pytest.raises(Denied):
        trash.discard(world.bob, world.devoir)
    with pytest.raises(Denied):
        trash.discard(world.bob, world.archives)  # given to him, but its folder is not
    with pytest.raises(NotFound):
        trash.discard(world.eve, world.devoir)
    with pytest.raises(Denied):
        trash.discard(world.ada, world.root)


def test_a_restored_name_that_is_taken_gets_a_free_one(world):
    trash.discard(world.ada, world.note)
    put(world.ada, world.archives, "note.txt", b"autre")
    with pytest.raises(NameTaken):
        trash.restore(world.ada, world.note, name="note.txt")
    assert trash.restore(world.ada, world.note).name == "note (2).txt"


def test_what_was_in_a_folder_since_discarded_goes_elsewhere(world):
    trash.discard(world.ada, world.devoir)
    trash.discard(world.ada, world.cours)
    assert names(world.ada, world.space) == ["Cours"]
    trash.restore(world.ada, world.cours)
    assert trash.restore(world.ada, world.devoir, into=world.archives).parent == world.archives


def test_purging_leaves_nothing_and_counts_it(world):
    put(world.ada, world.maths, "devoir.pdf", b"e" * 10)  # a version of 1000 bytes
    trash.discard(world.ada, world.devoir)
    trash.discard(world.ada, world.cours)
    assert counted(world.space) == (7, 1000, 10)
    trash.purge(world.ada, world.cours)
    assert counted(world.space) == (7, 0, 0)
    assert set(Node.objects.filter(space=world.space).values_list("pk", flat=True)) == {
        world.root,
        world.archives,
        world.note,
    }
    assert not Version.objects.exists()


def test_emptying_takes_what_one_sees_and_no_more(world):
    trash.discard(world.ada, world.devoir)
    trash.discard(world.ada, world.note)
    assert trash.empty(world.bob, world.space) == 1
    assert names(world.ada, world.space) == ["devoir.pdf"]
    assert trash.empty(world.ada, world.space) == 1
    assert counted(world.space) == (0, 0, 0)


def test_a_live_node_is_neither_restored_nor_purged(world):
    for act in (trash.restore, trash.purge):
        with pytest.raises(NotFound):
            act(world.ada, world.note)


def test_what_is_too_old_goes_by_itself(world, later):
    trash.discard(world.ada, world.note)
    assert trash.overdue() == []
    later(days=31)
    assert trash.overdue() == [world.note]
    trash.expire(world.note)
    trash.expire(world.devoir)  # not in the trash: nothing happens
    assert read(world.ada, world.devoir)
    assert not Node.objects.filter(pk=world.note).exists()


def test_a_listing_of_the_trash_costs_the_same_whatever_is_in_it(world, django_assert_max_num_queries):
    for n in range(20):
        trash.discard(world.ada, put(world.ada, world.maths, f"{n}").id)
    with django_assert_max_num_queries(6):
        assert len(trash.contents(world.ada, world.space)) == 20


def test_a_share_sleeps_in_the_trash_and_wakes(world):
    share = sharing.give(world.ada, world.note, f"person:{world.eve.person}", Role.READ)
    trash.discard(world.ada, world.archives)
    assert sharing.received(world.eve) == []
    trash.restore(world.ada, world.archives)
    assert [(one.id, entry.id) for one, entry in sharing.received(world.eve)] == [(share.id, world.note)]
    assert [child.entry.id for child in listing.children(world.bob, world.archives)] == [world.note]
