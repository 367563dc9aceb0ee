"""Fixtures that any test may ask for."""

from datetime import timedelta
from itertools import count

import pytest
from django.db import connection

from cartable.kernel import clock
from tests.standing import stands
from tests.worlds import ada_world


@stands
def world():
    return ada_world()


@stands
def offices():
    """Whoever has a role somewhere, and who has none."""
    from tests.offices import Offices  # noqa: PLC0415 - it imports every page of administration

    return Offices()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """On SQLite tests end by deleting all rows, which acts resist; their guard is tested in tests/kernel/test_audit.py."""
    if connection.vendor == "sqlite":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER IF EXISTS act_kept")


@pytest.fixture
def later(monkeypatch):
    """Return what makes the clock go on: `later(days=2)`."""

    def go_on(**span):
        moment = clock.now() + timedelta(**span)
        monkeypatch.setattr(clock, "now", lambda: moment)

    return go_on


DAYS = count(400, 10)  # the days around are nobody’s either


@pytest.fixture
def own_day(later):
    """Go to a day when no other test stores anything: s3rver lists no more than 1,000 objects on a Node of today."""
    later(days=next(DAYS))
