"""Who is named in a remark about a pad is told as it is sent, and reads it if they may; whoever names somebody who may not hears it."""

import pytest

from cartable.identity import directory
from cartable.kernel import notices as kept
from cartable.kernel.errors import Denied
from cartable.pads.comments import talking
from cartable.portal import leaving, notices
from cartable.spaces import sharing
from cartable.spaces.access import Role

ANCHOR = "AAEC.AwQF"
MENTION = "Bob Dupont vous mentionne dans «\u00a0cours\u00a0»"


@pytest.fixture(autouse=True)
def colleagues(monkeypatch):
    """Everybody finds everybody: the directory has tests of its own."""
    monkeypatch.setattr(directory, "may_name", lambda actor, person: True)


def begin(actor, node, text, *named):
    return talking.begin(actor, node, ANCHOR, "Volcans", text, named=[one.sub for one in named])


def said(actor):
    return [one.said for one in notices.of(actor, unread=True)]


def test_who_is_named_in_a_remark_is_told_once_until_they_have_read(world, pad):
    thread = begin(world.bob, pad, "@Ada Lovelace, trop court ?", world.ada)
    talking.answer(world.bob, thread, "@Ada Lovelace !", named=[world.ada.sub])
    assert said(world.ada) == [MENTION]
    kept.read(world.ada.person)
    talking.change(world.bob, thread, "@Ada Lovelace, trop long ?")
    assert said(world.ada) == [], "they were told of that name before"
    talking.change(world.bob, thread, "@Ada Lovelace, trop long ?", named=[world.ada.sub])
    assert said(world.ada) == [MENTION]


def test_who_was_chosen_and_is_not_named_any_more_is_told_nothing(world, pad):
    begin(world.bob, pad, "Ada Lovelace, ou personne", world.ada)
    assert said(world.ada) == []


def test_who_is_answered_and_named_is_told_that_they_are_named(world, pad):
    thread = begin(world.ada, pad, "Trop court ?")
    talking.answer(world.bob, thread, "Non, @Ada Lovelace", named=[world.ada.sub])
    assert said(world.ada) == [MENTION]


def test_who_may_not_read_is_told_nothing_until_they_may(world, pad):
    begin(world.bob, pad, "@Eve Martin, ton avis ?", world.eve)
    assert said(world.eve) == []
    share = sharing.give(world.ada, pad, f"person:{world.eve.person}", Role.READ)
    assert said(world.eve) == [MENTION]
    sharing.revoke(world.ada, share.id)
    assert said(world.eve) == []


def test_who_may_not_comment_names_nobody_and_nobody_names_whom_they_cannot_find(world, pad, monkeypatch):
    sharing.give(world.ada, pad, f"person:{world.eve.person}", Role.READ)
    with pytest.raises(Denied):
        begin(world.eve, pad, "@Ada Lovelace", world.ada)
    monkeypatch.setattr(directory, "may_name", lambda actor, person: False)
    thread = begin(world.bob, pad, "@Ada Lovelace", world.ada)
    talking.answer(world.bob, thread, "@Ada Lovelace", named=["x" * 20, "a@b"])
    assert said(world.ada) == []


def test_nobody_is_told_of_naming_themselves(world, pad):
    begin(world.bob, pad, "@Bob Dupont", world.bob)
    assert said(world.bob) == []


def test_the_pages_tell_who_names_somebody_who_may_not_read(world, pad, browse):
    bob = browse("bob", headers={"accept": "application/json"})
    at, eve = f"/p/{pad}/comments", "Eve Martin ne peut pas lire ce pad. "
    words = {"text": "@Eve Martin et @Ada Lovelace", "named": f"{world.eve.sub} {world.ada.sub}"}
    made = bob.post(at, {"anchor": ANCHOR, "quote": "Volcans", **words}).json()
    assert made["said"].startswith(eve)
    assert bob.post(f"{at}/{made['thread']}/answer", words).json()["said"].startswith(eve)
    assert bob.post(f"{at}/{made['thread']}/change", words).json()["said"].startswith(eve)
    sharing.give(world.ada, pad, f"person:{world.eve.person}", Role.READ)
    assert bob.post(f"{at}/{made['thread']}/answer", words).json()["said"] == ""


def test_it_is_taken_away_merged_and_erased_with_who_is_named(world, pad):
    begin(world.bob, pad, "@Ada Lovelace", world.ada)
    [sheet] = leaving.told(world.ada.person)
    assert [row["said"] for row in sheet.rows] == [MENTION]
    moved = leaving.merge(world.eve.person, world.ada.person)
    assert [one.kind for one in kept.of(world.eve.person, 10)] == ["mention"]
    leaving.unmerge(world.eve.person, world.ada.person, moved)
    assert said(world.ada) == [MENTION]
    leaving.erase(world.ada.person)
    assert said(world.ada) == []
