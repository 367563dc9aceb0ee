"""A pad where no WebSocket gets through: events and POSTs, through a real server."""

import pytest

from tests.pads.test_wire import said, stored
from tests.pads.typists import Events


@pytest.fixture
def heard(site, node):
    """A conversation that is open, and says nothing by itself."""
    with Events(site, node, site.headers) as events:
        yield events


def test_both_ways_lead_into_one_text(node, come):
    one, other = come(node, by=Events), come(node)
    for typist in (one, other):
        typist.until(lambda typist=typist: typist.ready)
    one.text.insert(0, "é😀 ")
    other.text += "fin"
    for typist in (one.kept(), other.kept()):
        typist.until(lambda typist=typist: str(typist) == "é😀 Bonjour à tous 😀\nfin")
    assert one.saved == one.sent
    assert stored(come, node) == str(one)


def test_several_frames_of_one_post_keep_their_order(node, come):
    one, other = come(node, by=Events), come(node)
    one.socket.send(said(7, 1, {"cursor": 1}), said(7, 2, {"cursor": 2}))
    other.until(lambda: 7 in other.states)
    assert other.states[7][1]["cursor"] == 2


def test_who_leaves_is_gone_for_the_others(node, come):
    one, other = come(node, by=Events), come(node)
    one.socket.send(said(7, 1, {"cursor": 1}))
    other.until(lambda: 7 in other.states)
    one.leave()
    other.until(lambda: other.states[7][1] is None)


def test_it_is_closed_for_the_reasons_of_a_socket(site, node, come):
    assert come(10**12, by=Events).code() == 4004
    assert come(node, {}, by=Events).code() == 4001
    senseless = come(node, by=Events)
    senseless.socket.send(b"\0\2\4\xff\xff\xff\xff")
    assert senseless.code() == 1007


def test_who_has_no_key_is_not_heard(heard):
    assert heard.post(b"", **{"Socket-Key": "another"}) == 404


def test_what_is_cut_or_too_large_is_refused_whole(node, come, heard):
    update = b"\0\0\1\0"
    assert heard.post(b"\0\0\0\4" + update + b"\0\0") == 400
    assert heard.post(b"\0\0\0\5" + update) == 400
    assert heard.post(bytes((4 << 20) + (129 << 10))) == 413
    assert stored(come, node) == "Bonjour à tous 😀\n"


def test_other_sites_and_other_methods_are_refused(site, node):
    foreign = {**site.headers, "Sec-Fetch-Site": "cross-site"}
    with Events(site, node, foreign) as events:
        assert events.status == 403
    assert site.ask("PUT", f"/pads/{node}/sync", b"")[0] == 405
    assert site.ask("GET", "/pads/x/sync")[0] == 404
