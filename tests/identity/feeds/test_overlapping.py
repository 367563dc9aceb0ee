"""37: two imports of one source that overlap: the newer stands, and what was held against what is no more is refused. Days to come."""

from datetime import date, timedelta

import pytest

from cartable.identity import people
from cartable.identity.feeds import importing, reading, scanning
from cartable.identity.feeds.models import Batch, Feed
from cartable.identity.models import Person
from cartable.kernel import clock
from tests.identity.feeds.written import ALICE, BOB, EVE, changes, complete, person, table

OLDER = "of 2026-11-02, older than what was applied (2026-11-03): refused"
BESIDE = "another feed of DIJON aaf-2d was applied since this one was read: import it again"


def imported(feed):
    """Import a feed as another process would."""
    return importing.run(reading.survey(feed), "DIJON", ask=lambda _: True)


@pytest.fixture
def meanwhile(monkeypatch):
    """Return what has something happen before a step of an import: `meanwhile("_places", act)`."""

    def arrange(step, act, number=1):
        real, calls = getattr(importing._Application, step), iter(range(1, 1000))

        def stepping(self, *given):
            if next(calls) == number:
                monkeypatch.setattr(importing._Application, step, real)
                act()
            return real(self, *given)

        monkeypatch.setattr(importing._Application, step, stepping)

    return arrange


@pytest.fixture
def refused(take):
    """Return why an import was refused, without the name of the file."""
    return lambda feed: take.refused(feed, "DIJON", "--yes").partition(": ")[2]


@pytest.fixture
def nights(take, tmp_path, monkeypatch):
    """The first night, applied; what the second and the third say: Alice bears another name each time."""
    monkeypatch.setattr(scanning, "BATCH", 1)
    take(complete(tmp_path, ALICE, BOB))
    second = complete(tmp_path, ALICE.but(last="DURAND"), BOB, EVE, day="20261102")
    return second, complete(tmp_path, ALICE.but(last="PETIT"), BOB, day="20261103")


def stands(take, third):
    """The third night is what is there; the next import of it finds nothing to do."""
    assert people.find(ALICE.mail).name == "Alice Petit"
    assert Feed.objects.get().dated == date(2026, 11, 3)
    assert take(third) == {}
    assert take.refusal is None


@pytest.mark.parametrize(("step", "number"), [("_places", 1), ("_people", 1), ("_people", 2)])
def test_37_an_older_feed_does_not_overwrite_a_newer_one(take, nights, meanwhile, refused, step, number):
    second, third = nights
    meanwhile(step, lambda: imported(third), number)
    assert refused(second) == OLDER
    stands(take, third)


def test_37_an_older_feed_that_ends_as_a_newer_one_was_applied_leaves_its_day(take, nights, meanwhile):
    second, third = nights
    meanwhile("_end", lambda: imported(third))
    assert take(second, "DIJON", "--yes")["arrived"] == 1
    assert not Batch.objects.filter(finished_at=None).exists()
    stands(take, third)


def test_37_an_older_feed_stops_where_a_newer_one_had_nothing_new_to_say(take, nights, tmp_path, meanwhile, refused):
    second, _ = nights
    unchanged = complete(tmp_path, ALICE, BOB, day="20261103")
    meanwhile("_places", lambda: imported(unchanged))
    assert refused(second) == OLDER
    assert people.find(ALICE.mail).name == "Alice Martin"


@pytest.mark.parametrize(("says", "step"), [("PETIT", "_places"), ("MARTIN", "_places"), ("MARTIN", "_end")])
def test_37_a_newer_feed_is_not_held_against_what_an_older_one_has_changed_since(
    take, nights, tmp_path, meanwhile, refused, says, step
):
    second, _ = nights
    third = complete(tmp_path, ALICE.but(last=says), BOB, day="20261103")
    meanwhile(step, lambda: imported(second))
    assert refused(third) == BESIDE
    assert take(third, "DIJON", "--yes")["ended"] == 1
    assert people.find(ALICE.mail).name == f"Alice {says.title()}"


def test_37_changes_are_not_applied_beside_another_feed(take, nights, tmp_path, meanwhile, refused):
    second, _ = nights
    delta = changes(tmp_path, person(ALICE.but(last="PETIT")), day="20261102")
    meanwhile("_places", lambda: imported(second))
    assert refused(delta) == BESIDE
    assert take(delta)["changed"] == 1


def test_37_the_same_feed_twice_at_once_is_applied_once(take, nights, meanwhile, refused):
    _, third = nights
    meanwhile("_places", lambda: imported(third))
    assert refused(third) == BESIDE
    stands(take, third)


def test_37_what_was_cut_is_gone_on_with_by_two_at_once(take, nights, meanwhile):
    second, _ = nights
    imported(second)
    Batch.objects.filter(dated=date(2026, 11, 2)).update(finished_at=None)
    meanwhile("_places", lambda: imported(second))
    take(second)
    assert take.refusal is None
    assert not Batch.objects.filter(finished_at=None).exists()


def test_the_first_feed_of_a_source_twice_at_once_is_one_and_a_line(take, tmp_path, meanwhile, refused):
    first = complete(tmp_path, ALICE, BOB)
    meanwhile("run", lambda: imported(first))
    assert refused(first) == BESIDE
    assert (Person.objects.count(), Feed.objects.count(), Batch.objects.count()) == (2, 1, 1)
    assert take(first) == {}


# Days to come


def in_days(count):
    return f"{clock.today() + timedelta(days=count):%Y%m%d}"


@pytest.mark.parametrize("name", ["aaf", "hr_20991231_.csv", "hr_20991231_.json"])
def test_a_feed_of_a_day_to_come_is_refused(take, tmp_path, name):
    if name == "aaf":
        path = complete(tmp_path, ALICE, day="20991231")
        name = "ENT_0210000X_Complet_20991231_EtabEducNat_0000.xml"
    else:
        path = table(tmp_path, "key,last_name,first_name", "1,Un,Ada", name=name)
    for flags in (("--yes",), ("--dry-run",)):
        assert take.refused(path, "DIJON", *flags) == f"{name}: of 2099-12-31, a day that is still to come: refused"
    assert not Feed.objects.exists()


def test_tomorrow_has_begun_elsewhere_and_the_day_after_has_not(take, tmp_path):
    take(complete(tmp_path, ALICE, day=in_days(1)))
    assert take.refusal is None
    assert take.refused(complete(tmp_path, ALICE, day=in_days(2))).endswith("still to come: refused")


@pytest.mark.parametrize("cut", [False, True])
def test_a_day_to_come_that_a_source_holds_locks_nobody_out(take, tmp_path, cut):
    take(complete(tmp_path, ALICE, BOB))
    Feed.objects.update(dated=date(2099, 12, 31))
    Batch.objects.update(dated=date(2099, 12, 31), **({"finished_at": None} if cut else {}))
    assert "import a complete one first" in take.refused(changes(tmp_path, person(EVE), day="20261102"))
    take(complete(tmp_path, ALICE.but(last="PETIT"), BOB, day="20261102"))
    assert take.refusal is None
    assert Feed.objects.get().dated == date(2026, 11, 2)
    assert take(changes(tmp_path, person(EVE), day="20261103"))["arrived"] == 1
