"""Random careers, as the feeds of two academies tell them: out of order, late, twice, with holes, whole or as changes, and killed.

Some have a national identifier, some get one later or never; some share names, or a birth date too; names and addresses
change; accounts that were merged are made two again. After each feed the database says what the model says: nobody is lost,
doubled, taken for somebody else, or written to where somebody else reads.
"""

import contextlib
import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from unittest import mock

import pytest
from django.db import transaction
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

from cartable.identity import structures
from cartable.identity.feeds import cases, importing, keeping, keys, merging, naming, reading, scanning
from cartable.identity.feeds.models import MatchCase, MergeLog, PersonKey, Row
from cartable.identity.models import Address, Person, Posting
from cartable.kernel import clock
from cartable.kernel.errors import BadInput
from cartable.options import options
from tests.identity.feeds.model import FOLK, PLACES, Model, Said, Sent

FIRST_DAY = date(2026, 9, 1)
HEADER = "key,last_name,first_name,birth_name,birth_date,mail,national_id,uai,structure,function"
HUMANS, ACADEMIES = st.sampled_from(range(len(FOLK))), st.sampled_from(sorted(PLACES))


class Killed(BaseException):
    """The process ends here."""


def key_of(academy: str, who: int) -> str:
    """Return how an academy calls somebody: the other one calls somebody else so."""
    return str((who + sorted(PLACES).index(academy)) % len(FOLK))


def mail_of(academy: str, who: int, number: int = 0) -> str:
    """Return an address that an academy gives to somebody."""
    return f"p{who}{number or ''}@ac-{academy.lower()}.fr"


