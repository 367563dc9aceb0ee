"""A pad that weighs far more than its text is begun anew while nobody is there; who comes back from before loses nothing."""

from base64 import b64decode, b64encode
from datetime import timedelta
from itertools import count

import pytest
from pycrdt import Assoc, Doc

from cartable.kernel import clock
from cartable.pads import anew, files, latecomers, log
from cartable.pads.comments import talking
from cartable.pads.formers import FORGOTTEN, FORMER
from cartable.pads.hands import signing
from cartable.pads.masks import Places
from cartable.pads.models import Former, Snapshot
from cartable.pads.tasks import forget_formers
from tests.pads.lives import Hand, Process
from tests.pads.typists import weigh_down
from tests.worlds import ada_world, put

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)

UPDATE = b"\0\2"  # how a frame begins that carries one
TEXT = "Bonjour à tous 😀\nBonjour à tous 😀\n"


@pytest.fixture
def world():
    return ada_world()


@pytest.fixture
def node(world):
    return put(world.ada, world.maths, "cours.md", TEXT.encode()).id


@pytest.fixture
def process(monkeypatch):
    process, began = Process("alone", 0.0), clock.now()
    monkeypatch.setattr(clock, "now", lambda: began + timedelta(seconds=process.loop.now))
    yield process
    process.die()


@pytest.fixture
def come(process, node):
    """Let somebody come: `come(person)`; what they type by themselves are letters nobody else types."""
    letters = map(chr, count(0xE000))

    def hand(person, *, tells=True):
        one = Hand(person, letters, tells=tells)
        one.come(process, node)
        return heard(process, one)

    return hand


def heard(process, *hands):
    """Let all be said and heard, and what is typed be durable."""
    for _ in range(3):
        for hand in hands:
            hand.carry(99, 99)
        process.go_on(0.5)
    for hand in hands:
        hand.carry(99, 99)
    return hands[0]


def begun_anew(process, node, *hands):
    """Have the document weigh too much, and nobody be there for a while."""
    heavy = hands[0]
    weigh_down(heavy.doc)
    heard(process, *hands)
    for hand in hands:
        hand.go()
    before = epoch_of(node)
    process.go_on(40)
    assert epoch_of(node) != before


def epoch_of(node):
    return Snapshot.objects.get(node=node).epoch


def weight(node):
    return sum(map(len, log.load(node).updates))


def texts_of(process, node):
    """Return the text that is open, and that of the file once it has followed."""
    process.go_on(3)
    return str(process.open(node).pad), files.read(node).text


def test_it_is_light_and_the_same_text_once_nobody_is_there(process, node, come):
    one = come(1)
    one.type(5, "é")
    text = str(one)
    begun_anew(process, node, one)
    assert weight(node) < 200
    assert texts_of(process, node) == (text, text)
    assert Former.objects.get(node=node).epoch == 0
    assert str(come(2)) == text


def test_one_that_is_not_heavy_or_where_somebody_is_stays_as_it_is(process, node, come):
    one, other = come(1), come(2)
    weigh_down(one.doc)
    heard(process, one, other)
    one.go()
    process.go_on(40)
    assert (epoch_of(node), Former.objects.count()) == (0, 0), "somebody is there"
    assert weight(node) > 64 << 10
    process.close(node)
    assert (epoch_of(node), Former.objects.count()) == (0, 0), (
        "they are told to come again, and have it before their eyes"
    )


def test_who_has_not_said_what_they_have_hears_nothing_of_it(process, node, come):
    """Of a former document, letters of the present one would come back as their own."""
    one, other = come(1), come(2)
    one.go()
    one.come(process, node)
    other.type(0, "é")
    heard(process, other)
    assert [frame for frame in one.line.down if frame[:2] == UPDATE] == []
    one.carry(99, 0)
    other.type(0, "à")
    heard(process, other)
    assert [frame for frame in one.line.down if frame[:2] == UPDATE] != []
    one.carry(0, 99)
    assert str(one) == str(other)


