"""R5: people who are here twice though no feed brought them together. A human is asked, once; nobody is merged."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cartable.identity.feeds import cases, civil, doubles, merging, tasks
from cartable.identity.feeds.models import Civil, MatchCase
from cartable.identity.models import AddressClaim, Person
from cartable.kernel import schedules
from tests.identity.feeds.written import ALICE, AMPERE, BOB, EVE, complete, table

HEAD = "key,last_name,first_name,birth_name,birth_date,mail,uai,function"
ALONE = "L1,Martin,Alice,Martin,1985-01-03"  # a homonym of ALICE
HERS = "L1,Martin,Alice,Martin,1967-08-07"  # it was she: the date was wrong


@pytest.fixture
def state(take, tmp_path):
    """Import a table of Lyon, of a day of November: key, names and birth date of each, and perhaps an address."""

    def states(day, *lines):
        whole = (f"{one}{',' * (5 - one.count(','))},{AMPERE},ENS" for one in lines)
        return take(table(tmp_path, HEAD, *whole, day=f"202611{day:02}"), "LYON", "--yes")

    return states


@pytest.fixture(autouse=True)
def dijon(take, tmp_path, places):
    """The people of Dijon, ALICE among them."""
    take(complete(tmp_path, ALICE, BOB, EVE), "DIJON")
    return tmp_path


def alice():
    return Person.objects.get(addresses__mail=ALICE.mail)


def bob():
    return Person.objects.get(addresses__mail=BOB.mail)


def of_lyon():
    return Person.objects.get(keys__kind="table")


def asked():
    return [(one.newcomer, one.candidate, one.answer) for one in MatchCase.objects.order_by("pk")]


def test_who_is_found_to_have_the_same_names_and_birth_date_is_asked_about_once(state):
    state(1, ALONE)
    assert not Civil.objects.filter(compared=False).exists(), "who arrives was compared as they came"
    assert (doubles.look(), asked()) == (0, [])
    state(2, HERS)
    assert asked() == [], "a record that changes asks nothing by itself"
    assert doubles.look() == 1
    assert asked() == [(of_lyon(), alice(), None)]
    (case,) = cases.waiting(None)
    assert (case.rule, case.score, case.source) == ("R3", 8, "LYON csv")
    assert not Person.objects.exclude(merged_into=None).exists(), "nobody is merged by itself"
    Civil.objects.update(compared=False)
    assert (doubles.look(), len(asked())) == (0, 1)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("L1,Martin,Alyce,Martin,1967-08-07", id="one letter"),
        pytest.param("L1,Martin,Alice,Martin,1967-07-08", id="day and month"),
        pytest.param("L1,Martin-Petit,Alice,Martin,1967-08-07", id="a marriage"),
        pytest.param("L1,Alice,Martin,Alice,1967-08-07", id="swapped names"),
    ],
)
def test_what_is_nearly_the_same_is_asked_about(state, line):
    state(1, ALONE)
    state(2, line)
    assert (doubles.look(), len(asked())) == (1, 1)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(ALONE, id="homonyms with another birth date"),
        pytest.param("L1,Martin,Sylvie,Martin,1967-08-07", id="18: twins"),
        pytest.param("L1,Petit,Alice,Petit,1967-08-07", id="a first name and a birth date"),
        pytest.param("L1,Martin,Alice,Martin", id="21: an unknown birth date"),
    ],
)
def test_false_friends_are_left_alone(state, line):
    state(1, line)
    Civil.objects.update(compared=False)
    assert (doubles.look(), asked()) == (0, [])
    assert not Civil.objects.filter(compared=False).exists()


def test_one_register_that_states_two_means_two_unless_all_is_the_same(state):
    state(1, "L1,Roux,Anne,Roux,1970-05-05", "L2,Roux,Lise,Roux,1970-05-05")
    state(2, "L1,Roux,Anne,Roux,1970-05-05", "L2,Roux,Annie,Roux,1970-05-05")
    assert doubles.look() == 0, "one letter"
    state(3, "L1,Roux,Anne,Roux,1970-05-05", "L2,Roux,Anne,Roux,1970-05-05")
    assert doubles.look() == 1


def test_an_address_that_is_said_to_be_theirs_speaks_too(state):
    state(1, "L1,Petit,Alice,Petit,1967-08-07")
    state(2, f"L1,Petit,Alice,Petit,1967-08-07,{ALICE.mail}")
    assert AddressClaim.objects.get(address__mail=ALICE.mail).person == of_lyon()
    assert doubles.look() == 1
    assert MatchCase.objects.get().evidence["mail"] == "agree"


def test_an_address_alone_is_nothing(state):
    state(1, "L1,Petit,Zoé,Petit,1990-02-02")
    state(2, f"L1,Petit,Zoé,Petit,1990-02-02,{ALICE.mail}")
    assert doubles.look() == 0


def test_33_who_was_told_apart_is_not_asked_about_again_nor_who_they_are_now(state):
    state(1, HERS)
    (case,) = MatchCase.objects.all()
    cases.answer(None, case.pk, same=False)
    Civil.objects.update(compared=False)
    assert doubles.look() == 0
    him = bob()
    merging.merge(him, of_lyon())
    civil.give(him, civil.of(alice()))
    assert doubles.look() == 0


def test_a_question_about_who_was_merged_meanwhile_is_asked_of_who_they_are_now(state):
    state(1, HERS)
    (first,) = MatchCase.objects.all()
    him = bob()
    log = merging.merge(him, of_lyon())
    civil.give(him, civil.of(alice()))
    assert cases.waiting(None) == [], "the question would be lost"
    assert doubles.look() == 1
    assert {asked()[-1][0], asked()[-1][1]} == {him, alice()}
    merging.unmerge(log.pk)
    assert Civil.objects.filter(compared=False).count() == 2, "both are looked at again"
    doubles.look()
    assert first.pk in [one.id for one in cases.waiting(None)]


def test_who_is_merged_already_is_nobody_s_double(state):
    state(1, HERS)
    merging.merge(alice(), of_lyon())
    MatchCase.objects.all().delete()
    Civil.objects.update(compared=False)
    assert (doubles.look(), asked()) == (0, [])


def test_the_first_night_takes_as_many_queries_for_many_and_the_second_is_one(state, django_assert_num_queries):
    def night():
        Civil.objects.update(compared=False)
        MatchCase.objects.all().delete()
        with CaptureQueriesContext(connection) as asked:
            found = doubles.look()
        return len(asked), found

    state(1, HERS)
    few, found = night()
    assert found == 1
    state(2, HERS, *(f"M{n},Dupont,Bob Marie{'a' * n},Dupont,1975-11-12" for n in range(40)))  # BOB is near BOB MARIE
    assert night() == (few, 41)
    with django_assert_num_queries(1):
        assert doubles.look() == 0


def test_it_goes_on_slice_by_slice(state, monkeypatch):
    monkeypatch.setattr("cartable.kernel.bulk.AT_ONCE", 1)
    state(1, ALONE)
    state(2, HERS)
    Civil.objects.update(compared=False)
    assert (doubles.look(), len(asked())) == (1, 1)


def test_it_comes_back_each_night():
    assert tasks.look_for_doubles.module_path in schedules.registry
