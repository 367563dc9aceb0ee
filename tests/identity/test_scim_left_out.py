"""What SCIM refuses, all of it at once, and what it takes and leaves out, which each answer to a write says (decision 20)."""

import logging

import pytest

from cartable.identity import people, structures
from cartable.identity.feeds.models import ScimResource
from cartable.identity.feeds.users import SCHEMA
from cartable.identity.functions import PROFILE_OF
from cartable.identity.models import Person
from tests.identity.feeds.written import BUFFON, CARNOT
from tests.identity.test_scim import ERROR, Source, change, held, posting, user
from tests.worlds import academies

pytestmark = pytest.mark.django_db
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
MAILBOX = [{"value": "ce.0210015c@ac-dijon.fr"}]


@pytest.fixture
def dijon():
    academies()
    return Source()


def bulk(source, *operations):
    """Return what each operation of a bulk request is answered."""
    status, answer = source("POST", "/Bulk", {"schemas": [BULK], "Operations": operations})
    assert status == 200
    return answer["Operations"]


@pytest.mark.parametrize(
    ("agent", "path", "why"),
    [
        ({"birthDate": "1967-02-30"}, "birthDate", "'1967-02-30' is no day: write it as 2026-09-01"),
        ({"birthDate": "07/08/1967"}, "birthDate", "'07/08/1967' is no day: write it as 2026-09-01"),
        ({"postings": [posting(function="XYZ")]}, "postings[0].function", "function code 'XYZ' is unknown"),
        ({"postings": [posting(), posting(start="soon")]}, "postings[1].start", "'soon' is no day"),
        ({"postings": [posting(end="2026-13-01")]}, "postings[0].end", "'2026-13-01' is no day"),
        ({"postings": [posting(end="2025-01-01")]}, "postings[0].end", "end 2025-01-01 is before start 2026-09-01"),
        ({"postings": [posting(uai=BUFFON, structure="")]}, f'postings[uai eq "{BUFFON}"].uai', "is a school that nobody knows"),
        ({"postings": [posting(uai="21", structure="X")]}, 'postings[uai eq "21"].uai', "is a school that nobody knows"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "Bulk"])
def test_what_nothing_is_is_refused_by_its_path_and_nothing_changes(dijon, method, agent, path, why):
    at, stated = "/Users", user(**{SCHEMA: user()[SCHEMA] | agent})
    if method != "POST":
        at = f"/Users/{dijon('POST', '/Users', user())[1]['id']}"
    before = list(ScimResource.objects.values()), held(), Person.objects.count()
    if method == "Bulk":
        done = bulk(dijon, {"method": "PUT", "path": at, "data": stated})[0]
        status, error = int(done["status"]), done["response"]
    else:
        body = change(f"{SCHEMA}:{next(iter(agent))}", next(iter(agent.values()))) if method == "PATCH" else stated
        status, error = dijon(method, at, body)
    assert (status, error["schemas"], error["scimType"]) == (400, [ERROR], "invalidValue")
    assert error["detail"].startswith(f"{SCHEMA}:{path}: ")
    assert why in error["detail"]
    assert (list(ScimResource.objects.values()), held(), Person.objects.count()) == before


def test_all_that_is_wrong_with_a_user_is_told_at_once(dijon):
    nowhere = posting(uai=BUFFON, structure="")
    agent = {"birthDate": "never", "postings": [posting(function="XYZ", start="soon"), nowhere]}
    for method, path in (("POST", "/Users"), ("PUT", f"/Users/{dijon('POST', '/Users', user())[1]['id']}")):
        detail = dijon(method, path, user(userName="other", externalId="2", **{SCHEMA: agent}))[1]["detail"]
        told = dict(part.split(": ", 1) for part in detail.split("; "))
        assert list(told) == [
            f"{SCHEMA}:birthDate", f"{SCHEMA}:postings[0].start", f"{SCHEMA}:postings[0].function",
            f'{SCHEMA}:postings[uai eq "{BUFFON}"].uai',
        ]  # fmt: skip
        assert told[f"{SCHEMA}:postings[0].function"] == "function code 'XYZ' is unknown"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "PATCH without a path", "Bulk"])
