"""Who is not signed in at a pad that is open to everybody: what they may by each door, under which name, and until when."""

import contextlib
import http.client
import json
import re
from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.test import RequestFactory

from cartable.kernel.errors import TooMany
from cartable.kernel.models import Act
from cartable.pads import guests, sockets
from cartable.pads.addresses import naming, presets
from cartable.pads.peers import Peer, Visitor
from cartable.pads.visits import GUEST
from cartable.spaces import sharing, trash
from cartable.spaces.access import Role
from tests.options import having
from tests.pads.formats.test_taking import PIXEL
from tests.pads.hedgedoc.conftest import program  # noqa: F401
from tests.pads.hedgedoc.test_pictures import link, send
from tests.pads.test_wire import OCS, SHARES, permit, said
from tests.pads.typists import Events, Typist, by_socket, make
from tests.servers import postgresql
from tests.sites import running
from tests.worlds import put

PAGE = {"accept": "text/html"}


@pytest.fixture
def pad(world, monkeypatch):
    """A pad that is open to everybody, where guests may write."""
    monkeypatch.setattr(presets, "options", having(pads_guests_write=1))
    node = put(world.ada, world.root, "plan.md", b"# Plan").id
    presets.apply(world.ada, node, "freely")
    return node


@pytest.fixture
def come(browse):
    """Return a guest who came by the address of a pad."""

    def guest(node, one=None):
        one = one or browse(headers=PAGE)
        assert one.get(f"/pads/{naming.known(node).id}").headers["Location"] == f"/p/{node}"
        return one

    return guest


def at_socket(browser, node):
    """Return what the socket of a pad says to a browser."""
    cookies = "; ".join(f"{name}={one.value}" for name, one in browser.cookies.items())
    return sockets.admitted(lambda: RequestFactory().get("/", headers={"cookie": cookies}), node)


def test_who_came_by_an_address_writes_and_the_number_alone_opens_nothing(world, pad, come, browse):
    other = put(world.ada, world.root, "autre.md", b"x").id
    presets.apply(world.ada, other, "freely")
    stranger, guest = browse(headers=PAGE), come(pad)
    cookie = guest.cookies[GUEST]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    page = guest.get(f"/p/{pad}").content.decode()
    assert 'data-write="1"' in page
    assert at_socket(guest, pad).writes
    for one, node in ((stranger, pad), (guest, other), (guest, world.note), (guest, 10**9)):
        assert one.get(f"/p/{node}").headers["Location"] == f"/login?next=/p/{node}"
        assert at_socket(one, node) == sockets.SIGNED_OUT
    come(other, guest)
    assert at_socket(guest, other).writes
    assert at_socket(guest, pad).writes, "they came to both"


@pytest.mark.parametrize("writes", [0, 1])
@pytest.mark.parametrize("preset", presets.PRESETS)
def test_what_a_preset_lets_a_guest_do_by_each_door(world, pad, come, browse, monkeypatch, preset, writes):
    guest = come(pad)
    presets.apply(world.ada, pad, preset)
    monkeypatch.setattr(presets, "options", having(pads_guests_write=writes))
    may = {"freely": "write" if writes else "read", "editable": "read", "locked": "read"}.get(preset, "")
    socket = at_socket(guest, pad)
    assert (socket.writes if may else socket) == (may == "write" if may else 4004)
    page = guest.get(f"/p/{pad}")
    assert (page.status_code == 200) == bool(may)
    assert ('data-write="1"' in page.content.decode()) == (may == "write")
    led = browse(headers=PAGE).get(f"/pads/{naming.known(pad).id}")
    assert (led.status_code, led.headers.get("Location", "")) == {
        "write": (302, f"/p/{pad}"),
        "read": (200, ""),
        "": (302, f"/login?next=/pads/{naming.known(pad).id}"),
    }[may]
    answer = browse().put(f"/pads/api/notes/{naming.known(pad).id}", {"content": "x"}, content_type="application/json")
    assert (answer.status_code == 200) == (may == "write")


def test_what_ends_it_ends_it_at_once(world, pad, come, monkeypatch):
    guest = come(pad)
    [link] = [one for one in sharing.of(world.ada, pad) if one.link and one.downloads_max is None]
    sharing.change(world.ada, link.id, role=Role.VIEW)
    assert at_socket(guest, pad) == 4003
    sharing.change(world.ada, link.id, role=Role.WRITE, password="sésame")
    assert at_socket(guest, pad) == 4004
    sharing.change(world.ada, link.id, password="")
    assert at_socket(guest, pad).writes
    trash.discard(world.ada, pad)
    assert at_socket(guest, pad) == 4004
    trash.restore(world.ada, pad)
    monkeypatch.setattr(presets, "options", having(pads_guests=0, pads_guests_write=1))
    assert at_socket(guest, pad) == 4004
    assert guest.get(f"/p/{pad}").status_code == 302


