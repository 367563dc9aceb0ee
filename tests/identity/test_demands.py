"""Second factors that are required: of whom, and what they may do until they have one."""

from datetime import UTC, date, datetime
from urllib.parse import quote

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.test import Client

from cartable.identity import credentials, demands, people, postings, roles, structures
from cartable.identity.delegations import Role
from cartable.identity.models import Address, Demand
from cartable.identity.requests import caller_of
from cartable.kernel import clock
from cartable.kernel.errors import BadInput, Denied, NotFound
from tests.drive.wire import Device
from tests.identity.test_factors import link_app
from tests.identity.test_pages import PASSWORD, page, signed_in
from tests.offices import DAY
from tests.options import having
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


def test_it_is_asked_once_in_the_same_words(places):
    _dijon, _lyon, carnot = places
    for where in (carnot, None):
        assert demands.require("DIR", where)
        assert not demands.require("dir", where)
        assert demands.require("ENS", where)
        with pytest.raises(IntegrityError), transaction.atomic():
            Demand.objects.create(function="DIR", structure=where)
    assert Demand.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_what_was_asked_twice_by_two_at_once_is_kept_once_from_this_version_on():
    dijon, lyon = academies()
    before = "identity", "0011_addresses_claimed_and_to_come"
    asked = [("DIR", dijon), ("DIR", dijon), ("DIR", None), ("DIR", lyon), ("DIR", None), ("", None), ("ENS", dijon)]
    try:
        MigrationExecutor(connection).migrate([before])
        rows = [Demand.objects.create(function=function, structure=where).pk for function, where in asked]
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
    kept = list(Demand.objects.order_by("pk").values_list("pk", flat=True))
    assert kept == [row for number, row in enumerate(rows) if number not in {1, 4}]
    assert not demands.require("DIR", dijon)


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


# Of who has a role


EVERY_ROLE = {
    "head", "deputy", "school-desk", "elsewhere", "rector", "admin", "support", "dpo", "auditor", "national", "nation-auditor", "nation-dpo",
}  # fmt: skip
OF_DIJON = EVERY_ROLE - {"elsewhere", "national", "nation-auditor", "nation-dpo"}


@pytest.mark.parametrize(
    ("role", "where", "falls"),
    [
        ("@ANY", None, EVERY_ROLE),
        ("@any", "dijon", OF_DIJON),
        ("@ANY", "carnot", {"head", "deputy", "school-desk"}),
        ("@ADMIN", "dijon", {"head", "deputy", "rector", "admin"}),
        ("@ADMIN", "lyon", {"elsewhere"}),
        ("@SUPPORT", "dijon", {"school-desk", "support"}),
        ("@DPO", None, {"dpo", "nation-dpo"}),
        ("@AUDITOR", "dijon", {"auditor"}),
        ("@AUDITOR", "ministry", {"auditor", "nation-auditor"}),
    ],
)
def test_it_falls_on_who_has_a_role_in_a_structure_or_below_and_on_nobody_else(offices, role, where, falls):
    demands.require(role, getattr(offices, where) if where else None)
    everybody = [one.removesuffix("@ac-dijon.example") for one in Address.objects.values_list("mail", flat=True)]
    assert {name for name in everybody if demands.unmet(offices.person(name))} == falls


def test_it_begins_and_ends_with_the_role_also_where_its_giver_leaves(offices):
    demands.require("@SUPPORT", offices.dijon)
    assert not demands.unmet(offices.person("teacher"))
    given = roles.give(
        offices.actor("admin"), offices.person("teacher"), Role.SUPPORT, offices.carnot, until=clock.today() + 9 * DAY
    )
    assert demands.unmet(offices.person("teacher"))
    postings.end(offices.person("admin").postings.get())
    assert not demands.unmet(offices.person("teacher")), "it is worth nothing, so nothing is asked"
    roles.end(None, given.pk)
    assert not demands.unmet(offices.person("teacher"))


