"""Every page of delegated administration, and each thing that it does, × everybody × inside and outside: `tests/offices.py` says who may.

Who may do a thing nowhere is refused; who may it elsewhere reads of what is there what they read of what never was, to the letter.
No page, no button and no form is left out, by introspection.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver

from cartable.identity.delegations import Act
from cartable.identity.feeds import pages as feeds
from cartable.kernel import clock
from cartable.portal.admin import answers
from tests.offices import DAY, WHO, acts_of, every_form, somewhere
from tests.things import ABSENT, Things, undone

DAYS = {"first": str(clock.today()), "last": str(clock.today() + DAY)}


class Way(NamedTuple):
    """One way of asking something of a page."""

    act: str  # what it needs
    stranger: int | None = (
        None  # how it answers who may it elsewhere only; None: it is not about one structure, or one thing
    )
    about: str | None = None  # what the address is about: a field of Things
    sent: dict[str, str] | None = None  # what is posted; None: the page is read. `{}` stand for words of a side
    asked: dict[str, str] | None = None  # what is sought, in the address
    form: str = ""  # the form that is filled in
    done: int = 0  # how it answers who may; 0: 200 if it is read, else 303
    first: Callable[[Things, str], Any] | None = None  # what must be before


POSTING = {"function": "DOC", "structure": "{code}", **DAYS}
TEAM = {"name": "Conseil", "structure": "{code}"}
APPLICATION = {"name": "Agenda", "redirect": "https://agenda.example/back", "scope": "profile", "structures": "{code}"}
READ = {  # by the name of its address
    "admin-people": Way("people"),
    "admin-person": Way("people", 404, "subs"),
    "admin-rooms": Way("quotas"),
    "admin-roles": Way("delegations"),
    "admin-teams": Way("teams"),
    "admin-demands": Way("demands"),
    "admin-applications": Way("applications"),
    "admin-register": Way("applications"),
    "admin-application": Way("applications", 404, "clients"),
    "admin-audit": Way("audit"),
    "admin-absences": Way("absences"),
    "admin-absences-of": Way("absences", 404, "subs"),
    "admin-erasures": Way("retention"),
    "admin-erasure": Way("retention", 404, "subs"),
    "admin-retentions": Way("retention"),
    "admin-retention": Way("retentions", 404, "retentions"),
    "cases": Way("cases"),
    "case": Way("cases", 404, "cases"),
    "merge": Way("cases", 404, "merges"),
}
SOUGHT = {  # what is asked of a page by its address: name, what
    ("admin-people", "by name"): Way("people", asked={"q": "{side} martin"}, form="Seek"),
    ("admin-absences", "whose"): Way("absences", 404, "subs", asked={"who": "{sub}"}, form="Whom", done=302),
    ("admin-erasures", "whose"): Way("retention", 404, "subs", asked={"who": "{sub}"}, form="Whom", done=302),
    ("admin-audit", "whose"): Way("audit", 404, "subs", asked={"who": "{sub}"}, form="Trail"),
    ("admin-rooms", "where"): Way("quotas", 403, asked={"structure": "{code}"}, form="Where"),
    **{("admin-find", act.value): Way(act.value, asked={"act": act.value, "q": "{side} martin"}) for act in Act},
    **{("admin-structures", act.value): Way(act.value, asked={"act": act.value, "q": "lyc"}) for act in Act},
}
POSTED = {  # what a page does: name, the button's `do` (empty: it has none) and, where one does several things, which
    ("admin-welcome", ""): Way("postings", 403, sent={"person": "teacher@ac-dijon.example", **POSTING}, form="Arrival"),
    ("admin-post", ""): Way("postings", 404, "subs", POSTING, form="Posting"),
    ("admin-posting", "end"): Way("postings", 404, "postings", {"last": DAYS["first"]}, form="Ending"),
    ("admin-posting", "cancel"): Way("postings", 404, "to_come", {}),
    ("admin-posting", "date"): Way("postings", 404, "by_hand", DAYS, form="Dates"),
    ("admin-reset", "link"): Way("reset", 404, "subs", {"mail": "{side}@ac-dijon.example"}),
    ("admin-reset", "factors"): Way("reset", 404, "subs", {"checked": "on"}, form="Freeing"),
    ("admin-reset", "sessions"): Way("reset", 404, "subs", {}),
    ("admin-give-role", ""): Way(
        "delegations", 404, "subs", {"role": "admin", "structure": "{code}", "last": DAYS["last"]}, form="Role"
    ),
    ("admin-end-role", ""): Way("delegations", 404, "roles", {}),
    ("admin-state-absence", ""): Way("absences", 404, "subs", {"kind": "sick", **DAYS}, form="Absence"),
    ("admin-absence", "back"): Way("absences", 404, "absences", {"first": DAYS["first"]}, form="Back"),
    ("admin-absence", "date"): Way("absences", 404, "absences", DAYS, form="Dates"),
    ("admin-rooms", " of a person"): Way(
        "quotas", 404, sent={"owner": "person:{sub}", "gigabytes": "250"}, form="Room"
    ),
    ("admin-rooms", " of a team"): Way("quotas", 404, sent={"owner": "team:{team}", "gigabytes": "250"}, form="Room"),
    ("admin-rooms", " of a structure"): Way(
        "quotas", 403, sent={"owner": "structure:{place}", "gigabytes": "250"}, form="Room"
    ),
    ("admin-teams", " by a rule"): Way("teams", 403, sent={**TEAM, "function": "DOC"}, form="Team"),
    ("admin-teams", " led by somebody"): Way("teams", 403, sent={**TEAM, "leader": "{mail}"}, form="Team"),
    ("admin-team", "rename"): Way("teams", 404, "teams", {"name": "Autre"}, form="Naming"),
    ("admin-team", "close"): Way("teams", 404, "teams", {}),
    ("admin-team", "open"): Way("teams", 404, "teams", {}),
    ("admin-demands", ""): Way("demands", 403, sent={"structure": "{code}", "function": "DIR"}, form="Demand"),
    ("admin-drop-demand", ""): Way("demands", 404, "demands", {}),
    ("admin-register", ""): Way("applications", 403, sent=APPLICATION, form="Application"),
    ("admin-change-application", "audience"): Way(
        "applications", 404, "clients", {"structures": "{code}"}, form="Audience"
    ),
    ("admin-change-application", "secret"): Way("applications", 404, "clients", {}),
    ("admin-change-application", "drop"): Way("applications", 404, "clients", {}),
    ("admin-erasure", ""): Way(
        "retention", 404, "subs", {"reason": "demande", "read": "on"}, form="Erasure", first=Things.freed
    ),
    ("admin-retention", ""): Way("retentions", 404, "retentions", {"days": "45", "was": "30"}, form="Retention"),
    ("admin-retention", "default"): Way("retentions", 404, "retentions", {"was": "30"}, form="Retention"),
    ("case", "yes"): Way("cases", 404, "cases", {"same": "yes"}),
    ("merge", ""): Way("cases", 404, "merges", {}),
    ("case", "no"): Way("cases", 404, "cases", {"same": "no"}),
}
WAYS = {**{(name, "read"): way for name, way in READ.items()}, **SOUGHT, **POSTED}
OPEN = {"admin": "test_home_says_which_roles_and_the_menu_leads_there"}  # to whoever has a role


# What there is


def addresses(resolver=None, before=""):
    """Return each page of administration: its name, its address, what answers it."""
    for one in (resolver or get_resolver()).url_patterns:
        address = before + str(one.pattern)
        if not isinstance(one, URLPattern):
            yield from addresses(one, address)
        elif address.startswith("admin"):
            yield one.name, address, one.callback


PLACES = {name: address for name, address, _page in addresses()}


def test_no_page_is_left_out():
    assert set(PLACES) == {name for name, _what in WAYS} | set(OPEN)


def test_nothing_that_a_page_does_is_left_out(offices):
    """By each `do` that a page says it takes (`answers.acts`; any other is refused), where it takes a POST at all."""
    nobody, found = offices.browse("teacher"), set()
    for name, address, page in addresses():
        answer = nobody.post("/" + re.sub(r"<[^>]+>", "1", address))
        if answer.status_code != 405:
            found |= {(name, do) for do in getattr(page, "acts", feeds.ANSWERS if name == "case" else [""])}
    assert found == {(name, what.split(" ")[0]) for name, what in POSTED}


def test_each_button_of_a_template_is_one_that_a_page_knows():
    here = Path(answers.__file__).parent.parent / "templates/portal/admin"
    written = {do for one in here.iterdir() for do in re.findall(r'name="do" value="(\w+)"', one.read_text())}
    assert written == {what for name, what in POSTED if name != "case" and what and " " not in what}


def test_no_form_is_left_out():
    assert {one.__name__ for one in every_form()} == {way.form for way in WAYS.values()} - {""}


@pytest.mark.parametrize("name", sorted({name for name, what in POSTED if what.split(" ")[0]} - {"case"}))
def test_a_page_does_nothing_that_none_of_its_buttons_says(offices, name):
    things, admin = Things(offices), offices.browse("nation-dpo" if name == "admin-retention" else "national")
    way = next(way for (one, _what), way in POSTED.items() if one == name)
    address = things.address(PLACES[name], "inside", getattr(things, way.about)["inside"])
    for do in ("emperor", "End", "end "):
        assert admin.post(address, {"do": do}).status_code == 404


# Who may


def words(things, side):
    """Return what stands in a form for one of a side."""
    return {
        "side": side,
        "sub": things.subs[side],
        "code": things.codes.get(side, "0210015C"),
        "mail": f"{side if side in things.people else 'nobody'}@ac-dijon.example",
        "team": things.teams[side],
        "place": things.places[side].pk if side in things.places else ABSENT,
    }


def spelled(sent, things, side):
    return None if sent is None else {key: value.format(**words(things, side)) for key, value in sent.items()}


def ask(client, address, sent, asked=None):
    """Return how an address answers, and undo what it did."""
    with undone():
        answer = client.get(address, asked) if sent is None else client.post(address, sent)
        transaction.set_rollback(True)
    return answer


def answer_of(client, things, side, name, what, *, bare=False):
    """Return how a page answers, of a side; with nothing posted if `bare`."""
    way = WAYS[name, what]
    number = getattr(things, way.about)[side] if way.about else ""
    sent, asked = spelled(way.sent, things, side), spelled(way.asked, things, side)
    if sent is not None:
        sent = {} if bare else {"do": what.split(" ")[0], **sent}
    with undone():
        if way.first:
            way.first(things, side)
        answer = ask(client, things.address(PLACES[name], side, number), sent, asked)
        transaction.set_rollback(True)
    return answer


def expected(name, page, way, side):
    """Return the status somebody should be answered with."""
    have = somewhere(name)
    if way.stranger is None:
        return (way.done or 200) if way.act in have else 403
    if side != "absent" and way.act in acts_of(name, side):
        return way.done or (200 if way.sent is None else 303)
    if way.act in have or (page == "admin-end-role" and have):  # one’s own may be ended by whoever holds it
        return way.stranger
    return 403


@pytest.mark.parametrize("name", WHO)
def test_each_page_and_each_thing_it_does_opens_to_whom_it_should_and_to_nobody_else(offices, name):
    things, client = Things(offices), offices.browse(name)
    for (page, what), way in WAYS.items():
        for side in ("inside", "outside", *(["absent"] if way.stranger == 404 else [])):
            got = answer_of(client, things, side, page, what)
            assert got.status_code == expected(name, page, way, side), (page, what, side)


def test_of_who_is_not_signed_in_each_asks_to_be(offices):
    for address in PLACES.values():
        where = "/" + re.sub(r"<[^>]+>", "1", address)
        assert Client().get(where).headers["Location"].startswith("/login"), where


# What the others read


def seen(answer, *own):
    """Return what somebody sees of an answer, without what differs each time, and without their `own` words."""
    body = re.sub(r'(value|token)="\w+"', "", answer.content.decode())
    for one in own:
        body = body.replace(one, "…")
    return answer.status_code, answer.headers.get("Location", ""), body


@pytest.mark.parametrize("name", ["teacher", "expired", "ended", "orphan", "future"])
def test_who_has_no_role_reads_the_same_on_every_page_whether_what_it_is_about_is_there_or_not(offices, name):
    """403 everywhere, before anything is looked at: an answer that differed would say what there is (decision 17)."""
    things, client = Things(offices), offices.browse(name)
    assert client.get("/admin").status_code == 403
    for page, what in WAYS:
        read = {
            seen(answer_of(client, things, side, page, what, bare=bare))
            for side in ("inside", "outside", "absent")
            for bare in (False, True)
        }
        assert len(read) == 1, (page, what)
        assert read.pop()[0] == 403, (page, what)


@pytest.mark.parametrize("name", ["head", "admin", "elsewhere", "support", "dpo", "auditor"])
def test_who_has_a_role_elsewhere_reads_of_what_is_hidden_what_they_read_of_what_never_was(offices, name):
    things, client = Things(offices), offices.browse(name)
    for (page, what), way in WAYS.items():
        hidden = {"inside", "outside"} - {side for side in things.people if way.act in acts_of(name, side)}
        if way.stranger != 404 or way.act not in somewhere(name):
            continue
        for side in hidden:
            read = {
                seen(
                    answer_of(client, things, one, page, what),
                    *(str(words(things, one)[word]) for word in ("sub", "mail")),
                )
                for one in (side, "absent")
            }
            assert len(read) == 1, (page, what)


# Oneself


AS_NOBODY = {"admin-absences", "admin-absences-of", "admin-state-absence", "admin-erasures", "admin-erasure"}


@pytest.mark.parametrize("name", ["head", "admin", "national", "support", "dpo"])
def test_nobody_administers_themselves_and_each_page_says_so(offices, name):
    things, client, me = Things(offices), offices.browse(name), offices.person(name)
    things.subs["me"], things.places["me"], things.teams["me"] = me.sub, offices.carnot, ABSENT
    things.postings["me"] = me.postings.get().pk
    also, tried = {("admin-posting", "end"), ("admin-rooms", " of a person")}, 0
    for (page, what), way in WAYS.items():
        about_me = way.about == "subs" or (page, what) in also
        if way.act in somewhere(name) and about_me and page != "admin-audit":  # one reads what one did
            answer = answer_of(client, things, "me", page, what)
            said = "C’est de votre propre compte" in answer.content.decode() and 'href="/me"' in answer.content.decode()
            want = (404, False) if page in AS_NOBODY else (403, True)
            assert (answer.status_code, said) == want, (page, what)
            tried += 1
    assert tried > 3
    assert me.postings.get().end is None


@pytest.mark.parametrize("name", ["head", "admin", "national"])
def test_nobody_posts_themselves_as_who_comes_from_elsewhere(offices, name):
    asked = {"person": f"{name}@ac-dijon.example", **POSTING, "structure": "0210015C"}
    answer = offices.browse(name).post("/admin/people/new", asked)
    assert (answer.status_code, "C’est de votre propre compte" in answer.content.decode()) == (403, True)
