"""Two people at the same moment. Each race is run many times, on threads with connections of their own."""

from datetime import timedelta

import pytest

from cartable.identity import appointing, demands, people, postings, roles, teams
from cartable.identity.models import Demand, Membership
from cartable.kernel import clock
from cartable.kernel.errors import Conflict, NameTaken, NotFound, QuotaExceeded, Refusal
from cartable.spaces import homes, paths, sharing, trash, tree
from cartable.spaces.access import Role
from cartable.spaces.lineage import lineage
from cartable.spaces.models import Grant, Node, Space
from tests.drive.wire import Device
from tests.races.together import TIMES, at_once, refused
from tests.worlds import academies, ada_world, put, read

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=False)


@pytest.fixture
def world():
    return ada_world()


def test_two_folders_cannot_enter_one_another(world):
    for n in range(TIMES):
        a, b = (tree.make_folder(world.ada, world.root, f"{letter}{n}").id for letter in "ab")
        results = at_once(
            lambda a=a, b=b: tree.move(world.ada, a, into=b), lambda a=a, b=b: tree.move(world.ada, b, into=a)
        )
        assert len(refused(results)) == 1
        assert {lineage(one)[-1].id for one in (a, b)} == {world.root}


def test_the_last_byte_is_given_once(world):
    for n in range(TIMES):
        Space.objects.filter(pk=world.space).update(quota=Space.objects.get(pk=world.space).used + 1)
        results = at_once(
            lambda n=n: put(world.ada, world.maths, f"a{n}", b"1"),
            lambda n=n: put(world.bob, world.archives, f"b{n}", b"1"),
        )
        assert [type(one) for one in refused(results)] == [QuotaExceeded]
        space = Space.objects.get(pk=world.space)
        assert space.used == space.quota == Node.objects.get(pk=world.root).size


def test_a_name_is_taken_once(world):
    for n in range(TIMES):
        results = at_once(*(lambda n=n: tree.make_folder(world.ada, world.root, f"n{n}") for _ in range(2)))
        assert [type(one) for one in refused(results)] == [NameTaken]


def test_two_writers_of_one_file_leave_one_file_and_a_version(world):
    for n in range(TIMES):
        results = at_once(*(lambda n=n, d=d: put(world.ada, world.root, f"f{n}", d) for d in (b"1", b"22")))
        assert not refused(results)
        assert Node.objects.filter(parent=world.root, name=f"f{n}").count() == 1
    assert Space.objects.get(pk=world.space).used_versions in range(TIMES, 2 * TIMES + 1)


def test_restoring_over_a_name_just_taken(world):
    for n in range(TIMES):
        gone = put(world.ada, world.root, f"r{n}", b"1").id
        trash.discard(world.ada, gone)
        results = at_once(
            lambda gone=gone: trash.restore(world.ada, gone), lambda n=n: put(world.ada, world.root, f"r{n}", b"2")
        )
        assert not refused(results)
        names = Node.objects.filter(parent=world.root, name__startswith=f"r{n}", trashed_at=None)
        if names.count() == 1:  # the other wrote over what had just come back
            assert names.get().pk == gone
        else:
            assert set(names.values_list("name", flat=True)) == {f"r{n}", f"r{n} (2)"}
            Node.objects.filter(parent=world.root, name=f"r{n} (2)")


def test_crossed_moves_between_two_spaces_do_not_lock_one_another(world):
    home = homes.home_of(world.bob)
    sharing.give(world.bob, home.root, f"person:{world.ada.person}", Role.WRITE)
    for n in range(TIMES):
        here, there = put(world.ada, world.root, f"h{n}").id, put(world.ada, home.root, f"t{n}").id
        results = at_once(
            lambda here=here: tree.move(world.ada, here, into=home.root),
            lambda there=there: tree.move(world.ada, there, into=world.root),
        )
        assert not refused(results)


