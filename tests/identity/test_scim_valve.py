"""The safety valve for SCIM: a source ends and renames no more in a day than a file may; who runs the site lets it by."""

import io
import logging
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cartable.config import doctor
from cartable.identity.feeds import valve
from cartable.identity.feeds.models import Feed, ScimHour, ScimMember, ScimResource
from cartable.identity.models import Membership, Person, Posting, Team
from cartable.identity.scim import tokens, weighing
from cartable.kernel import clock
from cartable.kernel.errors import NotFound
from cartable.kernel.models import Act
from tests.identity.feeds.written import BUFFON
from tests.identity.test_scim import ERROR, GROUP, SCHEMA, Source, posting, user
from tests.worlds import academies

pytestmark = pytest.mark.django_db
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
SUMMER, AUTUMN = datetime(2026, 7, 7, 10, tzinfo=UTC), datetime(2026, 11, 3, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def autumn(monkeypatch):
    academies()
    monkeypatch.setattr(clock, "now", lambda: AUTUMN)


@pytest.fixture
def dijon():
    return Source()


def bulk(source, operations):
    """Return the status of each operation of a bulk request, and what the last one answered."""
    status, answer = source("POST", "/Bulk", {"schemas": [BULK], "Operations": operations})
    assert status == 200
    return [one["status"] for one in answer["Operations"]], answer["Operations"][-1]


def someone(number, **more):
    agent = {"birthDate": f"19{60 + number % 40}-05-{number % 28 + 1:02}", "postings": [posting()]}
    name = {"familyName": f"Nom{number}", "givenName": f"P{number}"}
    return user(userName=f"u{number}", externalId=str(number), emails=[], name=name, **{SCHEMA: agent}, **more)


def arrivals(first, end):
    return [{"method": "POST", "path": "/Users", "bulkId": str(n), "data": someone(n)} for n in range(first, end)]


def states(source, count):
    """Let a source state some people, and return the ids of their resources."""
    assert set(bulk(source, arrivals(0, count))[0]) == {"201"}
    ids = {int(number): str(pk) for pk, number in ScimResource.objects.values_list("pk", "external")}
    return [ids[number] for number in range(count)]


def deletes(ids):
    return [{"method": "DELETE", "path": f"/Users/{one}"} for one in ids]


def inactive(one):
    return "PATCH", f"/Users/{one}", {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": False}]}  # fmt: skip


def current():
    return Posting.objects.filter(end=None).count()


def test_more_than_a_file_may_end_is_refused_and_nothing_changes(dijon, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: SUMMER)
    ids = states(dijon, 200)  # two in a hundred may end
    assert [dijon("DELETE", f"/Users/{one}")[0] for one in ids[:4]] == [204] * 4
    status, error = dijon("DELETE", f"/Users/{ids[4]}")
    assert (status, error["schemas"], error["status"]) == (403, [ERROR], "403")
    assert "within a day DIJON would end 5 of 200 postings" in error["detail"]
    assert error["detail"].endswith("lets it by: cartable scim allow DIJON")
    assert current() == 196
    assert dijon("GET", f"/Users/{ids[4]}")[0] == 200


def test_each_way_of_ending_is_weighed_and_a_few_always_pass(dijon):
    ids = states(dijon, 20)
    elsewhere = {SCHEMA: someone(2)[SCHEMA] | {"postings": [posting(uai=BUFFON, structure="Lycée Buffon")]}}
    over = {SCHEMA: someone(3)[SCHEMA] | {"postings": [posting(end="2026-11-01")]}}
    assert dijon("DELETE", f"/Users/{ids[0]}")[0] == 204
    assert dijon(*inactive(ids[1]))[0] == 204
    assert dijon("PUT", f"/Users/{ids[2]}", someone(2) | elsewhere)[0] == 200
    for method, path, body in (
        ("DELETE", f"/Users/{ids[3]}", None),
        ("PUT", f"/Users/{ids[3]}", someone(3) | over),
        ("PUT", f"/Users/{ids[3]}", someone(3, active=False)),
        inactive(ids[3]),
    ):
        before = ScimResource.objects.values().get(pk=ids[3])
        assert dijon(method, path, body)[0] == 403
        assert ScimResource.objects.values().get(pk=ids[3]) == before
    assert dijon("PUT", f"/Users/{ids[3]}", someone(3, title="Professeure"))[0] == 200, "the rest goes on"
    assert dijon("POST", "/Users", someone(99))[0] == 201
    assert dijon("DELETE", f"/Users/{ids[1]}")[0] == 204, "their postings ended before"


def test_names_are_weighed_too(dijon):
    ids = states(dijon, 20)
    renamed = [someone(n) | {"name": {"familyName": "Autre", "givenName": f"P{n}"}} for n in range(5)]
    answers = [dijon("PUT", f"/Users/{ids[n]}", renamed[n]) for n in range(4)]
    assert [status for status, _ in answers] == [200, 200, 200, 403]
    assert "would rename 4 of 20 people" in answers[3][1]["detail"]
    assert Person.objects.filter(name__contains="Autre").count() == 3
    assert dijon("DELETE", f"/Users/{ids[9]}")[0] == 204, "each is weighed by itself"


def group(ids, name="Conseil"):
    return {"schemas": [GROUP], "displayName": name, "members": [{"value": one} for one in ids]}


def forms(source, ids):
    status, made = source("POST", "/Groups", group(ids))
    assert status == 201
    return f"/Groups/{made['id']}"


def test_each_way_of_leaving_a_team_is_weighed_and_a_few_always_pass(dijon):
    ids = states(dijon, 20)
    there, small = forms(dijon, ids), forms(dijon, ids[:3])
    assert dijon("PUT", there, group(ids[1:]))[0] == 200
    fewer = {"schemas": [PATCH], "Operations": [{"op": "remove", "path": f'members[value eq "{ids[1]}"]'}]}
    assert dijon("PATCH", there, fewer)[0] in {200, 204}
    fewer["Operations"] = [{"op": "remove", "path": "members"}]
    for method, path, body, left in (
        ("PUT", there, group(ids[4:]), 4),
        ("PUT", there, group([], "Autre"), 20),
        ("PATCH", there, fewer, 20),
        ("DELETE", there, None, 20),
        ("DELETE", small, None, 5),
    ):
        before = [*ScimResource.objects.values(), *ScimMember.objects.values(), *Membership.objects.values()]
        status, error = dijon(method, path, body)
        assert status == 403
        assert f"within a day DIJON would take {left} of 23 members out of teams" in error["detail"]
        assert [*ScimResource.objects.values(), *ScimMember.objects.values(), *Membership.objects.values()] == before
    assert not Team.objects.filter(name="Autre").exists()
    assert not Team.objects.exclude(closed_at=None).exists()
    assert dijon("PUT", there, group([*ids[2:], ids[0]], "Autre"))[0] == 200, "who joins, and another name"
    assert dijon("DELETE", f"/Users/{ids[9]}")[0] == 204, "each is weighed by itself"
    assert Membership.objects.filter(team__name="Autre").count() == 18
    weighing.allow("DIJON", weighing.HOUR)
    assert dijon("DELETE", there)[0] == 204


@pytest.mark.parametrize("days", [0, 2], ids=["formed-today", "formed-before"])
def test_who_leaves_teams_is_weighed_beside_all_their_members(dijon, monkeypatch, later, days):
    monkeypatch.setitem(valve.LIMITS, "left", 0.5)  # a quarter of them, outside summer
    ids = states(dijon, 20)
    there = forms(dijon, ids)
    later(days=days)
    assert dijon("PUT", there, group(ids[5:]))[0] == 200
    assert dijon("PUT", there, group(ids[6:]))[0] == 403
    later(days=2)
    assert dijon("PUT", there, group(ids[8:]))[0] == 200
    assert dijon("PUT", there, group(ids[9:]))[0] == 403, "four of fifteen"


def test_who_joins_the_teams_of_groups_that_named_them_before_counts_too(dijon):
    ids = states(dijon, 9)
    status, made = dijon("POST", "/Users", someone(9) | {"name": None})
    assert status == 201
    forms(dijon, [*ids, made["id"]])
    assert (Membership.objects.count(), ScimHour.objects.get().joined) == (9, 9), "nobody is behind one"
    assert dijon("PUT", f"/Users/{made['id']}", someone(9))[0] == 200
    assert (Membership.objects.count(), ScimHour.objects.get().joined) == (10, 10)


def test_what_ended_in_september_keeps_nobody_from_a_new_name_in_october(dijon, monkeypatch, later):
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 9, 30, 20, tzinfo=UTC))
    monkeypatch.setitem(valve.LIMITS, "ended", 0.5)
    ids = states(dijon, 20)
    assert set(bulk(dijon, deletes(ids[:8]))[0]) == {"204"}
    later(hours=4)
    assert bulk(dijon, deletes(ids[8:9]))[0] == ["403"], "half as much may end from now on"
    renamed = someone(9) | {"name": {"familyName": "Autre", "givenName": "P9"}}
    assert dijon("PUT", f"/Users/{ids[9]}", renamed)[0] == 200


