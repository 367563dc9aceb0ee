"""SCIM 2.0: the rules of any feed behind it, and what the protocol promises. 54: its edge cases."""

import io
import json
from importlib import import_module
from urllib.parse import urlencode

import pytest
from django.apps import apps as django_apps
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import CommandError, call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import Status, check_server

from cartable.identity import people, structures
from cartable.identity.feeds import leaving
from cartable.identity.feeds.models import Feed, MatchCase, PersonKey, ScimResource, ScimToken
from cartable.identity.feeds.users import SCHEMA
from cartable.identity.models import Address, Membership, Person, Posting
from cartable.identity.scim import tokens, weighing
from cartable.kernel import clock, sealing
from cartable.options import public_url
from tests.identity.feeds.written import AMPERE, BUFFON, CARNOT
from tests.worlds import academies

pytestmark = pytest.mark.django_db
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


@pytest.fixture(autouse=True)
def places():
    academies()


class Source:
    """A directory with its token."""

    def __init__(self, label="DIJON"):
        self.browser = Client()
        self.headers = {"authorization": f"Bearer {tokens.add(label, ask=lambda _: True)}"}

    def __call__(self, method, path, body=None, **headers):
        content = None if body is None else json.dumps(body)
        answer = self.browser.generic(
            method, f"/scim/v2{path}", content or "", "application/scim+json", headers={**self.headers, **headers}
        )
        return answer.status_code, json.loads(answer.content) if answer.content else None


@pytest.fixture
def dijon():
    return Source()


def user(**more):
    agent = {"nationalId": "07E9501234ABC", "birthDate": "1967-08-07", "postings": [posting()]}
    return {
        "schemas": [USER, SCHEMA],
        "userName": "amartin",
        "externalId": "1001",
        "name": {"familyName": "Martin", "givenName": "Alice"},
        "emails": [{"value": "Alice.Martin@ac-dijon.fr", "primary": True}],
        SCHEMA: agent,
        **more,
    }


def posting(**more):
    return {"value": "p1", "uai": CARNOT, "structure": "Lycée Carnot", "function": "ENS", "start": "2026-09-01", **more}


def held():
    return [(one.structure.code, one.function, one.end is None) for one in Posting.objects.order_by("pk")]


def test_a_user_arrives_moves_and_leaves(dijon):
    status, made = dijon("POST", "/Users", user())
    assert status == 201
    assert people.find("alice.martin@ac-dijon.fr").name == "Alice Martin"
    assert held() == [(CARNOT, "ENS", True)]
    agent = user()[SCHEMA] | {"postings": [posting(uai=BUFFON, structure="Lycée Buffon", start="2026-10-01")]}
    status, _ = dijon("PUT", f"/Users/{made['id']}", user(**{SCHEMA: agent}))
    assert status == 200
    assert held() == [(CARNOT, "ENS", False), (BUFFON, "ENS", True)]
    assert dijon("DELETE", f"/Users/{made['id']}")[0] == 204
    assert [current for *_, current in held()] == [False, False]
    assert Person.objects.get().is_active
    assert dijon("GET", f"/Users/{made['id']}")[0] == 404


def test_two_postings_in_one_school_may_name_it_otherwise(dijon):
    agent = user()[SCHEMA] | {"postings": [posting(), posting(value="p2", function="DOC", structure="Cité Carnot")]}
    assert dijon("POST", "/Users", user(**{SCHEMA: agent}))[0] == 201
    assert sorted(held()) == [(CARNOT, "DOC", True), (CARNOT, "ENS", True)]
    assert structures.school(CARNOT).name == "Cité Carnot"


def test_a_national_identifier_finds_who_is_known(dijon):
    dijon("POST", "/Users", user())
    lyon = Source("LYON")
    assert lyon("POST", "/Users", user(emails=[{"value": "alice@ac-lyon.fr"}]))[0] == 201
    assert Person.objects.count() == 1
    assert not MatchCase.objects.exists()
    assert people.find("alice@ac-lyon.fr") == people.find("alice.martin@ac-dijon.fr")


