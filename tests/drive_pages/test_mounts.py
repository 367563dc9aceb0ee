"""What shows on one's devices: listed, put away, brought back, added; nobody's but one's own."""

import re

import pytest

from cartable.identity import people, postings, teams
from cartable.identity.actors import EVERYONE
from cartable.spaces import homes, mounts, sharing
from cartable.spaces.access import Role
from tests.worlds import academies, actor, put

DIJON = "@ac-dijon.example"


def names(who):
    return sorted(one.name for one in mounts.of(actor(f"{who}{DIJON}")))


def listed(page):
    """Return what the page lists as shown, and as what may be added."""
    shown, aside = page.content.decode().split('id="aside"')
    return tuple(re.findall(r'class="what"><a href="/f/\d+">(.*?)</a>', part) for part in (shown, aside))


def test_what_was_put_away_is_listed_and_comes_back_under_its_name(world, browse):
    bob = browse("bob")
    mounts.rename(world.bob, world.cours, "Chez Ada")
    assert listed(bob.get("/mounts")) == (["Archives", "Chez Ada"], [])
    answer = bob.post(f"/f/{world.cours}/put-away", follow=True)
    assert listed(answer) == (["Archives"], ["Chez Ada"])
    assert f'action="/f/{world.cours}/mount"' in answer.content.decode()  # undone at once, or from the list
    assert names("bob") == ["Archives"]
    assert bob.get(f"/f/{world.cours}").status_code == 200
    bob.post(f"/f/{world.cours}/mount")
    assert listed(bob.get("/mounts")) == (["Archives", "Chez Ada"], [])


def test_the_space_of_a_structure_and_what_all_were_given_are_added_by_hand(world, browse):
    dijon, _lyon = academies()
    for who in ("bob", "ada"):
        postings.begin(people.find(f"{who}{DIJON}"), dijon)
    academy = homes.home(f"structure:{dijon.pk}")
    root = academy.root
    note = put(world.ada, world.root, "Charte.txt").id
    sharing.give(actor(f"ada{DIJON}"), note, EVERYONE, Role.READ)
    bob = browse("bob")
    assert listed(bob.get("/mounts")) == (["Archives", "Cours"], [academy.title, "Charte.txt"])
    for one in (root, note):
        assert bob.post(f"/f/{one}/mount").status_code == 303
    assert names("bob") == sorted(["Archives", "Cours", "Charte.txt", academy.title])
    assert listed(bob.get("/mounts"))[1] == []
    bob.post(f"/f/{root}/put-away")
    assert academy.title not in names("bob")


def test_asked_twice_it_keeps_the_name_it_bears(world, browse):
    mounts.rename(world.bob, world.cours, "Chez Ada")
    browse("bob").post(f"/f/{world.cours}/mount")
    assert names("bob") == ["Archives", "Chez Ada"]


def test_a_name_taken_meanwhile_is_left_to_who_took_it(world, browse):
    mounts.hide(world.bob, world.cours)
    put(world.bob, homes.home_of(world.bob).root, "Cours")
    browse("bob").post(f"/f/{world.cours}/mount")
    assert names("bob") == ["Archives", f"Cours ({world.cours})"]


@pytest.mark.parametrize("verb", ["mount", "put-away"])
def test_hidden_and_absent_look_the_same_and_nothing_changes(world, browse, verb):
    eve = browse("eve")
    answers = [eve.post(f"/f/{one}/{verb}") for one in (world.cours, 999999)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert names("eve") == []
    assert listed(eve.get("/mounts")) == ([], [])
    assert browse("ada").post(f"/f/{world.cours}/{verb}").status_code == 404  # in one's own space nothing is mounted
    asked = eve.get(f"/f/{world.cours}/{verb}")
    assert (asked.status_code, asked.headers["Allow"]) == (405, "POST")
    assert browse().get("/mounts").headers["Location"].startswith("/login")


def test_what_is_no_longer_given_is_not_offered(world, browse):
    mounts.hide(world.bob, world.cours)
    [grant] = [one for one in sharing.of(world.ada, world.cours) if one.number == world.bob.person]
    sharing.revoke(world.ada, grant.id)
    assert listed(browse("bob").get("/mounts")) == (["Archives"], [])
    assert browse("bob").post(f"/f/{world.cours}/mount").status_code == 404


def test_the_page_costs_the_same_whatever_is_given(world, browse, django_assert_max_num_queries):
    team = teams.form(world.ada, "Équipe SVT", [people.find(f"bob{DIJON}")])
    homes.home(f"team:{team.pk}")
    for n in range(20):
        given = put(world.ada, world.root, f"{n}.txt").id
        sharing.give(world.ada, given, f"person:{world.bob.person}", Role.READ)
        if n % 2:
            mounts.hide(world.bob, given)
    bob = browse("bob")
    bob.get("/mounts")
    with django_assert_max_num_queries(12):
        assert len(listed(bob.get("/mounts"))[1]) == 10


def test_the_lists_of_what_is_shared_lead_there(world, browse):
    for page in ("/", "/shared"):
        assert 'href="/mounts"' in browse("bob").get(page).content.decode()