@pytest.mark.parametrize(
    ("path", "value", "stated"),
    [
        ("active", "maybe", {"active": "maybe"}),
        ("name.familyName", {}, {"name": {"familyName": {}}}),
        (f"{SCHEMA}:birthDate", {}, {SCHEMA: {"birthDate": {}}}),
    ],
)
def test_a_value_of_another_kind_is_refused_by_its_path_and_without_the_words_of_a_library(
    dijon, method, path, value, stated
):
    at = f"/Users/{dijon('POST', '/Users', user())[1]['id']}"
    body = change(path, value)
    if method == "PATCH without a path":
        body["Operations"][0] = {"op": "replace", "value": stated}
    if method == "Bulk":
        error = bulk(dijon, {"method": "PATCH", "path": at, "data": body})[0]["response"]
    elif method.startswith("PATCH"):
        error = dijon("PATCH", at, body)[1]
    else:
        error = dijon(method, "/Users" if method == "POST" else at, user(**stated))[1]
    assert (error["status"], error["scimType"]) == ("400", "invalidValue")
    assert error["detail"].endswith(f": {path}")
    assert not [word for word in ("pydantic", "http", "validation error", "User[", "\n") if word in error["detail"]]


def test_no_name_is_shown_turned_round(dijon):
    """Neither by what turns the writing, nor with what has no width."""
    _, made = dijon("POST", "/Users", user())
    status, answer = dijon("PATCH", f"/Users/{made['id']}", change("name.familyName", "\u202eDu\u200bpont\u2069"))
    left_out = f"marks that are not seen, in a name of {made['id']}: left out"
    assert (status, answer[SCHEMA]["leftOut"]) == (200, left_out)
    assert Person.objects.get().name == "Alice Dupont"


def test_who_is_gone_is_gone_whatever_else_is_stated(dijon):
    """Their directory may know them by codes of former days: it says that they left."""
    _, made = dijon("POST", "/Users", user())
    wrong = user()[SCHEMA] | {"postings": [posting(function="XYZ")]}
    assert dijon("PUT", f"/Users/{made['id']}", user(active=False, **{SCHEMA: wrong}))[0] == 200
    assert held() == [(CARNOT, "ENS", False)]


def test_the_codes_of_functions_are_published(dijon):
    _, listed = dijon("GET", f"/Schemas/{SCHEMA}")
    postings = next(one for one in listed["attributes"] if one["name"] == "postings")
    function = next(one for one in postings["subAttributes"] if one["name"] == "function")
    assert function["canonicalValues"] == sorted(PROFILE_OF)
    assert dijon("POST", "/Users", user(**{SCHEMA: {"postings": [posting(function="ens")]}}))[0] == 201, "in any case"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"name": None}, "has no name"),
        ({"emails": MAILBOX}, "is the mailbox of a school, not of a person: left out"),
    ],
    ids=["no name", "the mailbox of a school"],
)
def test_what_is_kept_and_changes_nobody_is_said_in_the_answer(dijon, caplog, more, why):
    status, made = dijon("POST", "/Users", user(**more))
    assert status == 201
    assert made[SCHEMA]["leftOut"].endswith(why)
    assert why in caplog.text
    assert "leftOut" not in dijon("GET", f"/Users/{made['id']}")[1][SCHEMA]
    again = dijon("PUT", f"/Users/{made['id']}", user(**more))[1]
    assert again == made, "what is left out is of what was sent, and nothing else changed"
    assert "leftOut" not in dijon("PUT", f"/Users/{made['id']}", user())[1][SCHEMA], "now it holds"
    assert people.find("alice.martin@ac-dijon.fr").name == "Alice Martin"


