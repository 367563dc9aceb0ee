"""How often is too often."""

import contextlib
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from cartable.kernel import rates
from cartable.kernel.errors import TooMany
from cartable.kernel.models import Rate
from cartable.kernel.rates import Limit

MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


def empty(key, capacity=5, per=MINUTE):
    for _ in range(capacity):
        rates.take(key, capacity, per)


@pytest.mark.parametrize("capacity", [1, 3, 5, 9, 11, 100])  # the sum of nine ninths is not exactly one
def test_a_bucket_gives_what_it_holds_then_says_how_long_to_wait(time, capacity):
    empty("k", capacity)
    with pytest.raises(TooMany) as refused:
        rates.take("k", capacity, MINUTE)
    assert refused.value.seconds == pytest.approx(60 / capacity, abs=1)


def test_a_token_comes_back_after_its_share_of_the_time_and_no_earlier(time):
    empty("k")
    time.advance(seconds=11.9)
    with pytest.raises(TooMany):
        rates.take("k", 5, MINUTE)
    time.advance(seconds=0.1)
    rates.take("k", 5, MINUTE)
    with pytest.raises(TooMany):
        rates.take("k", 5, MINUTE)


def test_waiting_long_fills_the_bucket_and_no_more(time):
    empty("k")
    time.advance(hours=5)
    empty("k")
    with pytest.raises(TooMany):
        rates.take("k", 5, MINUTE)


def test_the_wait_that_is_said_is_enough(time):
    empty("k", 7)
    with pytest.raises(TooMany) as refused:
        rates.take("k", 7, MINUTE)
    time.advance(seconds=refused.value.seconds)
    rates.take("k", 7, MINUTE)


def test_buckets_are_apart(time):
    empty("k")
    rates.take("other", 5, MINUTE)


def test_checking_takes_nothing(time):
    for _ in range(9):
        rates.check("k", 5, MINUTE)
    empty("k")
    with pytest.raises(TooMany):
        rates.check("k", 5, MINUTE)


def test_refilling_forgives(time):
    empty("k")
    rates.refill("k")
    rates.take("k", 5, MINUTE)


def test_a_key_may_be_whatever_somebody_typed(time):
    empty("sign-in é’ " + "x" * 500)
    with pytest.raises(TooMany):
        rates.take("sign-in é’ " + "x" * 500, 5, MINUTE)


def test_a_flood_of_refusals_writes_nothing(time):
    empty("k")
    with CaptureQueriesContext(connection) as queries, pytest.raises(TooMany):
        rates.take("k", 5, MINUTE)
    assert {query["sql"].split()[0] for query in queries} == {"SELECT"}


def test_full_buckets_are_forgotten(time):
    empty("k")
    time.advance(seconds=61)
    rates.take("other", 5, MINUTE)
    rates.tidy()
    assert list(Rate.objects.values_list("pk", flat=True)) == ["other"]


def test_once_is_once_and_lately_says_so(time):
    assert not rates.lately("k")
    assert [rates.once("k", MINUTE) for _ in range(3)] == [True, False, False]
    time.advance(seconds=59)
    assert rates.lately("k")
    time.advance(seconds=1)
    assert not rates.lately("k")
    assert rates.once("k", MINUTE)


FEW, MANY = Limit("few", 2, MINUTE), Limit("many", 5, MINUTE)


def test_an_attempt_that_fails_counts_in_each_bucket_and_one_that_succeeds_in_none(time):
    for _ in range(9):
        assert rates.attempt([FEW, MANY], lambda: True)
    for _ in range(2):
        assert not rates.attempt([FEW, MANY], lambda: False)
    with pytest.raises(TooMany):
        rates.attempt([FEW, MANY], lambda: pytest.fail("tried all the same"))
    for _ in range(3):
        rates.take("many", 5, MINUTE)
    with pytest.raises(TooMany):
        rates.take("many", 5, MINUTE)


def test_an_attempt_waits_for_the_slowest_bucket(time):
    empty("few", 2)
    with pytest.raises(TooMany) as refused:
        rates.check_all([FEW, MANY])
    assert refused.value.seconds == 30


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::1", "2001:db8:1:2::"),
        ("unix", "unix"),
        ("", ""),
    ],
)
def test_a_holder_of_many_addresses_is_one(address, network):
    assert rates.network(address) == network


@pytest.mark.django_db(transaction=True)
def test_attempts_made_at_once_count_as_those_made_one_by_one(time):
    start, tried = threading.Barrier(8), []

    def guess():
        start.wait()
        with contextlib.suppress(TooMany):
            rates.attempt([MANY], lambda: tried.append(1) is not None)
        connection.close()

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tried) == 5


@pytest.mark.django_db(transaction=True)
def test_a_token_is_not_given_back_by_what_is_undone():
    with transaction.atomic(), pytest.raises(RuntimeError):
        rates.take("k", 5, MINUTE)


@pytest.mark.django_db(transaction=True)
def test_threads_count_together(time):
    start, given = threading.Barrier(8), []

    def take():
        start.wait()
        for _ in range(5):
            try:
                rates.take("k", 10, MINUTE)
                given.append(1)
            except TooMany:
                pass
        connection.close()

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(given) == 10
