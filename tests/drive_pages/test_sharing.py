"""The share dialog, as the page it is."""

import re

import pytest

from cartable.identity import people, postings, structures, teams
from cartable.kernel import clock
from cartable.spaces import access, homes, listing, sharing, tree
from cartable.spaces.access import Right, Role
from cartable.web.formats import local, long_day
from tests.worlds import academies, actor

JSON = {"HTTP_ACCEPT": "application/json"}


def page(response):
    return re.sub(r"[ \n]+", " ", response.content.decode())


def given(world, node):
    return {share.principal: share.role for share in sharing.of(world.ada, node) if not share.link}


def test_a_colleague_is_found_by_name_with_where_they_work(world, browse):
    dijon, _lyon = academies()
    postings.begin(people.find("eve@ac-dijon.example"), dijon)
    shown = page(browse("ada").get(f"/f/{world.maths}/share?q=mart"))
    assert "Eve Martin" in shown
    assert "Dijon" in shown


def test_it_is_given_changed_and_taken_back(world, browse):
    ada, address, eve = browse("ada"), f"/f/{world.maths}/share", f"person:{world.eve.person}"
    ada.post(address, {"principal": eve, "role": int(Role.READ)})
    assert given(world, world.maths) == {eve: Role.READ}
    grant = sharing.of(world.ada, world.maths)[0].id
    ada.post(f"{address}/{grant}", {"role": int(Role.WRITE)})
    assert given(world, world.maths) == {eve: Role.WRITE}
    ada.post(f"{address}/{grant}/revoke")
    assert given(world, world.maths) == {}


def test_it_can_end_on_a_day_which_is_included(world, browse):
    browse("ada").post(
        f"/f/{world.maths}/share", {"principal": f"person:{world.eve.person}", "role": "3", "until": "2199-12-31"}
    )
    ends = sharing.of(world.ada, world.maths)[0].expires_at
    assert "31 décembre 2199" in page(browse("ada").get(f"/f/{world.maths}/share"))
    assert ends.astimezone().year in {2199, 2200}


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"principal": "person:{eve}", "role": "x"},
        {"principal": "person:{eve}", "role": "32"},
        {"principal": "link:1", "role": "3"},
        {"principal": "person:{eve}", "role": "3", "until": "2199-02-31"},
        {"principal": "person:{eve}", "role": "3", "until": "2001-01-01"},
        {"principal": "person:{eve}", "role": "3", "until": "demain"},
    ],
)
def test_a_form_that_makes_no_sense_gives_nothing(world, browse, fields):
    fields = {name: value.format(eve=world.eve.person) for name, value in fields.items()}
    assert browse("ada").post(f"/f/{world.maths}/share", fields, **JSON).status_code == 400
    assert given(world, world.maths) == {}


def test_nobody_gives_to_who_does_not_exist(world, browse):
    answer = browse("ada").post(f"/f/{world.maths}/share", {"principal": "person:999999", "role": "3"}, **JSON)
    assert answer.status_code == 404


def test_who_has_access_is_told_with_where_it_comes_from(world, browse):
    shown = page(browse("ada").get(f"/f/{world.maths}/share"))
    assert "Bob Dupont" in shown
    assert "par «\u00a0Cours\u00a0»" in shown
    assert "Propriétaire" in shown


def test_a_reader_is_told_why_and_may_give_it_up(world, browse):
    bob = browse("bob")
    shown = page(bob.get(f"/f/{world.cours}/share"))
    assert "Pourquoi j’ai accès" in shown
    grant = access.explain(world.bob, world.cours)[0].grant
    bob.post(f"/f/{world.cours}/share/{grant}/revoke")
    assert bob.get(f"/f/{world.cours}").status_code == 404


