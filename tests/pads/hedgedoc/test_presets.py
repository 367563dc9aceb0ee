"""The six words of HedgeDoc for who may read and write a pad, as grants: everybody × every preset × every gesture."""

import re
from base64 import b64encode

import pytest
from django.test import RequestFactory

from cartable.identity import credentials, postings
from cartable.identity.models import Person
from cartable.kernel.errors import BadInput, Denied, NotFound
from cartable.pads import sockets
from cartable.pads.addresses import naming, presets, wording
from cartable.spaces import sharing
from cartable.spaces.access import Role
from tests.options import having
from tests.worlds import academies, actor, put

WHAT = {  # of who is signed in, and of whoever has the address: what they may
    "freely": ("write", "write"),
    "editable": ("write", "read"),
    "limited": ("write", ""),
    "locked": ("read", "read"),
    "protected": ("read", ""),
    "private": ("", ""),
}


@pytest.fixture
def pad(world):
    """A pad of Ada's in a folder that is hers alone; Eve has a posting, and so is of everyone."""
    dijon, _lyon = academies()
    postings.begin(Person.objects.get(pk=world.eve.person), dijon)
    return put(world.ada, world.root, "plan.md", b"# Plan").id


def may(one, pad):
    """Return what somebody may do with a pad by its addresses."""
    known = naming.known(pad)
    reads = [
        one.ask("GET", path).status_code == 200
        for path in (f"{known.id}/download", f"s/{known.short}", f"{known.id}/info", f"{known.id}/revision")
    ]
    assert len(set(reads)) == 1
    body = '{"content": "# Plan"}'
    written = one.ask("PUT", f"api/notes/{known.id}", body, content_type="application/json").status_code == 200
    return "write" if written else "read" if reads[0] else ""


@pytest.mark.parametrize("writes", [0, 1])
@pytest.mark.parametrize("preset", presets.PRESETS)
def test_what_each_preset_opens_to_whom(world, pad, program, monkeypatch, preset, writes):
    monkeypatch.setattr(presets, "options", having(pads_guests_write=writes))
    presets.apply(world.ada, pad, "freely")
    presets.apply(world.ada, pad, preset)
    assert presets.of(world.ada, pad) == preset
    found = {name: may(program(name), pad) for name in ("ada", "eve", "")}
    agent, guest = WHAT[preset]
    assert found == {"ada": "write", "eve": agent, "": guest if writes else guest and "read"}


def test_who_is_signed_in_and_no_agent_has_what_a_guest_has(world, pad, program):
    presets.apply(world.ada, pad, "locked")
    assert may(program("bob"), pad) == "read"  # he has no posting
    presets.apply(world.ada, pad, "protected")
    assert may(program("bob"), pad) == ""


def test_another_combination_is_none_of_the_six_and_those_named_stay(world, pad):
    sharing.give(world.ada, pad, f"person:{world.bob.person}", Role.WRITE)
    assert presets.of(world.ada, pad) == "private"
    presets.apply(world.ada, pad, "limited")
    [agents] = [one for one in sharing.of(world.ada, pad) if one.link]
    sharing.change(world.ada, agents.id, role=Role.VIEW)
    assert presets.of(world.ada, pad) == ""
    presets.apply(world.ada, pad, "private")
    assert [one.principal for one in sharing.of(world.ada, pad)] == [f"person:{world.bob.person}"]


def test_what_is_open_to_agents_is_open_to_those_who_have_the_address_alone(world, pad, browse, program):
    presets.apply(world.ada, pad, "limited")
    [agents] = [one for one in sharing.of(world.ada, pad) if one.link]
    assert browse("eve").get(f"/p/{pad}").status_code == 404  # numbers can be counted through
    assert browse("eve").get(f"/s/{agents.link}").status_code == browse().get(f"/s/{agents.link}").status_code == 410
    assert sharing.received(actor("eve@ac-dijon.example")) == []
    eve = browse("eve", headers={"accept": "text/html"})
    assert eve.get(f"/pads/{naming.known(pad).id}").headers["Location"] == f"/p/{pad}"
    assert 'data-write="1"' in eve.get(f"/p/{pad}").content.decode()
    assert [one["text"] for one in program("eve").history()] == ["Plan"]
    presets.apply(world.ada, pad, "protected")
    assert 'data-write="0"' in eve.get(f"/p/{pad}").content.decode()
    presets.apply(world.ada, pad, "private")
    assert eve.get(f"/p/{pad}").status_code == 404
    assert program("eve").history() == []


