"""Groups of a directory are teams of its structure: members follow it, and nobody changes them by hand."""

from importlib import import_module
from urllib.parse import quote

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cartable.identity import inheriting, people, postings, structures, teams
from cartable.identity.feeds import leaving, merging
from cartable.identity.feeds.models import ScimMember, ScimResource
from cartable.identity.models import Membership, Person, Posting, Team
from cartable.kernel.errors import Denied, NotFound
from cartable.kernel.models import Act
from cartable.spaces import homes
from cartable.spaces.models import Space
from tests.identity.test_pages import PASSWORD, page, signed_in
from tests.identity.test_scim import ERROR, GROUP, SCHEMA, Source, posting, user
from tests.worlds import academies, person

pytestmark = pytest.mark.django_db
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def me(someone):
    """Return somebody as an actor, as they are now."""
    return people.actor_of(someone.pk if isinstance(someone, Person) else someone)


@pytest.fixture(autouse=True)
def places():
    academies()


@pytest.fixture
def dijon():
    return Source()


def someone(number, **more):
    agent = {"birthDate": f"1967-08-{number:02}", "postings": [posting()]}
    name = {"familyName": f"Nom{number}", "givenName": "Ada"}
    mails = [{"value": f"ada{number}@ac-dijon.fr"}]
    return user(userName=f"u{number}", externalId=str(number), emails=mails, name=name, **{SCHEMA: agent, **more})


def arrives(source, number, **more):
    status, made = source("POST", "/Users", someone(number, **more))
    assert status == 201
    return made["id"]


def group(*members, name="Conseil pédagogique", **more):
    return {"schemas": [GROUP], "displayName": name, "members": [{"value": one} for one in members], **more}


def forms(source, *members, **more):
    status, made = source("POST", "/Groups", group(*members, **more))
    assert status == 201
    return made["id"]


def change(source, number, op, **what):
    body = {"schemas": [PATCH], "Operations": [{"op": op, **what}]}
    status, _ = source("PATCH", f"/Groups/{number}", body)
    assert status in {200, 204}


def named(team=None):
    """Return who is in the only team."""
    rows = Membership.objects.filter(team=team or Team.objects.get()).order_by("person__name")
    return [one.person.name for one in rows]


def test_a_group_is_a_team_of_the_academy_and_its_members_follow(dijon):
    one, two, three = (arrives(dijon, number) for number in (1, 2, 3))
    number = forms(dijon, one, two)
    team = Team.objects.get()
    assert (team.name, team.structure, team.source) == (
        "Conseil pédagogique",
        structures.academy("DIJON"),
        "DIJON scim",
    )
    assert named() == ["Ada Nom1", "Ada Nom2"]
    actor = me(people.find("ada1@ac-dijon.fr"))
    assert f"team:{team.pk}" in actor.principals
    assert f"lead:{team.pk}" not in actor.principals
    assert [one.stated for one in teams.of(actor.person)] == [True]
    assert dijon("PUT", f"/Groups/{number}", group(two, three, name="Conseil"))[0] == 200
    assert named() == ["Ada Nom2", "Ada Nom3"]
    assert Team.objects.get().name == "Conseil"
    assert f"team:{team.pk}" not in me(people.find("ada1@ac-dijon.fr")).principals
    assert [one["value"] for one in dijon("GET", f"/Groups/{number}")[1]["members"]] == [two, three]


def test_members_come_and_go_one_by_one(dijon):
    one, two, three = (arrives(dijon, number) for number in (1, 2, 3))
    number = forms(dijon, one)
    change(dijon, number, "add", path="members", value=[{"value": two}, {"value": three}])
    assert named() == ["Ada Nom1", "Ada Nom2", "Ada Nom3"]
    change(dijon, number, "remove", path=f'members[value eq "{two}"]')
    assert named() == ["Ada Nom1", "Ada Nom3"]
    change(dijon, number, "replace", path="displayName", value="Autre nom")
    assert (Team.objects.get().name, named()) == ("Autre nom", ["Ada Nom1", "Ada Nom3"])
    assert dijon("GET", f'/Groups?filter=members eq "{three}"')[1]["totalResults"] == 1
    change(dijon, number, "remove", path="members")
    assert named() == []


def test_who_is_not_known_yet_is_kept_and_joins_as_they_appear(dijon):
    ghost = arrives(dijon, 1, active=False)  # nobody yet: it never stated them
    assert not Person.objects.exists()
    number = forms(dijon, ghost, "somebody-else")
    assert named() == []
    assert [one["value"] for one in dijon("GET", f"/Groups/{number}")[1]["members"]] == [ghost, "somebody-else"]
    assert dijon("PUT", f"/Users/{ghost}", someone(1, active=True))[0] == 200
    assert named() == ["Ada Nom1"]


