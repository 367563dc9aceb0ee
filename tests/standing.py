"""Worlds that stand: built once for the tests that begin from them one after another, each of which finds it as it was built.

    @stands
    def world():
        return ada_world()

A transaction stays open around these tests, whose own are savepoints in it; a test that begins from nothing, or from another
world, ends it. Where that cannot be (a test of transactions, a clock that was moved before), it is built for one test alone.
"""

import contextlib
import copy

import pytest
from django.db import connection, transaction

from cartable.kernel import clock

NOW = clock.now
_standing = {}  # by what built it, one at most: the world, what takes it away, and what lets that be done


def stands(build):
    """Return the fixture of a world. `build` takes nothing; what it returns is copied for each test."""

    def fixture(request):
        return _begin(request, build)

    fixture.build, fixture.__doc__ = build, build.__doc__
    return pytest.fixture(fixture, name=build.__name__)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Count those who begin from a world among those who use the database: last of all, since the world comes before."""
    for item in items:
        if _builds(item) and "db" not in item.fixturenames:
            item.fixturenames.append("db")


def pytest_runtest_setup(item):
    """Let a test find no world but its own."""
    if _is_transactional(item) or not _standing.keys() & _builds(item):
        _take_away()


def pytest_sessionfinish():
    _take_away()


def _begin(request, build):
    transactional = _is_transactional(request.node)
    begun = len(connection.atomic_blocks) > len(_standing)  # a transaction of the test's own
    if build not in _standing and not transactional and not begun and clock.now is NOW:
        _take_away()
        request.getfixturevalue("django_db_setup")
        blocker = request.getfixturevalue("django_db_blocker")
        with blocker.unblock():
            _standing[build] = *_built(build), blocker
    request.getfixturevalue("transactional_db" if transactional else "db")
    return copy.deepcopy(_standing[build][0]) if build in _standing else build()


def _built(build):
    stack = contextlib.ExitStack()
    around = transaction.atomic()
    around._from_testcase = True  # else Django refuses durable transactions within
    stack.enter_context(around)
    stack.callback(transaction.set_rollback, rollback=True)
    try:
        return build(), stack
    except BaseException:
        stack.close()
        raise


def _take_away():
    for _world, stack, blocker in _standing.values():
        with blocker.unblock():
            stack.close()
    _standing.clear()


def _builds(item):
    found = (one.func for several in item._fixtureinfo.name2fixturedefs.values() for one in several)
    return {one.build for one in found if hasattr(one, "build")}


def _is_transactional(item):
    mark = item.get_closest_marker("django_db")
    return "transactional_db" in item.fixturenames or bool(mark and mark.kwargs.get("transaction"))