@pytest.mark.parametrize(
    "path",
    [
        "read", "slides", "take", "as/html", "comments", "named?people=a", "named?documents=p", "wrote", "versions/1/compare",
    ],
)  # fmt: skip
def test_the_rest_is_for_who_is_signed_in(pad, come, path):
    guest = come(pad)
    assert guest.get(f"/p/{pad}/{path}").headers["Location"].startswith("/login?")


def test_a_guest_says_nothing_about_a_passage_and_the_page_offers_none(pad, come):
    guest = come(pad)
    assert guest.post(f"/p/{pad}/comments", {"text": "x", "anchor": "", "quote": ""}).status_code == 302
    page = guest.get(f"/p/{pad}").content.decode()
    assert not re.search(r"data-comment|data-named|data-wrote|/p/\d+/comments|/share|data-manage", page)


def test_a_guest_is_called_as_they_choose_and_never_passes_for_somebody(pad, come):
    guest = come(pad)
    first = at_socket(guest, pad).who
    assert re.fullmatch(r"Invité \d{1,3}", first.name)
    names = ("Ada Lovelace", "  Ada\u202e\n Lovelace\0 ", "x" * 100, "")
    shown = ("Ada Lovelace (invité)", "Ada Lovelace (invité)", f"{'x' * 40} (invité)", first.name)
    for typed, name in zip(names, shown, strict=True):
        assert guest.post("/p/guest", {"name": typed, "next": f"/p/{pad}"}).headers["Location"] == f"/p/{pad}"
        who = at_socket(guest, pad).who
        assert (who.name, who.key) == (name, first.key)
    assert at_socket(come(pad), pad).who.key != first.key
    secret = guests.shown(guest.cookies[GUEST].value).secret
    assert secret not in first.key
    assert first.key in guest.get(f"/p/{pad}").content.decode()


@pytest.mark.parametrize("cookie", ["", "x", "gAAAAABx"])
def test_what_we_did_not_seal_is_nobody(pad, browse, cookie):
    one = browse(headers=PAGE)
    one.cookies[GUEST] = cookie
    assert at_socket(one, pad) == sockets.SIGNED_OUT
    assert one.get(f"/p/{pad}").status_code == 302
    assert one.post("/p/guest", {"name": "x"}).status_code == 404


def test_only_the_last_pads_are_remembered():
    guest = guests.new()
    for node in [*range(1, 60), 30]:
        guest = guests.shown(guest.came(node).sealed())
    assert (guest.pads[:2], len(guest.pads), 9 in guest.pads) == ((30, 59), 50, False)


def test_who_is_signed_in_is_no_guest(pad, come, browse, world):
    ada = browse("ada", headers=PAGE)
    ada.cookies[GUEST] = come(pad).cookies[GUEST].value
    assert at_socket(ada, pad).person == world.ada.person
    assert ada.get(f"/pads/{naming.known(pad).id}").cookies.get(GUEST) is None
    assert "guest-name" not in ada.get(f"/p/{pad}").content.decode()


def test_a_picture_of_the_pad_is_shown_to_a_guest_and_nothing_else_beside_it(world, program, pad, come):  # noqa: F811
    at = link(send(program("ada"), naming.known(pad).id)).removeprefix("uploads/")
    guest = come(pad)
    assert b"".join(guest.get(f"/p/{pad}/beside?path=/uploads/{at}").streaming_content) == PIXEL
    put(world.ada, world.root, "autre.md", b"x")
    assert guest.get(f"/p/{pad}/beside?path=autre.md").status_code == 404
    assert guest.get(f"/p/{pad}/beside?path=chat.png").status_code == 404


def test_guests_of_one_network_are_counted_and_leave_a_trace(world, pad, come, monkeypatch):
    guest, other = come(pad), come(pad)
    monkeypatch.setattr(sockets, "COMING", 3)

    def enter(one, address="192.0.2.1"):
        headers = {"cookie": f"{GUEST}={one.cookies[GUEST].value}"}
        return sockets.entered(lambda: RequestFactory().get("/", headers=headers, REMOTE_ADDR=address), pad)

    for one in (guest, guest, other):
        assert enter(one).writes
    with pytest.raises(TooMany) as refusal:
        enter(other)
    assert sockets.code_of(refusal.value) == sockets.LATER
    assert enter(other, "192.0.2.2").writes
    [link] = [one for one in sharing.of(world.ada, pad) if one.link and one.downloads_max is None]
    assert {act.verb for act in Act.objects.filter(kind="link", object=link.number)} >= {"link.write"}
    assert not Act.objects.filter(verb="link.write").exclude(person=None).exists()


