from datetime import UTC, datetime, timedelta

import pytest

from cartable.kernel import clock


class StoppedClock:
    def __init__(self):
        self.now = datetime(2026, 11, 24, 12, tzinfo=UTC)

    def advance(self, **kwargs):
        self.now += timedelta(**kwargs)


@pytest.fixture
def time(monkeypatch):
    """The clock, stopped on 24 November 2026 at noon (UTC); `advance` moves it."""
    stopped = StoppedClock()
    monkeypatch.setattr(clock, "now", lambda: stopped.now)
    return stopped