def test_operations_of_a_bulk_are_refused_one_by_one(dijon):
    ids = states(dijon, 20)
    made = {"method": "POST", "path": "/Users", "bulkId": "z", "data": someone(99)}
    statuses, last = bulk(dijon, [*deletes(ids[:6]), made, *deletes(ids[6:8])])
    assert statuses == ["204"] * 3 + ["403"] * 3 + ["201"] + ["403"] * 2
    assert last["response"]["schemas"] == [ERROR]
    assert "cartable scim allow DIJON" in last["response"]["detail"]
    assert current() == 18


def test_what_was_ended_more_than_a_day_ago_counts_no_more(dijon, later):
    ids = states(dijon, 20)
    later(days=2)
    assert bulk(dijon, deletes(ids[:2]))[0] == ["204", "204"]
    later(hours=12)
    assert bulk(dijon, deletes(ids[2:4]))[0] == ["204", "403"]
    later(hours=11)
    assert bulk(dijon, deletes(ids[3:4]))[0] == ["403"], "within a day of all three"
    later(hours=3)
    assert bulk(dijon, deletes(ids[3:6]))[0] == ["204", "204", "403"], "one of the day is left"
    assert ScimHour.objects.count() == 2


def test_each_source_is_weighed_by_itself(dijon):
    ids = states(dijon, 10)
    assert bulk(dijon, deletes(ids[:4]))[0] == ["204"] * 3 + ["403"]
    lyon = Source("LYON")
    _, made = lyon("POST", "/Users", user())
    assert lyon("DELETE", f"/Users/{made['id']}")[0] == 204


