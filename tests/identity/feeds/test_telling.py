"""What a feed brings and changes is told to the applications that want to know by SCIM: in batches, once it is committed."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cartable.identity import people, structures
from cartable.identity.oidc import outbox
from cartable.kernel import clock, models
from tests.identity.feeds.written import CARNOT, table
from tests.identity.oidc.relying import registered
from tests.identity.oidc.test_scim_out import TOKEN, Remote, told
from tests.identity.test_scim import Source, user

HEADER = "key,last_name,first_name,birth_date,mail,uai,structure,function,start"


def line(key, *, mail="", uai="", start=""):
    school = "Lycée Carnot" if uai else ""
    return f"{key},Martin{key},Alice,1967-08-07,{mail or f'alice{key}@ac-dijon.fr'},{uai},{school},ENS,{start}"


@pytest.fixture
def feed(take, tmp_path):
    """Apply a table of a day, counted from today."""

    def apply(*lines, days=0, source="DIJON"):
        day = clock.today() + timedelta(days=days)
        counts = take(table(tmp_path, HEADER, *lines, day=f"{day:%Y%m%d}"), source, "--yes")
        assert take.refusal is None
        return counts

    return apply


@pytest.fixture
def remote():
    return Remote()


@pytest.fixture
def notes(remote):
    """An application for everybody, that was told of whom there was: nobody."""
    return wanting(remote)


def wanting(remote, **given):
    one = registered(**given)
    outbox.begin(one.id, remote.url, TOKEN)
    told(remote)
    remote.asked.clear()
    return one


def known(remote):
    return {one.user_name: (one.display_name, one.active) for one in remote.users.values()}


def waiting():
    """Return of how many people each task speaks that waits to tell an application of some."""
    rows = models.Task.objects.filter(function__endswith=".provision", state="ready").order_by("pk")
    return [len(row.arguments[0][1]) for row in rows]


def test_who_arrives_by_a_feed_is_told(notes, remote, feed):
    feed(line(1), line(2))
    told(remote)
    assert known(remote) == {
        "alice1@ac-dijon.fr": ("Alice Martin1", True),
        "alice2@ac-dijon.fr": ("Alice Martin2", True),
    }


def test_an_address_that_a_feed_changes_and_nothing_else_is_told(notes, remote, feed):
    feed(line(1), days=-3)
    told(remote)
    feed(line(1, mail="alice@ac-dijon.fr"), days=-2)
    told(remote)
    assert known(remote) == {"alice@ac-dijon.fr": ("Alice Martin1", True)}


def test_an_address_that_is_written_to_again_is_told(notes, remote, feed):
    feed(line(1), line(2), days=-4)
    alice = people.find("alice1@ac-dijon.fr")
    feed(line(2), days=-3)
    people.give_address(alice, "alice@ac-lyon.fr")
    told(remote)
    assert "alice@ac-lyon.fr" in known(remote)
    feed(line(1), line(2), days=-2)
    told(remote)
    assert set(known(remote)) == {"alice1@ac-dijon.fr", "alice2@ac-dijon.fr"}


def test_an_address_that_is_somebody_elses_now_is_told_as_nobodys(notes, remote, feed):
    """Who had it goes by the name the application knows them under; who has it now is not given what another signs in with."""
    feed(line(1), days=-3)
    told(remote)
    alice = people.find("alice1@ac-dijon.fr")
    homonym = line(2, mail="alice1@ac-dijon.fr")
    feed(homonym, days=-2)
    told(remote)
    (hers,) = (one for one in remote.users.values() if one.display_name == alice.name)
    assert (hers.user_name, hers.emails) == (alice.sub, None)
    assert "alice1@ac-dijon.fr" not in known(remote)
    feed(line(1), line(2), days=-1)
    told(remote)
    assert "alice1@ac-dijon.fr" in known(remote)


@pytest.mark.parametrize("new", [True, False])
def test_a_posting_that_starts_today_is_told_the_same_day(remote, feed, new):
    """The nights go through postings that open or close on a date, some weeks before and after; not through these."""
    carnot = structures.open_school(CARNOT, "Lycée Carnot", structures.academy("DIJON"))
    wanting(remote, structures=[carnot])
    if not new:
        feed(line(1), days=-1)
        told(remote)
        assert known(remote) == {}
    feed(line(1, uai=CARNOT, start=clock.today()))
    told(remote)
    assert known(remote) == {"alice1@ac-dijon.fr": ("Alice Martin1", True)}


def test_who_arrives_by_scim_is_told(notes, remote):
    dijon = Source()
    status, made = dijon("POST", "/Users", user())
    assert status == 201
    told(remote)
    (mail,) = known(remote)
    made["emails"] = [{"value": f"new.{mail}", "primary": True}]
    assert dijon("PUT", f"/Users/{made['id']}", made)[0] == 200
    told(remote)
    assert set(known(remote)) == {f"new.{mail}"}


def test_a_feed_of_many_is_told_in_batches_and_an_unchanged_one_not_at_all(notes, feed):
    many = [line(key) for key in range(250)]
    feed(*many, days=-1)
    assert waiting() == [100, 100, 50]
    models.Task.objects.all().delete()
    feed(*many)
    assert waiting() == []


def test_where_nobody_wants_to_know_however_many_arrive_costs_one_look(feed):
    def asked(*lines, source):
        with CaptureQueriesContext(connection) as queries:
            feed(*lines, source=source)
        return [one["sql"] for one in queries]

    few = asked(line(1), source="DIJON")
    many = asked(*(line(key, mail=f"bob{key}@ac-lyon.fr") for key in range(50)), source="LYON")
    assert [sum('FROM "oidc_application"' in sql for sql in each) for each in (few, many)] == [1, 1]
    assert not models.Task.objects.filter(function__contains="provision").exists()
