"""The queue at SQLite's door."""

import threading

import pytest
from django.db import IntegrityError, OperationalError
from django.db.utils import ConnectionHandler

from cartable.config import settings
from cartable.config.sqlite import base
from cartable.config.sqlite.base import Turns


def test_turns_come_in_the_order_they_were_asked_for():
    turns, order = Turns(), []
    assert turns.take(0)

    def wait(name):
        assert turns.take(20)
        order.append(name)
        turns.give()

    threads = [threading.Thread(target=wait, args=(name,)) for name in range(8)]
    for count, thread in enumerate(threads, 1):
        thread.start()
        while len(turns._waiting) < count:
            pass
    turns.give()
    for thread in threads:
        thread.join()
    assert order == list(range(8))


def test_a_turn_that_does_not_come_in_time_is_given_up():
    turns = Turns()
    assert turns.take(0)
    assert not turns.take(0.01)
    turns.give()
    assert turns.take(0), "who gave up is not waited for"


@pytest.fixture
def database(tmp_path, django_db_blocker):
    """A database of its own, whatever the other tests run on."""
    database = ConnectionHandler({"default": settings.database("sqlite", tmp_path / "own.db")})["default"]
    with django_db_blocker.unblock():
        database.cursor().execute("CREATE TABLE written (n int UNIQUE)")
        yield database
        database.close()


def turns(database):
    return base.TURNS[str(database.settings_dict["NAME"])]


def is_free(database):
    free = turns(database).take(0)
    if free:
        turns(database).give()
    return free


def begin(database):
    """Do as transaction.atomic does."""
    database.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)


def test_a_transaction_has_the_turn_until_it_ends(database):
    begin(database)
    database.cursor().execute("INSERT INTO written VALUES (1)")
    assert not is_free(database)
    database.commit()
    assert is_free(database)


def test_a_transaction_that_fails_gives_the_turn_back(database):
    begin(database)
    database.rollback()
    assert is_free(database)


def test_a_connection_that_closes_gives_the_turn_back(database):
    begin(database)
    database.close()
    assert is_free(database)


def test_a_lone_statement_gives_the_turn_back_even_if_it_fails(database):
    cursor = database.cursor()
    cursor.execute("INSERT INTO written VALUES (1)")
    cursor.executemany("INSERT INTO written VALUES (%s)", [(2,), (3,)])
    with pytest.raises(IntegrityError, match="UNIQUE"):
        cursor.execute("INSERT INTO written VALUES (1)")
    assert is_free(database)


def test_who_reads_needs_no_turn(database):
    assert turns(database).take(0)
    database.cursor().execute("SELECT n FROM written")
    database.cursor().execute("WITH one AS (SELECT 1) SELECT * FROM one")
    turns(database).give()


@pytest.mark.parametrize(
    "statement", ["INSERT INTO written VALUES (1)", "  with a as (select 1) update written set n = 2"]
)
def test_who_waits_too_long_is_told(database, statement):
    database.settings_dict["OPTIONS"]["timeout"] = 0.01
    assert turns(database).take(0)
    with pytest.raises(OperationalError, match="locked"):
        database.cursor().execute(statement)
    with pytest.raises(OperationalError, match="locked"):
        begin(database)
    turns(database).give()
    database.cursor().execute(statement)
