"""Random lives of a pad, against a model of two sets: what was typed, and what somebody took away.

People type anywhere, go off line and come back, lose their device; programs write the file, from what it holds and from what it held;
versions are brought back; it is renamed, thrown away, found again, begun anew from its text; the process dies between any two steps, or stands still until
another has the pad. In the end all read one text, which is the file's, and in it once is all that was typed and nobody took away.
At every moment what was said to be kept is in the log.
"""

import contextlib
import logging
from datetime import timedelta
from itertools import count
from typing import NamedTuple

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pycrdt import Doc, Text

from cartable.identity import people
from cartable.kernel import clock
from cartable.kernel.errors import NotFound, Refusal
from cartable.pads import anew, files, latecomers, log, owning
from cartable.spaces import content, homes, joining, trash, tree, versions
from cartable.spaces.access import Right, reach
from cartable.spaces.lineage import lineage
from tests.pads.lives import Hand, Process
from tests.worlds import blob, person, put

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)

BEGINNING = "Bonjour à tous 😀\n- un\n- deux\n"
PEOPLE = PROGRAMS = 3
WORDS = st.sampled_from(["", "é", "\n", " et 😀 ", "\n- un\n", "un"])
hands, programs = st.integers(0, PEOPLE - 1), st.integers(0, PROGRAMS - 1)
places, few = st.integers(0, 400), st.integers(0, 3)
ALL = 1000
names = count(1)


class Copy(NamedTuple):
    """What a program has of the file."""

    etag: str
    text: str


