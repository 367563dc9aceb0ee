"""What is on its way is called back while two workers carry it. Each race is run many times: one of the two ends is reached."""

import pytest

from cartable.kernel.errors import NotFound
from cartable.spaces import checking, copying, crossing, erasing, homes, recalling, sharing, tree
from cartable.spaces.access import Role
from cartable.spaces.lineage import entry
from cartable.spaces.models import Node, Space, Transit, Twin
from tests.races.together import at_once, refused
from tests.worlds import ada_world, put

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=False)
TIMES = 10


@pytest.fixture
def world(monkeypatch):
    for module in (crossing, copying):
        monkeypatch.setattr(module, "AT_ONCE", 3)
        monkeypatch.setattr(module, "BATCH", 2)
    monkeypatch.setattr(copying, "FOLDERS", 1)
    world = ada_world()
    sharing.give(world.bob, homes.home_of(world.bob).root, f"person:{world.ada.person}", Role.WRITE)
    for n in range(8):
        put(world.ada, world.maths, f"{n}.txt", b"1")
    return world


def test_a_large_move_called_back_while_it_goes(world):
    home = homes.home_of(world.bob)
    for number in range(TIMES):
        into = tree.make_folder(world.ada, world.root, "Ici").id
        top = tree.copy(world.ada, world.cours, into=into)
        copying.copy_on.call(top.id)
        tree.move(world.ada, top.id, into=home.root, name=f"Cours {number}")
        results = at_once(
            lambda top=top: crossing.cross.call(top.id),
            lambda top=top: recalling.recall(world.ada, top.id),
            lambda top=top: crossing.cross.call(top.id),
        )
        crossing.cross.call(top.id)
        where = entry(top.id).parent
        assert [type(one) for one in refused(results)] == ([NotFound] if where == home.root else [])
        assert where in {into, home.root}
        assert not Transit.objects.exists()
        assert set(Space.objects.values_list("transits", flat=True)) == {0}
        assert list(checking.faults()) == []
        tree.move(world.ada, into, into=world.archives, name=f"Ici {top.id}")


def test_a_large_copy_given_up_while_it_grows(world):
    for number in range(TIMES):
        used = Space.objects.get(pk=world.space).used
        made = tree.copy(world.ada, world.cours, into=world.archives, name=f"Cours {number}").id
        results = at_once(
            lambda made=made: copying.copy_on.call(made),
            lambda made=made: recalling.recall(world.ada, made),
            lambda made=made: copying.copy_on.call(made),
        )
        copying.copy_on.call(made)
        arrived = [type(one) for one in refused(results)] == [NotFound]
        erasing.erase_cut.call(world.space)
        assert Node.objects.filter(pk=made).exists() is arrived
        assert Space.objects.get(pk=world.space).used == used + (1008 if arrived else 0)
        assert not Transit.objects.exists()
        assert not Twin.objects.exists()
        assert list(checking.faults()) == []