def test_a_group_in_a_group_is_kept_and_brings_nobody_in(dijon):
    inner = forms(dijon, arrives(dijon, 1), name="Dedans")
    outer = forms(dijon, inner, name="Autour")
    assert named(Team.objects.get(name="Autour")) == []
    assert [one["value"] for one in dijon("GET", f"/Groups/{outer}")[1]["members"]] == [inner]


def test_users_of_another_source_are_nobody_here(dijon):
    lyon = Source("LYON")
    stranger = arrives(lyon, 1)
    number = forms(dijon, stranger)
    assert named() == []
    assert lyon("GET", f"/Groups/{number}")[0] == 404
    assert lyon("DELETE", f"/Groups/{number}")[0] == 404
    assert dijon("PUT", f"/Users/{stranger}", someone(1))[0] == 404


def test_a_group_that_is_deleted_closes_the_team_and_keeps_what_it_has(dijon):
    number = forms(dijon, arrives(dijon, 1))
    team = Team.objects.get()
    space, ada = homes.home(f"team:{team.pk}"), people.find("ada1@ac-dijon.fr")
    assert f"team:{team.pk}" in me(ada).principals
    assert dijon("DELETE", f"/Groups/{number}")[0] == 204
    team.refresh_from_db()
    assert team.closed_at
    assert f"team:{team.pk}" not in me(ada).principals
    assert Space.objects.get(pk=space.space).root_id == space.root
    head = person("Hélène Rectrice", "helene@ac-dijon.fr")
    postings.begin(head, structures.academy("DIJON"), function="DIR")
    teams.close(me(head), team.pk, closed=False)  # it is an ordinary team of the academy now
    assert f"team:{team.pk}" in me(ada).principals


def test_the_space_of_a_team_bears_its_new_name(dijon):
    number = forms(dijon, arrives(dijon, 1))
    space = homes.home(f"team:{Team.objects.get().pk}").space
    change(dijon, number, "replace", path="displayName", value="Autre nom")
    assert homes.title_of(space) == "Autre nom"


def test_a_user_that_is_deleted_leaves_the_group_and_the_team(dijon):
    one, two = arrives(dijon, 1), arrives(dijon, 2)
    number = forms(dijon, one, two)
    before = dijon("GET", f"/Groups/{number}")[1]["meta"]["version"]
    ada, team = people.find("ada1@ac-dijon.fr"), f"team:{Team.objects.get().pk}"
    assert dijon("PUT", f"/Users/{one}", someone(1, active=False))[0] == 200
    assert team in me(ada).principals
    assert dijon("DELETE", f"/Users/{one}")[0] == 204
    assert team not in me(ada).principals
    assert named() == ["Ada Nom2"]
    after = dijon("GET", f"/Groups/{number}")[1]
    assert [member["value"] for member in after["members"]] == [two]
    assert after["meta"]["version"] != before


@pytest.mark.parametrize("spelled", [str.upper, "{{{}}}".format, "urn:uuid:{}".format])
def test_a_member_is_the_same_however_their_id_is_spelled(dijon, spelled):
    one, two = arrives(dijon, 1), arrives(dijon, 2)
    number = forms(dijon, spelled(one), one, two)
    assert named() == ["Ada Nom1", "Ada Nom2"]
    assert [member["value"] for member in dijon("GET", f"/Groups/{number}")[1]["members"]] == [one, two]
    assert dijon("GET", f'/Groups?filter=members eq "{quote(spelled(two))}"')[1]["totalResults"] == 1
    assert dijon("DELETE", f"/Users/{one}")[0] == 204
    assert named() == ["Ada Nom2"]
    assert [member["value"] for member in dijon("GET", f"/Groups/{number}")[1]["members"]] == [two]


def test_who_is_inactive_stays_as_long_as_the_group_names_them(dijon):
    one = arrives(dijon, 1)
    number = forms(dijon, one)
    assert dijon("PUT", f"/Users/{one}", someone(1, active=False))[0] == 200
    assert not Posting.objects.filter(end=None).exists()
    assert named() == ["Ada Nom1"]
    change(dijon, number, "remove", path="members")
    assert named() == []


def test_two_users_who_are_one_person_are_one_member_until_both_are_gone(dijon):
    one, two = arrives(dijon, 1), arrives(dijon, 2)
    number = forms(dijon, one, two)
    ada, double = people.find("ada1@ac-dijon.fr"), people.find("ada2@ac-dijon.fr")
    merging.merge(ada, double)
    assert named() == ["Ada Nom1"]
    assert dijon("PUT", f"/Groups/{number}", group(one, two))[0] == 200
    assert named() == ["Ada Nom1"]
    assert dijon("DELETE", f"/Users/{one}")[0] == 204
    assert named() == ["Ada Nom2"], "the other user means her too, and says now what she is called"
    assert dijon("DELETE", f"/Users/{two}")[0] == 204
    assert named() == []


