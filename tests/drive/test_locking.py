"""Locks: of programs, by token; of people, for themselves."""

import re

import pytest

from cartable.spaces import locks, paths
from tests.drive.wire import NAMES, Device
from tests.worlds import read

LOCK = """<d:lockinfo xmlns:d="DAV:"><d:lockscope><d:{}/></d:lockscope><d:locktype><d:write/></d:locktype>
<d:owner><d:href>mailto:ada</d:href></d:owner></d:lockinfo>"""
EXCLUSIVE, SHARED = LOCK.format("exclusive"), LOCK.format("shared")
PATCH = '<d:propertyupdate xmlns:d="DAV:"><d:set><d:prop><x:c xmlns:x="u">1</x:c></d:prop></d:set></d:propertyupdate>'
NOTE = "/Archives/note.txt"


@pytest.fixture
def other(world):
    """Another of Ada's devices: a lock belongs to who has its token."""
    return Device(world.ada)


def token_of(reply):
    return re.fullmatch("<(.*)>", reply.headers["Lock-Token"])[1]


def test_a_lock_is_described_and_found_again(world, ada, bob):
    reply = ada.on("LOCK", NOTE, EXCLUSIVE, Timeout="Second-600, Infinite", Depth="0")
    assert reply.status == 200
    active = reply.xml.find("d:lockdiscovery/d:activelock", NAMES)
    assert active.findtext("d:locktoken/d:href", namespaces=NAMES) == token_of(reply)
    assert active.findtext("d:owner/d:href", namespaces=NAMES) == "mailto:ada"
    assert active.findtext("d:timeout", namespaces=NAMES) == "Second-600"
    assert active.findtext("d:depth", namespaces=NAMES) == "0"
    assert active.findtext("d:lockroot/d:href", namespaces=NAMES) == f"{ada.home}{NOTE}"
    found = ada.listing(NOTE, "d:lockdiscovery", depth=0)[""]["lockdiscovery"]
    assert found.findtext(".//d:locktoken/d:href", namespaces=NAMES) == token_of(reply)
    seen = bob.listing(NOTE, "d:lockdiscovery", depth=0)[""]["lockdiscovery"]
    assert seen.find(".//d:locktoken", NAMES) is None


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [("Second-60", 60), ("Infinite", 86400), ("Second-999999", 86400), ("Second-0", 1), ("soon", 1800), ("", 1800)],
)
def test_a_lock_always_ends(ada, asked, seconds):
    reply = ada.on("LOCK", NOTE, EXCLUSIVE, Timeout=asked)
    assert reply.xml.findtext(".//d:timeout", namespaces=NAMES) == f"Second-{seconds}"


def test_without_the_token_nothing_changes(world, ada, other):
    token = token_of(ada.on("LOCK", NOTE, EXCLUSIVE))
    to = ada.to("/x")
    for device in (ada, other):
        for method, path, body, headers in [
            ("PUT", NOTE, b"x", {}),
            ("PUT", NOTE, b"x" * 300_000, {}),
            ("DELETE", NOTE, b"", {}),
            ("DELETE", "/Archives", b"", {}),
            ("MOVE", NOTE, b"", {"Destination": to}),
            ("MOVE", "/Archives", b"", {"Destination": to}),
            ("MOVE", "/Cours/Maths/devoir.pdf", b"", {"Destination": ada.to(NOTE)}),
            ("COPY", "/Cours/Maths/devoir.pdf", b"", {"Destination": ada.to(NOTE)}),
            ("PROPPATCH", NOTE, PATCH, {}),
            ("LOCK", NOTE, EXCLUSIVE, {}),
            ("LOCK", NOTE, SHARED, {}),
            ("LOCK", "/Archives", EXCLUSIVE, {}),
        ]:
            reply = device.on(method, path, body, **headers)
            assert (reply.status, b"Locked" in reply.body) == (423, True), (method, path)
    assert read(world.ada, world.note) == b"bonjour"
    assert ada.on("GET", NOTE).status == 200
    assert ada.on("COPY", NOTE, Destination=to).status == 201
    assert ada.on("PUT", NOTE, b"x", If=f"(<{token}>)").status == 204
    assert ada.on("DELETE", "/Archives", If=f"<{ada.home}{NOTE}> (<{token}>)").status == 204