@pytest.mark.django_db(databases="__all__")  # that of pads too, where it is another
def test_a_national_identifier_is_told_to_its_source_and_kept_in_clear_nowhere(dijon):
    _, made = dijon("POST", "/Users", user())
    number = user()[SCHEMA]["nationalId"]
    kept = [one for model in django_apps.get_models() for one in model.objects.values_list()]
    assert kept
    assert number not in repr(kept)
    assert dijon("GET", f"/Users/{made['id']}")[1][SCHEMA]["nationalId"] == number
    assert dijon("PATCH", f"/Users/{made['id']}", change("title", "Professeure"))[0] in {200, 204}
    assert dijon("GET", f"/Users/{made['id']}")[1][SCHEMA]["nationalId"] == number
    ScimResource.objects.update(sealed=sealing.seal(number, "under another key"))
    assert "nationalId" not in dijon("GET", f"/Users/{made['id']}")[1][SCHEMA]


def test_resources_that_were_kept_in_clear_are_sealed_and_back(dijon):
    _, made = dijon("POST", "/Users", user(externalId=None))
    before = ScimResource.objects.values_list("document", "digest", "sealed").get()
    step = import_module("cartable.identity.feeds.migrations.0006_sealed_resources")
    step.unseal(django_apps, None)
    assert ScimResource.objects.get().document[SCHEMA]["nationalId"] == user()[SCHEMA]["nationalId"]
    ScimResource.objects.update(sealed="", digest=None)
    step.seal(django_apps, None)
    assert ScimResource.objects.values_list("document", "digest").get() == before[:2]
    assert dijon("GET", f"/Users/{made['id']}")[1][SCHEMA] == made[SCHEMA]


def without_number(**more):
    return user(**{SCHEMA: {"postings": [posting()], "birthDate": "1967-08-07"}, **more})


def test_who_is_deleted_and_stated_again_is_who_they_were(dijon):
    _, made = dijon("POST", "/Users", without_number())
    alice = Person.objects.get()
    assert dijon("DELETE", f"/Users/{made['id']}")[0] == 204
    _, again = dijon("POST", "/Users", without_number(name={"familyName": "Durand", "givenName": "Alice"}))
    assert Person.objects.get() == alice
    assert Person.objects.get().name == "Alice Durand"
    assert again["id"] != made["id"]
    assert held()[-1] == (CARNOT, "ENS", True)


def test_an_external_id_that_others_bear_means_only_one(dijon):
    _, made = dijon("POST", "/Users", without_number())
    assert dijon("PATCH", f"/Users/{made['id']}", change("externalId", "2002"))[0] in {200, 204}
    bob = {
        "name": {"familyName": "Dupont", "givenName": "Bob"},
        "userName": "bob",
        "emails": [{"value": "bob@ac-dijon.fr"}],
    }
    assert dijon("POST", "/Users", without_number(**bob, **{SCHEMA: {"birthDate": "1980-01-01"}}))[0] == 201
    assert {one.name for one in Person.objects.all()} == {"Alice Martin", "Bob Dupont"}


def test_an_external_id_that_comes_back_for_another_human_is_not_who_it_meant(dijon):
    _, made = dijon("POST", "/Users", without_number())
    alice = Person.objects.get()
    dijon("DELETE", f"/Users/{made['id']}")
    other = {"name": {"familyName": "Petit", "givenName": "Zoé"}, SCHEMA: {"birthDate": "1990-01-01"}, "emails": []}
    status, again = dijon("POST", "/Users", user(**other))
    assert status == 201
    zoe = Person.objects.exclude(pk=alice.pk).get()
    assert zoe.name == "Zoé Petit"
    body = {"schemas": [GROUP], "displayName": "Conseil", "members": [{"value": again["id"]}]}
    assert dijon("POST", "/Groups", body)[0] == 201
    assert Membership.objects.get().person == zoe


def test_a_resource_is_erased_with_its_person_whatever_address_it_states(dijon):
    dijon("POST", "/Users", user())
    alice = Person.objects.get()
    assert [one["userName"] for one in exported(alice)] == ["amartin"]
    Address.objects.filter(person=alice).update(mail="alice@elsewhere.example")
    leaving.erase(alice.pk)
    assert not ScimResource.objects.exists()