def test_a_demand_of_a_role_leads_open_sessions_to_add_a_factor_and_shuts_their_other_doors(offices, rf):
    browser, other = offices.browse("support"), offices.browse("teacher")
    assert browser.get("/admin/people").status_code == 200
    demands.require("@SUPPORT", offices.dijon)
    for address in ("/admin/people", "/f/", "/me"):
        assert browser.get(address).headers["Location"].startswith("/me/factors"), address
    request = rf.get("/remote.php/dav/")
    request.COOKIES = {name: morsel.value for name, morsel in browser.cookies.items()}
    assert caller_of(request).person is None
    assert other.get("/me").status_code == 200
    link_app(browser)
    assert browser.get("/admin/people").status_code == 200


def test_a_role_that_is_given_while_its_holder_is_signed_in_asks_at_once(offices):
    demands.require("@ANY")
    browser = offices.browse("teacher")
    assert browser.get("/me").status_code == 200
    roles.give(None, offices.person("teacher"), Role.AUDITOR, offices.carnot)
    assert browser.get("/me").headers["Location"].startswith("/me/factors")


def test_an_option_asks_it_of_all_roles_of_the_site_and_of_nobody_else(offices, monkeypatch):
    head, teacher = offices.browse("head"), offices.browse("teacher")
    assert head.get("/admin").status_code == 200
    monkeypatch.setattr(demands, "options", having(role_factors=1))
    assert head.get("/admin").headers["Location"].startswith("/me/factors")
    assert teacher.get("/me").status_code == 200
    assert demands.unmet(offices.person("auditor"))
    link_app(head)
    assert head.get("/admin").status_code == 200


def test_who_administers_demands_it_of_roles_there_and_nowhere_else(offices):
    admin = offices.browse("admin")
    form = {"structure": "0210015C", "function": "@SUPPORT"}
    assert admin.post("/admin/demands", form).status_code == 303
    assert demands.unmet(offices.person("school-desk"))
    assert not demands.unmet(offices.person("support")), "that role is above the school"
    assert "Assistance" in admin.get("/admin/demands").content.decode()
    for name, structure in (("admin", offices.lyon), ("head", offices.dijon), ("support", offices.carnot)):
        with pytest.raises(Denied):
            demands.require("@ANY", structure, by=offices.actor(name))
    with pytest.raises(Denied):
        demands.drop("@SUPPORT", offices.carnot, by=offices.actor("elsewhere"))
    assert Demand.objects.count() == 1


@pytest.mark.parametrize("role", ["@", "@EMPEROR", "@ADMIN "])
def test_a_role_there_is_not_is_not_demanded(offices, role):
    with pytest.raises(BadInput):
        demands.require(role)


def test_who_has_no_role_costs_no_query_for_it_and_a_head_one(offices, django_assert_num_queries):
    demands.require("@DPO", offices.lyon)
    teacher, head = offices.person("teacher"), offices.person("head")
    for one in (teacher, head):
        demands.unmet(one)
    with django_assert_num_queries(1):
        assert not demands.unmet(teacher)
    with django_assert_num_queries(1):
        assert not demands.unmet(head)
    demands.require("@ADMIN", offices.lyon)
    with django_assert_num_queries(2):
        assert not demands.unmet(head)


def test_the_operator_demands_it_of_a_role(offices, capsys):
    def said(*words):
        call_command("mfa", *words)
        return capsys.readouterr().out.strip()

    assert said("require", "--role", "admin", "--structure", "DIJON") == "Second factor required: role admin, Dijon."
    assert said("require", "--role", "any") == "Second factor required: role any, everywhere."
    assert said("list").splitlines() == ["role admin, Dijon", "role any, everywhere"]
    said("drop", "--role", "any")
    assert said("list") == "role admin, Dijon"
    for words in (("--role", "emperor"), ("--role", "any", "--function", "DIR"), ("--role", "any", "--everybody")):
        with pytest.raises(CommandError):
            call_command("mfa", "require", *words)


def test_a_function_there_is_not_is_refused_for_it_would_protect_nobody(db):
    for slip in ("DRI", "@", "@HEAD", "DIRE"):
        with pytest.raises(BadInput):
            demands.require(slip)
    with pytest.raises(CommandError, match="DRI is the code of no function"):
        call_command("mfa", "require", "--function", "dri")
    assert demands.made() == []
