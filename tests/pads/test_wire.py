"""What goes over the socket of a pad: through a real server, with a client that is not ours, and with frames no client sends."""

import json
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from pycrdt import Doc, Encoder, Text, create_awareness_message, create_update_message
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.pads.typists import PATIENCE, make, url


def stored(come, node):
    """Return the text somebody finds who comes now."""
    one = come(node)
    one.until(lambda: one.ready)
    one.leave()
    return str(one)


def test_a_file_opens_as_a_pad(node, come):
    one = come(node)
    one.until(lambda: str(one) == "Bonjour à tous 😀\n")
    assert one.writes


def test_what_one_types_the_other_reads_and_it_is_kept(node, come):
    one, other = come(node), come(node)
    for typist in (one, other):
        typist.until(lambda typist=typist: typist.ready)
    one.text.insert(0, "é😀 ")
    other.text += "fin"
    for typist in (one.kept(), other.kept()):
        typist.until(lambda typist=typist: str(typist) == "é😀 Bonjour à tous 😀\nfin")
    assert stored(come, node) == str(one)


def test_each_message_is_answered_for_by_number(node, come):
    one = come(node)
    one.until(lambda: one.ready)
    for letter in "trente lettres à la suite 😀":
        one.text += letter
    one.kept()
    assert one.saved == one.sent == 1 + len("trente lettres à la suite 😀")


def test_who_was_away_brings_what_they_typed(node, come):
    one = come(node)
    one.until(lambda: one.ready)
    one.leave()
    here = come(node)
    here.until(lambda: here.ready)
    here.text += "ici"
    here.kept()
    one.text.insert(0, "ailleurs ")
    back = come(node, doc=one.doc)
    back.kept()
    back.until(lambda: str(back) == "ailleurs Bonjour à tous 😀\nici")
    here.until(lambda: str(here) == str(back))


GARBAGE = {
    "empty": (b"", 1007),
    "truncated number": (b"\x80", 1007),
    "endless number": (b"\xff" * 40, 1007),
    "sync without a kind": (b"\0", 1007),
    "cut update": (create_update_message(Doc({"text": Text("abc")}).get_update())[:-3], 1007),
    "longer than it says": (create_update_message(Doc({"text": Text("abc")}).get_update()) + b"x", 1007),
    "no update": (b"\0\2\4\xff\xff\xff\xff", 1007),
    "no update at all": (b"\0\2\0", 1007),
    "no state": (b"\0\0\3\xff\xff\xff", 1007),
    "no awareness": (b"\1\5\xff\xff\xff\xff\xff", 1007),
    "text": ("bonjour", 1003),
    "oversize": (b"\0\2" + bytes((4 << 20) + (64 << 10)), 4013),
}


@pytest.mark.parametrize("kind", GARBAGE)
def test_what_makes_no_sense_closes_the_socket_and_is_not_kept(node, come, kind):
    frame, code = GARBAGE[kind]
    one, other = come(node), come(node)
    one.socket.send(frame)
    assert one.code() == code
    other.until(lambda: other.ready)
    other.text += "fin"
    other.kept()
    assert stored(come, node) == "Bonjour à tous 😀\nfin"


def test_types_we_do_not_know_are_ignored(node, come):
    one = come(node)
    for frame in (b"\2\0", b"\x2a", b"\x7fxyz", b"\0\7\0", b"\xff\x7f123"):
        one.socket.send(frame)
    one.text += "fin"
    one.kept()


def said(client, clock, state):
    encoder = Encoder()
    encoder.write_var_uint(1)
    encoder.write_var_uint(client)
    encoder.write_var_uint(clock)
    encoder.write_var_string(state if isinstance(state, str) else json.dumps(state))
    return create_awareness_message(encoder.to_bytes())


def test_nobody_speaks_under_another_name(site, node, come):
    one, other = come(node), come(node)
    mask = {"cursor": {"anchor": 3}, "user": {"name": "La rectrice", "color": "red", "person": "1"}}
    one.socket.send(said(7, 1, mask))
    other.until(lambda: 7 in other.states)
    state = other.states[7][1]
    assert state["cursor"] == {"anchor": 3}
    assert (state["user"]["name"], state["user"]["person"]) == ("Kim Durand", site.sub)
    assert state["user"]["color"].startswith("#")


def test_a_client_belongs_to_its_socket(site, node, come):
    sub, secret = site.arrive("lou@ac-dijon.example", "Lou Petit")
    one, lou = come(node), come(shared(site, node, sub), site.basic(sub, secret))
    lou.until(lambda: lou.ready)
    one.socket.send(said(7, 1, {"cursor": 1}))
    lou.until(lambda: 7 in lou.states)
    lou.socket.send(said(7, 2, {"cursor": 2}))
    lou.socket.send(said(8, 1, {"cursor": 3}))
    one.until(lambda: 8 in one.states)
    assert one.states[7][1]["cursor"] == 1
    assert one.states[8][1]["user"]["name"] == "Lou Petit"
    lou.leave()
    one.until(lambda: one.states[8][1] is None)


