"""A document begun anew has the same text, by the same hands, and its places are where they were; Yjs itself is asked."""

import json
import subprocess
from base64 import b64decode, b64encode
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import Assoc, Doc, Map, Text

from cartable.pads import anew
from cartable.pads.lib0 import Malformed
from cartable.pads.masks import Places, masked
from tests.servers import NODE

pytestmark = pytest.mark.once

WORDS = st.text(st.sampled_from("aé😀\n "), max_size=4)
EDITS = st.lists(st.tuples(st.integers(1, 5), st.integers(0, 60), st.integers(0, 3), WORDS), max_size=25)
PEOPLE = {1: 11, 2: 22, 3: 11}  # by client; 4 and 5 are nobody's
many = settings(max_examples=60, deadline=None)


class Yjs:
    """The library of browsers, in a program of its own."""

    def __init__(self):
        self._process = subprocess.Popen(
            [NODE, Path(__file__).with_name("places.mjs")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, act, *values):
        print(json.dumps([act, *values]), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())

    def typed(self, edits):
        return b64decode(self.ask("typed", edits))

    def names(self, state):
        return self.ask("names", b64encode(state).decode())

    def found(self, state, names):
        return self.ask("found", b64encode(state).decode(), names)

    def read(self, state):
        return self.ask("read", b64encode(state).decode())

    def end(self):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@pytest.fixture(scope="module")
def yjs():
    yjs = Yjs()
    yield yjs
    yjs.end()


@pytest.fixture
def any_weight(monkeypatch):
    monkeypatch.setattr(anew, "LIGHTER", 0)


@pytest.mark.usefixtures("any_weight")
def test_the_text_is_the_same_by_the_same_hands(yjs):
    @many
    @given(EDITS)
    def same(edits):
        before = yjs.typed(edits)
        made = anew.begun_anew(before, PEOPLE)
        was, now = yjs.read(before), yjs.read(made.state)
        assert now["text"] == was["text"]
        assert [made.hands.get(one) for one in now["clients"]] == [PEOPLE.get(one) for one in was["clients"]]
        assert not {*was["clients"]} & {*now["clients"]}
        assert len(set(now["clients"])) <= 3, "one for each person, and one for nobody"

    same()


def test_places_are_found_and_named_as_yjs_does(yjs):
    @many
    @given(EDITS, EDITS)
    def alike(first, then):
        before, state = yjs.typed(first), yjs.typed([*first, *then])
        places = Places(state)
        names = [name for both in yjs.names(before) for name in both]
        same_clients = {name for name, at in zip(names, yjs.found(state, names), strict=True) if at is not None}
        for name, at in zip(names, yjs.found(state, names), strict=True):
            assert places.find(b64decode(name)) == at
        assert same_clients or not names
        named = [
            [b64encode(places.name(at, side)).decode() for side in (Assoc.AFTER, Assoc.BEFORE)]
            for at in range(len(yjs.read(state)["clients"]) + 1)
        ]
        assert named == yjs.names(state)

    alike()


def test_what_is_no_name_is_in_no_place():
    places = Places(Doc({"text": Text("abc")}).get_update())
    assert [places.find(name) for name in (b"", b"\0", b"\xff" * 30, b"\0\1\1\0")] == [None] * 4


@pytest.mark.parametrize("cut", range(2, 12))
def test_what_is_cut_is_malformed(cut):
    state = Doc({"text": Text("abc")}).get_update()
    with pytest.raises(Malformed):
        masked(state[:-cut], lambda _client: "x")


def test_a_document_of_more_than_a_text_is_left_as_it_is():
    with pytest.raises(Malformed):
        anew.begun_anew(Doc({"text": Text("abc"), "more": Map({"a": 1})}).get_update(), {})


def test_it_is_worth_it_for_what_is_heavy_and_becomes_light():
    doc = Doc({"text": Text()})
    with doc.transaction():
        for _ in range(7000):
            doc["text"].insert(0, "x")
        del doc["text"][10:7000]
    state = doc.get_update()
    assert anew.is_heavy(len(state), str(doc["text"]))
    assert len(anew.begun_anew(state, {}).state) < 100
    pasted = Doc({"text": Text("x" * 100_000)}).get_update()
    assert not anew.is_heavy(len(pasted), "x" * 100_000)
    assert anew.begun_anew(pasted, {}) is None
    assert not anew.is_heavy(anew.LEAST, "x"), "what is small is not worth it"


def test_letters_for_a_former_document_are_joined_once_and_what_lacks_another_waits():
    former, live = Doc({"text": Text("un deux")}), Doc({"text": Text("un deux")})
    live["text"] += " trois"
    away = Doc()
    away.apply_update(former.get_update())
    letters, watch = [], away.observe(lambda event: letters.append(event.update))  # noqa: F841 - it lasts as long as it is kept
    text = away.get("text", type=Text)
    text.insert(2, "é")
    text.insert(4, "😀")
    late = anew.brought(former.get_update(), letters[1:], live.get_update())
    assert (late.gaps, late.growth) == (letters[1:], 0)
    brought = anew.brought(late.state, letters, live.get_update())
    assert (brought.gaps, brought.growth) == ([], 6)
    live.apply_update(brought.update)
    assert str(live["text"]) == "uné😀 deux trois"
    again = anew.brought(brought.state, letters, live.get_update())
    assert (again.update, again.growth) == (b"\0\0", 0)
    with pytest.raises(Malformed):
        anew.brought(brought.state, [b"\1\1\1"], live.get_update())