def exported(person):
    return next(list(sheet.rows) for sheet in leaving.export(person.pk) if sheet.name == "scim")


def change(path, value):
    operation = {"op": "replace", "path": path, "value": value}
    return {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}


def test_who_may_be_known_is_proposed(dijon):
    dijon("POST", "/Users", user())
    agent = user()[SCHEMA] | {"nationalId": ""}
    Source("LYON")("POST", "/Users", user(emails=[], **{SCHEMA: agent}))
    assert MatchCase.objects.get().rule == "R3"


@pytest.mark.parametrize("path", ["active", "Active", "ACTIVE", f"{USER}:aCTIVE", f"{USER.upper()}:active"])
def test_54_inactive_ends_postings_in_whatever_case_its_path_is_written(dijon, path):
    _, made = dijon("POST", "/Users", user())
    assert dijon("PATCH", f"/Users/{made['id']}", change(path, value=False))[0] == 204
    assert [current for *_, current in held()] == [False]
    assert dijon("GET", f"/Users/{made['id']}")[1]["active"] is False


@pytest.mark.parametrize("path", ["name.familyName", "NAME.FAMILYNAME", "Name.familyname"])
def test_54_so_is_a_part_of_an_attribute(dijon, path):
    _, made = dijon("POST", "/Users", user())
    assert dijon("PATCH", f"/Users/{made['id']}", change(path, "Durand"))[0] in {200, 204}
    assert people.find("alice.martin@ac-dijon.fr").name == "Alice Durand"
    assert dijon("GET", f"/Users/{made['id']}")[1]["name"] == {"familyName": "Durand", "givenName": "Alice"}


def test_54_who_is_deleted_while_active_leaves_and_is_kept(dijon):
    _, made = dijon("POST", "/Users", user(active=True))
    alice = people.find("alice.martin@ac-dijon.fr")
    assert made["active"] is True
    for status in (204, 404):
        assert dijon("DELETE", f"/Users/{made['id']}")[0] == status
    assert dijon("GET", f"/Users/{made['id']}")[0] == 404
    assert dijon("GET", "/Users")[1]["totalResults"] == 0
    assert [current for *_, current in held()] == [False]
    alice.refresh_from_db()
    assert (alice.is_active, alice.left_on, alice.erased_at) == (True, clock.today(), None)
    assert people.find("alice.martin@ac-dijon.fr") == alice, "she signs in, and takes away what is hers"


def test_who_is_inactive_and_active_again_is_written_to_where_they_work(dijon):
    """Two academies state her: the one that speaks is that whose current posting began last."""
    here, there = "alice.martin@ac-dijon.fr", "alice.martin@ac-lyon.fr"
    _, old = dijon("POST", "/Users", user())
    lyon, works = Source("LYON"), posting(uai=AMPERE, structure="Lycée Ampère", start="2026-10-01")
    agent = user()[SCHEMA] | {"postings": [works]}
    _, new = lyon("POST", "/Users", user(emails=[{"value": there, "primary": True}], **{SCHEMA: agent}))
    (alice,) = Person.objects.all()

    def main(source=None, made=new, *, active=True):
        if source:
            assert source("PATCH", f"/Users/{made['id']}", change("active", value=active))[0] in {200, 204}
        return people.primary_mail(alice.pk)

    assert main() == there
    assert main(lyon, new, active=False) == here
    assert main(lyon, new, active=True) == there
    assert main(dijon, old, active=False) == there
    assert main(dijon, old, active=True) == there, "it speaks of an earlier posting"
    assert Address.objects.filter(person=alice, primary=True).count() == 1