@pytest.mark.parametrize("state", ["[]", "3", "{", json.dumps({"x": "y" * 1100})])
def test_what_is_no_state_is_not_relayed(node, come, state):
    one, other = come(node), come(node)
    one.socket.send(said(7, 1, state))
    one.socket.send(said(8, 1, {}))
    other.until(lambda: 8 in other.states)
    assert 7 not in other.states


def test_who_comes_with_the_document_that_it_is_goes_on(site, node):
    with connect(f"{url(site, node)}?epoch=0", additional_headers=site.headers) as socket:
        assert [socket.recv(timeout=PATIENCE)[0] for _ in range(3)] == [101, 102, 0]


@pytest.mark.parametrize("epoch", ["12345", "-1", "é"])
def test_who_comes_with_a_document_that_is_none_we_know_is_told(site, node, epoch):
    opened = connect(f"{url(site, node)}?epoch={quote(epoch)}", additional_headers=site.headers)
    with opened as socket, pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=PATIENCE)
    assert closed.value.rcvd.code == 4012


def test_a_gap_is_not_answered_for_before_it_is_filled(node, come):
    one = come(node)
    one.until(lambda: one.ready)
    doc, updates = Doc({"text": Text()}), []
    doc.apply_update(one.doc.get_update())
    watch = doc.observe(lambda event: updates.append(event.update))  # noqa: F841 - it lasts as long as it is kept
    text = doc.get("text", type=Text)
    for letter in "abc":
        text += letter
    one.kept()
    before = one.saved
    one.send_update(updates[0])
    one.send_update(updates[2])
    one.until(lambda: one.asked == 2)  # for all that it has: it has no more than we do, and says so
    assert one.saved <= before + 1
    assert not str(one).endswith("c\n")
    one.send_update(updates[1])
    one.kept()
    assert stored(come, node) == str(doc.get("text", type=Text))


def shared(site, node, sub, role="WRITE"):
    """Give somebody a role on a file."""
    site.command(
        "shell", "-c",
        "from cartable.identity import people; from cartable.identity.models import Person; from cartable.spaces import sharing; "
        "from cartable.spaces.access import Role; one = lambda sub: Person.objects.get(sub=sub); "
        f"sharing.give(people.actor(one('{site.sub}')), {node}, f'person:{{one(\"{sub}\").pk}}', Role.{role})",
    )  # fmt: skip
    return node


def test_a_reader_reads_and_what_they_send_is_dropped(site, node, come):
    sub, secret = site.arrive("reader@ac-dijon.example", "Rose Reader")
    reader = come(shared(site, node, sub, "READ"), site.basic(sub, secret))
    reader.until(lambda: reader.ready)
    assert reader.writes is False
    reader.writes = None
    with reader.away():
        reader.text.insert(0, "caché ")
    reader.send_update(reader.doc.get_update())
    reader.until(lambda: reader.writes is False)
    assert stored(come, node) == "Bonjour à tous 😀\n"


def test_rights_follow_who_is_there(site, node, come):
    """Given: they write, also what they tried before. Taken back: they read. Taken away: they are out."""
    sub, secret = site.arrive("moving@ac-dijon.example", "Max Moving")
    headers = site.basic(sub, secret)
    one = come(shared(site, node, sub, "READ"), headers)
    one.until(lambda: one.writes is False)
    one.until(lambda: one.ready)
    one.text += "gardé"
    one.hear()
    assert (one.writes, one.saved < one.sent) == (False, True)
    share = share_of(site, node)
    assert permit(site, share, 3) == 200
    one.until(lambda: one.writes)
    one.kept()
    assert stored(come, node).endswith("gardé"), "they are asked for what was refused before"
    assert permit(site, share, 1) == 200
    one.until(lambda: one.writes is False)
    assert site.ask("DELETE", f"{SHARES}/{share}", **OCS)[0] == 200
    assert one.code() == 4004


SHARES, OCS = "/ocs/v2.php/apps/files_sharing/api/v1/shares", {"OCS-APIRequest": "true", "Accept": "application/json"}


def share_of(site, node):
    status, body, _ = site.ask("GET", f"{SHARES}?format=json", **OCS)
    assert status == 200
    return next(one["id"] for one in json.loads(body)["ocs"]["data"] if int(one["item_source"]) == node)


def permit(site, share, permissions):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return site.ask("PUT", f"{SHARES}/{share}?format=json", f"permissions={permissions}", **OCS, **form)[0]


