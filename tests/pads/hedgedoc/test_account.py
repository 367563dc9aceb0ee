"""Signing in with an app password, who one is, what one opened: `/login`, `/me`, `/history` (docs/protocols/hedgedoc.md)."""

import io
import json
from zipfile import ZipFile

import pytest
from django.test import Client

from cartable.identity import credentials, people
from cartable.pads.addresses import history, leaving, naming
from cartable.pads.addresses.models import Visit
from cartable.spaces import sharing
from cartable.spaces.access import Role
from tests.pads.hedgedoc.conftest import BASE
from tests.worlds import put

COOKIE = "pads"


@pytest.fixture
def ada(program):
    return program("ada")


def test_an_app_password_signs_in_and_a_persons_own_does_not(world, program):
    mail, sub = "ada@ac-dijon.example", people.by_id(world.ada.person).sub
    secret = credentials.new_app_password(world.ada.person, "hedgedoc")
    people.by_id(world.ada.person).set_password("encre craie marelle")
    for path, form in (
        ("login", {"email": mail, "password": secret}),
        ("login", {"email": sub, "password": secret}),
        ("auth/ldap", {"username": mail, "password": secret}),
    ):
        one = program()
        assert one.post(f"/pads/{path}", form).headers["Location"] == f"{BASE}/"
        told = one.ask("GET", "me").json()
        assert told == {"status": "ok", "id": sub, "name": "Ada Lovelace", "photo": ""}
    for form in (
        {"email": mail, "password": "encre craie marelle"},
        {"email": "bob@ac-dijon.example", "password": secret},
        {"email": mail, "password": ""},
        {},
    ):
        one = program()
        answer = one.post("/pads/login", form)
        assert (answer.status_code, answer.headers["Location"], len(answer.cookies)) == (302, f"{BASE}/", 0)
        assert one.ask("GET", "me").json() == {"status": "forbidden"}
        assert one.ask("GET", "me").status_code == 200


def test_the_session_of_a_program_opens_nothing_else_and_that_of_the_site_is_no_cookie_of_it(world, ada, browse):
    key = ada.cookies[COOKIE].value
    assert ada.cookies[COOKIE]["path"] == "/pads/"
    assert ada.cookies[COOKIE]["httponly"]
    assert ada.cookies[COOKIE]["samesite"] == "Lax"
    other = Client()
    other.cookies["sessionid"] = key
    assert other.get("/f/").status_code == 302
    other = Client()
    other.cookies[COOKIE] = browse("ada").cookies["sessionid"].value
    assert other.get("/pads/me").json() == {"status": "forbidden"}
    assert other.get("/pads/logout").status_code == 302  # and it ends nothing
    assert credentials.devices(world.ada.person)


def test_an_app_password_that_is_revoked_ends_its_sessions_at_once(world, ada):
    [device] = credentials.devices(world.ada.person)
    credentials.revoke(world.ada.person, device.id)
    assert ada.ask("GET", "me").json() == {"status": "forbidden"}
    assert ada.ask("GET", "history").headers["Location"] == f"{BASE}/"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_signs_out_is_known_no_more(ada, method):
    key = ada.cookies[COOKIE].value
    assert ada.ask(method, "logout").headers["Location"] == f"{BASE}/"
    ada.cookies[COOKIE] = key
    assert ada.ask("GET", "me").json() == {"status": "forbidden"}


def test_a_pad_that_is_made_or_opened_is_in_the_history_at_once(world, ada, program, browse, later):
    ada.new("---\ntitle: Un\ntags: a, b\n---\n", "un")
    assert [(one["id"], one["text"], one["tags"]) for one in ada.history()] == [("un", "Un", ["a", "b"])]
    assert "pinned" not in ada.history()[0]
    later(minutes=1)
    shared = put(world.ada, world.cours, "plan.md", b"# Plan\n\n###### tags: `c`").id
    browse("bob").get(f"/p/{shared}")
    bob = program("bob")
    [opened] = bob.history()
    assert (opened["id"], opened["text"], opened["tags"]) == (naming.known(shared).id, "Plan", ["c"])
    ada.ask("GET", naming.known(shared).id)
    assert [one["text"] for one in ada.history()] == ["Plan", "Un"]
    later(minutes=1)
    ada.ask("GET", "un")
    assert [one["text"] for one in ada.history()] == ["Un", "Plan"]
    assert ada.history()[0]["time"] > ada.history()[1]["time"]


def test_a_history_costs_the_same_whatever_is_in_it(world, person, django_assert_num_queries):
    for number in range(30):
        node = put(world.ada, world.cours, f"{number}.md", b"").id
        history.opened(world.ada, node, f"{number}.md", "")
        if number in {0, 29}:
            history.of(world.ada)
            with django_assert_num_queries(4):
                assert len(history.of(world.ada)) == number + 1


def test_pins_and_what_is_taken_out(ada):
    for name in ("un", "deux"):
        ada.new(f"# {name}", name)
    assert ada.post("/pads/history/un", {"pinned": "true"}).content == b""
    assert [one.get("pinned") for one in ada.history()] == [None, True]
    ada.ask("GET", "un")
    assert ada.history()[0] == {**ada.history()[0], "id": "un", "pinned": True}
    ada.post("/pads/history/un", {"pinned": "false"})
    assert not any("pinned" in one for one in ada.history())
    assert ada.post("/pads/history/un", {"pinned": "oui"}).status_code == 400
    assert ada.post("/pads/history/trois", {"pinned": "true"}).status_code == 404
    assert (ada.ask("DELETE", "history/un").status_code, ada.ask("DELETE", "history/trois").status_code) == (200, 404)
    assert [one["id"] for one in ada.history()] == ["deux"]
    assert ada.post("/pads/history/un", {"pinned": "true"}).status_code == 404
    assert ada.ask("DELETE", "history?token=x").content == b""
    assert ada.history() == []
    assert ada.ask("GET", "un/download").status_code == 200  # the pads stay