def test_a_user_that_becomes_somebody_else_changes_nobody_and_is_told_so(dijon):
    _, made = dijon("POST", "/Users", user())
    other = {"name": {"familyName": "Petit", "givenName": "Zoé"}, SCHEMA: {"birthDate": "1990-01-01"}}
    status, told = dijon("PUT", f"/Users/{made['id']}", user(**other))
    assert status == 200
    assert told[SCHEMA]["leftOut"].endswith("was another person's: names and birth date all differ")
    assert Person.objects.get().name == "Alice Martin"


def test_a_patch_of_which_something_is_left_out_says_so(dijon):
    _, made = dijon("POST", "/Users", user())
    path = f"/Users/{made['id']}"
    assert dijon("PATCH", path, change("title", "Professeure")) == (204, None)
    status, told = dijon("PATCH", path, change("emails", MAILBOX))
    assert (status, told["id"], told["emails"][0]["value"]) == (200, made["id"], MAILBOX[0]["value"])
    assert "is the mailbox of a school" in told[SCHEMA]["leftOut"]
    assert told["meta"]["version"] == dijon("GET", path)[1]["meta"]["version"] != made["meta"]["version"]
    assert dijon("PATCH", path, change("emails", user()["emails"])) == (204, None)


def test_patches_that_complete_a_user_are_told_nothing_but_what_they_ask(dijon):
    _, made = dijon("POST", "/Users", user(name=None))
    path = f"/Users/{made['id']}"
    assert dijon("PATCH", path, change("title", "Professeure")) == (204, None)
    status, told = dijon("PATCH", f"{path}?attributes={SCHEMA}:leftOut", change("title", "Proviseure"))
    assert status == 200
    assert told[SCHEMA]["leftOut"].endswith("has no name")
    assert dijon("PATCH", path, change("name", user()["name"])) == (204, None)
    assert people.find("alice.martin@ac-dijon.fr").name == "Alice Martin"


def test_a_bulk_of_which_something_is_left_out_says_so_of_each(dijon):
    _, made = dijon("POST", "/Users", user())
    at = {"path": f"/Users/{made['id']}"}
    answers = bulk(
        dijon,
        {"method": "PATCH", "data": change("emails", MAILBOX), **at},
        {"method": "PUT", "data": user(), **at},
        {"method": "PUT", "data": user(emails=MAILBOX), **at},
        {"method": "POST", "path": "/Users", "bulkId": "b", "data": user(userName="b", externalId="2", name=None)},
    )
    assert [one["status"] for one in answers] == ["200", "200", "200", "201"]
    said = [one.get("response", {}).get(SCHEMA, {}).get("leftOut", "") for one in answers]
    assert ["mailbox of a school" in one for one in said] == [True, False, True, False]
    assert "response" not in answers[1]
    assert "has no name" in said[3]


def test_what_is_kept_as_it_is_stated_is_not_left_out(dijon, caplog):
    caplog.set_level(logging.WARNING, "cartable")
    odd = posting(uai="0210099Z", structure="Lycée sans clef")
    status, made = dijon("POST", "/Users", user(**{SCHEMA: user()[SCHEMA] | {"postings": [odd]}}))
    assert (status, made[SCHEMA].get("leftOut")) == (201, None)
    assert held() == [("0210099Z", "ENS", True)]
    assert "the letter does not fit the number" in caplog.text


def test_an_academy_that_a_school_is_not_in_is_left_out(dijon):
    dijon("POST", "/Users", user())
    for academy, why in (("LYON", "known in"), ("ATLANTIDE", "no academy is 'ATLANTIDE'")):
        agent = {SCHEMA: user()[SCHEMA] | {"postings": [posting(academy=academy)]}}
        status, told = dijon("PUT", f"/Users/{ScimResource.objects.get().pk}", user(**agent))
        assert status == 200
        assert why in told[SCHEMA]["leftOut"]
    assert structures.school(CARNOT).parent == structures.academy("DIJON")
