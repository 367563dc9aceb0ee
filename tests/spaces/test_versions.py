import itertools
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from cartable.spaces.versions import STEPS, UNTOUCHED, thinned

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
