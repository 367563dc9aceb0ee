"""When a periodic task is next due."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartable.kernel.schedules import Period


@pytest.mark.parametrize(
    ("period", "moment", "following"),
    [
        (Period(timedelta(minutes=5)), "2026-11-24 12:00", "2026-11-24 12:05"),
        (Period(time(3, 30)), "2026-11-24 02:29", "2026-11-24 02:30"),  # 3:30 in Paris, in winter
        (Period(time(3, 30)), "2026-11-24 02:30", "2026-11-25 02:30"),
        (Period(time(3, 30)), "2026-07-14 02:00", "2026-07-15 01:30"),  # in summer
        (Period(time(0, 5)), "2026-11-24 23:00", "2026-11-24 23:05"),  # a new day has begun in Paris
        (Period(time(2, 30)), "2026-03-28 12:00", "2026-03-29 01:30"),  # the clocks skip it: 3:30
        (Period(time(4), weekday=6), "2026-11-24 12:00", "2026-11-29 03:00"),  # Sunday
        (Period(time(4), weekday=1), "2026-11-24 03:00", "2026-12-01 03:00"),  # today, but it is past
    ],
)
def test_the_next_moment(period, moment, following):
    after = period.after(datetime.fromisoformat(moment).replace(tzinfo=UTC))
    assert after.astimezone(UTC).isoformat(" ", "minutes") == f"{following}+00:00"


periods = st.builds(Period, st.times() | st.timedeltas(timedelta(seconds=1), timedelta(days=9)), st.none())
weekly = st.builds(Period, st.times(), st.integers(0, 6))


moments = st.integers(1_577_836_800, 2_208_988_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(periods | weekly, moments)
def test_the_next_moment_is_later_and_within_the_period(period, moment):
    after = period.after(moment)
    longest = period.interval if isinstance(period.interval, timedelta) else timedelta(days=7, hours=2)
    assert moment < after <= moment + longest
