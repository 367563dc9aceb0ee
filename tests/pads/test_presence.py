"""Who is at a pad, as each client says and as stock providers repeat it (y-websocket sends on what it hears)."""

import json

import pytest

from cartable.pads import presence
from cartable.pads.presence import GONE, Presence, Who
from cartable.pads.wire import State

pytestmark = pytest.mark.once

ADA, BOB = Who("ada", "Ada", 0), Who("bob", "Bob", 1)
ONE, OTHER, BACK = "one", "other", "back"  # sockets


def told(known):
    return {state.client: json.loads(state.json) and json.loads(state.json).get("cursor") for state in known}


def test_what_is_repeated_of_who_has_left_brings_nobody_back():
    here = Presence()
    here.take(ONE, ADA, [State(1, 4, b'{"cursor":3}')])
    here.take(OTHER, ADA, [State(2, 0, b"{}")])
    assert told(here.leave(ONE)) == {1: None}
    assert here.take(OTHER, ADA, [State(1, 4, b'{"cursor":3}')]) == []
    assert told(here.all()) == {2: None}


def test_who_says_that_they_leave_is_not_brought_back_either():
    here = Presence()
    here.take(ONE, ADA, [State(1, 4, b'{"cursor":3}')])
    here.take(OTHER, BOB, [State(2, 0, b"{}")])
    assert told(here.take(ONE, ADA, [State(1, 4, GONE)])) == {1: None}
    assert here.take(OTHER, BOB, [State(1, 4, b'{"cursor":3}')]) == []


def test_a_browser_that_comes_back_is_there_at_once_with_the_clock_it_had():
    here = Presence()
    here.take(ONE, ADA, [State(1, 4, b'{"cursor":3}')])
    here.leave(ONE)
    assert told(here.take(BACK, ADA, [State(1, 4, b'{"cursor":3}')])) == {1: 3}


def test_of_those_who_left_so_many_are_remembered(monkeypatch):
    monkeypatch.setattr(presence, "LEFT", 2)
    here = Presence()
    for client in (1, 2, 3):
        here.take(ONE, ADA, [State(client, 0, b"{}")])
        here.leave(ONE)
    assert list(here._left) == [2, 3]
