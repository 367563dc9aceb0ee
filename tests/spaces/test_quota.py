"""Room of the trash and of versions: beyond it they count as documents do, and the oldest goes, never within a week."""

import pytest
from django.utils import timezone

from cartable.kernel.errors import QuotaExceeded
from cartable.spaces import changes, checking, quota, tasks, trash, versions
from cartable.spaces.models import Change, Node, Space, Version
from tests.worlds import ada_world, put


@pytest.fixture
def world(db):
    """Ada's space of 10,000 bytes, of which 1,007 are used."""
    world = ada_world()
    Space.objects.filter(pk=world.space).update(quota=10_000)
    return world


def held(world):
    return Space.objects.values_list("used", "used_trash", "used_versions").get(pk=world.space)


def throw(world, size, name="x"):
    """Put a file and throw it away."""
    made = put(world.ada, world.archives, name, b"x" * size).id
    trash.discard(world.ada, made)
    return made


def test_throwing_away_again_and_again_does_not_outgrow_the_quota(world):
    throw(world, 8_000)
    throw(world, 8_000)  # 16,000 in the trash: 6,000 beyond its room
    assert quota.room_of(world.space).free == 10_000 - 1_007 - 6_000
    with pytest.raises(QuotaExceeded):
        put(world.ada, world.archives, "y", b"x" * 2_994)
    put(world.ada, world.archives, "y", b"x" * 2_993)
    trash.discard(world.ada, world.devoir)  # that is never refused
    assert held(world) == (3_000, 17_000, 0)


def test_writing_over_again_and_again_does_not_outgrow_the_quota(world):
    for n in range(4):
        put(world.ada, world.archives, "y", b"%d" % n * 4_000)
    assert held(world) == (5_007, 0, 12_000)  # 2,000 beyond their room
    with pytest.raises(QuotaExceeded):  # though the live bytes would stay the same
        put(world.ada, world.archives, "y", b"4" * 4_000)
    put(world.ada, world.archives, "y", b"")  # smaller by what its version takes: it fits
    trash.discard(world.ada, world.devoir)
    assert held(world) == (7, 1_000, 16_000)


def test_restoring_what_counts_already_is_not_refused(world):
    gone = throw(world, 8_000)
    throw(world, 8_000, "y")
    trash.restore(world.ada, gone)
    assert held(world) == (9_007, 8_000, 0)


def test_what_is_beyond_goes_the_oldest_first_and_never_within_a_week(world, later):
    first = throw(world, 8_000)
    later(days=2)
    second = throw(world, 8_000)
    tasks.tidy.call()
    assert Node.objects.filter(pk__in=[first, second]).count() == 2
    later(days=6)
    tasks.tidy.call()
    assert list(Node.objects.filter(pk__in=[first, second]).values_list("pk", flat=True)) == [second]
    later(days=6)
    tasks.tidy.call()
    assert Node.objects.filter(pk=second).exists()  # it has room
    assert list(checking.faults()) == []


def test_versions_beyond_go_too_but_those_that_bear_a_name(world, later):
    for n in range(5):
        put(world.ada, world.archives, "y", b"%d" % n * 3_000)
    assert held(world)[2] == 12_000
    node = Node.objects.get(name="y").pk
    oldest = Version.objects.filter(node=node).order_by("pk").first().pk
    versions.name(world.ada, node, oldest, "avant")
    tasks.tidy.call()
    assert held(world)[2] == 12_000
    later(days=8)
    tasks.tidy.call()
    assert held(world)[2] == 9_000
    assert Version.objects.filter(pk=oldest).exists()
    assert list(checking.faults()) == []


def test_without_a_quota_nothing_is_beyond(world, later):
    Space.objects.filter(pk=world.space).update(quota=-1)
    throw(world, 80_000)
    later(days=8)
    assert quota.beyond() == {}
    assert quota.room_of(world.space).free == -1


def test_the_journal_is_kept_thirteen_months(world, later):
    before = Change.objects.count()
    later(days=399)
    tasks.forget_changes.call()
    assert Change.objects.count() == before
    put(world.ada, world.archives, "z")
    later(days=2)
    assert changes.forget_old(limit=2) == 2
    tasks.forget_changes.call()
    assert Change.objects.count() == 1
    assert Change.objects.get().at > timezone.now()