def test_54_an_unknown_filter_is_refused(dijon):
    dijon("POST", "/Users", user())
    status, error = dijon("GET", '/Users?filter=title eq "x"')
    assert (status, error["schemas"], error["scimType"]) == (400, [ERROR], "invalidFilter")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('userName eq "AMARTIN"', 1),
        ('externalId eq "1001"', 1),
        ('externalId eq "1002"', 0),
        ('emails.value eq "alice.martin@ac-dijon.fr"', 1),
        ('emails eq "nobody@ac-dijon.fr"', 0),
        ('userName sw "am" and active eq true', 0),
        ('not (userName eq "other")', 1),
        ('meta.lastModified gt "2020-01-01T00:00:00Z"', 1),
    ],
)
def test_filters_are_answered_by_the_database(dijon, text, found):
    dijon("POST", "/Users", user())
    status, page = dijon("GET", f"/Users?filter={text}")
    assert (status, page["totalResults"]) == (200, found)


def test_54_another_version_than_expected_is_refused(dijon):
    _, made = dijon("POST", "/Users", user())
    tag = made["meta"]["version"]
    assert dijon("PUT", f"/Users/{made['id']}", user(title="A"), **{"if-match": tag})[0] == 200
    for method, body in (("PUT", user(title="B")), ("PATCH", change("title", "B")), ("DELETE", None)):
        assert dijon(method, f"/Users/{made['id']}", body, **{"if-match": tag})[0] == 412
    assert ScimResource.objects.get().document["title"] == "A"


def test_54_a_bulk_that_fails_in_part_does_the_rest(dijon):
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": user()},
        {"method": "POST", "path": "/Users", "bulkId": "b", "data": user(userName="other")},
        {"method": "POST", "path": "/Users", "bulkId": "c", "data": user(userName="bob", externalId="1002", emails=[], name={"familyName": "Dupont", "givenName": "Bob"}, **{SCHEMA: {"postings": []}})},
    ]  # fmt: skip
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations}
    status, answer = dijon("POST", "/Bulk", body)
    assert (status, [one["status"] for one in answer["Operations"]]) == (200, ["201", "409", "201"])
    assert {one.name for one in Person.objects.all()} == {"Alice Martin", "Bob Dupont"}


def test_54_the_same_post_again_is_a_conflict(dijon):
    dijon("POST", "/Users", user())
    status, error = dijon("POST", "/Users", user(userName="other"))
    assert (status, error["scimType"]) == (409, "uniqueness")
    assert (Person.objects.count(), ScimResource.objects.count()) == (1, 1)


def test_a_token_opens_what_its_source_states_and_nothing_else(dijon):
    _, made = dijon("POST", "/Users", user())
    lyon = Source("LYON")
    assert lyon("GET", f"/Users/{made['id']}")[0] == 404
    assert lyon("DELETE", f"/Users/{made['id']}")[0] == 404
    assert lyon("GET", "/Users")[1]["totalResults"] == 0
    lyon.headers = {}
    for method, path in (("GET", "/Users"), ("POST", "/Users"), ("DELETE", f"/Users/{made['id']}")):
        assert lyon(method, path, user() if method == "POST" else None)[0] == 401
    lyon.headers = {"authorization": "Bearer wrong"}
    assert lyon("GET", "/Users")[0] == 401
    assert lyon("GET", "/ServiceProviderConfig")[0] == 200
    call_command("scim", "token", "revoke", "DIJON")
    assert dijon("GET", "/Users")[0] == 401


@pytest.mark.parametrize(("label", "near"), [("DIJONN", " (is it DIJON?)"), ("Mon RH", "")])
def test_a_token_of_a_source_that_may_be_mistyped_is_asked_about(db, label, near):
    structures.load()
    with pytest.raises(CommandError) as refusal:
        call_command("scim", "token", "add", label)
    why = f"would be the first of a source {label!r}, which is no academy{near}"
    assert str(refusal.value) == f"No token was made: it {why}. If that is true, say --yes."
    assert not Feed.objects.exists()
    call_command("scim", "token", "add", label, "--yes", stdout=io.StringIO())
    call_command("scim", "token", "add", label, stdout=io.StringIO())  # known by now
    call_command("scim", "token", "add", "dijon", stdout=io.StringIO())
    assert ScimToken.objects.count() == 3