def test_what_guests_of_one_network_say_is_counted(db, monkeypatch):
    monkeypatch.setattr(sockets, "TOLD", 2)
    asked, heard = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1"), []

    class Talk:
        request = staticmethod(lambda: asked)

        async def __aiter__(self):
            for _ in range(10):
                yield bytes(sockets.COUNTED // 2)

    async def at_once(act, *values):
        return await sync_to_async(act)(*values)

    host = SimpleNamespace(here=lambda: SimpleNamespace(in_tree=at_once))
    monkeypatch.setattr(sockets, "hosting", host)
    sitting = SimpleNamespace(pad=SimpleNamespace(hear=lambda peer, frame: heard.append(peer)))
    known = Peer(Visitor(1, guests.new().who, writes=True), lambda: 0)
    guest = Peer(Visitor(None, guests.new().who, writes=True), lambda: 0)
    for peer in (known, guest):
        async_to_sync(sockets._hear)(Talk(), sitting, peer)
    assert (heard.count(known), known.code) == (10, 0)
    assert (heard.count(guest), guest.code) == (6, sockets.LATER), "the third time it is too much"


# Through a real server


@pytest.fixture(scope="module")
def site(tmp_path_factory, request):
    """An installation where guests write."""
    with contextlib.ExitStack() as stack:
        options = {"CARTABLE_PADS_GUESTS_WRITE": "1"}
        if request.config.getoption("--database") == "postgresql":
            options["CARTABLE_DATABASE"] = stack.enter_context(postgresql())
        yield stack.enter_context(running(tmp_path_factory.mktemp("guests"), **options))


def opened(site, node, preset):
    """Open a pad to whom a preset says; return the word that leads to it."""
    told = site.command(
        "shell", "-c",
        "from cartable.identity import people; from cartable.identity.models import Person; from cartable.pads.addresses import "
        f"naming, presets; presets.apply(people.actor(Person.objects.get(sub='{site.sub}')), {node}, '{preset}'); "
        f"print('word', naming.known({node}).id)",
    )  # fmt: skip
    return re.search(r"word (\S+)", told)[1]


def shares(site, node):
    told = json.loads(site.ask("GET", f"{SHARES}?format=json", **OCS)[1])
    return [one for one in told["ocs"]["data"] if int(one["item_source"]) == node]


def guest_of(site, word):
    """Return the headers of a browser that came by the address of a pad."""
    link = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    link.request("GET", f"/pads/{word}", headers={"Accept": "text/html"})
    answer = link.getresponse()
    answer.read()
    link.close()
    cookie = next(one for one in answer.headers.get_all("Set-Cookie") if one.startswith(GUEST))
    return {"Cookie": cookie.partition(";")[0], "Origin": f"http://127.0.0.1:{site.port}"}


@pytest.fixture
def live(site):
    with contextlib.ExitStack() as stack:

        def typist(node, headers=None, **how):
            one = Typist(site, node, headers, **how)
            stack.callback(one.leave)
            return one.until(lambda: one.ready)

        yield typist


@pytest.mark.parametrize("by", [by_socket, Events])
def test_a_guest_writes_with_the_others_and_is_cut_once_it_is_closed(site, live, by):
    node = make(site, f"ouvert-{by.__name__}.md", b"Bonjour\n")
    headers = guest_of(site, opened(site, node, "freely"))
    ours, guest = live(node), live(node, headers, by=by)
    assert guest.writes
    guest.text += "de loin"
    guest.kept()
    ours.until(lambda: str(ours) == "Bonjour\nde loin")
    guest.socket.send(said(7, 1, {"user": {"name": "La rectrice", "person": site.sub}}))
    ours.until(lambda: 7 in ours.states)
    user = ours.states[7][1]["user"]
    assert re.fullmatch(r"Invité \d+", user["name"])
    assert user["person"].startswith("guest-")
    ours.socket.send(said(8, 1, {}))
    guest.until(lambda: 8 in guest.states)
    guest.socket.send(said(8, 9, {"cursor": 1}))
    guest.socket.send(said(9, 1, {}))
    ours.until(lambda: 9 in ours.states)
    assert "cursor" not in ours.states[8][1], "nobody speaks as another"
    [share] = [one["id"] for one in shares(site, node) if one["label"] == "Adresse du pad"]
    assert permit(site, share, 1) == 200
    guest.until(lambda: guest.writes is False)
    assert site.ask("DELETE", f"{SHARES}/{share}", **OCS)[0] == 200
    assert guest.code() == 4004
