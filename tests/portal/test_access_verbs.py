"""Every verb of delegated administration × everybody × inside and outside: `tests/offices.py` says who may.

Who may do a thing nowhere is refused; who may it elsewhere finds nothing, as of what never was. No verb is left out, by introspection.
"""

import inspect
import sys

import pytest
from django.db import transaction
from django.urls import get_resolver

from cartable.identity import (
    absences,
    appointing,
    delegations,
    demands,
    directory,
    erasing,
    retaining,
    roles,
    support,
    teams,
)
from cartable.identity.delegations import Act, Role
from cartable.identity.feeds import cases, undoing
from cartable.identity.oidc import clients
from cartable.kernel import clock
from cartable.kernel.errors import Denied, NotFound, Refusal
from cartable.portal import dossier, erasures, trail
from cartable.spaces import allotting
from tests.offices import DAY, WHO, acts_of, somewhere
from tests.things import Things, undone

OK, REFUSED, HIDDEN = "done", "refused", "hidden"


def among(one, listed):
    """Raise NotFound if one is not in a list: to who reads it, it is not there."""
    if one not in listed:
        raise NotFound(one)


# verb: (act it needs, how a stranger to the structure is answered, the call)
SOON = clock.today() + 5 * DAY
VERBS = {
    "appointing.give": ("postings", REFUSED, lambda a, t, s: appointing.give(a, t.o.person("teacher"), t.places[s], "DOC", first_day=SOON)),
    "appointing.one": ("postings", HIDDEN, lambda a, t, s: appointing.one(a, t.postings[s])),
    "appointing.end": ("postings", HIDDEN, lambda a, t, s: appointing.end(a, t.postings[s], last_day=clock.today())),
    "appointing.cancel": ("postings", HIDDEN, lambda a, t, s: appointing.cancel(a, t.to_come[s])),
    "appointing.date_again": ("postings", HIDDEN, lambda a, t, s: appointing.date_again(a, t.by_hand[s], first_day=SOON, last_day=None)),
    "support.account": ("reset", HIDDEN, lambda a, t, s: support.account(a, t.subs[s])),
    "support.send_link": ("reset", HIDDEN, lambda a, t, s: support.send_link(a, t.subs[s], f"{s}@ac-dijon.example")),
    "support.take_factors": ("reset", HIDDEN, lambda a, t, s: support.take_factors(a, t.subs[s])),
    "support.sign_out": ("reset", HIDDEN, lambda a, t, s: support.sign_out(a, t.subs[s])),
    "roles.give": ("delegations", REFUSED, lambda a, t, s: roles.give(a, t.people[s], Role.ADMIN, t.places[s], until=SOON)),
    "roles.end": ("delegations", HIDDEN, lambda a, t, s: roles.end(a, t.roles[s])),
    "teams.form_by_rule": ("teams", REFUSED, lambda a, t, s: teams.form_by_rule(a, "Tous", t.places[s])),
    "teams.form_for": ("teams", REFUSED, lambda a, t, s: teams.form_for(a, "Quelques-uns", t.places[s], t.people[s])),
    "teams.rename": ("teams", HIDDEN, lambda a, t, s: teams.rename(a, t.teams[s], "Autre")),
    "teams.close": ("teams", HIDDEN, lambda a, t, s: teams.close(a, t.teams[s], closed=True)),
    "demands.require": ("demands", REFUSED, lambda a, t, s: demands.require("DIR", t.places[s], by=a)),
    "demands.drop": ("demands", REFUSED, lambda a, t, s: demands.drop("ADF", t.places[s], by=a)),
    "demands.one": ("demands", HIDDEN, lambda a, t, s: demands.one(a, t.demands[s])),
    "allotting.allot": ("quotas", HIDDEN, lambda a, t, s: allotting.allot(a, f"person:{t.subs[s]}", 10**9)),
    "allotting.allot (team)": ("quotas", HIDDEN, lambda a, t, s: allotting.allot(a, f"team:{t.teams[s]}", 10**9)),
    "allotting.allot (structure)": ("quotas", REFUSED, lambda a, t, s: allotting.allot(a, f"structure:{t.places[s].pk}", 10**9)),
    "allotting.room_of": ("quotas", HIDDEN, lambda a, t, s: allotting.room_of(a, f"person:{t.subs[s]}")),
    "allotting.rooms_at": ("quotas", REFUSED, lambda a, t, s: allotting.rooms_at(a, t.places[s])),
    "teams.administer": ("teams", HIDDEN, lambda a, t, s: teams.administer(a, t.teams[s])),
    "clients.find": ("applications", HIDDEN, lambda a, t, s: clients.find(t.clients[s], a)),
    "clients.new_secret": ("applications", HIDDEN, lambda a, t, s: clients.new_secret(t.clients[s], a)),
    "clients.drop": ("applications", HIDDEN, lambda a, t, s: clients.drop(t.clients[s], a)),
    "clients.change_audience": (
        "applications", HIDDEN, lambda a, t, s: clients.change_audience(t.clients[s], [t.places.get(s, t.o.carnot)], ["ENS"], a),
    ),
    "clients.add": (
        "applications", REFUSED,
        lambda a, t, s: clients.add(clients.Registration(name="X", redirect_uris=["https://x.example/"], structures=[t.places[s]]), a),
    ),
    "dossier.of": ("people", HIDDEN, lambda a, t, s: dossier.of(a, t.subs[s])),
    "absences.reach": ("absences", HIDDEN, lambda a, t, s: absences.reach(a, t.subs[s])),
    "absences.whose": ("absences", HIDDEN, lambda a, t, s: absences.whose(a, t.absences[s])),
    "absences.state": ("absences", HIDDEN, lambda a, t, s: absences.state(a, t.subs[s], "sick", first_day=SOON, last_day=SOON)),
    "absences.date_again": ("absences", HIDDEN, lambda a, t, s: absences.date_again(a, t.absences[s], first_day=SOON, last_day=None)),
    "absences.back": ("absences", HIDDEN, lambda a, t, s: absences.back(a, t.absences[s], first_day=SOON)),
    "cases.one": ("cases", HIDDEN, lambda a, t, s: cases.one(a, t.cases[s])),
    "cases.answer (yes)": ("cases", HIDDEN, lambda a, t, s: cases.answer(a, t.cases[s], same=True)),
    "cases.answer (no)": ("cases", HIDDEN, lambda a, t, s: cases.answer(a, t.cases[s], same=False)),
    "cases.waiting": ("cases", HIDDEN, lambda a, t, s: among(t.cases[s], [one.id for one in cases.waiting(a)])),
    "cases.leaf": ("cases", HIDDEN, lambda a, t, s: among(t.cases[s], [one.id for one in cases.leaf(a, 1)[0]])),
    "undoing.one": ("cases", HIDDEN, lambda a, t, s: undoing.one(a, t.merges[s])),
    "undoing.undo": ("cases", HIDDEN, lambda a, t, s: undoing.undo(a, t.merges[s])),
    "undoing.lately": ("cases", HIDDEN, lambda a, t, s: among(t.merges[s], [one.id for one in undoing.lately(a)[0]])),
    "directory.find_administered": (
        "people", HIDDEN, lambda a, t, s: among(t.subs[s], [one.sub for one in directory.find_administered(a, f"{s} martin")]),
    ),
    "directory.find_places": (
        "teams", HIDDEN,
        lambda a, t, s: among(t.places.get(s), directory.find_places(a, Act.TEAMS, {"inside": "carnot", "outside": "ampere"}.get(s, "condorcet"))),
    ),
    "erasing.reach": ("retention", HIDDEN, lambda a, t, s: erasing.reach(a, t.subs[s])),
    "erasing.as_officer": ("retention", HIDDEN, lambda a, t, s: erasing.as_officer(a, t.freed(s), "demande")),
    "erasures.plan": ("retention", HIDDEN, lambda a, t, s: erasures.plan(a, t.subs[s])),
    "retaining.one": ("retentions", HIDDEN, lambda a, t, s: retaining.one(a, t.retentions[s])),
    "retaining.change": ("retentions", HIDDEN, lambda a, t, s: retaining.change(a, t.retentions[s], 40, was=30)),
    "trail.of": ("audit", HIDDEN, lambda a, t, s: trail.of(a, trail.Asked(who=t.subs[s]))),
}  # fmt: skip
LISTS = {  # of all there is, what the actor may: their answers are tested one by one below
    "roles.listed", "roles.givable", "roles.heads", "teams.administered", "teams.administered_of", "demands.made", "clients.every", "clients.own_places", "dossier.few", "retaining.listed", "retaining.may_set",
    "absences.listed", "absences.may_state", "cases.judged_by", "cases.count", "erasing.archived", "erasures.archived", "erasures.had_done",
    "directory.staff",
}  # fmt: skip
OF_MEMBERS = {  # not of administration
    "teams.form", "teams.add", "teams.remove", "teams.members", "teams.common",
    "directory.find", "directory.may_name", "directory.is_called", "deeds.of", "deeds.told",
}  # fmt: skip
BEHIND = {  # what asks nobody who they are
    "erasing.erase",  # what `as_officer`, the night and the command do
    "cases.signature",  # as whom somebody acts who was let by
}


