"""Fixtures that any test may ask for."""

from datetime import timedelta

import pytest

from cartable.kernel import clock


@pytest.fixture
def later(monkeypatch):
    """Return what makes the clock go on: `later(days=2)`."""

    def go_on(**span):
        moment = clock.now() + timedelta(**span)
        monkeypatch.setattr(clock, "now", lambda: moment)

    return go_on