def test_who_runs_the_site_lets_it_by_for_a_time(dijon, later):
    ids = states(dijon, 20)
    bulk(dijon, deletes(ids[:4]))
    out = io.StringIO()
    call_command("scim", "allow", "dijon", "--hours", "2", stdout=out)
    assert out.getvalue() == "Until 2026-11-03 12:00 UTC it ends and renames as many people as it states.\n"
    later(minutes=119)
    assert set(bulk(dijon, deletes(ids[3:10]))[0]) == {"204"}
    later(minutes=2)
    assert bulk(dijon, deletes(ids[10:14]))[0] == ["204"] * 3 + ["403"], "it is weighed again, from nothing"
    call_command("scim", "allow", "DIJON", stdout=out)
    call_command("scim", "allow", "DIJON", "--hours", "0", stdout=out)
    assert bulk(dijon, deletes(ids[13:17]))[0] == ["204"] * 3 + ["403"]
    acts = Act.objects.filter(verb="scim.allow").order_by("pk")
    assert [one.detail["source"] for one in acts] == ["DIJON scim"] * 3


@pytest.mark.parametrize(
    "words", [("LYON",), ("DIJON", "--hours", "25"), ("DIJON", "--hours", "-1"), (" ",), ("\udcff",)]
)
def test_what_cannot_be_allowed_is_refused_in_a_sentence(dijon, words):
    with pytest.raises(CommandError):
        call_command("scim", "allow", *words)
    assert not Feed.objects.exclude(allowed_until=None).exists()


def test_a_source_that_never_wrote_is_unknown():
    with pytest.raises(NotFound):
        weighing.allow("LYON", weighing.HOUR)


def test_a_label_of_several_words_is_told_as_it_is_typed():
    tokens.add("Mon RH", ask=lambda _: True)
    told = weighing.sentence(Feed.objects.get(), valve.TooMuch("would end 5 of 9 postings"))
    assert told.endswith("cartable scim allow 'Mon RH'")


def test_a_stop_is_told_once_a_day_and_to_operators(dijon, caplog, later):
    ids = states(dijon, 20)
    caplog.set_level(logging.WARNING, "cartable")
    assert doctor.directories() == doctor.fine("the safety valve stops none")
    bulk(dijon, deletes(ids[:9]))
    told = [one.getMessage() for one in caplog.records if "safety valve" in one.getMessage()]
    assert len(told) == 1
    assert "would end 4 of 20 postings" in told[0]
    stops = Act.objects.filter(verb="scim.stop").order_by("pk")
    kept = {"feed": Feed.objects.get().pk, "source": "DIJON scim", "why": "would end 4 of 20 postings"}
    assert stops.get().detail == kept
    level, found, remedy = doctor.directories()
    assert (level, found) == ("warn", "the safety valve stops DIJON since 2026-11-03 10:00 UTC")
    assert "cartable scim allow" in remedy
    later(hours=23)
    bulk(dijon, deletes(ids[3:4]))
    assert stops.count() == 1
    later(hours=2)
    bulk(dijon, deletes(ids[3:9]))
    assert stops.count() == 2
    call_command("scim", "allow", "DIJON", stdout=io.StringIO())
    assert doctor.directories()[0] == "ok"


def test_it_costs_the_same_however_many_came_before(dijon):
    ids = states(dijon, 40)

    def cost(operations):
        with CaptureQueriesContext(connection) as queries:
            bulk(dijon, operations)
        return len(queries)

    assert cost(deletes(ids[:4])) > 0
    stopped = [cost(deletes(ids[3 : 3 + many])) for many in (5, 10, 15)]
    assert stopped[2] - stopped[1] == stopped[1] - stopped[0], "each refused one costs the same"
    assert cost(deletes(ids[3:13])) == stopped[1], "also after thirty"
    weighing.allow("DIJON", weighing.HOUR)
    ended = [cost(deletes(some)) for some in (ids[3:8], ids[8:18], ids[18:33])]
    assert ended[2] - ended[1] == ended[1] - ended[0]
    weighing.allow("DIJON", timedelta())
    cost(arrivals(100, 101))
    stated = [cost(arrivals(*some)) for some in ((101, 106), (106, 116), (116, 131))]
    assert stated[2] - stated[1] == stated[1] - stated[0]