def outcome(act):
    """Do something and undo it; return whether it was done, refused or hidden."""
    with undone():
        try:
            act()
        except Denied:
            return REFUSED
        except NotFound:
            return HIDDEN
        except Refusal as refusal:
            return type(refusal).__name__
        else:
            return OK
        finally:
            transaction.set_rollback(True)


def expected(name, act, side, stranger):
    if side != "absent" and act in acts_of(name, side):
        return OK
    return stranger if act in somewhere(name) else REFUSED


@pytest.mark.parametrize("name", WHO)
def test_each_verb_opens_to_whom_it_should_and_to_nobody_else(offices, name):
    things, actor = Things(offices), offices.actor(name)
    for verb, (act, stranger, do) in VERBS.items():
        for side in ("inside", "outside", "absent"):
            if side == "absent" and (stranger == REFUSED or verb.startswith("trail")):
                continue  # it is about a structure, and these are known to all
            want = expected(name, act, side, stranger)
            if verb == "roles.end" and want == REFUSED:
                want = HIDDEN
            got = outcome(lambda do=do, side=side: do(actor, things, side))
            assert got == want, (verb, side)


THE_RULE = {"cartable.identity.delegations"}  # which the others ask
PAGES = "cartable.portal.admin."  # tests/portal/test_access_pages.py