def test_after_a_merge_is_undone_each_is_where_their_own_user_is_named(dijon):
    one, two = arrives(dijon, 1), arrives(dijon, 2)
    first = forms(dijon, one, two, name="Première")
    ada, double = people.find("ada1@ac-dijon.fr"), people.find("ada2@ac-dijon.fr")
    log = merging.merge(ada, double)
    assert dijon("PUT", f"/Groups/{first}", group(one, name="Première"))[0] == 200
    forms(dijon, two, name="Seconde")  # stated meanwhile
    assert named(Team.objects.get(name="Seconde")) == ["Ada Nom1"]
    merging.unmerge(log.pk)
    assert named(Team.objects.get(name="Première")) == ["Ada Nom1"]
    assert named(Team.objects.get(name="Seconde")) == ["Ada Nom2"]


def test_who_is_erased_is_named_nowhere(dijon):
    one = arrives(dijon, 1)
    number = forms(dijon, one, arrives(dijon, 2))
    ada = people.find("ada1@ac-dijon.fr")
    leaving.erase(ada.pk)
    assert named() == ["Ada Nom2"]
    assert not ScimMember.objects.filter(value=one).exists()
    assert dijon("GET", f"/Groups/{number}")[0] == 200


def test_who_is_stated_without_a_function_is_shown_where_they_are(dijon):
    forms(dijon, arrives(dijon, 1, **{SCHEMA: {}}))
    ada = people.find("ada1@ac-dijon.fr")
    ((hit, _leads),) = teams.members(me(ada), Team.objects.get().pk)
    assert hit.place == "Dijon"


# By hand


@pytest.fixture
def stated(dijon):
    """A team that a directory states, one of its members, and who administers the academy."""
    forms(dijon, arrives(dijon, 1), arrives(dijon, 2))
    head = person("Hélène Rectrice", "helene@ac-dijon.fr", PASSWORD)
    postings.begin(head, structures.academy("DIJON"), function="DIR")
    return Team.objects.get(), people.find("ada1@ac-dijon.fr"), head


def test_nobody_changes_it_by_hand(stated):
    team, ada, head = stated
    with pytest.raises(teams.Stated):
        teams.rename(me(head), team.pk, "À moi")
    with pytest.raises(teams.Stated):
        teams.close(me(head), team.pk, closed=True)
    with pytest.raises(teams.Stated):
        teams.remove(me(ada), team.pk, ada)
    for act in (teams.add, teams.remove):
        with pytest.raises(Denied):
            act(me(ada), team.pk, people.find("ada2@ac-dijon.fr"))
        with pytest.raises(NotFound):
            act(me(head), team.pk, ada)
    Membership.objects.filter(person=ada).update(leads=True)  # whatever made her so
    people.changed([ada.pk])
    with pytest.raises(teams.Stated):
        teams.add(me(people.find("ada1@ac-dijon.fr")), team.pk, head)
    assert named(team) == ["Ada Nom1", "Ada Nom2"]
    assert Team.objects.get().name == team.name


def test_its_structure_gains_nothing_else_and_others_nothing_at_all(stated):
    team, _ada, head = stated
    stranger = person("Luc Lyon", "luc@ac-lyon.fr")
    postings.begin(stranger, structures.academy("LYON"), function="DIR")
    for one in (head, stranger):
        assert f"team:{team.pk}" not in me(one).all_principals
        with pytest.raises(NotFound):
            teams.members(me(one), team.pk)
    with pytest.raises(NotFound):
        teams.rename(me(stranger), team.pk, "À moi")
    assert [one.pk for one in teams.administered(me(head))] == [team.pk]
    assert teams.administered(me(stranger)) == []


def test_pages_say_so_and_offer_no_button(stated):
    team, ada, _head = stated
    ada.set_password(PASSWORD)
    ada.save()
    browser = signed_in("ada1@ac-dijon.fr")
    shown = page(browser.get(f"/teams/{team.pk}"))
    assert "Un annuaire dit qui est dans cette équipe" in shown
    assert "Quitter" not in shown
    assert "Par un annuaire" in page(browser.get("/me"))
    assert browser.post(f"/teams/{team.pk}", {"do": "remove", "sub": ada.sub}).status_code == 409
    office = signed_in("helene@ac-dijon.fr")
    shown = page(office.get("/admin/teams"))
    assert "annoncée par un annuaire" in shown
    assert "Renommer" not in shown
    answer = office.post(f"/admin/teams/{team.pk}", {"do": "close"}, follow=True)
    assert "C’est un annuaire qui annonce cette équipe" in page(answer)
    assert named(team) == ["Ada Nom1", "Ada Nom2"]