def test_a_history_is_replaced(world, ada):
    for name in ("un", "deux"):
        ada.new(f"# {name}", name)
    sent = [
        {"id": "un", "text": "Autre titre", "time": 1_700_000_000_000, "tags": ["x"], "pinned": True},
        {"id": "un", "text": "Encore", "time": 1_700_000_001_000},
        {"id": "inconnu", "text": "Rien", "time": 1_700_000_000_000, "tags": []},
    ]
    answer = ada.post("/pads/history", {"history": json.dumps(sent)})
    assert (answer.status_code, answer.content) == (200, b"")
    assert ada.history() == [{"id": "un", "text": "Encore", "time": 1_700_000_001_000, "tags": []}]
    for bad in (
        "",
        "{}",
        "[1]",
        '[{"id": 1}]',
        '[{"id":"un","text":"x","time":-1}]',
        '[{"id":"un","text":"x","time":1,"tags":[1]}]',
        "[" * 100_000,
    ):
        assert ada.post("/pads/history", {"history": bad}).status_code == 400
    assert len(ada.history()) == 1


def test_nobody_has_no_history_and_learns_nothing(ada, program):
    ada.new("# Un", "un")
    guest = program()
    for method, path in (
        ("GET", "history"),
        ("DELETE", "history"),
        ("DELETE", "history/un"),
        ("DELETE", "history/deux"),
    ):
        answer = guest.ask(method, path)
        assert (answer.status_code, answer.headers["Location"]) == (302, f"{BASE}/"), path
    for name in ("un", "deux"):
        assert guest.post(f"/pads/history/{name}", {"pinned": "true"}).status_code == 302
    eve = program("eve")
    assert {eve.post(f"/pads/history/{name}", {"pinned": "true"}).status_code for name in ("un", "deux")} == {404}
    assert eve.post("/pads/history", {"history": '[{"id":"un","text":"x","time":1}]'}).status_code == 200
    assert eve.history() == []
    assert not Visit.objects.filter(person=people.find("eve@ac-dijon.example").pk).exists()


def test_all_ones_texts_are_taken_away(world, ada, program):
    for name in ("un.md", "un (2).md"):
        put(world.ada, world.cours, name, name.encode())
    put(world.ada, world.archives, "un.md", b"autre")
    put(world.bob, world.archives, "photo.jpg", b"x")
    answer = ada.ask("GET", "me/export")
    zipped = ZipFile(io.BytesIO(b"".join(answer)))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="archive.zip"'
    assert sorted(zipped.namelist()) == ["un (2).md", "un-1.md", "un.md"]
    assert {zipped.read(name) for name in zipped.namelist()} == {b"un.md", b"un (2).md", b"autre"}
    bob = ZipFile(io.BytesIO(b"".join(program("bob").ask("POST", "me/export"))))  # what he reads is not his
    assert bob.namelist() == []
    assert program().ask("GET", "me/export").headers["Location"] == f"{BASE}/"
    assert ada.ask("GET", "me/delete/x").status_code == 403


def test_the_notes_of_codimd(world, ada):
    ada.new("# Un", "un")
    [note] = ada.ask("GET", "api/notes/myNotes").json()["myNotes"]
    assert (note["id"], note["text"], note["shortId"]) == ("un", "Un", naming.known(naming.resolve("un")).short)
    assert note["createdAt"] > 1_700_000_000_000


def test_config_is_a_script_and_the_root_has_the_word_that_codimd_looks_for(ada, browse):
    answer = ada.ask("GET", "config")
    assert answer.headers["Content-Type"].startswith("application/javascript")
    assert b'window.version = "1.12.0"' in answer.content
    assert b'<meta name="csrf-token"' in ada.ask("GET", "").content
    assert browse("ada", headers={"accept": "text/html"}).get("/pads/").headers["Location"] == "http://testserver/p/"
    assert ada.ask("GET", "_health").json() == {"ready": True}


def test_a_history_follows_a_person_and_is_erased_with_them(world, ada):
    both = put(world.ada, world.archives, "deux.md", b"# Deux").id
    alone = put(world.ada, world.cours, "un.md", b"# Un").id
    for one, node in ((world.ada, both), (world.bob, both), (world.bob, alone)):
        history.opened(one, node, "x.md", "# Titre")
    [sheet] = leaving.export(world.bob.person)
    assert sorted(row["node"] for row in sheet.rows) == sorted([both, alone])
    moved = leaving.merge(world.ada.person, world.bob.person)
    assert {one.known.node for one in history.of(world.ada)} == {both, alone}
    leaving.unmerge(world.ada.person, world.bob.person, moved)
    assert [one.known.node for one in history.of(world.ada)] == [both]
    assert {one.known.node for one in history.of(world.bob)} == {both, alone}
    leaving.erase(world.bob.person)
    assert history.of(world.bob) == []
    assert len(history.of(world.ada)) == 1


def test_what_one_may_no_longer_see_is_not_in_the_history_and_comes_back(world, program):
    node = put(world.ada, world.archives, "plan.md", b"# Plan").id
    bob = program("bob")
    bob.ask("GET", naming.known(node).id)
    assert len(bob.history()) == 1
    [given] = [one for one, entry in sharing.given_by(world.ada) if entry.id == world.archives]
    sharing.revoke(world.ada, given.id)
    assert bob.history() == []
    sharing.give(world.ada, node, f"person:{world.bob.person}", Role.READ)
    assert len(bob.history()) == 1
