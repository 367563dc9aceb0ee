"""Whose hand wrote what: kept with the letters, told to who reads, followed through merges, forgotten of who is erased."""

import json

import pytest
from pycrdt import Doc, Text

from cartable.pads import wire
from cartable.pads.hands import leaving, signing
from cartable.pads.hands.models import Hand
from cartable.pads.hands.tasks import forget_erased
from cartable.spaces import trash
from tests.pads.test_wire import session
from tests.worlds import put

pytestmark = pytest.mark.django_db


def typed(doc, words):
    """Type at the end of a document, and return the update."""
    before = doc.get_state()
    text = doc.get("text", type=Text)
    text += words
    return doc.get_update(before)


def test_an_update_says_as_which_client_it_was_typed():
    one, other = Doc(client_id=2**32 + 7), Doc(client_id=5)
    first, second = typed(one, "Bonjour"), typed(one, " à tous")
    assert [wire.clients(update) for update in (first, second)] == [[2**32 + 7], [2**32 + 7]]
    for update in (first, second):
        other.apply_update(update)
    typed(other, "!")
    assert sorted(wire.clients(other.get_update())) == [5, 2**32 + 7]
    assert wire.clients(wire.EMPTY) == []
    with pytest.raises(wire.Malformed):
        wire.clients(b"\1\1")


def test_who_types_is_told_by_client(site, node, come):
    one, other = come(node), come(node, doc=Doc(client_id=77))
    for typist in (one, other):
        typist.until(lambda typist=typist: typist.ready)
        typist.text += "mot"
        typist.until(lambda typist=typist: typist.versions)
    status, body, _ = site.ask("GET", f"/p/{node}/wrote", **session(site, site.sub))
    assert status == 200
    told = json.loads(body)
    assert set(told) == {str(one.doc.client_id), "77"}
    assert {who["person"] for who in told.values()} == {site.sub}


@pytest.fixture
def pad(world):
    """A pad of ada's in which bob wrote as client 5, and ada as 6."""
    node = put(world.ada, world.maths, "volcans.md", b"").id
    signing.sign(node, {5: world.bob.person, 6: world.ada.person})
    return node


def people(node):
    return {client: who["name"].split()[0] for client, who in signing.of(node).items()}


def test_a_client_is_whose_it_was_first(world, pad, django_assert_num_queries):
    signing.sign(pad, {5: world.eve.person, 7: world.eve.person})
    with django_assert_num_queries(2):
        assert people(pad) == {5: "Bob", 6: "Ada", 7: "Eve"}


def test_it_is_told_to_who_may_read(world, pad, browse):
    assert browse("eve").get(f"/p/{pad}/wrote").status_code == 404
    assert browse("ada").get(f"/p/{pad}/wrote").json()["5"]["name"] == "Bob Dupont"


def test_it_follows_a_merge_and_back_and_is_forgotten_of_who_is_erased(world, pad):
    [sheet] = leaving.export(world.bob.person)
    assert [row["node"] for row in sheet.rows] == [pad]
    moved = leaving.merge(world.ada.person, world.bob.person)
    assert people(pad) == {5: "Ada", 6: "Ada"}
    leaving.unmerge(world.ada.person, world.bob.person, moved)
    assert people(pad) == {5: "Bob", 6: "Ada"}
    leaving.erase(world.bob.person)
    assert people(pad) == {6: "Ada"}


def test_it_goes_with_the_document(world, pad):
    trash.discard(world.ada, pad)
    trash.purge(world.ada, pad)
    forget_erased.func()
    assert Hand.objects.count() == 0
