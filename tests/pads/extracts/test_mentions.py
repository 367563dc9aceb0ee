"""Who is named in a pad is told, once the file says so, and reads it if they may."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cartable.identity import directory, people
from cartable.kernel import notices as kept
from cartable.kernel.errors import Denied, NotFound
from cartable.pads.comments import talking
from cartable.pads.extracts import keeping, leaving, mentions
from cartable.pads.extracts.models import Mention
from cartable.portal import leaving as portal
from cartable.portal import notices
from cartable.spaces import content, sharing, trash
from cartable.spaces.access import Role
from tests.worlds import blob, put

SAID = "Ada Lovelace vous mentionne dans «\u00a0Plan\u00a0»"


@pytest.fixture
def plan(world):
    """A pad of Ada's that Bob reads."""
    return put(world.ada, world.maths, "plan.md", b"# Plan\n").id


@pytest.fixture(autouse=True)
def colleagues(monkeypatch):
    """Everybody finds everybody: the directory has tests of its own."""
    monkeypatch.setattr(directory, "may_name", lambda actor, person: True)


def write(world, node, text):
    content.write_over(world.ada, node, blob(text.encode()))
    keeping.follow()


def said(actor, **more):
    return [one.said for one in notices.of(actor, **more)]


def test_who_is_named_is_told_once_the_file_says_so_and_once_until_they_have_read(world, plan):
    assert mentions.name(world.ada, plan, world.bob.sub) == ("Bob Dupont", True)
    keeping.follow()
    assert said(world.bob) == []
    write(world, plan, "# Plan\n\n@Bob Dupont, relis")
    write(world, plan, "# Plan\n\n@Bob Dupont, relis encore")
    assert said(world.bob) == [SAID]
    mentions.name(world.ada, plan, world.bob.sub)
    write(world, plan, "# Plan\n\n@Bob Dupont et @Bob Dupont")
    assert said(world.bob) == [SAID]
    kept.read(world.bob.person)
    write(world, plan, "# Plan\n\n@Bob Dupont")
    assert said(world.bob, unread=True) == [], "named before they read it"
    mentions.name(world.ada, plan, world.bob.sub)
    write(world, plan, "# Plan\n\n@Bob Dupont, à toi")
    assert said(world.bob, unread=True) == [SAID]


def test_who_may_not_read_is_told_nothing_until_they_may(world, plan):
    assert mentions.name(world.ada, plan, world.eve.sub) == ("Eve Martin", False)
    write(world, plan, "# Plan\n\n@Eve Martin")
    assert said(world.eve) == []
    share = sharing.give(world.ada, plan, f"person:{world.eve.person}", Role.READ)
    assert said(world.eve) == [SAID]
    sharing.revoke(world.ada, share.id)
    assert said(world.eve) == []


def test_who_may_not_write_names_nobody_and_nobody_names_whom_they_cannot_find(world, plan, monkeypatch):
    with pytest.raises(Denied):
        mentions.name(world.bob, plan, world.ada.sub)
    with pytest.raises(NotFound):
        mentions.name(world.eve, plan, world.ada.sub)
    with pytest.raises(NotFound):
        mentions.name(world.ada, plan, "x" * 20)
    monkeypatch.setattr(directory, "may_name", lambda actor, person: False)
    with pytest.raises(NotFound):
        mentions.name(world.ada, plan, world.eve.sub)
    assert Mention.objects.count() == 0


def test_nobody_is_told_of_naming_themselves(world, plan):
    mentions.name(world.ada, plan, world.ada.sub)
    write(world, plan, "# Plan\n\n@Ada Lovelace")
    assert said(world.ada) == []


def test_who_spoke_in_a_thread_is_told_of_an_answer_and_who_proposed_of_a_verdict(world, plan):
    sharing.give(world.ada, plan, f"person:{world.bob.person}", Role.COMMENT)
    thread = talking.begin(world.bob, plan, "AAEC.AwQF", "Plan", "?", proposed="Projet")
    assert said(world.ada) == []
    talking.answer(world.ada, thread, "Oui")
    keeping.follow()
    assert said(world.bob) == ["Ada Lovelace vous répond dans «\u00a0Plan\u00a0»"]
    talking.answer(world.bob, thread, "Merci")
    assert said(world.ada) == ["Bob Dupont vous répond dans «\u00a0Plan\u00a0»"]
    talking.judge(world.ada, thread, "accepted")
    assert said(world.bob)[0] == "Ada Lovelace accepte ce que vous proposez dans «\u00a0Plan\u00a0»"
    talking.judge(world.ada, thread, "")
    talking.judge(world.ada, thread, "declined")
    assert said(world.bob)[0] == "Ada Lovelace n’a pas retenu ce que vous proposez dans «\u00a0Plan\u00a0»"


