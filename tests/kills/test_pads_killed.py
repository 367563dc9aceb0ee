"""The server is killed at any moment while people type: what it said it kept is there, and those who come back bring the rest."""

import random
import threading

import pytest
from websockets.exceptions import ConnectionClosed

from cartable.pads.writing import LOST
from tests.pads.typists import Typist, make

TYPISTS = 5
SERVER_ENDS = (OSError, ConnectionClosed, ExceptionGroup)


class Hand(threading.Thread):
    """Somebody who types words nobody else types, as fast as they can, at both ends of the text."""

    def __init__(self, typist, number, seed):
        super().__init__()
        self.typist, self.number, self.rng = typist, number, random.Random(seed)
        self.typed = {}  # by number of the message that carried it

    def run(self):
        try:
            while True:
                word = f"⟦{self.number}-{len(self.typed)}😀⟧"
                self.typist.text.insert(0 if self.rng.random() < 0.5 else len(self.typist.text), word)
                self.typed[self.typist.sent] = word
                self.typist.hear()
        except SERVER_ENDS:
            self.drain()

    def drain(self):
        """Hear what the server had still said."""
        try:
            while True:
                self.typist.hear()
        except SERVER_ENDS:
            pass

    def kept(self):
        return {word for number, word in self.typed.items() if number <= self.typist.saved}


@pytest.mark.kills
def test_what_was_said_to_be_kept_survives_any_death(tmp_path, install, request):
    site, rng = install(tmp_path), random.Random(20261129)
    site.start()
    node = make(site, "pad.md")
    docs = [None] * TYPISTS
    kept, unkept = 0, 0
    rare = (
        20 if "CARTABLE_DATABASE" in site.env else 5
    )  # where others may have a pad, each death is followed by its lease
    deaths = max(1, request.config.getoption("--kills") // rare)
    for death in range(deaths):
        typists = [come(site, node, doc) for doc in docs]
        hands = [Hand(typist, f"{death}-{n}", seed=death * TYPISTS + n) for n, typist in enumerate(typists)]
        for hand in hands:
            hand.start()
        threading.Event().wait(rng.uniform(0.05, 0.8))  # the moment of death is what varies
        site.kill()
        for hand in hands:
            hand.join()
        site.start()
        text = stored(site, node)
        for hand in hands:
            assert [word for word in hand.kept() if word not in text] == []
            kept, unkept = kept + len(hand.kept()), unkept + len(hand.typed) - len(hand.kept())
        docs = [typist.doc for typist in typists]
        bring_the_rest(site, node, typists, {word for hand in hands for word in hand.typed.values()})
    site.stop()
    site.start()
    assert site.send("GET", "pad.md")[1].decode() == stored(site, node)
    site.kill()
    assert kept > deaths, "nothing was kept: nothing was proven"
    assert unkept > 0 or deaths < 5, "no death came in the middle of anything"


def come(site, node, doc=None):
    """Return somebody who is at a pad, with what they had; they come again as long as a server that died has it."""
    typist = Typist(site, node, doc=doc)
    try:
        return typist.until(lambda: typist.ready)
    except ConnectionClosed as closed:
        typist.leave()
        if not closed.rcvd or closed.rcvd.code != LOST:
            raise
    threading.Event().wait(0.5)
    return come(site, node, typist.doc)


def stored(site, node):
    """Return the text that somebody finds who comes now."""
    one = come(site, node)
    one.leave()
    return str(one)


def bring_the_rest(site, node, typists, words):
    """Let each come back with what they have: all that was typed is there then, once."""
    for typist in typists:
        typist.leave()
        back = come(site, node, typist.doc)
        back.kept()
        back.leave()
    text = stored(site, node)
    assert {word: text.count(word) for word in words} == dict.fromkeys(words, 1)