def test_a_reader_is_told_who_gave_it_and_when(world, browse):
    def told(who, node):
        return " ".join(re.sub("<[^>]+>", " ", page(browse(who).get(f"/f/{node}/share"))).split())

    today = long_day(local(clock.now()).date())
    assert f"Donné par Ada Lovelace le {today}" in told("bob", world.cours)
    below = told("bob", world.maths)
    assert f"Donné par Ada Lovelace le {today}" in below
    assert "par « Cours »" in below.replace("\u00a0", " ")


def test_who_has_it_by_their_own_space_is_not_told_that_somebody_gave_it(world, browse):
    team = teams.form(world.ada, "Équipe SVT", [people.find("bob@ac-dijon.example")])
    root = homes.home(f"team:{team.pk}").root
    shown = page(browse("bob").get(f"/f/{root}/share"))
    assert "Équipe SVT" in shown
    assert "Donné par" not in shown


def test_a_reader_is_not_told_who_else_has_access_nor_the_names_above(world, browse):
    sharing.give(world.ada, world.maths, f"person:{world.eve.person}", Role.READ)
    shown = page(browse("eve").get(f"/f/{world.maths}/share"))
    assert "Bob" not in shown
    assert "Cours" not in shown


def test_a_team_gives_access_and_says_so(world, browse):
    team = teams.form(world.ada, "Équipe SVT", [people.find("eve@ac-dijon.example")])
    browse("ada").post(f"/f/{world.maths}/share", {"principal": f"team:{team.pk}", "role": int(Role.READ)})
    assert access.reach(actor("eve@ac-dijon.example"), world.maths, Right.READ)
    assert "Équipe SVT" in page(browse("eve").get(f"/f/{world.maths}/share"))


def test_a_link_is_made_with_its_options(world, browse):
    ada = browse("ada")
    fields = {
        "role": int(Role.DEPOSIT),
        "password": "sésame",
        "until": "2199-12-31",
        "downloads": "3",
        "label": "Copies",
    }
    ada.post(f"/f/{world.archives}/share/link", fields)
    (made,) = [share for share in sharing.of(world.ada, world.archives) if share.link]
    assert (made.role, made.has_password, made.downloads_max, made.label) == (Role.DEPOSIT, True, 3, "Copies")
    shown = page(ada.get(f"/f/{world.archives}/share"))
    for words in ("Copies", "mot de passe", "31 décembre 2199", f"/s/{made.link}"):
        assert words in shown


@pytest.mark.parametrize("fields", [{"role": "31"}, {"role": "3", "downloads": "0"}, {"role": "3", "downloads": "-1"}])
def test_a_link_that_makes_no_sense_is_not_made(world, browse, fields):
    assert browse("ada").post(f"/f/{world.archives}/share/link", fields, **JSON).status_code == 400


def test_a_file_has_no_deposit(world, browse):
    assert browse("ada").post(f"/f/{world.devoir}/share/link", {"role": int(Role.DEPOSIT)}, **JSON).status_code == 400


def test_a_reserved_folder_stops_what_comes_from_above(world, browse):
    browse("ada").post(f"/f/{world.maths}/share/closed", {"closed": "1"})
    assert browse("bob").get(f"/f/{world.maths}").status_code == 404
    browse("ada").post(f"/f/{world.maths}/share/closed", {"closed": "0"})
    assert browse("bob").get(f"/f/{world.maths}").status_code == 200


@pytest.mark.parametrize("door", ["share", "share/link", "share/closed", "share/{grant}", "share/{grant}/revoke"])
def test_who_does_not_manage_changes_nothing(world, browse, door):
    grant = sharing.of(world.ada, world.cours)[0].id
    before = given(world, world.cours)
    door = door.format(grant=grant)
    fields = {"principal": f"person:{world.eve.person}", "role": "15", "closed": "1"}
    assert browse("eve").post(f"/f/{world.cours}/{door}", fields).status_code == 404
    if not door.endswith("revoke"):  # Bob may give up what he was given
        assert browse("bob").post(f"/f/{world.cours}/{door}", fields).status_code == 403
    assert given(world, world.cours) == before