def test_opening_the_pad_is_reading_what_one_was_told_of_it(world, plan, browse):
    mentions.name(world.ada, plan, world.bob.sub)
    write(world, plan, "# Plan\n\n@Bob Dupont")
    bob = browse("bob")
    home = bob.get("/").content.decode()
    assert SAID in home
    assert f'href="/p/{plan}"' in home
    bob.get(f"/p/{plan}/read")
    assert SAID not in bob.get("/").content.decode()
    page = bob.get("/me/notices").content.decode()
    assert SAID in page
    assert "Tout marquer comme lu" not in page


def test_all_is_marked_as_read_at_once(world, plan, browse):
    mentions.name(world.ada, plan, world.bob.sub)
    write(world, plan, "# Plan\n\n@Bob Dupont")
    bob = browse("bob")
    assert "Tout marquer comme lu" in bob.get("/me/notices").content.decode()
    assert bob.post("/me/notices/read").headers["Location"] == "/me/notices"
    assert said(world.bob, unread=True) == []
    assert "Rien pour le moment" in browse("eve").get("/me/notices").content.decode()


def test_the_editor_says_whom_it_names_and_hears_who_may_not_read(world, plan, browse):
    ada = browse("ada", headers={"accept": "application/json"})
    assert ada.post(f"/p/{plan}/mention", {"person": world.bob.sub}).json()["said"] == ""
    told = ada.post(f"/p/{plan}/mention", {"person": world.eve.sub}).json()["said"]
    assert told.startswith("Eve Martin ne peut pas lire ce pad.")
    assert ada.post(f"/p/{plan}/mention", {}).status_code == 404
    assert ada.post(f"/p/{plan}/mention", {"person": "a@b"}).status_code == 404


def test_what_is_told_costs_the_same_however_much_it_is(world, plan):
    def cost():
        with CaptureQueriesContext(connection) as asked:
            notices.of(world.bob)
        return len(asked)

    assert cost() == 1
    kept.tell([world.bob.person], "mention", plan, world.ada.person)
    before = cost()
    for number in range(4):
        node = put(world.ada, world.maths, f"{number}.md", b"x").id
        kept.tell([world.bob.person], "mention", node, world.ada.person)
    kept.tell([world.bob.person], "of a service that is no more", plan)
    assert cost() == before <= 9
    assert len(said(world.bob)) == 5


def test_it_goes_with_the_document(world, plan):
    mentions.name(world.ada, plan, world.bob.sub)
    write(world, plan, "# Plan\n\n@Bob Dupont")
    trash.discard(world.ada, plan)
    trash.purge(world.ada, plan)
    keeping.forget_erased()
    assert Mention.objects.count() == 0
    assert said(world.bob) == []


def test_two_people_made_one_have_what_both_had_and_give_it_back(world, plan):
    ada, bob, eve = (one.person for one in (world.ada, world.bob, world.eve))
    other = put(world.ada, world.maths, "autre.md", b"# Autre\n").id
    for node in (plan, other):
        mentions.name(world.ada, node, world.eve.sub)
        kept.tell([eve], "mention", node, ada)
    mentions.name(world.ada, plan, world.bob.sub)
    kept.tell([bob], "mention", plan, ada)
    rows, told = leaving.merge(bob, eve), portal.merge(bob, eve)
    assert sorted(Mention.objects.filter(person=bob).values_list("node", flat=True)) == sorted([plan, other])
    assert sorted(one.about for one in kept.of(bob, 10)) == sorted([plan, other])
    portal.unmerge(bob, eve, told)
    leaving.unmerge(bob, eve, rows)
    assert [one.about for one in kept.of(bob, 10)] == [plan]
    assert sorted(Mention.objects.filter(person=eve).values_list("node", flat=True)) == sorted([plan, other])
    assert people.actor_of(bob)