def test_the_token_opens_a_lock_for_who_took_it_on_any_device(world, ada, bob, eve):
    token = token_of(ada.on("LOCK", NOTE, EXCLUSIVE))
    assert bob.on("PUT", NOTE, b"bob").status == 423
    assert bob.on("PUT", NOTE, b"bob", If=f"(<{token}>)").status == 423
    assert eve.on("PUT", NOTE, b"eve", If=f"(<{token}>)").status == 409
    assert bob.on("UNLOCK", NOTE, Lock_Token=f"<{token}>").status == 403
    assert Device(world.ada).on("PUT", NOTE, b"ada", If=f"(<{token}>)").status == 204


def test_a_deep_lock_holds_all_below(world, ada):
    token = token_of(ada.on("LOCK", "/Cours", EXCLUSIVE))
    assert ada.on("PUT", "/Cours/new.txt", b"").status == 423
    assert ada.on("MKCOL", "/Cours/New").status == 423
    assert ada.on("PUT", "/Cours/Maths/devoir.pdf", b"").status == 423
    found = ada.listing("/Cours/Maths", "d:lockdiscovery")
    for values in found.values():
        assert values["lockdiscovery"].findtext(".//d:lockroot/d:href", namespaces=NAMES) == f"{ada.home}/Cours/"
    shown = f"<http://testserver{ada.home}/Cours/> (<{token}>)"
    assert ada.on("PUT", "/Cours/new.txt", b"", If=shown).status == 201
    reply = ada.on("LOCK", "/Cours/Maths", b"", If=f"(<{token}>)", Timeout="Second-50")
    assert (reply.status, reply.xml.findtext(".//d:timeout", namespaces=NAMES)) == (200, "Second-50")
    assert reply.xml.findtext(".//d:lockroot/d:href", namespaces=NAMES) == f"{ada.home}/Cours"


def test_a_shallow_lock_of_a_folder_leaves_its_files_alone(ada):
    ada.on("LOCK", "/Cours", EXCLUSIVE, Depth="0")
    assert ada.on("PUT", "/Cours/Maths/devoir.pdf", b"x").status == 204
    assert ada.on("PUT", "/Cours/new.txt", b"").status == 423


def test_shared_locks_live_together(ada, other):
    one, two = (token_of(device.on("LOCK", NOTE, SHARED)) for device in (ada, other))
    assert one != two
    assert ada.on("LOCK", NOTE, EXCLUSIVE).status == 423
    assert len(ada.listing(NOTE, "d:lockdiscovery", depth=0)[""]["lockdiscovery"]) == 2


def test_a_lock_on_a_free_name_makes_an_empty_file(world, ada):
    reply = ada.on("LOCK", "/new.txt", EXCLUSIVE)
    assert (reply.status, ada.on("GET", "/new.txt").body) == (201, b"")
    assert ada.on("PUT", "/new.txt", b"x").status == 423
    assert ada.on("LOCK", "/absent/new.txt", EXCLUSIVE).status == 409


def test_unlocking_needs_a_token_of_a_lock_that_is_there(world, ada, other):
    token = token_of(ada.on("LOCK", NOTE, EXCLUSIVE))
    reply = ada.on("UNLOCK", NOTE, Lock_Token="<opaquelocktoken:other>")
    assert (reply.status, reply.xml.find("d:lock-token-matches-request-uri", NAMES) is not None) == (409, True)
    assert ada.on("UNLOCK", "/Cours", Lock_Token=f"<{token}>").status == 409
    assert ada.on("UNLOCK", NOTE).status == 400
    assert ada.on("UNLOCK", NOTE, Lock_Token=token).status == 400
    assert other.on("UNLOCK", NOTE, Lock_Token=f"<{token}>").status == 204
    assert ada.on("PUT", NOTE, b"x").status == 204


def test_an_unlock_does_not_tell_what_is_hidden(world, ada, eve):
    token = token_of(ada.on("LOCK", NOTE, EXCLUSIVE))
    assert eve.on("UNLOCK", NOTE, Lock_Token=f"<{token}>").status == 404


def test_a_refresh_needs_a_lock_and_its_token(ada):
    assert ada.on("LOCK", NOTE, b"", If="(<opaquelocktoken:x>)").status == 412
    assert ada.on("LOCK", NOTE, b"").status == 412
    ada.on("LOCK", NOTE, EXCLUSIVE)
    assert ada.on("LOCK", NOTE, b"").status == 412