class Lives(RuleBasedStateMachine):
    """One pad, its people, the programs that write its file, and the process that has it."""

    actor, caplog, time = None, None, 0.0

    @initialize()
    def begin(self):
        self.characters = map(chr, range(0xE000, 0xF900))
        Lives.time = 0.0
        self.caplog.clear()
        self.root = homes.home_of(self.actor).root
        self.node = put(self.actor, self.root, f"vie-{next(names)}.md", BEGINNING.encode()).id
        self.hands = [Hand(self.actor.person, self.characters, tells=one > 0) for one in range(PEOPLE)]
        self.copies = [self.downloaded() for _ in range(PROGRAMS)]
        self.added, self.erased = set(), set()  # by programs
        self.stopped = []
        self.process = Process("alone", 0.0)
        self.all_come()

    def teardown(self):
        self.calm()
        self.process.die()
        assert self.caplog.messages == [], "nobody is to be told of a bug"

    # People

    def all_come(self):
        for hand in self.hands:
            hand.come(self.process, self.node)
            hand.carry(ALL, ALL)

    @rule(hand=hands)
    def come_or_go(self, hand):
        if self.hands[hand].typist:
            self.hands[hand].go()
        else:
            self.hands[hand].come(self.process, self.node)

    @rule(hand=hands, place=places, words=WORDS, then=st.sampled_from(["alone", "sent", "heard", "kept"]))
    def type(self, hand, place, words, then):
        hand = self.hands[hand]
        hand.type(place, words)
        if then != "alone":
            hand.carry(ALL, ALL)
        if then in {"heard", "kept"}:
            self.wait(0.1, stalled=then == "heard")
            hand.carry(ALL, ALL)

    @rule(hand=hands, place=places, length=st.integers(1, 4))
    def erase(self, hand, place, length):
        self.hands[hand].erase(place, length)

    @rule(hand=hands, up=few, down=few)
    def carry(self, hand, up, down):
        self.hands[hand].carry(up, down)

    @rule(hand=hands)
    def lose_the_device(self, hand):
        self.hands[hand].take_another_device()

    # The file

    @rule(program=programs)
    def download(self, program):
        with contextlib.suppress(NotFound):
            self.copies[program] = self.downloaded()

    def downloaded(self):
        file = files.read(self.node)
        return Copy(file.entry.etag, file.text)

    @rule(program=programs, place=places, cut=few, words=WORDS)
    def upload(self, program, place, cut, words):
        """A program changes its copy and sends it, saying what it had read: it is refused, or joined with what came since."""
        before, data, own = self.changed(program, place, cut, words)
        with contextlib.suppress(Refusal):
            entry = self.written(data, before.etag)
            self.copies[program] = Copy(entry.etag, data)
            self.added.add(own)
            self.erased |= set(before.text) - set(data)

    @rule(program=programs, place=places, cut=few, words=WORDS)
    def overwrite(self, program, place, cut, words):
        """One that says nothing: what is in the file, and not in what it sends, it took away."""
        _, data, own = self.changed(program, place, cut, words)
        with contextlib.suppress(Refusal):
            gone = set(self.downloaded().text) - set(data)
            entry = content.write_over(self.actor, self.node, blob(data.encode()))
            self.copies[program] = Copy(entry.etag, data)
            self.added.add(own)
            self.erased |= gone

    def changed(self, program, place, cut, words):
        before, own = self.copies[program], next(self.characters)
        at = place % (len(before.text) + 1)
        return before, before.text[:at] + own + words + before.text[at + cut :], own

    def written(self, data, etag):
        """Do as a PUT with If-Match does."""
        if reach(self.actor, self.node, Right.WRITE).entry.etag == etag:
            return content.write_over(self.actor, self.node, blob(data.encode()))
        stored = blob(data.encode())
        content.save_blob(stored)
        return joining.join(self.actor, self.node, stored, read=[etag])

    @rule(which=st.integers(0, 20))
    def restore_a_version(self, which):
        with contextlib.suppress(Refusal):
            if earlier := versions.of(self.actor, self.node):
                before = self.downloaded().text
                versions.restore(self.actor, self.node, earlier[which % len(earlier)].id)
                self.erased |= set(before) - set(self.downloaded().text)

    @rule()
    def rename(self):
        with contextlib.suppress(Refusal):
            tree.move(self.actor, self.node, into=self.root, name=f"vie-{next(names)}.md")

    @rule()
    def throw_away_or_bring_back(self):
        try:
            trash.discard(self.actor, self.node)
        except NotFound:
            trash.restore(self.actor, self.node)

    # The process

    @rule(seconds=st.sampled_from([0.1, 3.0, 40.0]), stalled=st.booleans())
    def wait(self, seconds, stalled):
        self.process.go_on(seconds, stalled=stalled)
        self.tick()

    @rule(steps=few)
    def work(self, steps):
        """Its threads do some of what is to be done."""
        self.process.work(steps)

    @rule()
    def close(self):
        self.process.close(self.node)

    @rule(
        heard=st.booleans(),
        place=places,
        then=st.lists(st.sampled_from(["away", "cut", "back"]), min_size=PEOPLE, max_size=PEOPLE),
    )
    def begin_anew(self, heard, place, then):
        """Nobody is there, but some type on, or were not told what was kept; the document weighs too much. Some bring theirs, or half do."""
        for hand in self.hands:
            hand.carry(ALL, ALL if heard else 0)
            hand.go()
            hand.type(place, "un")
        with pytest.MonkeyPatch.context() as patch:
            for limit in ("HEAVY", "LEAST", "LIGHTER"):
                patch.setattr(anew, limit, 0)
            self.process.give_up(self.node)
        for hand, comes in zip(self.hands, then, strict=True):
            if comes != "away":
                hand.come(self.process, self.node)
                hand.carry(ALL, ALL)
                hand.carry(ALL, 0)
        self.wait(0.5, stalled=False)
        for hand, comes in zip(self.hands, then, strict=True):
            if comes == "cut":
                hand.go()

    @rule(seconds=st.sampled_from([0.1, 2.5]), steps=st.integers(0, 6), unheard=st.integers(0, 2), alone=st.booleans())
    def die(self, seconds, steps, unheard, alone):
        """No farewell; the next has the same name, as where there is one server, or waits for the lease to end."""
        self.wait(seconds, stalled=True)
        self.process.work(steps)
        self.process.die(unheard)
        self.next("alone" if alone else f"{next(names)}")

    @rule()
    def stop_for_a_while(self):
        self.stopped.append(self.process)
        self.next(f"{next(names)}")

    @precondition(lambda self: self.stopped)
    @rule()
    def wake(self):
        """One that was stopped goes on, and believes that it has the pad."""
        process = self.stopped.pop()
        process.loop.now = self.time
        process.go_on(3)
        process.die()

    def next(self, name):
        for hand in self.hands:
            hand.go()
        self.process = Process(name, self.time)
        if name != "alone":
            self.wait(owning.LASTS + 1, stalled=False)
        self.all_come()

    def tick(self):
        Lives.time = self.process.loop.now

    # What is true

    @property
    def gone(self):
        return self.erased.union(*(hand.erased for hand in self.hands))

    @invariant()
    def what_was_said_to_be_kept_is_in_the_log(self):
        doc = Doc()
        for update in log.load(self.node).updates:
            doc.apply_update(update)
        text = str(doc.get("text", type=Text))
        for hand in self.hands:
            assert hand.kept - self.gone - set(text) == set()

    def calm(self):
        """Let everybody come, and all be told: then it is the same to all."""
        if not lineage(self.node):
            trash.restore(self.actor, self.node)
        while self.stopped:
            self.wake()
        for _ in range(30):
            self.all_come()
            self.wait(1, stalled=False)
        assert all(hand.is_quiet and not hand.unkept for hand in self.hands)
        (text,) = {str(hand) for hand in self.hands}
        assert self.downloaded().text == text
        wanted = self.added.union(*(hand.typed for hand in self.hands)) - self.gone
        assert {own: text.count(own) for own in wanted} == dict.fromkeys(wanted, 1)
        self.what_was_said_to_be_kept_is_in_the_log()


def test_nothing_that_was_typed_is_lost_whatever_happens(monkeypatch, long, caplog):
    began = clock.now()
    caplog.set_level(logging.ERROR)
    monkeypatch.setattr(clock, "now", lambda: began + timedelta(seconds=Lives.time))
    monkeypatch.setattr(Lives, "actor", people.actor(person("Vie", "vie@ac-dijon.example")))
    monkeypatch.setattr(Lives, "caplog", caplog)
    monkeypatch.setattr(latecomers, "STAYS", 3.0)
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=1000 if long else 40, stateful_step_count=30, deadline=None, derandomize=not long
        ),
    )