def test_who_is_not_let_in(site, node, come):
    sub, secret = site.arrive("eve@ac-dijon.example", "Eve Martin")
    assert come(node, site.basic(sub, secret)).code() == 4004, "hidden and absent look the same"
    assert come(10**12).code() == 4004
    assert come(node, {}).code() == 4001
    assert come(node, site.basic(site.sub, "wrong")).code() == 4001
    assert come(make(site, "photo.png", b"\x89PNG")).code() == 4015
    assert come(make(site, "binary.md", b"\xff\xfe\0")).code() == 4015


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/pads/x/sync", {}),
        ("/pads/0/sync", {}),
        ("/pads/1/sync/more", {}),
        ("/pads/1" + "0" * 20 + "/sync", {}),
        ("/pads/1/sync", {"Origin": "https://evil.example"}),
        ("/pads/1/sync", {"Origin": "null"}),
        ("/pads/1/sync", {"Cookie": "sessionid=x"}),
    ],
)
def test_a_handshake_that_is_none_of_ours(site, path, headers):
    with pytest.raises(InvalidStatus, match="403"):
        connect(f"ws://127.0.0.1:{site.port}{path}", additional_headers={**site.headers, **headers})


def session(site, sub):
    """Return the headers of a browser in which somebody is signed in."""
    cookie = site.command("shell", "-v", "0", "-c", SIGN_IN.format(sub=sub))
    return {"Cookie": f"sessionid={cookie}", "Origin": f"http://127.0.0.1:{site.port}"}


def test_our_own_pages_are_known_by_their_session(site, node, come):
    headers = session(site, site.sub)
    one = come(node, headers)
    one.until(lambda: one.writes)
    assert come(node, headers | {"Cookie": "sessionid=other"}).code() == 4001


SIGN_IN = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from cartable.identity.models import Person
person = Person.objects.get(sub="{sub}")
session = SessionStore()
session[SESSION_KEY], session[HASH_SESSION_KEY] = str(person.pk), person.get_session_auth_hash()
session[BACKEND_SESSION_KEY] = "cartable.identity.credentials.ByAddress"
session.save()
print(session.session_key)
"""


TEAM = """
from cartable.identity import people, teams
from cartable.identity.models import Person
from cartable.spaces import sharing
from cartable.spaces.access import Role
lead, member = (Person.objects.get(sub=sub) for sub in ("{lead}", "{member}"))
team = teams.form(people.actor(lead), "Club", [member])
sharing.give(people.actor(Person.objects.get(sub="{lead}")), {node}, "team:" + str(team.pk), Role.WRITE)
print(team.pk)
"""


@pytest.fixture
def member(site, node):
    """Somebody who reaches the file by a team: how their device and their browser present themselves, and how to post to a page."""
    sub, secret = site.arrive("team@ac-dijon.example", "Téa Member")
    team = site.command("shell", "-v", "0", "-c", TEAM.format(lead=site.sub, member=sub, node=node))
    device, browser = site.basic(sub, secret), session(site, sub)

    def post(path, form=""):
        token = "a" * 32  # of one's own: the cookie and the header only have to agree
        headers = {"Cookie": f"{browser['Cookie']}; csrftoken={token}", "X-CSRFToken": token, "Authorization": ""}
        return site.ask("POST", path, form, **headers, **{"Content-Type": "application/x-www-form-urlencoded"})[0]

    return SimpleNamespace(sub=sub, team=team, device=device, browser=browser, post=post)


def test_who_leaves_the_team_that_let_them_in_is_out(node, come, member):
    one = come(node, member.device)
    one.until(lambda: one.writes)
    assert member.post(f"/teams/{member.team}", f"do=remove&sub={member.sub}") == 303
    assert one.code() == 4004


def test_who_signs_out_is_out(site, node, come, member):
    by_device, by_browser = come(node, member.device), come(node, member.browser)
    for one in (by_device, by_browser):
        one.until(lambda one=one: one.writes)
    assert member.post("/logout") == 302
    assert by_browser.code() == 4001
    by_device.text += "encore"
    by_device.kept()
    assert site.ask("DELETE", "/ocs/v2.php/core/apppassword", **OCS, **member.device)[0] == 200
    assert by_device.code() == 4001


def test_a_lock_of_the_folder_above_makes_it_read_only_and_back(site, come):
    assert site.send("MKCOL", "verrou")[0] == 201
    one = come(make(site, "verrou/pad.md", b"texte"))
    one.until(lambda: one.writes)
    body = b'<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>'
    status, _, headers = site.ask("LOCK", site.top + "verrou", body, Depth="infinity")
    assert status == 200
    one.until(lambda: one.writes is False)
    assert site.ask("UNLOCK", site.top + "verrou", **{"Lock-Token": headers["Lock-Token"]})[0] == 204
    one.until(lambda: one.writes)