def test_a_share_is_reached_by_its_own_document_only(world, browse):
    grant = sharing.of(world.ada, world.cours)[0].id
    assert browse("ada").post(f"/f/{world.archives}/share/{grant}/revoke").status_code == 404


def test_the_queries_do_not_depend_on_how_many_have_access(world, browse, django_assert_max_num_queries):
    ada = browse("ada")
    with django_assert_max_num_queries(100) as few:
        ada.get(f"/f/{world.maths}/share")
    for number in range(5):
        person = people.arrive(f"Agent {number}", f"agent{number}@ac-dijon.example")
        sharing.give(world.ada, world.maths, f"person:{person.pk}", Role.READ)
        sharing.make_link(world.ada, world.maths)
    with django_assert_max_num_queries(len(few) + 1):
        ada.get(f"/f/{world.maths}/share")


def test_a_folder_tells_that_it_is_shared(world, browse):
    made = tree.make_folder(world.ada, world.maths, "À deux").id
    sharing.give(world.ada, made, f"person:{world.eve.person}", Role.READ)
    assert "1 partage" in page(browse("ada").get(f"/f/{world.maths}"))
    assert listing.children(world.ada, world.maths)[1].shared_with == ("person",)


# What was given is changed afterwards


def test_all_of_a_link_changes_after_it_was_made(world, browse):
    ada = browse("ada")
    made = sharing.make_link(world.ada, world.cours, password="un", label="Parents")
    address = f"/f/{world.cours}/share/{made.id}"
    assert 'value="Parents"' in page(ada.get(address))
    fields = {"role": int(Role.WRITE), "until": "2199-12-31", "password": "deux", "downloads": "5", "label": "Élèves"}
    assert ada.post(address, fields).headers["Location"] == f"/f/{world.cours}/share#grant-{made.id}"
    changed = sharing.one(world.ada, made.id)
    assert (changed.role, changed.downloads_max, changed.label, changed.link) == (Role.WRITE, 5, "Élèves", made.link)
    assert "31 décembre 2199" in page(ada.get(f"/f/{world.cours}/share"))
    assert sharing.follow(made.link, "deux", address="127.0.0.1")
    ada.post(address, {**fields, "until": "", "password": "", "downloads": ""})
    changed = sharing.one(world.ada, made.id)
    assert (changed.expires_at, changed.downloads_max, changed.has_password) == (None, None, True)
    ada.post(address, {"open": "1"})
    assert not sharing.one(world.ada, made.id).has_password


def test_a_share_is_prolonged_without_changing_its_role(world, browse):
    grant = sharing.of(world.ada, world.cours)[0]
    assert "Modifier l’accès de Bob Dupont" in page(browse("ada").get(f"/f/{world.cours}/share/{grant.id}"))
    browse("ada").post(f"/f/{world.cours}/share/{grant.id}", {"until": "2199-12-31"})
    changed = sharing.one(world.ada, grant.id)
    assert (changed.role, changed.expires_at.year) == (grant.role, 2199)


def test_a_day_that_has_passed_is_called_so(world, browse):
    grant = sharing.of(world.ada, world.cours)[0].id
    answer = browse("ada").post(f"/f/{world.cours}/share/{grant}", {"until": "2001-01-01"}, **JSON)
    assert (answer.status_code, answer.json()) == (400, {"sentence": "Cette date est passée."})


def test_a_link_is_deleted_after_a_question(world, browse):
    made, ada = sharing.make_link(world.ada, world.cours, label="Parents"), browse("ada")
    assert "Supprimer le lien «\u00a0Parents\u00a0»" in page(ada.get(f"/f/{world.cours}/share/{made.id}/revoke"))
    assert sharing.one(world.ada, made.id)
    ada.post(f"/f/{world.cours}/share/{made.id}/revoke")
    assert [share for share in sharing.of(world.ada, world.cours) if share.link] == []


