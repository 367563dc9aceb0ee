"""Whoever comes with y-websocket as npm has it, unmodified: they and our editor's people write one text."""

import contextlib
import json
import subprocess
from pathlib import Path

import pytest

from tests.pads.typists import weigh_down
from tests.servers import NODE, wait_until

pytestmark = pytest.mark.once

PROGRAM = Path(__file__).with_name("stock.mjs")


class Stock:
    """Somebody at a pad with a `WebsocketProvider`. What they see is read in `until`."""

    def __init__(self, site, node):
        server, headers = f"ws://127.0.0.1:{site.port}/pads/{node}", json.dumps(site.headers)
        self._process = subprocess.Popen(
            [NODE, PROGRAM, server, "sync", headers], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.seen = {"text": "", "synced": False, "connected": False, "people": {}}

    def do(self, act, *values):
        print(json.dumps([act, *values]), file=self._process.stdin, flush=True)

    def until(self, true):
        while not true(self.seen):
            line = self._process.stdout.readline()
            assert line, "the program has ended"
            self.seen = json.loads(line)
        return self

    def leave(self):
        with self._process as process:
            process.stdin.close()
            process.stdout.read()


@pytest.fixture
def stock(site, node):
    """Let somebody come with the provider; they leave at the end."""
    with contextlib.ExitStack() as stack:

        def somebody():
            one = Stock(site, node)
            stack.callback(one.leave)
            return one.until(lambda seen: seen["synced"])

        yield somebody


def all_read(text, stocks, ours):
    """Have everybody read this text."""
    for stock in stocks:
        stock.until(lambda seen: seen["text"] == text)
    ours.until(lambda: str(ours) == text)


def test_they_and_we_write_one_text(node, come, stock):
    one, other, ours = stock(), stock(), come(node)
    ours.until(lambda: ours.ready)
    one.do("insert", 0, "é😀 ")
    ours.until(lambda: str(ours) == "é😀 Bonjour à tous 😀\n")
    ours.text += "de nous\n"
    ours.kept()
    other.until(lambda seen: "de nous" in seen["text"]).do("erase", 4, len("Bonjour "))
    all_read("é😀 à tous 😀\nde nous\n", (one, other), ours)


def test_they_see_one_another_and_us_by_the_names_that_the_server_gives(site, node, come, stock):
    one, other, ours = stock(), stock(), come(node)
    one.do("be", {"cursor": 3, "user": {"name": "La rectrice"}})
    other.until(lambda seen: any(state.get("cursor") == 3 for state in seen["people"].values()))
    ours.until(lambda: any(state and state.get("cursor") == 3 for _, state in ours.states.values()))
    (state,) = (state for state in other.seen["people"].values() if state.get("cursor") == 3)
    assert (state["user"]["name"], state["user"]["person"]) == ("Kim Durand", site.sub)
    one.do("go")
    other.until(lambda seen: not any(state.get("cursor") == 3 for state in seen["people"].values()))


def test_who_comes_back_with_a_document_that_was_begun_anew_brings_what_they_typed_and_nothing_twice(
    site, node, come, stock
):
    one, ours = stock(), come(node)
    ours.until(lambda: ours.ready)
    one.do("go")
    one.until(lambda seen: not seen["connected"]).do("insert", 0, "au loin ")
    weigh_down(ours.doc)
    ours.kept().leave()
    site.kill()
    site.start()  # it finds the pad that was left, and closes it

    def begun_anew():
        epoch = f"from cartable.pads.models import Snapshot; print(Snapshot.objects.get(node={node}).epoch)"
        if site.command("shell", "-v", "0", "-c", epoch) == "0":
            raise BlockingIOError

    wait_until(begun_anew, site.process)
    one.do("come")
    back = come(node)
    back.until(lambda: "au loin" in str(back))
    one.do("insert", 0, "encore ")
    back.until(lambda: "encore" in str(back))
    one.until(lambda seen: seen["text"].startswith("encore"))
    assert str(back) == one.seen["text"] == "encore au loin Bonjour à tous 😀\n"


def test_who_is_cut_off_types_on_and_is_joined_again(site, node, come, stock):
    one, other = stock(), stock()
    one.do("go")
    one.until(lambda seen: not seen["connected"]).do("insert", 0, "au loin ")
    other.do("insert", 0, "ici ")
    site.kill()
    other.until(lambda seen: not seen["connected"]).do("insert", 0, "sans serveur, ")
    site.start()
    one.do("come")
    typed = ("au loin ", "ici ", "sans serveur, ")
    one.until(
        lambda seen: all(words in seen["text"] for words in typed)
    )  # where others may have the lease, once it ends
    all_read(one.seen["text"], (one, other), come(node))
    assert len(one.seen["text"]) == len("au loin ici sans serveur, Bonjour à tous 😀\n")
