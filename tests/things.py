"""What is administered: one of each thing inside (Carnot), one outside (Lyon), and what never was, for tests of who may what."""

import re

from allauth.mfa.models import Authenticator
from django.db import transaction

from cartable.identity import absences, appointing, demands, people, roles
from cartable.identity.delegations import Role
from cartable.identity.feeds import cases
from cartable.identity.feeds.models import Feed, MatchCase, MergeLog
from cartable.identity.models import Demand
from cartable.kernel import clock
from tests.offices import DAY

ABSENT = 2**40


def undone():
    """Return a transaction that is undone at its end, in which what must stand outside of any may be done: like a test's own."""
    one = transaction.atomic()
    one._from_testcase = True
    return one


class Things:
    """What verbs and pages are about."""

    def __init__(self, o):
        self.o = o
        self.people = {"inside": o.inside, "outside": o.outside}
        self.places = {"inside": o.carnot, "outside": o.ampere}
        self.codes = {"inside": "0210015C", "outside": "0690026D"}
        for one in self.people.values():
            Authenticator.objects.create(user=one, type=Authenticator.Type.TOTP, data={"secret": "sealed"})
        self.postings = {side: o.posting(one).pk for side, one in self.people.items()} | {"absent": ABSENT}
        self.to_come = {side: self.announce(side) for side in self.people} | {"absent": ABSENT}
        self.by_hand = {side: self.announce(side, "DOC") for side in self.people} | {"absent": ABSENT}
        self.roles = {side: self.role(side) for side in self.people} | {"absent": ABSENT}
        self.teams = {side: o.team(place).pk for side, place in self.places.items()} | {"absent": ABSENT}
        for place in self.places.values():
            demands.require("ADF", place)
        self.demands = {side: Demand.objects.get(structure=place).pk for side, place in self.places.items()}
        self.demands["absent"] = ABSENT
        self.clients = {side: o.application(place).pk for side, place in self.places.items()} | {"absent": "0" * 32}
        for one in self.people.values():
            absences.begin(one, absences.Kind.PARENTAL, on=clock.today() + 400 * DAY)
        self.absences = {side: one.absences.get().pk for side, one in self.people.items()} | {"absent": ABSENT}
        self.retentions = {"inside": "trash_days", "outside": "trash_days", "absent": "nothing"}
        self.cases = {side: self.case(side) for side in self.people} | {"absent": ABSENT}
        self.merges = {side: self.merge(side) for side in self.people} | {"absent": ABSENT}
        self.subs = {side: one.sub for side, one in self.people.items()} | {"absent": "0" * 20}

    def address(self, route, side, about):
        """Return the address of a page about one of them; what is somebody's stands below them."""
        route = route.replace("<token:sub>/", f"{self.subs[side]}/") if route.count("<") > 1 else route
        return "/" + re.sub(r"<[^>]+>", str(about), route)

    def announce(self, side, function="EVS"):
        national = self.o.actor("national")
        made = appointing.give(
            national,
            self.people[side],
            self.places[side],
            "EDU" if function == "EVS" else function,
            first_day=clock.today() + 9 * DAY,
        )
        return made.pk

    def case(self, side, place=None):
        """Ask whether two are one, as a feed of the place would: no feed speaks for less than an academy, and a role may be."""
        feed = Feed.objects.create(name=f"{side} csv", scope=side, academy=place or self.places[side])
        two = [people.arrive(f"Anne {side.title()}", f"anne{number}@{side}.example") for number in (1, 2)]
        asked = dict(zip(("newcomer", "candidate"), two, strict=True))
        return MatchCase.objects.create(**asked, rule="R3", score=8, evidence={}, source=feed.name).pk

    def merge(self, side):
        """Ask whether two others are one, and have it answered yes."""
        case = self.case(f"{side}-one", self.places[side])
        stays = cases.answer(None, case, same=True)
        return MergeLog.objects.get(survivor=stays).pk

    def freed(self, side):
        """Return the id of somebody whom no posting and no absence holds any more, in the transaction of the one who asks."""
        if side in self.people:
            self.people[side].absences.all().delete()
            self.people[side].postings.update(end=clock.today() - DAY, start=clock.today() - 50 * DAY)
            people.changed([self.people[side].pk])
        return self.subs[side]

    def role(self, side):
        return roles.give(None, self.people[side], Role.SUPPORT, self.places[side], until=clock.today() + 20 * DAY).pk
