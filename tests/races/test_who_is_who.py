"""Merging and erasing while a feed is applied: what it states is of who they are now, never of who is no more."""

from dataclasses import replace

import pytest

from cartable.identity import erasing, people
from cartable.identity.feeds import importing, keeping, merging, reading
from cartable.identity.feeds.models import Civil, PersonKey, Row
from cartable.identity.models import Address, Person, Posting
from cartable.options import options
from tests.identity.feeds.written import ALICE, BOB, complete
from tests.races.together import TIMES, at_once
from tests.worlds import academies

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=False)


@pytest.fixture
def state(tmp_path, monkeypatch):
    """Return what imports a feed of Dijon: `state(5, *people)`, of the fifth day."""
    monkeypatch.setattr(keeping, "options", replace(options, data=tmp_path / "data"))
    (tmp_path / "data").mkdir()
    academies()

    def run(day, *whom):
        feed = complete(tmp_path, *whom, day=f"202608{day:02}")
        return lambda: importing.run(reading.survey(feed, ""), "DIJON", ask=lambda _: True)

    return run


def of_nobody():
    """Return how much is stated of accounts that were merged or erased."""
    gone = Person.objects.filter(is_active=False)
    return {
        model.__name__: found
        for model in (Posting, Address, Row, PersonKey)
        if (found := model.objects.filter(person__in=gone).count())
    }


def moving(n):
    """Return Alice of a number, first in one school and then in the other, with another address."""
    here = ALICE.but(key=str(n), last="MARTIN" + chr(ord("A") + n) * 4, mail=f"a{n}@ac-dijon.fr")
    return here, here.but(duties=(("2", "DOC"),), mail=f"b{n}@ac-dijon.fr")


def test_who_is_merged_while_their_feed_is_applied_is_posted_as_who_they_are_now(state):
    for n in range(TIMES):
        here, there = moving(n)
        state(n + 1, here, BOB)()
        loser, survivor = people.find(here.mail), people.arrive("Alice Martin", f"old{n}@ac-dijon.fr")
        at_once(state(n + 1, there, BOB), lambda s=survivor, x=loser: merging.merge(s, x))
        assert of_nobody() == {}
        assert people.find(there.mail) == survivor


def test_who_is_erased_while_their_feed_is_applied_stays_erased(state):
    for n in range(TIMES):
        here, there = moving(n)
        state(n + 1, here, BOB)()
        person = people.find(here.mail)
        at_once(state(n + 1, there, BOB), lambda one=person: erasing.erase(one, reason="demande"))
        assert of_nobody() == {}
        assert not Civil.objects.filter(person__is_active=False).exists()
