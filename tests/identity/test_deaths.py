"""Somebody died: their account closes at once, nobody writes to them, and what they left is kept until it is dealt with."""

import io
from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client

from cartable.identity import (
    absences,
    deaths,
    departing,
    departures,
    directory,
    erasing,
    people,
    postings,
    resets,
    roles,
    structures,
    teams,
)
from cartable.identity.feeds import merging
from cartable.identity.models import Address, Delegation, Membership, Person, Posting
from cartable.kernel import clock
from cartable.kernel.errors import BadInput, Conflict, Denied, Expired, NotFound
from cartable.kernel.tasks import run_pending
from cartable.spaces import sharing
from tests.drive.wire import Device
from tests.identity.test_departures import DIJON, again, row, signed_in
from tests.identity.test_pages import PASSWORD
from tests.standing import stands
from tests.worlds import academies, ada_world, person, read

DAY = timedelta(days=1)


@stands
def world():
    """Ada, posted in Dijon, who shares with Bob, who directs there; she leads a team with Eve, and has a role."""
    world, (dijon, _lyon) = ada_world(), academies()
    postings.begin(row(world.ada), dijon)
    postings.begin(row(world.bob), dijon, function="DIR")
    roles.give(None, row(world.ada), "support", dijon)
    teams.form(again(world.ada), "SVT", [row(world.eve)])
    ada = row(world.ada)
    ada.set_password(PASSWORD)
    ada.save(update_fields=["password"])
    return world


@pytest.fixture
def ada(world):
    return row(world.ada)


def test_every_door_closes_at_once(world, ada):
    device, browser = Device(world.ada), signed_in()
    assert browser.get("/me").status_code == 200
    token = sharing.make_link(again(world.ada), world.devoir).link
    deaths.record(ada, clock.today() - 3 * DAY)
    assert departures.of(row(world.ada)) == "dead"
    assert browser.get("/me").status_code == 302
    assert signed_in() is None
    assert device.ask("PROPFIND", device.home).status == 401
    with pytest.raises((NotFound, Denied)):
        read(again(world.bob), world.devoir)
    with pytest.raises(Expired):
        sharing.follow(token)
    assert directory.find(again(world.bob), "Lovelace") == []
    assert not Delegation.objects.filter(person=ada).exclude(end__lte=clock.today()).exists()


def test_nobody_writes_to_the_dead(world, ada, later):
    deaths.record(ada, clock.today())
    resets.write_link.func(Address.objects.get(mail=DIJON).pk)
    for _ in range(14):
        departing.see_off.func()
        run_pending()
        later(days=5)
    assert not [one for one in mail.outbox if one.to == [DIJON]]
    assert sorted(Membership.objects.filter(team__name="SVT", leads=True).values_list("person__name", flat=True)) == [
        "Ada Lovelace", "Bob Dupont",
    ]  # fmt: skip


def test_a_feed_that_still_states_them_opens_nothing_and_holds_nothing(world, ada, later):
    day = clock.today() - 10 * DAY
    deaths.record(ada, day)
    postings.begin(ada, structures.academy("LYON"))
    absences.begin(ada, absences.Kind.SICK)
    one = row(world.ada)
    assert (departures.of(one), one.left_on) == ("dead", day)
    assert departures.amiss() == []
    assert signed_in() is None
    assert not erasing.is_held(one)
    assert list(erasing.due()) == []
    later(days=60 + 365)
    assert list(erasing.due()) == [ada.pk]
    erasing.erase(one)
    assert departures.of(row(world.ada)) == "erased"


def test_what_they_left_is_taken_out_for_their_heirs(world, ada, tmp_path):
    deaths.record(ada, clock.today())
    call_command("export", ada.sub, "--to", str(tmp_path / "ada.zip"), stdout=io.StringIO())
    assert (tmp_path / "ada.zip").stat().st_size > 1000


def test_who_left_before_they_died_left_then(world, ada):
    Posting.objects.filter(person=ada).update(start=clock.today() - 900 * DAY, end=clock.today() - 20 * DAY)
    deaths.record(ada, clock.today())
    assert row(world.ada).left_on == clock.today() - 20 * DAY


def test_a_mistake_gives_everything_back_but_roles(world, ada):
    device = Device(world.ada)
    deaths.record(ada, clock.today())
    deaths.record(ada, clock.today() - DAY)  # it was the day before
    deaths.take_back(ada)
    assert departures.of(row(world.ada)) == "active"
    assert read(again(world.bob), world.devoir) == b"d" * 1000
    assert device.ask("PROPFIND", device.home).status == 207
    assert Client().post("/login", {"login": DIJON, "password": PASSWORD}).status_code == 302
    assert again(world.ada).leaving is False
    assert not Delegation.objects.filter(person=ada, end=None).exists()


def test_what_cannot_be_is_refused(ada):
    with pytest.raises(BadInput):
        deaths.record(ada, clock.today() + DAY)
    with pytest.raises(NotFound):
        deaths.take_back(ada)
    other = person("Ada King", "king@ac-dijon.example")
    merging.merge(ada, other)
    for act in (lambda: deaths.record(other, clock.today()), lambda: deaths.take_back(other)):
        with pytest.raises(Conflict):
            act()
    assert departures.of(people.by_id(ada.pk)) == "active"


def said(*words):
    out = io.StringIO()
    call_command("person", "death", *words, stdout=out)
    return out.getvalue().strip()


def test_the_command(ada):
    assert said(DIJON).startswith("The account of Ada Lovelace is closed.")
    assert Person.objects.get(pk=ada.pk).died_on == clock.today()
    assert said(DIJON, "--undo").startswith("Ada Lovelace is alive")
    for words, why in (((DIJON, "--undo"), "Nobody said that Ada Lovelace died."), ((DIJON, "--on", "2126-01-01"), "--on is a day to come.")):  # fmt: skip
        with pytest.raises(CommandError, match=why):
            said(*words)