@pytest.mark.parametrize("tells", [True, False], ids=["ours", "any"])
def test_what_was_typed_off_line_comes_once_and_then_they_have_the_new_one(process, node, come, tells):
    one, other = come(1, tells=tells), come(2)
    begun_anew(process, node, other, one)
    one.type(7, " d’avant ")
    third = come(3)
    third.type(0, "d’ailleurs ")
    heard(process, third)
    one.come(process, node)
    heard(process, one, third)
    both = str(third)
    assert (both.count("d’avant"), both.count("d’ailleurs"), both.count("Bonjour"), len(both)) == (
        1, 1, 2, len(TEXT) + len("? d’avant ") + len("?d’ailleurs "),
    )  # fmt: skip
    assert not one.unkept
    if not tells:
        one.type(0, "encore ")
        heard(process, one, third)
        assert (str(one).count("Bonjour"), str(third).count("encore")) == (2, 1)
        both = str(third)
    process.go_on(latecomers.STAYS)
    one.carry(0, 99)
    assert one.typist is None, "they were told to begin anew"
    one.come(process, node)
    assert str(heard(process, one)) == both == texts_of(process, node)[1]


def test_what_is_brought_twice_comes_once(process, node, come):
    one = come(1)
    begun_anew(process, node, one)
    one.type(3, " d’avant ")
    for _ in range(2):
        one.come(process, node)
        one.carry(99, 99)
        one.carry(99, 0)
        process.go_on(1)
        one.go()  # without having heard that it is kept
        assert one.unkept
    assert texts_of(process, node)[0].count("d’avant") == 1


def test_who_may_not_write_any_more_brings_nothing(process, node, come):
    one = come(1)
    begun_anew(process, node, one)
    one.type(3, " d’avant ")
    one.come(process, node)
    one.line._peer.visitor = one.line._peer.visitor._replace(writes=False)
    heard(process, one)
    assert texts_of(process, node) == (TEXT, TEXT)
    assert one.unkept
    one.line._peer.visitor = one.line._peer.visitor._replace(writes=True)
    process.open(node).doubt(set())
    heard(process, one)
    assert "d’avant" in texts_of(process, node)[0]
    assert not one.unkept


def test_a_document_that_is_none_we_know_is_told_so(process, node, come):
    one = come(1)
    one.go()
    one.epoch = 12345
    one.come(process, node)
    assert one.line.code == FORGOTTEN
    begun_anew(process, node, come(2))
    Former.objects.update(at=clock.now() - log.FORMER - timedelta(seconds=1))
    forget_formers.func()
    one.epoch = 0
    one.come(process, node)
    assert one.line.code == FORGOTTEN
    assert FORMER != FORGOTTEN


def test_who_typed_what_is_known_still(process, node, world, come):
    ada, bob = come(world.ada.person), come(world.bob.person)
    ada.type(3, "à la main")
    heard(process, ada, bob)
    bob.type(40, "😀")
    heard(process, bob, ada)
    before = hands_in(node)
    begun_anew(process, node, ada, bob)
    assert hands_in(node) == before
    assert {world.ada.person, world.bob.person} < set(before)


def hands_in(node):
    """Return the person of each letter of what is kept, as a browser draws it."""
    doc = Doc()
    for update in log.load(node).updates:
        doc.apply_update(update)
    return [person for person, words in anew.pieces(doc.get_update(), signing.clients(node)) for _ in words]


def test_what_is_said_of_a_passage_is_said_of_it_still(process, node, world, come):
    """Of the second “tous”, which no search for the word would find."""
    one = come(world.ada.person)
    state = process.open(node).pad.state
    at = str(one).rindex("tous") + 1  # Yjs counts the emoji twice
    thread = talking.begin(world.ada, node, named(state, at, at + 4), "tous", "Vraiment ?")
    gone = talking.begin(world.ada, node, named(state, 0, 4), "Bonj", "Parti")
    talking.begin(world.ada, node, "!.?", "x", "D’un autre navigateur")
    one.erase(0, 4)
    heard(process, one)
    begun_anew(process, node, one)
    begun_anew(process, node, come(world.ada.person))
    (state,) = log.load(node).updates
    anchors = {one.id: one.anchor.split(" ") for one in talking.of(world.ada, node)}
    assert [len(names) for names in anchors.values()] == [2, 2, 1]
    assert passage(state, anchors[thread][1]) == (at - 4, at)
    begin, end = passage(state, anchors[gone][1])
    assert begin == end, "its words were taken away, and so it is empty"
    assert passage(state, anchors[thread][0]) == (None, None), "the other name was of the former document"


def named(state, begin, end):
    places = Places(state)
    sides = places.name(begin, Assoc.AFTER), places.name(end, Assoc.BEFORE)
    return ".".join(b64encode(one).decode() for one in sides)


def passage(state, name):
    return tuple(Places(state).find(b64decode(one)) for one in name.split("."))