def test_only_who_manages_sees_what_can_be_changed(world, browse):
    grant = sharing.of(world.ada, world.cours)[0].id
    assert browse("bob").get(f"/f/{world.cours}/share/{grant}").status_code == 403
    assert browse("eve").get(f"/f/{world.cours}/share/{grant}").status_code == 404
    assert browse("eve").get(f"/f/{world.cours}/share/{grant}/revoke").status_code == 404


# Whom


def test_a_whole_academy_is_given_access_after_a_question_only(world, browse):
    dijon, _lyon = academies()
    ada, asked = browse("ada"), {"principal": f"structure:{dijon.pk}", "role": int(Role.READ), "until": "2199-12-31"}
    question = ada.post(f"/f/{world.maths}/share", asked)
    assert given(world, world.maths) == {}
    shown = page(ada.get(question.headers["Location"]))
    assert "Donner accès à tout le monde de" in shown
    assert 'name="until" value="2199-12-31"' in shown
    ada.post(f"/f/{world.maths}/share", {**asked, "sure": "1"})
    assert given(world, world.maths) == {f"structure:{dijon.pk}": Role.READ}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("dupont", "Bob Dupont\u00a0: a déjà accès"),
        ("bob@ac-dijon.example", "Bob Dupont\u00a0: a déjà accès"),
        ("lovelace", "Ada Lovelace, Lycée Carnot, Dijon · Direction\u00a0: c’est vous"),
        ("a", "Tapez au moins deux lettres."),
        ("bdupont", "Une adresse s’écrit en entier."),
    ],
)
def test_who_is_not_offered_is_told_why(world, browse, query, said):
    carnot = structures.open_school("0210015C", "Lycée Carnot", academies()[0])
    postings.begin(people.find("ada@ac-dijon.example"), carnot, function="DIR")
    shown = page(browse("ada").get(f"/f/{world.cours}/share?q={query}"))
    assert said in shown
    assert 'type="radio"' not in shown


def test_ones_own_root_is_called_as_in_the_menu_and_a_teams_by_its_name(world, browse):
    assert "Partager «\u00a0Documents\u00a0»" in page(browse("ada").get(f"/f/{world.root}/share"))
    team = teams.form(world.ada, "Équipe SVT", [])
    root = homes.home(f"team:{team.pk}").root
    assert "Partager «\u00a0Équipe SVT\u00a0»" in page(browse("ada").get(f"/f/{root}/share"))


def test_oneself_stands_among_homonyms_in_the_list_and_none_of_them_is_you(world, browse):
    lyon = academies()[1]
    postings.begin(people.arrive("Ada Lovelace", "ada@ac-lyon.example"), lyon)
    shown = page(browse("ada").get(f"/f/{world.maths}/share?q=lovelace"))
    hits = re.search(r'<fieldset class="hits">(.*?)</fieldset>', shown)[1]
    assert shown.count("c’est vous") == hits.count("Ada Lovelace\u00a0: c’est vous") == 1
    assert hits.count('type="radio"') == 1
    assert "<strong>Ada Lovelace</strong><small>Lyon · " in hits


@pytest.mark.parametrize("until", ["2201-01-01", "9999-11-01", "9999-12-31", "275760-09-13"])
def test_an_end_that_is_too_far_away_is_said_to_be_and_no_field_offers_it(world, browse, until):
    ada, address = browse("ada"), f"/f/{world.maths}/share"
    grant = sharing.give(world.ada, world.maths, f"person:{world.bob.person}", Role.READ).id
    fields = {"role": int(Role.READ), "until": until, "principal": f"person:{world.eve.person}"}
    for door in (address, f"{address}/link", f"{address}/{grant}"):
        answer = ada.post(door, fields, **JSON)
        assert (answer.status_code, answer.json()["sentence"]) == (400, "La date d’expiration est trop lointaine.")
    assert len(sharing.of(world.ada, world.maths)) == 1
    for shown in (address, f"{address}/{grant}", f"{address}?q=martin"):
        assert 'type="date" name="until"' in page(ada.get(shown))
        assert 'max="2200-12-31"' in page(ada.get(shown))
