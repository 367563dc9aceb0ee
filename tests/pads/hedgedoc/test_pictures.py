"""Pictures by HedgeDoc's addresses: `/uploadimage`, `/uploads/…` (docs/protocols/hedgedoc.md)."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cartable.kernel.storage import storage
from cartable.pads.addresses import naming, presets
from cartable.pads.hedgedoc import pictures
from cartable.spaces import listing, paths, quota, sharing, trash, tree
from cartable.spaces.access import Role
from cartable.spaces.models import Node, Space
from tests.pads.formats.test_taking import PIXEL
from tests.pads.hedgedoc.conftest import BASE
from tests.worlds import put

SVG = (
    b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script></svg>'
)


def send(one, pad="", name="chat.png", data=PIXEL, field="image", **headers):
    """Send a picture to a pad, or to none."""
    form = {field: SimpleUploadedFile(name, data)} | ({"noteId": pad} if pad else {})
    return one.post("/pads/uploadimage", form, **headers)


def link(answer):
    """Return where a picture is, below the base."""
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert set(told) == {"link"}
    assert told["link"].startswith(f"{BASE}/uploads/upload_")
    return told["link"].removeprefix(f"{BASE}/")


def names(actor, path):
    folder = paths.find(actor, path)
    return sorted(one.entry.name for one in listing.children(actor, folder.id))


@pytest.fixture
def ada(program):
    return program("ada")


def test_a_picture_that_is_sent_lies_beside_its_pad(world, ada):
    node = put(world.ada, world.cours, "plan.md", b"# Plan").id
    pad = naming.known(node).id
    for _ in range(2):
        at = link(send(ada, pad))
        answer = ada.ask("GET", at)
        assert b"".join(answer.streaming_content) == PIXEL
        assert (answer.headers["Content-Type"], answer.headers["X-Content-Type-Options"]) == ("image/png", "nosniff")
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert ada.ask("GET", at, headers={"if-none-match": answer.headers["ETag"]}).status_code == 304
    assert {"chat.png", "chat (2).png"} <= set(names(world.ada, "/Cours"))
    assert ada.ask("GET", at.replace("upload_", "upload_0")).status_code == 404


def test_the_page_from_which_it_comes_says_which_pad(world, ada):
    node = put(world.ada, world.cours, "plan.md", b"# Plan").id
    known = naming.known(node)
    for number, page in enumerate((known.id, f"{known.id}?both", f"s/{known.short}", f"p/{known.short}")):
        link(send(ada, name=f"{number}.png", headers={"referer": f"{BASE}/{page}"}))
    assert {"0.png", "1.png", "2.png", "3.png"} <= set(names(world.ada, "/Cours"))
    for page in ("https://evil.example/pads/" + known.id, f"{BASE}/inconnu", f"{BASE}/", ""):
        link(send(ada, name="x.png", headers={"referer": page}))
    assert len(names(world.ada, "/Pads")) == 4


def test_a_picture_of_no_pad_is_in_the_folder_of_pads_until_a_pad_names_it(world, ada, program):
    at = link(send(ada, name="é" * 200 + ".png"))
    assert names(world.ada, "/Pads") == ["image.png"]
    pad = naming.resolve(ada.new(f"# Plan\n![]({BASE}/{at})"))
    assert program().ask("GET", at).status_code == 302
    presets.apply(world.ada, pad, "locked")
    assert program().ask("GET", at).status_code == 200
    theirs = naming.resolve(program("bob").new(f"![]({BASE}/{at})"))
    presets.apply(world.bob, theirs, "locked")
    assert program("eve").ask("GET", at).status_code == 200, "it is still Ada's, and beside hers"
    presets.apply(world.ada, pad, "private")
    assert program("eve").ask("GET", at).status_code == 404


def test_it_is_read_by_who_reads_its_pad_as_long_as_it_lies_there(world, ada, program, browse):
    node = put(world.ada, world.root, "plan.md", b"# Plan").id
    pad = naming.known(node).id
    at = link(send(ada, pad))
    picture = Node.objects.get(name="chat.png").pk

    def reads(one):
        return one.ask("GET", at).status_code == 200

    bob, eve, guest = program("bob"), program("eve"), program()
    assert [reads(one) for one in (ada, bob, eve, guest)] == [True, False, False, False]
    sharing.give(world.ada, node, f"person:{world.bob.person}", Role.READ)
    assert [reads(one) for one in (bob, eve, guest)] == [True, False, False]
    assert send(bob, pad).status_code == 403
    sharing.give(world.ada, node, f"person:{world.bob.person}", Role.VIEW)
    assert not reads(bob)
    presets.apply(world.ada, node, "locked")
    assert [reads(one) for one in (bob, eve, guest)] == [True, True, True]
    assert guest.ask("GET", at).headers["Cache-Control"] == "private, no-cache"
    tree.move(world.ada, picture, into=world.cours)
    assert [reads(one) for one in (ada, eve, guest)] == [True, False, False]
    tree.move(world.ada, picture, into=world.root, name="autre.png")
    assert reads(guest)
    trash.discard(world.ada, picture)
    assert not reads(ada)
    trash.restore(world.ada, picture)
    presets.apply(world.ada, node, "private")
    assert [reads(one) for one in (ada, eve, guest)] == [True, False, False]


def test_pages_show_it_to_who_reads_the_pad(world, ada, program, browse):
    node = put(world.ada, world.root, "plan.md", b"x").id
    known = naming.known(node)
    at = link(send(ada, known.id))
    text = f"# Plan\n![un chat](http://pads.localhost:8000/{at})\n\n---\n\n![lui](/{at})"
    ada.ask(
        "PUT", f"api/notes/{known.id}", f'{{"content": {text!r}}}'.replace("'", '"'), content_type="application/json"
    )
    presets.apply(world.ada, node, "locked")
    asked = f"/pads/{known.id}/beside?path=%2Fuploads%2F{at.removeprefix('uploads/')}"
    for page in (f"s/{known.short}", f"p/{known.short}", known.id):
        assert program().ask("GET", page).content.decode().count(f'src="http://testserver{asked}"') == 2, page
    assert b"".join(program().get(asked).streaming_content) == PIXEL
    presets.apply(world.ada, node, "private")
    assert program().get(asked).status_code == 302
    sharing.give(world.ada, node, f"person:{world.bob.person}", Role.READ)
    bob = browse("bob")
    [shown] = set(re.findall('src="(/p/[^"]*)"', bob.get(f"/p/{node}/read").content.decode()))
    assert b"".join(bob.get(shown).streaming_content) == PIXEL
    assert b"data:image/png;base64" in bob.get(f"/p/{node}/as/html").content


@pytest.mark.parametrize(
    ("name", "data", "status"),
    [
        ("chat.jpg", PIXEL, 400),
        ("chat.png", b"\xff\xd8\xff", 400),
        ("chat.html", b"<html>", 400),
        ("chat.svg", b"<html><svg>", 400),
        ("chat.svg", SVG, 200),
        ("chat.JPEG", b"\xff\xd8\xff\xe0", 200),
        ("chat", PIXEL, 400),
        ("chat.png", b"", 400),
    ],
)
def test_its_name_says_what_it_is(world, ada, name, data, status):
    pad = ada.new("x")
    assert send(ada, pad, name, data).status_code == status
    assert (len(names(world.ada, "/Pads")) == 2) == (status == 200)


def test_an_image_that_could_act_is_nobody(ada):
    answer = ada.ask("GET", link(send(ada, ada.new("x"), "chat.svg", SVG)))
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["Content-Security-Policy"].endswith("sandbox")


def test_who_may_not_send_one_is_refused_and_nothing_is_kept(world, ada, program, browse, monkeypatch):
    begun, begin = [], storage().begin
    monkeypatch.setattr(type(storage()), "begin", lambda self: begun.append(begin()) or begun[-1])
    deleted = []
    monkeypatch.setattr(type(storage()), "delete", lambda self, keys: deleted.extend(keys))
    pad = naming.known(put(world.ada, world.cours, "plan.md", b"# Plan").id).id
    begun.clear()
    guest, eve, bob = program(), program("eve"), program("bob")
    assert send(guest, pad).headers["Location"] == f"{BASE}/"
    assert begun == [], "what nobody sends is not read"
    assert [send(eve, pad).status_code, send(bob, pad).status_code] == [404, 403]
    assert send(ada, pad, field="file").status_code == 403
    assert send(ada, pad, headers={"origin": "https://evil.example"}).status_code == 403
    forged = browse("ada", enforce_csrf_checks=True)
    assert send(forged, pad).headers["Location"] == f"{BASE}/"
    monkeypatch.setattr(pictures, "LARGEST", 10)
    monkeypatch.setattr(pictures, "FORM", 2000)
    assert send(ada, pad).status_code == 413
    monkeypatch.setattr(pictures, "FORM", 1)
    count = len(begun)
    assert send(ada, pad).status_code == 413
    assert len(begun) == count, "what is announced as too large is not read"
    assert len(deleted) == 5
    assert "chat.png" not in names(world.ada, "/Cours")


def test_no_room_and_too_many_are_told(world, ada, monkeypatch):
    pad = ada.new("x")
    monkeypatch.setattr(pictures, "SENT", 2)
    Space.objects.filter(pk=world.space).update(quota=10)
    assert send(ada, pad).status_code == 507
    Space.objects.filter(pk=world.space).update(quota=10_000_000)
    link(send(ada, pad))
    assert send(ada, pad).status_code == 429
    assert quota.room_of(world.space).free > 0


def test_a_picture_costs_the_same_whoever_asks(world, ada, program, django_assert_num_queries):
    node = put(world.ada, world.root, "plan.md", b"# Plan").id
    at = link(send(ada, naming.known(node).id))
    presets.apply(world.ada, node, "locked")
    guest = program()
    with django_assert_num_queries(8):
        guest.ask("GET", at)
