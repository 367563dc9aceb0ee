"""Random careers, as the feeds of two academies tell them: out of order, late, twice, with holes, whole or as changes.

After each feed the database says what a model of thirty lines says: nobody is lost, doubled or taken for somebody else.
"""

import contextlib
import tempfile
from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from cartable.identity import structures
from cartable.identity.feeds import importing, keeping, reading
from cartable.identity.feeds.models import MatchCase, PersonKey, Row
from cartable.identity.models import Address, Person, Posting
from cartable.kernel.errors import BadInput
from cartable.options import options
from tests.identity.feeds.written import AMPERE, BUFFON, CARNOT

FIRST_DAY = date(2026, 9, 1)
HEADER = "key,last_name,first_name,birth_date,mail,national_id,uai,structure,function"
PLACES = {"DIJON": (CARNOT, BUFFON), "LYON": (AMPERE,)}
FOLK = range(6)
LAST = ("Martin", "Petit")


class Feeds(RuleBasedStateMachine):
    """`truth`: what each academy would say today, person → (structures, last name). `model`: what was applied."""

    def __init__(self):
        super().__init__()
        self.stack = contextlib.ExitStack()
        self.stack.enter_context(transaction.atomic())
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        real = keeping.options
        keeping.options = replace(options, data=self.folder)
        self.stack.callback(setattr, keeping, "options", real)
        self.numbers, self.day = count(), FIRST_DAY
        self.truth = {academy: {} for academy in PLACES}
        self.late = []  # files that were written and not yet sent: (academy, day, path, what it says)
        self.sent = []
        self.applied = dict.fromkeys(PLACES)  # academy → day of the last one
        self.said = {academy: {} for academy in PLACES}  # academy → as last applied
        self.spans = {}  # (person, academy, structure) → [[start, end]]
        self.names = {}  # person → last name

    def teardown(self):
        transaction.set_rollback(True)
        self.stack.close()

    @initialize()
    def the_ministry(self):
        structures.load()

    # What happens

    @rule(who=st.sampled_from(FOLK), academy=st.sampled_from(sorted(PLACES)), data=st.data())
    def is_posted(self, who, academy, data):
        places = data.draw(st.lists(st.sampled_from(PLACES[academy]), min_size=1, unique=True))
        self.truth[academy][who] = (tuple(sorted(places)), self.truth[academy].get(who, ((), "Martin"))[1])

    @rule(who=st.sampled_from(FOLK), academy=st.sampled_from(sorted(PLACES)))
    def leaves(self, who, academy):
        self.truth[academy].pop(who, None)

    @rule(who=st.sampled_from(FOLK), last=st.sampled_from(LAST))
    def marries(self, who, last):
        for folk in self.truth.values():
            if who in folk:
                folk[who] = (folk[who][0], last)

    @rule(days=st.integers(1, 3))
    def days_pass(self, days):
        self.day += timedelta(days=days)

    # What is said of it

    @rule(academy=st.sampled_from(sorted(PLACES)))
    def an_academy_writes(self, academy):
        says = dict(self.truth[academy])
        if says:
            self.late.append((academy, self.day, self.write(academy, says), says))

    @rule(data=st.data())
    def a_feed_comes(self, data):
        if self.late:
            feed = data.draw(st.sampled_from(self.late))
            self.late.remove(feed)
            self.take(*feed)
            self.sent.append(feed)

    @rule(data=st.data())
    def a_feed_comes_twice(self, data):
        if self.sent:
            self.take(*data.draw(st.sampled_from(self.sent)))

    def write(self, academy, says):
        lines = [HEADER]
        for who, (places, last) in says.items():
            mail = f"p{who}@ac-{academy.lower()}.fr"
            lines += [
                f"{academy[0]}{who},{last},Person{who},19{60 + who}-05-1{who},{mail},N{who},{place},Lycée {place},ENS"
                for place in places
            ]
        path = self.folder / f"{next(self.numbers)}-{self.day:%Y%m%d}.csv"
        path.write_text("\n".join(lines))
        return path

    def take(self, academy, day, path, says):
        last = self.applied[academy]
        try:
            importing.run(reading.survey(path), academy, ask=lambda _: True)
        except BadInput:
            assert last is not None
            assert day < last
            return
        if last and day < last:
            assert says == self.said[academy]  # the very last one, again
            return
        before, self.said[academy], self.applied[academy] = self.said[academy], says, day
        for who in before.keys() | says.keys():
            was, now = (set(said.get(who, ((), ""))[0]) for said in (before, says))
            for place in now - was:
                self.spans.setdefault((who, academy, place), []).append([day, None])
            for place in was - now:
                self.spans[who, academy, place][-1][1] = day
            if who in says and says[who] != before.get(who):
                self.names[who] = says[who][1]

    # What is so

    @invariant()
    def postings_are_those_of_the_model(self):
        there = {}
        for one in Posting.objects.select_related("structure__parent", "person").order_by("start", "pk"):
            key = (int(one.person.name.split()[0][-1]), one.structure.parent.name.upper(), one.structure.code)
            there.setdefault(key, []).append([one.start, one.end])
        assert there == self.spans

    @invariant()
    def everybody_is_there_once(self):
        assert {int(one.name.split()[0][-1]): one.name.split()[1] for one in Person.objects.all()} == self.names
        assert Person.objects.count() == len(self.names)
        assert not MatchCase.objects.exists()

    @invariant()
    def who_leaves_is_who_has_no_posting_that_goes_on(self):
        ends = {}
        for (who, _, _), spans in self.spans.items():
            ends.setdefault(who, []).extend(end for _, end in spans)
        expected = {who: None if None in held else max(held) for who, held in ends.items()}
        assert {int(one.name.split()[0][-1]): one.left_on for one in Person.objects.all()} == {
            who: expected.get(who) for who in self.names
        }

    @invariant()
    def keys_and_addresses_are_of_whom_they_were_given(self):
        for one in Address.objects.select_related("person"):
            assert one.mail[1] == one.person.name.split()[0][-1]
        known = {(who, academy) for who, academy, _ in self.spans}
        assert PersonKey.objects.exclude(kind="national").count() == len(known)
        assert Address.objects.count() == len(known)
        assert Address.objects.filter(primary=True).count() == len(self.names)
        assert Row.objects.filter(live=True).exclude(person=None).count() == sum(map(len, self.said.values()))


@pytest.mark.usefixtures("db")
def test_random_careers_of_two_academies():
    run_state_machine_as_test(Feeds, settings=settings(max_examples=25, stateful_step_count=30, deadline=None))
