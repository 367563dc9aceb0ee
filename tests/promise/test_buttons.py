"""An address that only a button posts to is below the address of the page it is on: who comes there otherwise finds the way back.

After signing in again, by the history, from a bookmark. Every address, by introspection; those of programs keep their bare 405.
"""

import re

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from cartable.identity import absences, credentials, demands
from cartable.identity.models import Person
from cartable.kernel import clock
from cartable.spaces import mounts, sharing, trash
from cartable.web.refusals import page_above
from tests.offices import DAY
from tests.worlds import ada_world, put

PROGRAMS = {"/oidc/token", "/oidc/revoke", "/index.php/login/v2", "/index.php/login/v2/poll"}
DEVICES = {"/login/v2", "/login/v2/poll"}  # programs too, below a page
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def signed_in(person):
    client = Client(headers=BROWSER)
    client.force_login(person, "cartable.identity.credentials.ByAddress")
    return client


def addresses():
    """Return an address of every page and protocol."""
    groups = (getattr(one, "url_patterns", [one]) for one in get_resolver().url_patterns)
    routes = {str(one.pattern) for group in groups for one in group if isinstance(one, URLPattern)}
    return sorted("/" + re.sub(r"<[^>]*>", "1", one) for one in routes if not one.startswith("^"))


def way(answer):
    """Return where the page of an answer leads first."""
    found = re.search(r'<a class="act first" href="([^"]+)">', answer.content.decode())
    return found and found[1]


def buttons(client, *pages):
    """Return the addresses that the forms of these pages post to, and that answer nothing else, by page."""
    return {
        page: {
            one
            for one in re.findall(r'<form[^>]* action="([^"?]+)', client.get(page).content.decode())
            if client.get(one).status_code == 405
        }
        for page in pages
    }


def test_the_address_of_a_button_leads_to_a_page(offices):
    client = signed_in(offices.person("admin"))
    met = set()
    for one in addresses():
        answer = client.get(one)
        if answer.status_code != 405:
            list(answer)  # read to its end, an archive closes its file
            continue
        met.add(one)
        assert "POST" in answer.headers["Allow"], one
        if one not in PROGRAMS | DEVICES:
            assert "Rien n’a été fait" in answer.content.decode(), one
            assert way(answer) == page_above(one), one
            above = client.get(way(answer))
            assert above.status_code != 405, one
            assert above.headers["Content-Type"].startswith("text/html"), one
    assert met > PROGRAMS | DEVICES
    assert len(met) > 30


@pytest.mark.parametrize("address", sorted(PROGRAMS | DEVICES | {"/me/sessions/end"}))
def test_to_a_program_it_is_no_page(offices, address):
    client = signed_in(offices.person("admin"))
    answer = client.get(address, headers={"accept": "*/*"})
    assert (answer.status_code, answer.headers["Allow"], answer.content) == (405, "POST", b"")


@pytest.mark.parametrize("address", sorted(PROGRAMS))
def test_where_no_page_is_above_none_is_offered(address):
    assert page_above(address) in {"", "/index.php/login/v2"}


def test_what_is_no_address_at_all_has_nothing_above():
    assert page_above("/nothing/of/ours") == ""
    assert page_above("/") == ""


def test_a_button_of_administration_is_on_the_page_above_its_address(offices):
    admin = signed_in(offices.person("admin"))
    team, client = offices.team(offices.carnot), offices.application(offices.carnot)
    demands.require("ADF", offices.carnot)
    absences.begin(offices.inside, absences.Kind.PARENTAL, on=clock.today() + 400 * DAY)
    credentials.new_app_password(offices.person("admin").pk, "Portable")
    theirs = f"/admin/people/{offices.inside.sub}"
    found = buttons(
        admin,
        "/admin/people",
        theirs,
        f"{theirs}/absences",
        "/admin/roles",
        "/admin/teams",
        "/admin/demands",
        f"/admin/applications/{client.pk}",
        "/me",
    )
    every = set().union(*found.values())
    assert {f"/admin/teams/{team.pk}", "/admin/people/new", f"{theirs}/absences/new", "/me/language"} <= every
    assert len(every) > 10
    for one in every:
        assert one in found[page_above(one)], one


def test_a_button_of_documents_is_on_the_page_above_its_address(db):
    world = ada_world()
    ada = signed_in(Person.objects.get(pk=world.ada.person))
    put(world.ada, world.maths, "devoir.pdf", b"neuf")
    sharing.make_link(world.ada, world.note)
    trash.discard(world.ada, world.note)
    found = buttons(ada, f"/f/{world.devoir}", f"/f/{world.devoir}/share", f"/f/{world.devoir}/versions", "/trash")
    bob = signed_in(Person.objects.get(pk=world.bob.person))
    mounts.hide(world.bob, world.cours)
    found |= buttons(bob, f"/f/{world.cours}")
    every = set().union(*found.values())
    assert {"/trash/restore", f"/f/{world.devoir}/star", f"/f/{world.devoir}/share/link"} <= every
    for one in every:
        assert one in found[page_above(one)], one
