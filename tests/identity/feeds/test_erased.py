"""Who was erased comes back by no record that says where they worked once; who comes back to work is somebody new."""

import pytest

from cartable.identity import erasing, people
from cartable.identity.feeds import scanning
from cartable.identity.feeds.models import Civil, Row
from cartable.identity.models import Address, Person
from tests.identity.feeds.test_careers import BOB_LINE, HEADER, delete, line
from tests.identity.feeds.written import BOB, EVE, changes, complete, person, table

WAS = line(dates="1990-09-01,2024-08-31")


@pytest.fixture
def erased(take, tmp_path):
    """Alice, who has left, and whom her academy's table states still, is erased."""
    take(table(tmp_path, HEADER, WAS, BOB_LINE, day="20260901"))
    erasing.erase(people.find("alice@ac-dijon.fr"), reason="demande")


@pytest.mark.usefixtures("erased")
def test_the_same_table_makes_nobody_of_them_and_keeps_nothing_more(take, tmp_path):
    for day in ("20260902", "20260903"):
        assert take(table(tmp_path, HEADER, WAS, BOB_LINE.replace("DIR", "ENS"), day=day)).get("arrived", 0) == 0
    assert take.lines == []
    assert Person.objects.filter(erased_at=None).count() == 1
    assert not Civil.objects.filter(usage_name__iexact="martin").exists()
    assert not Address.objects.filter(mail__startswith="alice").exists()
    [row] = Row.objects.filter(person=None, structure=None)
    assert (row.live, bytes(row.hash), row.said) == (False, b"", None)
    assert take(table(tmp_path, HEADER, WAS, BOB_LINE.replace("DIR", "ENS"), day="20260904")) == {}


@pytest.mark.usefixtures("erased")
def test_who_comes_back_to_work_is_somebody_new(take, tmp_path):
    back = line(mail="alice.martin@ac-dijon.fr", dates="2026-09-01,")
    assert take(table(tmp_path, HEADER, back, BOB_LINE, day="20260902"))["arrived"] == 1
    assert people.find("alice.martin@ac-dijon.fr").erased_at is None
    assert take(table(tmp_path, HEADER, BOB_LINE, day="20260903"))["ended"] == 1


@pytest.mark.parametrize("batch", [1, 1000])
def test_35_a_delta_that_adds_and_takes_away_one_person_ends_them_whatever_the_batch(
    take, tmp_path, monkeypatch, batch
):
    monkeypatch.setattr(scanning, "BATCH", batch)
    take(complete(tmp_path, BOB))
    counts = take(changes(tmp_path, person(EVE), delete(EVE), day="20261102"))
    assert (counts.get("arrived"), counts.get("refused")) == (1, None)
    eve = Person.objects.latest("pk")
    assert not eve.postings.filter(end=None).exists()
    assert take(changes(tmp_path, person(EVE), day="20261103")).get("arrived") is None, "it is her again"
    assert eve.postings.filter(end=None, cancelled=False).count() == 1