def test_no_verb_is_left_out():
    """Every public function that takes an actor, of each module that asks who administers what, is tried above, or lists, or is of members."""
    get_resolver().url_patterns  # noqa: B018 - every module of the product
    asking = [
        one
        for name, one in sys.modules.items()
        if vars(one).get("delegations") is delegations and name not in THE_RULE and not name.startswith(PAGES)
    ]
    found = set()
    for module in (*asking, erasures):
        for name, one in vars(module).items():
            if not inspect.isfunction(one) or name.startswith("_") or one.__module__ != module.__name__:
                continue
            if {"actor", "by"} & set(inspect.signature(one).parameters):
                found.add(f"{module.__name__.rpartition('.')[2]}.{name}")
    assert found == {verb.split(" (")[0] for verb in VERBS} | LISTS | OF_MEMBERS | BEHIND


@pytest.mark.parametrize("name", WHO)
def test_who_works_in_one_s_schools_is_listed_to_who_acts_on_them_and_to_nobody_else(offices, name):
    carnot, dijon, lyon = WHO[name]
    if "people" not in carnot | dijon | lyon:
        with pytest.raises(Denied):
            directory.staff(offices.actor(name), 1)
    elif "people" in dijon | lyon:
        assert directory.staff(offices.actor(name), 1) is None, "too many for a list"
    else:
        listed, more = directory.staff(offices.actor(name), 1)
        principals = {one.principal for one in listed}
        assert f"person:{offices.inside.pk}" in principals
        assert f"person:{offices.outside.pk}" not in principals
        assert not more
