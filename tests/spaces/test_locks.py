import pytest

from cartable.kernel.errors import Changed, Denied, Locked, NotFound
from cartable.spaces import content, locks, sharing, trash, tree, versions
from cartable.spaces.access import Role
from tests.worlds import blob, put


def showing(actor, lock):
    return actor.showing(frozenset({lock.token}))


def every_change(actor, world):
    yield lambda: put(actor, world.archives, "note.txt", b"2")
    yield lambda: content.date(actor, world.note, 5)
    yield lambda: trash.discard(actor, world.note)
    yield lambda: tree.move(actor, world.note, into=world.archives, name="n.txt")
    yield lambda: trash.discard(actor, world.archives)
    yield lambda: tree.move(actor, world.archives, into=world.cours)
    yield lambda: tree.move(actor, world.devoir, into=world.archives, name="note.txt", replace=True)
    yield lambda: tree.copy(actor, world.devoir, into=world.archives, name="note.txt", replace=True)


@pytest.mark.parametrize("which", range(8))
def test_a_lock_stops_every_change_of_who_does_not_show_it(world, which):
    lock = locks.take(world.ada, world.note)
    with pytest.raises(Locked):
        list(every_change(world.ada, world))[which]()
    list(every_change(showing(world.ada, lock), world))[which]()


def test_a_deep_lock_covers_what_is_below_and_what_comes(world):
    lock = locks.take(world.ada, world.archives, deep=True)
    for act in (lambda a: put(a, world.archives, "new"), lambda a: content.date(a, world.note, 5)):
        with pytest.raises(Locked):
            act(world.bob)
        act(showing(world.ada, lock))
    shallow = locks.take(world.ada, world.maths)
    put(world.ada, world.maths, "devoir.pdf", b"2")
    with pytest.raises(Locked):
        tree.make_folder(world.ada, world.maths, "x")
    locks.release(world.ada, world.maths, shallow.token)
    tree.make_folder(world.ada, world.maths, "x")


def test_locks_exclude_one_another_unless_both_are_shared(world):
    locks.take(world.ada, world.note, shared=True)
    locks.take(world.bob, world.note, shared=True)
    with pytest.raises(Locked):
        locks.take(world.ada, world.note)
    with pytest.raises(Locked):
        locks.take(world.ada, world.archives, deep=True)
    with pytest.raises(Locked):
        locks.take(world.ada, world.root, deep=True)
    locks.take(world.ada, world.devoir)


def test_a_lock_ends_by_itself(world, later):
    lock = locks.take(world.ada, world.note, seconds=60)
    later(seconds=61)
    put(world.bob, world.archives, "note.txt", b"2")
    with pytest.raises(Changed):
        locks.refresh(showing(world.ada, lock), world.note)
    assert locks.sweep() == 1


def test_refreshing_begins_its_life_anew_also_through_what_is_below(world):
    lock = locks.take(world.ada, world.archives, deep=True, seconds=60)
    again = locks.refresh(showing(world.ada, lock), world.note, seconds=3600)
    assert again.token == lock.token
    assert again.expires_at > lock.expires_at
    with pytest.raises(Changed):
        locks.refresh(world.ada, world.note)


def test_a_persons_own_lock_lets_their_devices_write(world):
    locks.take(world.ada, world.note, by_person=True)
    put(world.ada, world.archives, "note.txt", b"2")
    with pytest.raises(Locked):
        put(world.bob, world.archives, "note.txt", b"3")


def test_locking_needs_the_right_to_write(world):
    with pytest.raises(Denied):
        locks.take(world.bob, world.devoir)
    with pytest.raises(NotFound):
        locks.take(world.eve, world.devoir)
    lock = locks.take(world.ada, world.devoir)
    with pytest.raises(Denied):
        locks.release(world.bob, world.devoir, lock.token)
    with pytest.raises(Changed):
        locks.release(world.ada, world.note, lock.token)


