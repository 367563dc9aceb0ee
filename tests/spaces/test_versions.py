import itertools
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartable.spaces import homes, tasks, versions
from cartable.spaces.models import Version
from cartable.spaces.versions import STEPS, UNTOUCHED, thinned
from tests.worlds import ada_world, put

ages = st.lists(st.integers(0, 600 * 24), unique=True).map(
    lambda hours: [(at, timedelta(hours=age)) for at, age in enumerate(sorted(hours))]
)


@given(ages)
def test_a_young_version_is_never_thinned(versions):
    doomed = set(thinned(versions))
    assert all(age > UNTOUCHED for at, age in versions if at in doomed)


@given(ages)
def test_thinning_again_takes_nothing_more(versions):
    doomed = set(thinned(versions))
    assert thinned([one for one in versions if one[0] not in doomed]) == []


@given(ages)
def test_what_stays_is_spaced(versions):
    doomed = set(thinned(versions))
    kept = [age for at, age in versions if at not in doomed and age > UNTOUCHED]
    for younger, older in itertools.pairwise(kept):
        assert older - younger >= next(step for limit, step in STEPS if older <= limit)


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