# What is wrong, what is large


@pytest.mark.parametrize("name", ["", "   ", "\u202ex"])
def test_a_group_without_a_name_leaves_the_team_as_it_was(dijon, name):
    one, two = arrives(dijon, 1), arrives(dijon, 2)
    number = forms(dijon, one)
    status, _ = dijon("PUT", f"/Groups/{number}", group(two, name=name))
    assert status in {200, 400}
    assert (Team.objects.get().name, named()) == ("Conseil pédagogique", ["Ada Nom1"])


def test_a_name_is_cut_where_ours_end_and_its_blanks_are_one(dijon):
    forms(dijon, name="  Conseil \t " + "x" * 240)
    assert Team.objects.get().name == ("Conseil " + "x" * 240)[:200]


def test_what_names_a_member_has_an_end(dijon):
    status, error = dijon("POST", "/Groups", group("x" * 256))
    assert (status, error["schemas"], error["scimType"]) == (400, [ERROR], "invalidValue")
    assert dijon("POST", "/Groups", group("a\0b"))[0] == 400
    assert not ScimResource.objects.exists()
    assert dijon("POST", "/Groups", group("x" * 255))[0] == 201


def test_the_same_member_twice_is_one(dijon):
    one = arrives(dijon, 1)
    number = forms(dijon, one, one)
    assert named() == ["Ada Nom1"]
    assert len(dijon("GET", f"/Groups/{number}")[1]["members"]) == 1


def test_a_refused_write_forms_nothing(dijon):
    one = arrives(dijon, 1)
    forms(dijon, one, externalId="g")
    assert dijon("POST", "/Groups", group(one, name="Autre", externalId="g"))[0] == 409
    assert Team.objects.count() == 1


def test_forming_and_closing_are_kept(dijon):
    number = forms(dijon)
    dijon("DELETE", f"/Groups/{number}")
    acts = list(Act.objects.filter(verb__startswith="team.").order_by("pk").values_list("verb", "detail"))
    assert [verb for verb, _ in acts] == ["team.form", "team.close"]
    assert {detail["source"] for _, detail in acts} == {"DIJON scim"}


def test_a_large_group_costs_as_many_queries_as_a_small_one(dijon):
    users = [arrives(dijon, number) for number in range(1, 21)]
    small, large = forms(dijon, *users[:2], name="Peu"), forms(dijon, *users[:18], name="Beaucoup")

    def cost(act):
        with CaptureQueriesContext(connection) as queries:
            act()
        return len(queries)

    add = {"path": "members", "value": [{"value": users[19]}]}
    assert cost(lambda: change(dijon, small, "add", **add)) == cost(lambda: change(dijon, large, "add", **add))
    few, many = (cost(lambda n=n: forms(dijon, *users[:n], name=str(n))) for n in (3, 19))
    assert few == many
    assert cost(lambda: dijon("GET", "/Groups?count=2")) == cost(lambda: dijon("GET", "/Groups?count=4"))


@pytest.mark.parametrize(
    ("asked", "members"),
    [
        ("", 2),
        ("?excludedAttributes=Members", None),
        ("?attributes=displayName", None),
        ("?attributes=members.value", 2),
    ],
)
def test_members_are_read_where_they_are_asked_for(dijon, asked, members):
    number = forms(dijon, arrives(dijon, 1), arrives(dijon, 2))
    for path in (f"/Groups/{number}", "/Groups"):
        with CaptureQueriesContext(connection) as queries:
            _, told = dijon("GET", path + asked)
        one = told["Resources"][0] if "Resources" in told else told
        assert len(one.get("members", ())) == (members or 0)
        assert any("scimmember" in query["sql"] for query in queries) == bool(members)


def test_members_that_were_kept_in_documents_are_set_apart_and_back(dijon):
    one = arrives(dijon, 1)
    number = forms(dijon, one)
    step = import_module("cartable.identity.feeds.migrations.0005_scim_teams")
    step.together(apps, None)
    assert ScimResource.objects.get(kind="Group").document["members"][0]["value"] == one
    ScimMember.objects.all().delete()
    step.apart(apps, None)
    assert "members" not in ScimResource.objects.get(kind="Group").document
    assert [member["value"] for member in dijon("GET", f"/Groups/{number}")[1]["members"]] == [one]


def test_no_night_gives_it_a_leader_whom_the_directory_did_not_name(dijon):
    forms(dijon, arrives(dijon, 1))
    head = person("Hélène Recteur", "helene@ac-dijon.fr")
    postings.begin(head, structures.academy("DIJON"), function="DIR")
    assert inheriting.inherit() == []
    assert named() == ["Ada Nom1"]
    assert not Membership.objects.filter(leads=True).exists()