@pytest.mark.parametrize("body", ["{", "[]", '{"schemas": []}', '"x"'])
def test_bad_input_gets_an_error_of_the_protocol(dijon, body):
    answer = dijon.browser.generic("POST", "/scim/v2/Users", body, "application/scim+json", headers=dijon.headers)
    assert (answer.status_code, json.loads(answer.content)["schemas"]) == (400, [ERROR])
    assert not Person.objects.exists()


@pytest.mark.parametrize(
    "more",
    [
        {"userName": "x" * 256},
        {"externalId": "x" * 256},
        {"title": "a\0b"},
        {"emails": [{"value": "\0"}]},
    ],
    ids=str,
)
def test_what_no_database_keeps_is_refused(dijon, more):
    status, error = dijon("POST", "/Users", user(**more))
    assert (status, error["schemas"], error["scimType"]) == (400, [ERROR], "invalidValue")
    assert not Person.objects.exists()


@pytest.mark.parametrize(
    "more",
    [{"name": "x"}, {"emails": ["x"]}, {"active": "maybe"}, {SCHEMA: "x"}, {SCHEMA: {"postings": ["x"]}}],
    ids=str,
)
def test_what_is_of_another_shape_is_refused(dijon, more):
    status, error = dijon("POST", "/Users", user(**more))
    assert (status, error["schemas"], error["scimType"]) == (400, [ERROR], "invalidValue")
    assert not Person.objects.exists()


def test_half_a_character_is_refused(dijon):
    for more in ({"userName": "a\ud800"}, {SCHEMA: {"postings": [posting(structure="\udfff")]}}):
        status, error = dijon("POST", "/Users", user(**more))
        assert (status, error["schemas"]) == (400, [ERROR])
        assert error["scimType"] in {"invalidSyntax", "invalidValue"}  # RFC 8259 §8.2: whoever reads JSON may refuse it
    assert not Person.objects.exists()


@pytest.mark.parametrize("text", ["\\u0000", "\\ud800", "\0"], ids=ascii)
@pytest.mark.parametrize("path", ["userName", "externalId", "emails.value", "id"])
def test_a_filter_by_what_is_no_text_is_refused_or_finds_nobody(dijon, path, text):
    dijon("POST", "/Users", user())
    status, answer = dijon("GET", "/Users?" + urlencode({"filter": f'{path} eq "{text}"'}))
    assert (status, answer.get("scimType", answer.get("totalResults"))) in {(400, "invalidFilter"), (200, 0)}


def test_a_file_of_users_is_a_feed_like_any(tmp_path, capsys):
    path = tmp_path / "users.json"
    path.write_text(json.dumps({"Resources": [user()], "totalResults": 1}))
    for counts in ({"arrived": 1}, {}):
        call_command("directory", "import", str(path), "--source", "DIJON", "--format", "scim", "--json")
        told = json.loads(capsys.readouterr().out)
        assert {what: told[what] for what in ("arrived", "refused") if told[what]} == counts
    assert held() == [(CARNOT, "ENS", True)]
    assert PersonKey.objects.filter(kind="national").count() == 1
    assert structures.school(CARNOT).name == "Lycée Carnot"


@pytest.fixture
def one_connection():
    """Requests that come from elsewhere than Django's own client leave the connection of the test open."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def test_scim2_tester_is_content(one_connection):
    token = tokens.add("HR", ask=lambda _: True)
    weighing.allow("HR", weighing.HOUR)  # it ends all it states
    headers = {"Authorization": f"Bearer {token}"}
    client = WSGISCIMClient(WSGIHandler(), f"{public_url()}/scim/v2", headers)
    results = check_server(client)
    failed = [one.reason.split("\n")[0] for one in results if one.status not in {Status.SUCCESS, Status.SKIPPED}]
    postings = f"Attribute '{SCHEMA}:postings' was not added or has unexpected value"
    assert set(failed) <= {
        postings
    }  # it adds to a list that it filled before, and expects one value: RFC 7644 §3.5.2.1
    assert sum(one.status == Status.SUCCESS for one in results) >= 150
