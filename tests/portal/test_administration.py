"""Every page and every verb of delegated administration × everybody × inside and outside: `tests/offices.py` says who may.

Who may do a thing nowhere is refused; who may it elsewhere finds nothing, as of what never was. Nobody is left out, by introspection.
"""

import inspect
import re

import pytest
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver

from cartable.identity import appointing, demands, roles, structures, support, teams
from cartable.identity.delegations import Role
from cartable.identity.models import Delegation, Demand
from cartable.identity.oidc import clients
from cartable.kernel import clock
from cartable.kernel.errors import Denied, NotFound, Refusal
from cartable.portal import dossier, trail
from cartable.spaces import quota
from tests.offices import DAY, WHO, Offices

ABSENT = 2**40
OK, REFUSED, HIDDEN = "done", "refused", "hidden"
TODAY = {"first": str(clock.today()), "last": str(clock.today() + DAY)}


@pytest.fixture
def offices(db):
    return Offices()


class Things:
    """What verbs and pages are about: one of each inside (Carnot), outside (Lyon), and none that ever was."""

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
        self.subs = {side: one.sub for side, one in self.people.items()} | {"absent": "0" * 20}

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

    def role(self, side):
        return roles.give(None, self.people[side], Role.SUPPORT, self.places[side], until=clock.today() + 20 * DAY).pk


# verb: (act it needs, how a stranger to the structure is answered, the call)
SOON = clock.today() + 5 * DAY
VERBS = {
    "appointing.give": ("postings", REFUSED, lambda a, t, s: appointing.give(a, t.o.person("teacher"), t.places[s], "DOC", first_day=SOON)),
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
    "quota.allot": ("quotas", HIDDEN, lambda a, t, s: quota.allot(a, t.subs[s], 10**9)),
    "quota.room_over": ("quotas", HIDDEN, lambda a, t, s: quota.room_over(a, t.subs[s])),
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
    "trail.of": ("audit", HIDDEN, lambda a, t, s: trail.of(a, trail.Asked(who=t.subs[s]))),
}  # fmt: skip
LISTS = {  # of all there is, what the actor may: their answers are tested one by one below
    "roles.listed", "roles.givable", "teams.administered", "teams.administered_of", "demands.made", "clients.every", "dossier.few",
}  # fmt: skip
OF_MEMBERS = {"teams.form", "teams.add", "teams.remove", "teams.members", "quota.room"}  # not of administration


def acts_of(name, side):
    carnot, _dijon, lyon = WHO[name]
    return {"inside": carnot, "outside": lyon}[side]


def somewhere(name):
    return frozenset().union(*WHO[name])


def undone():
    """Return a transaction that is undone at its end, in which what must stand outside of any may be done: like a test's own."""
    one = transaction.atomic()
    one._from_testcase = True
    return one


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


def test_no_verb_is_left_out():
    """Every public function of these modules that takes an actor is tried above, or lists, or is of members."""
    found = set()
    for module in (appointing, support, roles, teams, demands, clients, dossier, trail, quota):
        for name, one in vars(module).items():
            if not inspect.isfunction(one) or name.startswith("_") or one.__module__ != module.__name__:
                continue
            if {"actor", "by"} & set(inspect.signature(one).parameters):
                found.add(f"{module.__name__.rpartition('.')[2]}.{name}")
    assert found == set(VERBS) | LISTS | OF_MEMBERS


# Pages

