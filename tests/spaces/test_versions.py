from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartable.options import options
from cartable.spaces import homes, tasks, versions
from cartable.spaces.models import Version
from cartable.spaces.versions import MONDAY, UNTOUCHED, thinned
from tests.worlds import ada_world, put

NOW = datetime(2026, 11, 28, 3, 30, tzinfo=UTC)
DAY, WEEK, MONTH = timedelta(days=1), timedelta(days=7), timedelta(days=30)
KEPT = timedelta(days=options.version_days)
moments = st.lists(st.integers(0, 600 * 24), unique=True).map(
    lambda hours: [(-age, NOW - timedelta(hours=age)) for age in sorted(hours)]
)


@given(moments)
def test_a_young_version_is_never_thinned(versions):
    doomed = set(thinned(versions, NOW))
    assert all(NOW - at > UNTOUCHED for pk, at in versions if pk in doomed)


@given(moments)
def test_thinning_again_takes_nothing_more(versions):
    doomed = set(thinned(versions, NOW))
    assert thinned([one for one in versions if one[0] not in doomed], NOW) == []


@given(moments)
def test_of_each_day_then_of_each_week_one_stays(versions):
    doomed = set(thinned(versions, NOW))
    kept = [at for pk, at in versions if pk not in doomed]
    for young, old, step in ((UNTOUCHED, MONTH, DAY), (MONTH, KEPT, WEEK)):
        of_age = [at for _, at in versions if young < NOW - at <= old]
        still = [(at - MONDAY) // step for at in kept if young < NOW - at <= old]
        assert sorted(set(still)) == sorted(still) == sorted({(at - MONDAY) // step for at in of_age})
    assert all(NOW - at <= KEPT for at in kept)


@given(st.integers(10, 40 * 60), st.integers(0, 24 * 60))
@settings(max_examples=30, deadline=None)
def test_night_after_night_each_day_and_each_week_keep_one(every, first):
    """However often a file is saved: what one night leaves, no later night takes for being too near to what came since."""
    live, pk, write, start = [], 0, timedelta(minutes=first), NOW - timedelta(days=120)
    written = []
    for night in range(120):
        now = start + night * DAY
        while start + write <= now:
            pk += 1
            live.insert(0, (pk, start + write))
            written.append(start + write)
            write += timedelta(minutes=every)
        doomed = set(thinned(live, now))
        live = [one for one in live if one[0] not in doomed]
    for young, old, step in ((timedelta(0), MONTH - DAY, DAY), (MONTH, KEPT, WEEK)):
        spans = {(at - MONDAY) // step for at in written if young <= now - at <= old}
        assert spans <= {(at - MONDAY) // step for _, at in live}


# A mass change


@pytest.fixture
def world(db, monkeypatch, later):
    """Ada's space, where three versions of a file are too many: they are weeks old, and of the same day."""
    monkeypatch.setattr(versions, "MASS", 4)
    world = ada_world()
    for n in range(4):
        put(world.ada, world.archives, "note.txt", b"%d" % n)
    for name in "abcd":
        put(world.ada, world.maths, name)
    later(days=20)
    return world


def write_over(actor, folder, names):
    for name in names:
        put(actor, folder, name, b"encrypted")


def held():
    return Version.objects.count()


def test_what_is_old_is_thinned_at_night(world):
    write_over(world.ada, world.maths, "abc")
    before = held()
    tasks.thin_versions.call()
    assert held() == before - 3


def test_nothing_is_thinned_for_a_month_after_many_files_were_written_over_at_once(world, later):
    write_over(world.ada, world.maths, "abcd")
    before = held()
    for _ in range(2):
        tasks.thin_versions.call()
        assert held() == before
        later(days=29)
    later(days=2)
    tasks.thin_versions.call()
    assert held() < before


def test_another_space_is_not_frozen(world, later):
    home = homes.home_of(world.bob)
    for n in range(4):
        put(world.bob, home.root, "b.txt", b"%d" % n)
    later(days=20)
    write_over(world.ada, world.maths, "abcd")
    assert versions.is_frozen(world.space)
    assert not versions.is_frozen(home.space)
    tasks.thin_versions.call()
    assert Version.objects.filter(node__space=home.space).count() == 1


@pytest.mark.parametrize(
    "slowly",
    [
        lambda w, later: [(write_over(w.ada, w.maths, name), later(hours=2)) for name in "abcd"],  # one after another
        lambda w, later: [write_over(w.ada, w.maths, "a") for _ in range(9)],  # one file, again and again
        lambda w, later: [put(w.ada, w.maths, f"new {n}") for n in range(9)],  # what is new destroys nothing
        lambda w, later: (write_over(w.ada, w.maths, "ab"), write_over(w.bob, w.archives, ["note.txt"])),  # two people
    ],
)
def test_what_people_do_is_no_mass_change(world, later, slowly):
    slowly(world, later)
    assert not versions.is_frozen(world.space)