class Feeds(RuleBasedStateMachine):
    """`truth`: what each academy would write today. `model`: what follows of what was sent."""

    def __init__(self):
        super().__init__()
        self.stack = contextlib.ExitStack()
        self.stack.enter_context(transaction.atomic())
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.stack.enter_context(mock.patch.object(keeping, "options", replace(options, data=self.folder)))
        self.numbers, self.day, self.ticks = count(), FIRST_DAY, count()
        self.truth = {academy: {} for academy in PLACES}
        self.written = {}  # by academy: what it last wrote, of which the next changes are
        self.late, self.came = [], []
        self.merged = {}  # by the number of a merge: who stayed, who went over

    def _moment(self):
        """Return noon, each time a little later."""
        return datetime.combine(self.day, time(11), UTC) + timedelta(milliseconds=next(self.ticks))

    def teardown(self):
        transaction.set_rollback(True)
        self.stack.close()

    @initialize(
        batch=st.sampled_from((1, 2, 1000)),
        numbered=st.sets(HUMANS, min_size=2),
        there=st.sets(st.tuples(HUMANS, ACADEMIES)),
    )
    def the_ministry(self, batch, numbered, there):
        self.stack.enter_context(mock.patch.object(clock, "now", self._moment))
        structures.load()
        self.numbered = numbered | {0}  # of some more than one record speaks
        for who, academy in sorted(there):
            self.truth[academy][who] = self._arrives(who, academy, PLACES[academy][:1])
        for academy in PLACES:
            self.an_academy_writes_all(academy)
        self.stack.enter_context(mock.patch.object(scanning, "BATCH", batch))
        self.model = Model(batch)

    # What happens

    @rule(who=HUMANS, academy=ACADEMIES, data=st.data())
    def is_posted(self, who, academy, data):
        places = data.draw(st.lists(st.sampled_from(PLACES[academy]), min_size=1, unique=True))
        before = self.truth[academy].get(who) or self._arrives(who, academy)
        self.truth[academy][who] = before._replace(places=tuple(sorted(places)))

    def _arrives(self, who, academy, places=()):
        return Said(places, FOLK[who].birth, mail_of(academy, who), who in self.numbered)

    @rule(who=HUMANS, academy=ACADEMIES)
    def leaves(self, who, academy):
        self.truth[academy].pop(who, None)

    @rule(who=HUMANS, usage=st.sampled_from(("Martin", "Lefevre")))
    def marries(self, who, usage):
        self._change(who, usage=usage)

    @rule(who=HUMANS, academy=ACADEMIES, number=st.integers(0, 2))
    def has_another_address(self, who, academy, number):
        folk = self.truth[academy]
        if who in folk:
            folk[who] = folk[who]._replace(mail=mail_of(academy, who, number))

    @rule(who=HUMANS)
    def has_a_national_identifier(self, who):
        self.numbered.add(who)
        self._change(who, numbered=True)

    def _change(self, who, **facts):
        for folk in self.truth.values():
            if who in folk:
                folk[who] = folk[who]._replace(**facts)

    @rule(days=st.integers(1, 2))
    def days_pass(self, days):
        self.day += timedelta(days=days)

    @rule(who=st.sampled_from((0, 1)), academy=ACADEMIES, usage=st.sampled_from(("Martin", "Lefevre", "Morel")))
    def an_academy_calls_by_another_name_and_says_so_the_next_day(self, who, academy, usage):
        self.day += timedelta(days=1)
        before = self.truth[academy].get(who) or self._arrives(who, academy, PLACES[academy][:1])
        self.truth[academy][who] = before._replace(usage=usage)
        self.an_academy_writes_all(academy)
        sent = self.late.pop()
        self.came.append(sent)
        self._take(sent)

    # What is said of it

    @rule(academy=ACADEMIES)
    def an_academy_writes_all(self, academy):
        if self.truth[academy]:
            self._write(academy, dict(self.truth[academy]), whole=True)

    @rule(academy=ACADEMIES)
    def an_academy_writes_what_changed(self, academy):
        before, now = self.written.get(academy, {}), self.truth[academy]
        changed = {who: now.get(who) for who in before | now if before.get(who) != now.get(who)}
        if changed:
            self._write(academy, changed, whole=False)

    def _write(self, academy, says, *, whole):
        lines = [HEADER + ("" if whole else ",operation")]
        for who, said in says.items():
            given = [key_of(academy, who), said.usage if said else "", *map(str, FOLK[who])]
            mail, number = said.mail if said else "", f"N{who}" if said and said.numbered else ""
            for place in said.places if said else ("",):
                cells = [*given, mail, number, place, f"Lycée {place}", "ENS" if place else ""]
                lines.append(",".join(cells if whole else [*cells, "modify" if said else "delete"]))
        self.written[academy] = dict(self.truth[academy])
        self.late.append(Sent(academy, self.day, "\n".join(lines), says, whole))

    @rule(data=st.data())
    @precondition(lambda self: self.late)
    def a_feed_comes(self, data):
        sent = self.late.pop(data.draw(st.integers(0, len(self.late) - 1)))
        self.came.append(sent)
        self._take(sent)

    @rule(data=st.data())
    @precondition(lambda self: self.came)
    def a_feed_comes_again(self, data):
        self._take(data.draw(st.sampled_from(self.came)))

    @rule(data=st.data())
    @precondition(lambda self: self.late)
    def a_feed_comes_and_is_killed(self, data):
        sent = data.draw(st.sampled_from(self.late))
        batches = len(self.model.batches(sent))
        if batches and not self.model.refuses(sent):
            self._take(sent, killed_after=data.draw(st.integers(1, batches)))

    @rule()
    @precondition(lambda self: self.model.cut)
    def what_was_killed_comes_again(self):
        self._take(next(iter(self.model.cut.values())))

    def _take(self, sent, killed_after=0):
        path = self.folder / f"{next(self.numbers)}-{sent.day:%Y%m%d}.csv"
        path.write_text(sent.text)
        left = count(killed_after - 1, -1)

        def tell(said):
            if killed_after and "applied" in said and not next(left):
                raise Killed

        refused = self.model.refuses(sent)
        with (
            pytest.raises(Killed if killed_after else BadInput) if refused or killed_after else contextlib.nullcontext()
        ):
            importing.run(reading.survey(path), sent.academy, ask=lambda _: True, tell=tell)
        if not refused:
            self.model.take(sent, self.day, killed_after)

    @rule()
    def a_night_passes_in_which_nothing_began(self):
        assert naming.follow_dates() == 0

    # What people judge

    @rule(data=st.data())
    @precondition(lambda self: MatchCase.objects.filter(cases.WAITS).exists())
    def somebody_judges(self, data):
        case = data.draw(st.sampled_from(cases.waiting(None)))
        ours = {person: account for account, person in self._people().items()}
        one, other = (ours[Person.objects.get(sub=side.sub).pk] for side in (case.newcomer, case.candidate))
        same = one.who == other.who
        stays = ours[cases.answer(None, case.id, same=same).pk]
        self.model.asked[frozenset({one, other})] = True
        if same:
            goes = other if stays is one else one
            self.model.merge(stays, goes, self.day)
            self.merged[MergeLog.objects.latest("pk").pk] = stays, goes

    @rule(data=st.data())
    @precondition(lambda self: self._undoable())
    def a_merge_is_undone(self, data):
        log = data.draw(st.sampled_from(self._undoable()))
        merging.unmerge(log)
        self.model.undo(*self.merged.pop(log), self.day)

    def _undoable(self):
        since = datetime.combine(self.day, time(), UTC) - merging.UNDO
        return sorted(MergeLog.objects.filter(pk__in=self.merged, at__gt=since).values_list("pk", flat=True))

    # What is so

    def _people(self):
        """Return the person of each account: by the keys of the academies, each of which means exactly one."""
        held = {bytes(digest): person for digest, person in PersonKey.objects.values_list("digest", "person")}
        people = {}
        for (academy, who), record in self.model.records.items():
            digest = keys.digest("table", structures.academy(academy).code, key_of(academy, who))
            assert people.setdefault(record.origin.now, held[digest]) == held[digest]
        for who, account in self.model.numbers.items():
            assert held[keys.digest("national", "", f"N{who}")] == people[account.now]
        assert len(held) == len(self.model.records) + len(self.model.numbers)
        return people

    @invariant()
    def everybody_is_there_once(self):
        people = self._people()
        known = Person.objects.filter(merged_into=None).values_list("pk", "name", "left_on")
        assert sorted(known) == sorted((pk, one.name, self.model.left_on(one)) for one, pk in people.items())

    @invariant()
    def postings_are_those_of_the_model(self):
        there = {}
        for one in Posting.objects.select_related("structure__parent").order_by("start", "pk"):
            key = (one.person_id, one.structure.parent.name.upper(), one.structure.code)
            there.setdefault(key, []).append([one.start, one.end])
        people = self._people()
        said = [(people[one.origin.now], one.spans) for one in self.model.records.values()]
        assert there == {(pk, *key): held for pk, spans in said for key, held in spans.items()}

    @invariant()
    def addresses_are_of_whom_they_were_given(self):
        people = self._people()
        expected = {
            mail: (people[record.origin.now], mail == record.origin.now.main)
            for mail, record in self.model.mails.items()
        }
        held = Address.objects.values_list("mail", "person", "primary")
        assert {mail: (person, main) for mail, person, main in held} == expected
        assert Address.objects.filter(primary=True).count() == len(people)
        assert not Address.objects.filter(primary=True).exclude(until=None).exists()

    @invariant()
    def rows_are_what_is_still_said(self):
        people = self._people()
        said = [
            (people[self.model.records[academy, who].origin.now], one is not None)
            for academy, folk in self.model.said.items()
            for who, one in folk.items()
        ]
        assert sorted(Row.objects.exclude(person=None).values_list("person", "live")) == sorted(said)

    @invariant()
    def who_may_be_one_was_asked(self):
        people = self._people()
        into = dict(Person.objects.values_list("pk", "merged_into"))
        rows = MatchCase.objects.values_list("newcomer", "candidate")
        asked = {frozenset(into[pk] or pk for pk in pair) for pair in rows}
        waits = {frozenset(pair) for pair in MatchCase.objects.filter(cases.WAITS).values_list("newcomer", "candidate")}
        model = self.model.asked
        assert {pair for pair in asked if len(pair) == 2} == {
            frozenset(people[one.now] for one in pair) for pair in model if len({one.now for one in pair}) == 2
        }
        assert waits == {
            frozenset(people[one] for one in pair)
            for pair, answered in model.items()
            if not answered and not any(one.into for one in pair)
        }


@pytest.mark.usefixtures("db")
def test_random_careers_of_two_academies():
    run_state_machine_as_test(Feeds, settings=settings(max_examples=25, stateful_step_count=30, deadline=None))