def test_a_wrong_if_is_refused_before_the_lock_is_looked_at(ada):
    token = token_of(ada.on("LOCK", NOTE, EXCLUSIVE))
    etag = ada.etag(NOTE)
    for header, status in [
        (f"(<{token}> [{etag}])", 204),
        (f'(<{token}> ["x"])', 412),
        (f"(<DAV:no-lock> [{etag}])", 412),
        (f"(<{token}>) (Not <DAV:no-lock>)", 204),
        ("(<opaquelocktoken:x>) (Not <DAV:no-lock>)", 423),
        (f'(<{token}> ["x"]) (Not <DAV:no-lock> ["x"])', 412),
    ]:
        reply = ada.on("PUT", NOTE, b"x", If=header)
        assert reply.status == status, header
        etag = ada.etag(NOTE)


@pytest.mark.parametrize("body", [b"<x", b'<d:lockinfo xmlns:d="DAV:"/>', PATCH])
def test_a_lock_that_is_not_understood_is_refused(ada, body):
    assert ada.on("LOCK", NOTE, body).status == 400


def test_a_lock_does_not_follow_a_move(world, ada):
    token = token_of(ada.on("LOCK", NOTE, EXCLUSIVE))
    assert ada.on("MOVE", NOTE, Destination=ada.to("/moved.txt"), If=f"(<{token}>)").status == 201
    assert ada.on("PUT", "/moved.txt", b"x").status == 204


# Locks of people


def facts(device, path=NOTE):
    names = ("lock", "lock-owner", "lock-owner-displayname", "lock-owner-type", "lock-timeout", "lock-token")
    return device.listing(path, *(f"nc:{name}" for name in names), depth=0)[""]


def test_a_persons_lock_lets_their_own_devices_write(world, ada, other, bob):
    reply = ada.on("LOCK", NOTE, X_User_Lock="1")
    assert (reply.status, reply.xml.findtext("nc:lock", namespaces=NAMES)) == (200, "1")
    assert reply.xml.findtext("nc:lock-owner", namespaces=NAMES) == world.ada.sub
    assert reply.xml.findtext("d:getetag", namespaces=NAMES) == ada.etag(NOTE)
    assert other.on("PUT", NOTE, b"x").status == 204
    assert bob.on("PUT", NOTE, b"x").status == 423
    seen = facts(bob)
    assert seen == {
        "lock": "1", "lock-owner": world.ada.sub, "lock-owner-displayname": "Ada Lovelace", "lock-owner-type": "0",
        "lock-timeout": "1800", "lock-token": "",
    }  # fmt: skip
    assert ada.on("LOCK", NOTE, X_User_Lock="1").status == 200


def test_another_persons_lock_is_told_and_kept(world, ada, bob):
    ada.on("LOCK", NOTE, X_User_Lock="1")
    for method in ("LOCK", "UNLOCK"):
        reply = bob.on(method, NOTE, X_User_Lock="1")
        assert (reply.status, reply.xml.findtext("nc:lock-owner-displayname", namespaces=NAMES)) == (
            423,
            "Ada Lovelace",
        )
    reply = ada.on("UNLOCK", NOTE, X_User_Lock="1")
    assert (reply.status, reply.xml.findtext("nc:lock", namespaces=NAMES)) == (200, "")
    assert ada.on("UNLOCK", NOTE, X_User_Lock="1").status == 412
    assert facts(ada)["lock"] == ""


def test_a_person_locks_only_what_they_may_write_and_as_they_saw_it(world, ada, bob):
    assert bob.on("LOCK", "/Cours/Maths/devoir.pdf", X_User_Lock="1").status == 403
    assert ada.on("LOCK", NOTE, X_User_Lock="1", If_Match='"x"').status == 412
    assert ada.on("LOCK", "/absent", X_User_Lock="1").status == 404
    assert not locks.over(paths.find(world.ada, NOTE).chain)


def test_a_forgotten_lock_ends(world, ada, bob, later):
    ada.on("LOCK", NOTE, X_User_Lock="1")
    later(minutes=31)
    assert bob.on("PUT", NOTE, b"x").status == 204
    assert facts(bob)["lock"] == ""