def test_the_socket_of_the_editor_lets_in_who_came_by_an_address(world, pad, program):
    presets.apply(world.ada, pad, "limited")
    login, secret = "eve@ac-dijon.example", credentials.new_app_password(world.eve.person, "éditeur")
    basic = {"Authorization": "Basic " + b64encode(f"{login}:{secret}".encode()).decode()}

    def came():
        return sockets.admitted(lambda: RequestFactory().get("/", headers=basic), pad)

    assert came() == 4004
    program("eve").ask("GET", naming.known(pad).id)
    assert came().writes
    presets.apply(world.ada, pad, "protected")
    assert not came().writes
    presets.apply(world.ada, pad, "private")
    assert came() == 4004


def test_only_who_manages_a_pad_changes_to_whom_it_is_open(world, pad):
    eve = actor("eve@ac-dijon.example")
    with pytest.raises(NotFound):
        presets.apply(eve, pad, "freely")
    presets.apply(world.ada, pad, "freely")
    for act in (lambda one: presets.apply(one, pad, "private"), lambda one: presets.of(one, pad)):
        with pytest.raises(Denied):
            act(presets.visitor(eve, pad))
    with pytest.raises(BadInput):
        presets.apply(world.ada, pad, "publique")
    assert presets.of(world.ada, pad) == "freely"


def test_a_link_that_was_taken_back_or_closed_opens_nothing(world, pad, program):
    presets.apply(world.ada, pad, "locked")
    [link] = [one for one in sharing.of(world.ada, pad) if one.link and one.downloads_max is None]
    sharing.change(world.ada, link.id, password="sésame")
    assert may(program(), pad) == ""
    sharing.change(world.ada, link.id, password="")
    assert may(program(), pad) == "read"
    sharing.revoke(world.ada, link.id)
    assert may(program(), pad) == ""
    presets.apply(world.ada, pad, "locked")
    assert may(program(), pad) == "read"


def test_a_site_may_open_pads_to_nobody_who_is_not_signed_in(world, pad, program, monkeypatch):
    presets.apply(world.ada, pad, "freely")
    monkeypatch.setattr(presets, "options", having(pads_guests=0))
    assert (may(program(), pad), may(program("eve"), pad)) == ("", "write")
    presets.apply(world.ada, pad, "locked")
    assert [one.downloads_max for one in sharing.of(world.ada, pad)] == [0]


def test_a_new_pad_is_open_to_whom_the_operator_says(world, pad, program, monkeypatch):
    ada = program("ada")
    assert presets.of(world.ada, naming.resolve(ada.new("x"))) == "private"
    monkeypatch.setattr("cartable.pads.addresses.making.options", having(pads_preset="locked"))
    assert presets.of(world.ada, naming.resolve(ada.new("x"))) == "locked"


@pytest.mark.parametrize("preset", presets.PRESETS)
def test_a_page_shows_and_changes_to_whom_a_pad_is_open(world, pad, browse, preset):
    ada = browse("ada")
    assert ada.post(f"/p/{pad}/open", {"preset": preset}).headers["Location"] == f"/p/{pad}"
    assert presets.of(world.ada, pad) == preset
    page = ada.get(f"/p/{pad}/open").content.decode()
    assert re.findall(r'value="(\w+)" required( checked)?', page) == [
        (one, " checked" if one == preset else "") for one in wording.NAMES
    ]
    assert f"http://testserver/pads/{naming.known(pad).id}" in page
    assert ada.post(f"/p/{pad}/open", {"preset": "publique"}).status_code == 400


def test_the_page_says_what_each_opens_on_this_site_and_when_it_is_none_of_them(world, pad, browse, monkeypatch):
    presets.apply(world.ada, pad, "limited")
    [agents] = [one for one in sharing.of(world.ada, pad) if one.link]
    sharing.change(world.ada, agents.id, role=Role.VIEW)
    page = browse("ada").get(f"/p/{pad}/open").content.decode()
    assert "personnalisé" in page
    assert " checked" not in page
    assert "comme invité" not in page, "guests do not write here"
    monkeypatch.setattr(wording, "options", having(pads_guests_write=1))
    assert "comme invité" in browse("ada").get(f"/p/{pad}/open").content.decode()
    monkeypatch.setattr(wording, "options", having(pads_guests=0, pads_guests_write=1))
    assert "avec l’adresse, comme invité" not in browse("ada").get(f"/p/{pad}/open").content.decode()
    assert "on le lit avec l’adresse" not in browse("ada").get(f"/p/{pad}/open").content.decode()


def test_only_who_may_share_a_pad_has_that_page(world, pad, browse):
    sharing.give(world.ada, pad, f"person:{world.bob.person}", Role.WRITE)
    for name, status in (("bob", 403), ("eve", 404), ("", 302)):
        one = browse(name)
        assert (
            one.get(f"/p/{pad}/open").status_code
            == one.post(f"/p/{pad}/open", {"preset": "freely"}).status_code
            == status
        )
    assert f"/p/{pad}/open" not in browse("bob").get(f"/p/{pad}").content.decode()
    assert presets.of(world.ada, pad) == "private"
    assert browse("ada").get(f"/p/{world.note}/open").status_code == 404
