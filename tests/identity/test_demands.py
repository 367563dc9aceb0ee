"""Second factors that are required: of whom, and what they may do until they have one."""

from datetime import UTC, date, datetime
from urllib.parse import quote

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from cartable.identity import credentials, demands, people, postings, structures
from cartable.identity.requests import caller_of
from cartable.kernel import clock
from cartable.kernel.errors import NotFound
from tests.drive.wire import Device
from tests.identity.test_factors import link_app
from tests.identity.test_pages import PASSWORD, page, signed_in
from tests.worlds import academies, person

MAIL = "ada@ac-dijon.example"


@pytest.fixture
def places(db):
    dijon, lyon = academies()
    return dijon, lyon, structures.open_school("0210015C", "Lycée Carnot", dijon)


@pytest.fixture
def ada(places):
    ada = person("Ada Lovelace", MAIL, PASSWORD)
    postings.begin(ada, places[2], function="DIR")
    return people.find(MAIL)


@pytest.mark.parametrize(
    ("function", "where", "falls"),
    [
        ("", None, True),
        ("DIR", None, True),
        ("dir", "school", True),
        ("", "school", True),
        ("", "academy", True),
        ("DIR", "academy", True),
        ("ENS", "school", False),
        ("DIR", "elsewhere", False),
        ("", "elsewhere", False),
        ("ENS", None, False),
    ],
)
def test_it_falls_on_a_function_and_on_what_is_below_a_structure(places, ada, function, where, falls):
    dijon, lyon, carnot = places
    demands.require(function, {"school": carnot, "academy": dijon, "elsewhere": lyon, None: None}[where])
    assert demands.unmet(ada) is falls


def test_a_profile_stands_for_its_functions(places):
    bob = person("Bob Dupont", "bob@ac-dijon.example")
    postings.begin(bob, places[2], function="DEC")  # direction of a school
    bob.refresh_from_db()
    demands.require("DIR")
    assert demands.unmet(bob)


def test_it_ends_with_the_posting_and_comes_with_another(places, ada):
    dijon, lyon, _carnot = places
    demands.require("", dijon)
    postings.move(ada, lyon)
    ada.refresh_from_db()
    assert not demands.unmet(ada)
    demands.require("", lyon)
    assert demands.unmet(ada)


def test_it_comes_with_the_day_of_the_academy_and_not_with_what_never_was(places, monkeypatch):
    bob, tahiti = person("Bob Dupont", "bob@ac-dijon.example"), structures.academy("41")  # UTC-10
    first = date(2026, 9, 1)
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 8, 20, tzinfo=UTC))
    postings.begin(bob, tahiti, on=first)
    demands.require("", tahiti)
    for hour, falls in ((9, False), (10, True)):
        monkeypatch.setattr(clock, "now", lambda hour=hour: datetime(2026, 9, 1, hour, tzinfo=UTC))
        bob.refresh_from_db()
        assert demands.unmet(bob) is falls
    bob.postings.update(cancelled=True)
    people.changed([bob.pk])
    bob.refresh_from_db()
    assert not demands.unmet(bob)


def test_of_who_has_no_posting_it_is_asked_only_if_of_everybody(places):
    bob = person("Bob Dupont", "bob@ac-dijon.example")
    demands.require("ENS")
    assert not demands.unmet(bob)
    demands.require()
    assert demands.unmet(bob)


def test_a_new_demand_leads_open_sessions_to_add_a_factor_and_then_lets_them_go_on(ada):
    browser = signed_in(MAIL)
    assert browser.get("/f/").status_code == 302
    demands.require("DIR")
    for address in ("/", "/f/", "/me", "/me/devices/new", "/search?q=a"):
        answer = browser.get(address)
        on = f"/me/factors?next={quote(address, safe='')}"
        assert (answer.status_code, answer.headers["Location"]) == (303, on), address
    assert "pour continuer" in page(browser.get(on))
    island = browser.post("/teams/new", {"name": "Équipe"}, headers={"accept": "application/json"})
    assert (island.status_code, "Rechargez la page" in island.json()["sentence"]) == (403, True)
    assert browser.post("/teams/new", {"name": "Équipe"}).headers["Location"] == "/me/factors"
    link_app(browser)
    assert browser.get("/me").status_code == 200
    assert browser.get("/me/factors").headers["Location"] == "/search?q=a", "the last page that was asked for"
    assert "pour continuer" not in page(browser.get("/me/factors"))


def test_until_then_one_may_leave_and_read_what_is_open_to_all(ada):
    demands.require("DIR")
    browser = signed_in(MAIL)
    assert browser.get("/legal").status_code == 200
    assert browser.post("/logout").headers["Location"] == "/login"


def test_devices_go_on_and_a_session_opens_no_other_door(ada, rf):
    browser, secret = signed_in(MAIL), credentials.new_app_password(ada.pk, "Portable")
    demands.require("DIR")
    assert Device(login=ada.sub, secret=secret).ask("PROPFIND", f"/remote.php/dav/files/{ada.sub}/").status == 207
    request = rf.get("/remote.php/dav/")
    request.COOKIES = {name: morsel.value for name, morsel in browser.cookies.items()}
    assert caller_of(request).person is None
    demands.drop("DIR")
    assert caller_of(request).person == ada.pk


def test_a_page_costs_one_query_more_at_most(ada, django_assert_max_num_queries):
    demands.require("ENS")
    demands.unmet(ada)
    with django_assert_max_num_queries(1):
        demands.unmet(ada)


def test_who_signs_in_for_the_first_time_adds_one_first(ada):
    demands.require("DIR")
    client = Client()
    client.post("/login?next=/f/", {"login": MAIL, "password": PASSWORD})
    assert client.get("/f/").headers["Location"] == "/me/factors?next=%2Ff%2F"


def test_the_operator_requires_lists_drops_and_resets(places, ada, capsys):
    def said(*words):
        call_command("mfa", *words)
        return capsys.readouterr().out.strip()

    assert said("require", "--function", "dir", "--structure", "DIJON") == "Second factor required: DIR, Dijon."
    assert "already" in said("require", "--function", "DIR", "--structure", "07")
    assert said("require", "--everybody") == "Second factor required: all functions, everywhere."
    assert said("list").splitlines() == ["DIR, Dijon", "all functions, everywhere"]
    said("drop", "--everybody")
    said("drop", "--function", "DIR", "--structure", "DIJON")
    assert said("list") == ""
    browser = signed_in(MAIL)
    link_app(browser)
    assert said("reset", MAIL) == "Ada Lovelace has no second factor any more and is signed out."
    assert browser.get("/me").status_code == 302
    assert said("reset", MAIL) == "Ada Lovelace had none."


@pytest.mark.parametrize(
    "words",
    [
        ("require",),
        ("require", "--everybody", "--function", "DIR"),
        ("drop", "--function", "ENS"),
        ("require", "--structure", "ATLANTIS"),
        ("reset", "nobody@ac-dijon.example"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(places, words):
    with pytest.raises(CommandError):
        call_command("mfa", *words)


def test_what_was_not_asked_cannot_be_dropped(places):
    with pytest.raises(NotFound):
        demands.drop("DIR")
