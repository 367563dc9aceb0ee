"""The demo world: what a newcomer is shown, in dates that hold together."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from cartable.config import demo
from cartable.identity import people, postings
from cartable.kernel import clock
from cartable.options import options
from cartable.spaces import homes, listing, mounts
from cartable.web.formats import local
from tests.worlds import actor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def world(monkeypatch, db):
    monkeypatch.setattr(demo, "BIG", 1000)
    demo.fill()


def test_the_accounts_that_are_told_sign_in():
    for line in demo.accounts():
        mail, password = line.partition(": ")[2].split()
        assert people.find(mail).check_password(password)


def test_a_demo_world_of_before_gets_a_password_of_its_own():
    for person in demo.here():
        person.set_password(demo.PUBLISHED)
        person.save()
    demo.renew()
    camille = people.find("camille.martin@ac-dijon.example")
    assert len(demo.here()) == 10
    assert (camille.check_password(demo.PUBLISHED), camille.check_password(demo.password())) == (False, True)


def test_addresses_and_postings_of_who_moved_tell_one_story():
    elodie = people.find("elodie.dasilva@ac-lyon.example")
    now, before = postings.of(elodie)
    first, second = elodie.addresses.order_by("since")
    days = [timezone.localdate(moment) for moment in (first.since, first.until, second.since)]
    assert days == [before.first_day, now.first_day, now.first_day]
    shown = people.addresses_of(elodie.pk)[1]
    assert timezone.localdate(shown.until) == before.last_day
    assert (first.mail, second.mail) == ("elodie.dasilva@ac-dijon.example", "elodie.dasilva@ac-lyon.example")


def test_the_first_account_has_received_something():
    camille = actor("camille.martin@ac-dijon.example")
    assert {one.entry.name for one in mounts.of(camille)} >= {"Physique-chimie", "Sorties"}


def test_documents_have_dates_of_their_own():
    camille = actor("camille.martin@ac-dijon.example")
    (lessons,) = (one for one in listing.children(camille, homes.home_of(camille).root) if one.entry.name == "Cours")
    assert clock.now().timestamp() - lessons.entry.mtime > 30 * 86400


@pytest.mark.parametrize("mail", [mail for _name, mail, _school, _function in demo.PEOPLE])
def test_what_one_changed_last_comes_first_with_days_between(mail):
    days = [local(one.entry.mtime).date() for one in listing.recent(actor(mail))]
    assert days == sorted(days, reverse=True)
    assert len(set(days)) == len(days)


def test_the_first_account_has_a_believable_week():
    camille = actor("camille.martin@ac-dijon.example")
    names = [one.entry.name for one in listing.recent(camille)]
    assert names[:3] == ["Conseil pédagogique.md", "Progressions.md", "Contrôle volcans.pdf"]
    assert names[-1] == "Captation du cours.mov"


def test_a_demo_is_forgotten_only_where_nobody_else_is(monkeypatch):
    assert demo.may_go() == (connection.vendor == "sqlite" and options.storage.startswith("folder:"))
    people.arrive("Somebody Else", "somebody@ac-dijon.example")
    monkeypatch.setattr(demo, "forget", lambda: pytest.fail("it went"))
    assert not demo.may_go()
    with pytest.raises(CommandError, match="nothing was forgotten"):
        call_command("demo", "--forget")