POST = {"person": "teacher@ac-dijon.example", "function": "DOC", **TODAY}
PAGES = {  # name of the address: (act, how a stranger is answered, what the address is about, form of a POST; None: it is read)
    "admin-people": ("people", None, None, None),
    "admin-person": ("people", 404, "subs", None),
    "admin-reset": ("reset", 404, "subs", {"do": "sessions"}),
    "admin-room": ("quotas", 404, "subs", {"gigabytes": "3"}),
    "admin-give-role": ("delegations", 403, "subs", {"role": "admin", "structure": "code", "last": TODAY["last"]}),
    "admin-post": ("postings", 403, None, {**POST, "structure": "code"}),
    "admin-posting": ("postings", 404, "postings", {"do": "end", "last": TODAY["first"]}),
    "admin-roles": ("delegations", None, None, None),
    "admin-end-role": ("delegations", 404, "roles", {}),
    "admin-teams": ("teams", None, None, None),
    "admin-team": ("teams", 404, "teams", {"do": "close"}),
    "admin-demands": ("demands", None, None, None),
    "admin-drop-demand": ("demands", 404, "demands", {}),
    "admin-applications": ("applications", None, None, None),
    "admin-register": ("applications", None, None, None),
    "admin-application": ("applications", 404, "clients", None),
    "admin-change-application": ("applications", 404, "clients", {"do": "secret"}),
    "admin-audit": ("audit", None, None, None),
    "cases": ("cases", None, None, None),
}
ELSEWHERE = {"admin": "test_home below", "case": "tests/identity/feeds/test_merging.py"}


def addresses(resolver=None, before=""):
    for one in (resolver or get_resolver()).url_patterns:
        if isinstance(one, URLPattern):
            yield before + str(one.pattern), one.name
        else:
            yield from addresses(one, before + str(one.pattern))


def test_no_page_is_left_out():
    under = {name for address, name in addresses() if address.startswith("admin")}
    assert under == set(PAGES) | set(ELSEWHERE)


def ask(client, address, form):
    """Return how an address answers, and undo what it did."""
    with undone():
        answer = client.get(address) if form is None else client.post(address, form)
        transaction.set_rollback(True)
    return answer


@pytest.mark.parametrize("name", WHO)
def test_each_page_opens_to_whom_it_should_and_to_nobody_else(offices, name):
    things = Things(offices)
    client = offices.browse(name)
    places = {address_name: address for address, address_name in addresses()}
    for page, (act, stranger, about, form) in PAGES.items():
        for side in ("inside", "outside", *(["absent"] if about else [])):
            if page == "admin-give-role" and side == "absent":
                continue  # the form is wrong: it goes back and says so
            address = "/" + re.sub(r"<[^>]+>", str(getattr(things, about)[side]) if about else "", places[page])
            sent = form and {
                key: things.codes.get(side, "0210015C") if value == "code" else value for key, value in form.items()
            }
            got = ask(client, address, sent).status_code
            if stranger is None:
                want = 200 if act in somewhere(name) else 403
            elif side != "absent" and act in acts_of(name, side):
                want = 200 if form is None else 303
            else:
                want = stranger if act in somewhere(name) else 403
            if page == "admin-end-role" and act not in somewhere(name) and somewhere(name):
                want = 404
            assert got == want, (page, side)


def test_of_who_is_not_signed_in_each_asks_to_be(offices):
    for address, name in addresses():
        if name in PAGES:
            where = "/" + re.sub(r"<[^>]+>", "1", address)
            assert Client().get(where).headers["Location"].startswith("/login"), name


def test_absent_and_hidden_look_the_same(offices):
    client = offices.browse("admin")
    shown = {
        re.sub(r'[0-9a-f]{20}|(value|token)="\w+"', "", client.get(f"/admin/people/{sub}").content.decode())
        for sub in (offices.outside.sub, "0" * 20)
    }
    assert len(shown) == 1
    assert Delegation.objects.exists()
    assert structures.is_school(offices.carnot.pk)


def test_home_says_which_roles_and_the_menu_leads_there(offices):
    for name, words in (
        ("head", ["Direction", "Lycée Carnot"]),
        ("support", ["Assistance", "Dijon"]),
        ("auditor", ["Audit", "Journal des actes"]),
    ):
        client = offices.browse(name)
        assert 'href="/admin"' in client.get("/").content.decode()
        shown = client.get("/admin").content.decode()
        assert all(word in shown for word in words), name
    teacher = offices.browse("teacher")
    assert 'href="/admin"' not in teacher.get("/").content.decode()
    assert teacher.get("/admin").status_code == 403