def test_a_lock_does_not_follow_a_move_nor_a_copy(world):
    lock = locks.take(world.ada, world.note)
    tree.copy(world.ada, world.note, into=world.cours)
    put(world.ada, world.cours, "note.txt", b"2")
    tree.move(showing(world.ada, lock), world.note, into=world.maths)
    put(world.ada, world.maths, "note.txt", b"2")


def test_a_locked_file_keeps_its_version(world):
    put(world.ada, world.archives, "note.txt", b"2")
    [earlier] = versions.of(world.ada, world.note)
    locks.take(world.ada, world.note)
    with pytest.raises(Locked):
        versions.restore(world.ada, world.note, earlier.id)
    with pytest.raises(Locked):
        content.write_over(world.ada, world.note, blob(b"3"))
    sharing.give(world.ada, world.note, f"person:{world.eve.person}", Role.READ)  # sharing is not writing


def test_each_locked_node_asks_for_its_own_token(world):
    one = locks.take(world.ada, world.note)
    other = locks.take(world.ada, put(world.ada, world.archives, "b.txt").id)
    with pytest.raises(Locked):
        trash.discard(showing(world.ada, one), world.archives)
    trash.discard(world.ada.showing(frozenset({one.token, other.token})), world.archives)


def test_a_rename_looks_at_locks_not_at_what_hangs_below(world, django_assert_max_num_queries):
    locks.take(world.ada, world.note)
    locks.take(world.ada, world.devoir)
    with pytest.raises(Locked):
        tree.move(world.ada, world.cours, into=world.archives)
    made = tree.make_folder(world.ada, world.root, "Autre").id
    with django_assert_max_num_queries(23):
        tree.move(world.ada, made, into=world.root, name="Renommé")


def test_holders_of_two_links_are_two_and_those_of_one_are_one(world):
    made = [sharing.make_link(world.ada, world.note, Role.WRITE) for _ in range(2)]
    one, other = (sharing.follow(link.link)[0] for link in made)
    lock = locks.take(one, world.note, by_person=True)
    assert lock.holder == f"link:{made[0].number}"
    for stranger in (other, showing(other, lock), showing(world.bob, lock)):
        with pytest.raises(Locked):
            content.write_over(stranger, world.note, blob(b"2"))
        with pytest.raises(Denied):
            locks.release(stranger, world.note, lock.token)
    content.write_over(sharing.follow(made[0].link)[0], world.note, blob(b"2"))
    locks.release(world.ada, world.note, lock.token)  # who manages it may


def test_who_shows_the_token_of_another_opens_nothing(world):
    lock = locks.take(world.ada, world.note)
    with pytest.raises(Locked):
        content.write_over(showing(world.bob, lock), world.note, blob(b"2"))
    content.write_over(showing(world.ada, lock), world.note, blob(b"2"))


def test_who_manages_a_document_ends_a_lock_that_was_left_on_it(world):
    locks.take(world.bob, world.note)
    with pytest.raises(Locked):
        put(world.ada, world.archives, "note.txt", b"2")
    locks.end(world.ada, world.note)
    put(world.ada, world.archives, "note.txt", b"2")
    with pytest.raises(Changed):
        locks.end(world.ada, world.note)


def test_who_only_writes_ends_their_own_lock_and_no_other(world):
    locks.take(world.ada, world.note)
    with pytest.raises(Denied):
        locks.end(world.bob, world.note)
    locks.end(world.ada, world.note)
    locks.take(world.bob, world.archives, deep=True)
    with pytest.raises(Changed):
        locks.end(world.bob, world.note)  # it is on the folder, and so is its end
    locks.end(world.bob, world.archives)


def test_a_link_that_is_taken_back_holds_nobody_up(world):
    share = sharing.make_link(world.ada, world.archives, Role.WRITE)
    locks.take(sharing.follow(share.link)[0], world.archives, deep=True)
    with pytest.raises(Locked):
        put(world.ada, world.archives, "note.txt", b"2")
    sharing.revoke(world.ada, share.id)
    put(world.ada, world.archives, "note.txt", b"2")
