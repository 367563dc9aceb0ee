"""The promise: whatever becomes of a person's postings, nothing they have changes, and nothing they hold stops working.

Random careers (arrive, write, share, join, move, overlap, gap, return, marry, leave, wait) against a simple model. After every
step each file, version, link, grant, team, device and address still works, and no ETag in what a person owns has moved
because of a posting. Who has left reads for sixty days; then their devices, and what they share, wait until they are back:
a posting, on any day, gives all of it back at once.
"""

import contextlib
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from cartable.identity import credentials, departing, people, postings, structures, teams
from cartable.identity.models import Person, Posting
from cartable.kernel import clock
from cartable.kernel.errors import BadInput, Expired, NotFound, ReadOnly
from cartable.options import options
from cartable.spaces import homes, listing, mounts, sharing, versions
from cartable.spaces.access import Role
from cartable.spaces.lineage import entries as rows_of
from cartable.spaces.lineage import lineage, subtree
from tests.worlds import person, put, read

GRACE = options.grace_days
ACADEMIES = ("DIJON", "LYON", "PARIS")


class Careers(RuleBasedStateMachine):
    """What the model knows of each person, by id: addresses, devices, files, what they were given."""

    folk = Bundle("folk")

    def __init__(self):
        super().__init__()
        self.stack = contextlib.ExitStack()
        self.stack.enter_context(transaction.atomic())
        real, self.ahead = clock.now, timedelta(0)
        clock.now = lambda: real() + self.ahead
        self.stack.callback(setattr, clock, "now", real)
        self.addresses, self.devices, self.files, self.earlier = {}, {}, {}, {}
        self.grants, self.links, self.teams = [], [], []
        self.names = {}

    def teardown(self):
        transaction.set_rollback(True)
        self.stack.close()

    @initialize()
    def the_ministry(self):
        structures.load()
        self.academies = {name: structures.academy(name) for name in ACADEMIES}

    def actor(self, who):
        return people.actor(Person.objects.get(pk=who))

    def root(self, who):
        return homes.home_of(self.actor(who)).root

    # Who has left, by the dates of their postings alone

    def left_for(self, who):
        """Return for how many days somebody has left; None if they have not."""
        ends = [one.end for one in Posting.objects.filter(person=who, cancelled=False)]
        days = None if None in ends else (clock.today() - max(ends)).days
        return days if days is not None and days >= 0 else None

    def reads_only(self, who):
        return self.left_for(who) is not None

    def is_away(self, who):
        return (self.left_for(who) or 0) >= GRACE

    @contextlib.contextmanager
    def allowed(self, who):
        """Do something for somebody who may, and see that it is refused to who has left."""
        if self.reads_only(who):
            with pytest.raises(ReadOnly):
                yield
        else:
            yield

    # What people do

    @rule(target=folk, academy=st.sampled_from(ACADEMIES))
    def arrive(self, academy):
        mail = f"p{len(self.addresses)}@{academy.lower()}.example"
        made = person("Dominique Petit", mail)  # all namesakes: nothing may hang from a name
        postings.begin(made, self.academies[academy])
        who = made.pk
        self.addresses[who], self.names[who] = {mail}, made.name
        self.devices[who] = [(made.sub, credentials.new_app_password(who, "portable"))]
        self.files[who], self.earlier[who] = {}, {}
        self.root(who)
        return who

    @rule(who=folk, name=st.sampled_from(["a.txt", "b.txt"]), data=st.binary(min_size=1, max_size=4))
    def write(self, who, name, data):
        if self.reads_only(who):
            with pytest.raises(ReadOnly):
                put(self.actor(who), self.root(who), name, data)
            return
        there = {child.entry.name: child.entry.id for child in listing.children(self.actor(who), self.root(who))}
        if name in there:
            self.earlier[who].setdefault(there[name], []).append(self.files[who][there[name]])
        self.files[who][put(self.actor(who), self.root(who), name, data).id] = data

    @rule(who=folk, other=folk, role=st.sampled_from([Role.READ, Role.WRITE]))
    def share(self, who, other, role):
        if who != other and self.files[who]:
            node = min(self.files[who])
            if self.is_away(other) and not self.reads_only(who) and (who, other, node) not in self.grants:
                with pytest.raises(NotFound):  # who has left is nobody to share with
                    sharing.give(self.actor(who), node, f"person:{other}", role)
                return
            with self.allowed(who):
                sharing.give(self.actor(who), node, f"person:{other}", role)
                self.grants.append((who, other, node))

    @rule(who=folk)
    def link(self, who):
        if self.files[who]:
            node = min(self.files[who])
            with self.allowed(who):
                self.links.append((sharing.make_link(self.actor(who), node).link, node, who))

    @rule(who=folk, other=folk)
    def team_up(self, who, other):
        if who != other and len(self.teams) < 3 and not self.reads_only(who):
            team = teams.form(self.actor(who), "Équipe", [Person.objects.get(pk=other)])
            note = put(self.actor(who), homes.home(f"team:{team.pk}").root, "note", b"t")
            self.teams.append((team.pk, who, other, note.id))

    @rule(who=folk)
    def new_device(self, who):
        sub = Person.objects.get(pk=who).sub
        self.devices[who].append((sub, credentials.new_app_password(who, "téléphone")))

    # What becomes of their postings: none of it may be seen from what they have

    @rule(who=folk, academy=st.sampled_from(ACADEMIES), new_mail=st.booleans(), days=st.sampled_from([0, 0, 30, -5]))
    def move(self, who, academy, new_mail, days):
        mail = f"p{who}.{len(self.addresses[who])}@{academy.lower()}.example" if new_mail else None
        with self.unseen():
            try:
                on = clock.today() + timedelta(days=days)
                postings.move(Person.objects.get(pk=who), self.academies[academy], on=on, mail=mail)
            except BadInput:
                return
        if mail:
            self.addresses[who].add(mail)

    @rule(who=folk, academy=st.sampled_from(ACADEMIES))
    def overlap(self, who, academy):
        with self.unseen():
            postings.begin(Person.objects.get(pk=who), self.academies[academy], function="DIR")

    @rule(who=folk)
    def gap(self, who):
        with self.unseen():
            for posting in Posting.objects.filter(person=who, end=None, start__lte=clock.today()):
                postings.end(posting)

    @rule(who=folk, name=st.sampled_from(["Dominique Legrand", "Dominique Petit-Legrand"]))
    def marry(self, who, name):
        with self.unseen():
            people.rename(Person.objects.get(pk=who), name)
        self.names[who] = name

    @rule(days=st.one_of(st.integers(1, 70), st.integers(1, 400)))
    def wait(self, days):
        with self.unseen():
            self.ahead += timedelta(days=days)
            departing.see_off.func()

    @rule(who=folk, days=st.sampled_from([1, GRACE - 1, GRACE, 2 * GRACE, 400]), academy=st.sampled_from(ACADEMIES))
    def leave_and_return(self, who, days, academy):
        self.gap(who)
        self.wait(days)
        self.every_device_works()
        with self.unseen():
            postings.begin(Person.objects.get(pk=who), self.academies[academy])
        assert not self.reads_only(who)

    @contextlib.contextmanager
    def unseen(self):
        """See that no ETag moves: of roots, of those where as much shows as before."""
        before, shown = self.etags(), self.shown()
        yield
        now = self.shown()
        same = {f"root of {who}" for who in self.addresses if now[who] == shown[who]}
        after = self.etags()
        assert {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)} <= {
            f"root of {who}" for who in self.addresses
        } - same

    def shown(self):
        """Return what of others shows to each: what they share while they are not away, and teams."""
        return {
            who: (
                {node for giver, other, node in self.grants if other == who and not self.is_away(giver)},
                {one.id for one in teams.of(who)},
            )
            for who in self.addresses
        }

    def etags(self):
        """Return the ETag of each node that each person owns, and of the root their clients poll."""
        seen = {}
        for who in self.addresses:
            root = self.root(who)
            seen |= {one.id: one.etag for one in rows_of(subtree([root]))}
            actor = self.actor(who)
            seen[f"root of {who}"] = mounts.root_etag(actor, lineage(root)[0], mounts.of(actor))
        return seen

    # What always holds

    @invariant()
    def every_address_ever_held_is_theirs(self):
        for who, mails in self.addresses.items():
            assert {people.find(mail).pk for mail in mails} == {who}
            assert Person.objects.get(pk=who).name == self.names[who]

    @invariant()
    def every_device_works(self):
        for who, devices in self.devices.items():
            expected = None if self.is_away(who) else who
            assert {credentials.by_app_password(*device).person for device in devices} == {expected}

    @invariant()
    def every_file_and_version_is_there(self):
        for who, files in self.files.items():
            assert {node: read(self.actor(who), node) for node in files} == files
            for node, held in self.earlier[who].items():
                kept = [one.size for one in versions.of(self.actor(who), node)]
                assert kept == [len(data) for data in reversed(held)]

    @invariant()
    def every_grant_link_and_team_works(self):
        for who, other, node in self.grants:
            if self.is_away(who):
                with pytest.raises(NotFound):
                    read(self.actor(other), node)
            else:
                assert read(self.actor(other), node) == self.files[who][node]
        for token, node, who in self.links:
            if self.is_away(who):
                with pytest.raises(Expired):
                    sharing.follow(token)
                continue
            guest, share = sharing.follow(token)
            assert (share.node, read(guest, node)) == (node, self.files[who][node])
        for _, who, other, note in self.teams:
            assert read(self.actor(who), note) == read(self.actor(other), note) == b"t"


@pytest.mark.django_db
def test_a_career_loses_nothing():
    run_state_machine_as_test(Careers, settings=settings(max_examples=30, stateful_step_count=25, deadline=None))


@pytest.mark.django_db
def test_every_address_ever_held_signs_in():
    structures.load()
    made = people.arrive("Alice Martin", "alice@ac-dijon.example", "un long mot de passe")
    postings.begin(made, structures.academy("DIJON"))
    postings.move(made, structures.academy("LYON"), mail="alice@ac-lyon.example")
    enter = credentials.ByAddress().authenticate
    for mail in ("alice@ac-dijon.example", "ALICE@ac-lyon.example"):
        assert enter(None, email=mail, password="un long mot de passe") == made
        assert enter(None, email=mail, password="un autre") is None
    assert enter(None, email="nobody@ac-lyon.example", password="un long mot de passe") is None
