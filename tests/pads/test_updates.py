"""What may be put into a document: letters of its text, by whatever client, and nothing else."""

import random

import pytest
from pycrdt import Array, Doc, Map, Text, XmlFragment

from cartable.pads.lib0 import Malformed, varuint
from cartable.pads.live import GAPS, SENSELESS, Pad
from cartable.pads.log import Logged
from cartable.pads.owning import Lease
from cartable.pads.peers import LAG, Peer, Visitor
from cartable.pads.presence import Who
from cartable.pads.updates import has_unwritten
from cartable.pads.wire import EMPTY, Type, spell

EMBED = bytes.fromhex("0101") + varuint(777) + b"\0" + b"\5\1\4text" + b'\7{"a":1}' + b"\0"


@pytest.fixture
def pad():
    return Pad(Lease(7, "one", 1), Logged([], 0, 0, None), lambda: None, lambda: None)


@pytest.fixture
def peer(pad):
    peer = Peer(Visitor(1, Who("x", "Ada", 1), writes=True), lambda: 0)
    pad.join(peer)
    return peer


def written(text):
    """Return the update of somebody who begins a text."""
    return Doc({"text": Text(text)}).get_update()


def histories(seed):
    """Yield all updates of two who type, take away, and hear of one another now and then."""
    rng, docs = random.Random(seed), [Doc(), Doc()]
    texts = [doc.get("text", type=Text) for doc in docs]
    for _ in range(200):
        n = rng.randrange(2)
        before, size = docs[n].get_state(), len(str(texts[n]))
        at = rng.randint(0, size)
        if size and rng.random() < 0.3:
            del texts[n][: rng.randint(1, size)]
        else:
            texts[n].insert(at, rng.choice(["a", "deux mots ", "fin\n"]))
        yield docs[n].get_update(before)
        if rng.random() < 0.2:
            docs[1 - n].apply_update(docs[n].get_update())
            yield docs[1 - n].get_update()


@pytest.mark.parametrize("seed", range(5))
def test_whatever_people_type_is_letters(seed):
    assert not any(has_unwritten(update) for update in histories(seed))
    assert not has_unwritten(EMPTY)


@pytest.mark.parametrize("text", ["a\0b", "a\r\nb", "\r"])
def test_letters_that_no_file_has_are_told(text):
    assert has_unwritten(written(text))


def formatted():
    doc = Doc({"text": Text("abc")})
    doc.get("text", type=Text).format(0, 2, {"bold": True})
    return doc.get_update()


STRANGE = {
    "embed": EMBED,
    "format": formatted(),
    "another root": Doc({"x": Text("abc")}).get_update(),
    "array": Doc({"text": Array([1, 2])}).get_update(),
    "map": Doc({"text": Map({"a": 1})}).get_update(),
    "tree": Doc({"text": XmlFragment()}).get_update() + b"\0",
    "more after its end": written("abc") + b"\0",
    "a client beyond what JavaScript counts": b"\1\1" + varuint(1 << 53) + b"\0\4\1\4text\1a\0",
    "many clients that are not there": b"\xff\xff\xff\xff\x0f",
}


@pytest.mark.parametrize("what", STRANGE)
def test_what_is_more_than_letters_is_refused_and_nothing_of_it_is_kept(pad, peer, what):
    with pytest.raises(Malformed):
        has_unwritten(STRANGE[what])
    before = pad.state
    for kind in (Type.UPDATE, Type.STEP2):
        peer.code = 0
        pad.hear(peer, spell(kind, STRANGE[what]))
        assert (peer.code, pad.state, pad.beat().rows) == (SENSELESS, before, [])


@pytest.mark.parametrize("cut", range(1, len(EMBED)))
def test_wherever_it_is_cut_it_is_no_update(cut):
    whole = written("abc")
    if cut < len(whole):
        with pytest.raises(Malformed):
            has_unwritten(whole[:cut])


def test_what_no_file_has_is_taken_out_again_for_all(pad, peer):
    pad.hear(peer, spell(Type.UPDATE, written("un\0e\r\nligne\rdeux")))
    assert str(pad) == "une\nligne\ndeux"
    (row,) = pad.beat().rows
    other = Doc()
    other.apply_update(row.data)
    assert str(other.get("text", type=Text)) == str(pad), "as one row: who reads it sees neither"


def test_who_leaves_gaps_for_ever_is_closed(pad, peer):
    doc = Doc({"text": Text("a")})
    text, rest = doc.get("text", type=Text), []
    for n in range(GAPS + 2):
        before = doc.get_state()
        text.insert(0, str(n))
        rest.append(doc.get_update(before))
    for update in rest[: GAPS // 2]:
        pad.hear(peer, spell(Type.UPDATE, update))
    pad.beat()
    assert peer.code == 0
    for update in rest[GAPS // 2 :]:
        pad.hear(peer, spell(Type.UPDATE, update))
    pad.beat()
    assert peer.code == SENSELESS


def test_a_document_larger_than_what_may_wait_is_sent_whole(peer):
    peer.post(bytes(LAG + 1))
    assert peer.code == 0
    peer.post(b"x")
    assert peer.code, "but nothing beside it"


def test_it_costs_by_its_size_and_no_recursion():
    assert not has_unwritten(written("x" * 100_000))