def test_a_folder_moved_while_it_is_written_in_loses_nothing(world):
    for n in range(TIMES):
        folder = tree.make_folder(world.ada, world.root, f"d{n}").id
        at_once(
            lambda folder=folder: tree.move(world.ada, folder, into=world.archives),
            lambda folder=folder: put(world.ada, folder, "x", b"1"),
        )
    for folder in Node.objects.filter(kind=1):
        live = Node.objects.filter(parent=folder.pk, trashed_at=None).values_list("size", flat=True)
        assert folder.size == sum(live)


def test_a_role_lowered_is_not_raised_by_a_note_written_meanwhile(world):
    grant = Grant.objects.get(node=world.archives, principal=f"person:{world.bob.person}").pk
    for n in range(TIMES):
        sharing.change(world.ada, grant, role=Role.WRITE)
        at_once(
            lambda: sharing.change(world.ada, grant, role=Role.READ),
            lambda n=n: sharing.change(world.ada, grant, note=f"{n}"),
        )
        share = sharing.one(world.ada, grant)
        assert (share.role, share.note) == (Role.READ, f"{n}")


def test_a_share_changed_while_it_is_taken_back_is_gone(world):
    for n in range(TIMES):
        share = sharing.give(world.ada, world.maths, f"person:{world.eve.person}", Role.READ).id
        results = at_once(
            lambda share=share: sharing.revoke(world.ada, share),
            lambda n=n, share=share: sharing.change(world.ada, share, note=f"{n}"),
        )
        assert {type(one) for one in refused(results)} <= {NotFound}
        assert not Grant.objects.filter(pk=share).exists()


def test_of_the_last_two_who_lead_a_team_one_stays(db, world):
    for n in range(TIMES):
        team = teams.form(world.ada, f"{n}").pk
        ada, bob = (people.find(f"{one}@ac-dijon.example") for one in ("ada", "bob"))
        teams.add(people.actor(ada), team, bob, leads=True)
        leads = [people.actor(people.find(one.sub)) for one in (ada, bob)]
        results = at_once(
            lambda lead=leads[0], team=team, other=bob: teams.remove(lead, team, other),
            lambda lead=leads[1], team=team, other=ada: teams.remove(lead, team, other),
        )
        assert len(refused(results)) == 1
        assert Membership.objects.filter(team=team, leads=True).count() == 1


def test_two_who_give_somebody_a_posting_or_a_role_at_once_give_it_once(world):
    (dijon, _), (head, bob) = academies(), (people.find(f"{one}@ac-dijon.example") for one in ("ada", "bob"))
    postings.begin(head, dijon, function="DIR")
    postings.begin(bob, dijon)
    by = people.actor(people.find(head.sub))

    def post(day):
        return lambda: appointing.give(by, bob, dijon, "DOC", first_day=day, last_day=day)

    def name(day):
        return lambda: roles.give(None, bob, "support", dijon, start=day, until=day + timedelta(days=1))

    for n in range(TIMES):
        for give in (post, name):
            act = give(clock.today() + timedelta(days=n))
            assert [type(one) for one in refused(at_once(act, act))] == [Conflict]


def test_two_who_require_a_second_factor_at_once_ask_it_once(db):
    dijon, _lyon = academies()
    for where in (dijon, None):
        for _ in range(TIMES):
            results = at_once(*(lambda where=where: demands.require("DIR", where) for _ in range(2)))
            assert sorted(results) == [False, True]
            assert Demand.objects.count() == 1
            assert not demands.require("DIR", where)
            demands.drop("DIR", where)


def test_a_lock_on_a_free_name_empties_nothing_just_put_there(world):
    info = '<d:lockinfo xmlns:d="DAV:"><d:lockscope><d:exclusive/></d:lockscope><d:locktype><d:write/></d:locktype></d:lockinfo>'
    device = Device(world.ada)
    for n in range(TIMES):
        locked, written = at_once(
            lambda n=n: device.on("LOCK", f"/Archives/{n}.txt", info).status,
            lambda n=n: put(world.bob, world.archives, f"{n}.txt", b"of a colleague"),
        )
        assert locked in {200, 201}
        held = read(world.ada, paths.find(world.ada, f"/Archives/{n}.txt").id)
        assert held == (b"" if isinstance(written, Refusal) else b"of a colleague")
