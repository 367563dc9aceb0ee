"""Two imports of one source at the same moment: one is applied, the other too or is told so; nothing of both is mixed."""

from dataclasses import replace

import pytest

from cartable.identity.feeds import importing, keeping, reading, scanning
from cartable.identity.feeds.models import Batch, Feed
from cartable.identity.models import Person, Posting
from cartable.options import options
from tests.identity.feeds.written import ALICE, BOB, EVE, complete
from tests.races.together import at_once, refused
from tests.worlds import academies

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=False)
TIMES = 10


@pytest.fixture
def state(tmp_path, monkeypatch):
    """Return what imports a feed of a source: `state("DIJON", 5, *people)`, of the fifth day."""
    monkeypatch.setattr(keeping, "options", replace(options, data=tmp_path / "data"))
    monkeypatch.setattr(scanning, "BATCH", 1)
    (tmp_path / "data").mkdir()
    academies()

    def run(label, day, *whom):
        feed = complete(tmp_path, *whom, day=f"202608{day:02}")
        return lambda: importing.run(reading.survey(feed), label, ask=lambda _: True)

    return run


def test_two_first_imports_of_a_source_are_one(state):
    for n in range(TIMES):
        both = [state(f"RH {n}", 1, ALICE, BOB) for _ in range(2)]
        at_once(*both)
        assert Feed.objects.filter(scope=f"RH {n}").count() == 1
        assert Batch.objects.filter(feed__scope=f"RH {n}").count() == 1
        assert Posting.objects.filter(source__startswith=f"RH {n} ", end=None).count() == 2


def test_of_two_nights_at_once_the_newer_is_what_is_there(state):
    state("DIJON", 1, ALICE, BOB)()
    for n in range(2, 2 * TIMES, 2):
        older, newer = (
            state("DIJON", n, ALICE.but(last="DURAND"), EVE),
            state("DIJON", n + 1, ALICE.but(last="PETIT"), BOB),
        )
        if refused(at_once(older, newer)[1:]):
            newer()
        assert Feed.objects.get().dated.day == n + 1
        assert sorted(Person.objects.filter(postings__end=None).values_list("name", flat=True)) == [
            "Alice Petit",
            "Bob Dupont",
        ]
