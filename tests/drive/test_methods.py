"""What each request of WebDAV gets, and what it changes: one row of docs/protocols/webdav.md each."""

import hashlib

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cartable.kernel import clock
from cartable.kernel.storage import storage
from cartable.spaces import access, copying, crossing, homes, lineage, mounts, paths, sharing, trash, tree, versions
from cartable.spaces.access import Role
from cartable.spaces.models import Node, Space, Transit
from tests.drive.wire import Device
from tests.worlds import put, read


def state(world):
    """Return all that a refusal must leave as it is."""
    nodes = Node.objects.filter(space=world.space).order_by("pk")
    return list(nodes.values_list("pk", "parent_id", "name", "size", "seq", "tag", "trashed_at"))


# Who asks


@pytest.mark.parametrize("method", ["GET", "PUT", "PROPFIND", "MKCOL", "DELETE", "LOCK"])
def test_who_does_not_say_who_they_are_is_asked(world, stranger, method):
    for device in (stranger, Device(login=world.ada.sub, secret="wrong"), Device(login="nobody", secret="wrong")):
        reply = device.ask(method, f"/remote.php/dav/files/{world.ada.sub}/Cours")
        assert reply.status == 401
        assert reply.headers["WWW-Authenticate"] == 'Basic realm="Cartable", charset="UTF-8"'
        assert b"NotAuthenticated" in reply.body


def test_a_page_of_ours_is_not_answered_with_a_dialog(stranger):
    reply = stranger.ask("PROPFIND", "/remote.php/webdav/", X_Requested_With="XMLHttpRequest")
    assert (reply.status, "WWW-Authenticate" in reply.headers) == (401, False)


def test_options_say_what_we_speak_to_anybody(stranger):
    reply = stranger.ask("OPTIONS", "/remote.php/dav/files/whoever/")
    assert (reply.status, reply.headers["DAV"]) == (200, "1, 2, 3")
    assert {"LOCK", "PROPFIND", "SEARCH"} <= set(reply.headers["Allow"].split(", "))


def test_a_person_is_addressed_by_their_id_and_by_the_name_they_sign_in_with(world, ada):
    by_mail = Device(world.ada, login="ada@ac-dijon.example")
    for url in (ada.home, "/remote.php/webdav", "/remote.php/dav/files/ada@ac-dijon.example"):
        reply = by_mail.ask("PROPFIND", f"{url}/Archives/", Depth="1")
        assert reply.status == 207
        assert all(href.replace("%40", "@").startswith(f"{url}/Archives/") for href in reply.hrefs())


def test_nobody_comes_to_another_persons_files_by_their_address(world, ada, eve):
    for url in (
        ada.home,
        f"{ada.home}/Cours",
        "/remote.php/dav/files/nobody",
        "/remote.php/dav/nothing/x",
        "/remote.php/x",
    ):
        reply = eve.ask("PROPFIND", url)
        assert (reply.status, reply.message) == (404, eve.on("PROPFIND", "/absent").message)


def test_an_unknown_method_is_told(ada):
    assert ada.on("BREW", "/Cours").status == 501


# Reading


def test_a_file_comes_with_what_clients_check_it_by(world, ada):
    reply = ada.on("GET", "/Archives/note.txt")
    assert (reply.status, reply.body) == (200, b"bonjour")
    etag = ada.etag("/Archives/note.txt")
    wanted = {
        "ETag": etag,
        "OC-ETag": etag,
        "OC-FileId": f"{world.note:08d}cartable",
        "OC-Checksum": f"SHA1:{hashlib.sha1(b'bonjour').hexdigest()}",
        "Content-Length": "7",
        "Content-Type": "text/plain",
        "Accept-Ranges": "bytes",
    }
    assert {name: reply.headers[name] for name in wanted} == wanted
    assert reply.headers["Last-Modified"].endswith("GMT")
    assert reply.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in reply.headers["Content-Security-Policy"]
    assert ada.on("HEAD", "/Archives/note.txt").headers["Content-Length"] == "7"


@pytest.mark.parametrize(
    ("asked", "status", "body", "content_range"),
    [
        ("bytes=0-2", 206, b"bon", "bytes 0-2/7"),
        ("bytes=3-", 206, b"jour", "bytes 3-6/7"),
        ("bytes=-2", 206, b"ur", "bytes 5-6/7"),
        ("bytes=5-99", 206, b"ur", "bytes 5-6/7"),
        ("bytes=7-", 416, b"", "bytes */7"),
        ("bytes=0-1,3-4", 200, b"bonjour", None),
        ("lines=1-2", 200, b"bonjour", None),
    ],
)
def test_a_download_goes_on_where_it_stopped(ada, asked, status, body, content_range):
    reply = ada.on("GET", "/Archives/note.txt", Range=asked)
    assert (reply.status, reply.body, reply.headers.get("Content-Range")) == (status, body, content_range)


def test_a_range_of_another_version_is_not_given(ada):
    etag = ada.etag("/Archives/note.txt")
    assert ada.on("GET", "/Archives/note.txt", Range="bytes=0-2", If_Range=etag).status == 206
    assert ada.on("GET", "/Archives/note.txt", Range="bytes=0-2", If_Range='"old"').status == 200


def test_what_a_client_has_is_not_sent_again(ada):
    etag = ada.etag("/Archives/note.txt")
    dated = ada.on("GET", "/Archives/note.txt").headers["Last-Modified"]
    assert ada.on("GET", "/Archives/note.txt", If_None_Match=etag).status == 304
    assert ada.on("GET", "/Archives/note.txt", If_None_Match=f'"x", W/{etag}').status == 304
    assert ada.on("GET", "/Archives/note.txt", If_None_Match='"x"').status == 200
    assert ada.on("GET", "/Archives/note.txt", If_Modified_Since=dated).status == 304
    assert ada.on("GET", "/Archives/note.txt", If_Match='"x"').status == 412
    assert ada.on("GET", "/Archives/note.txt", If_Unmodified_Since="Thu, 01 Jan 1970 00:00:00 GMT").status == 412


def test_a_folder_is_not_read(ada):
    reply = ada.on("GET", "/Cours")
    assert (reply.status, "PROPFIND" in reply.headers["Allow"]) == (405, True)


def test_who_may_only_look_takes_no_bytes(world):
    mails = Device(world.eve)
    sharing.give(world.ada, world.note, f"person:{world.eve.person}", Role.VIEW)
    assert mails.on("GET", "/note.txt").status == 403
    assert mails.listing("/note.txt", "oc:permissions", depth=0)[""]["permissions"] == "SMDN"


# Writing


def test_a_new_file_is_there_with_its_identity(world, ada):
    reply = ada.on("PUT", "/Archives/été.txt", b"soleil", X_OC_Mtime="1700000000")
    node = paths.find(world.ada, "/Archives/été.txt")
    assert (reply.status, reply.headers["X-OC-MTime"]) == (201, "accepted")
    assert reply.headers["OC-FileId"] == f"{node.id:08d}cartable"
    assert reply.headers["ETag"] == reply.headers["OC-ETag"] == ada.etag("/Archives/été.txt")
    assert (node.entry.mtime, read(world.ada, node.id)) == (1700000000, b"soleil")


def test_a_file_written_over_keeps_its_number_and_its_past(world, ada):
    before = ada.etag("/Archives/note.txt")
    reply = ada.on("PUT", "/Archives/note.txt", b"bonsoir", If_Match=before)
    assert (reply.status, reply.headers["OC-FileId"]) == (204, f"{world.note:08d}cartable")
    assert reply.headers["ETag"] != before
    assert [one.size for one in versions.of(world.ada, world.note)] == [7]


def test_an_empty_file_is_a_file(world, ada):
    assert ada.on("PUT", "/vide", b"").status == 201
    assert ada.on("GET", "/vide").body == b""


@pytest.mark.usefixtures("own_day")
@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/absent/a.txt", {}, 409),
        ("/Archives/note.txt/a.txt", {}, 409),
        ("/Cours", {}, 409),
        ("/", {}, 409),
        ("/Cours/..", {}, 400),
        ("/Cours/" + "é" * 128, {}, 400),
        ("/Cours/a\tb", {}, 400),
        ("/Archives/note.txt", {"If_Match": '"x"'}, 412),
        ("/Archives/note.txt", {"If_None_Match": "*"}, 412),
        ("/Archives/new.txt", {"If_Match": "*"}, 412),
        ("/Archives/note.txt", {"If_Unmodified_Since": "Thu, 01 Jan 1970 00:00:00 GMT"}, 412),
        ("/Archives/note.txt", {"If": '(["x"])'}, 412),
        ("/Archives/note.txt", {"If": "nonsense"}, 400),
        ("/a.txt", {"OC_Checksum": f"SHA1:{'0' * 40}"}, 400),
        ("/a.txt", {"OC_Checksum": "SHA1:beef"}, 400),
        ("/a.txt", {"X_OC_Mtime": "yesterday"}, 400),
        ("/a.txt", {"X_OC_Mtime": "inf"}, 400),
    ],
)
def test_a_write_that_is_refused_leaves_no_trace(world, ada, path, headers, status):
    before = state(world)
    stored = kept_objects()
    reply = ada.on("PUT", path, b"bytes", **headers)
    assert (reply.status, bool(reply.message)) == (status, True)
    assert state(world) == before
    assert kept_objects() == stored


def kept_objects():
    return set(storage().keys(clock.now().date()))


@pytest.mark.parametrize(
    "checksum",
    ["SHA1:{sha1}", "sha1:{SHA1}", "MD5:{md5}", "SHA256:{sha256}", "ADLER32:00000001", ""],
)
def test_an_announced_checksum_is_verified(ada, checksum):
    sums = {name: hashlib.new(name, b"bytes").hexdigest() for name in ("sha1", "md5", "sha256")}
    said = checksum.format(**sums, SHA1=sums["sha1"].upper())
    assert ada.on("PUT", "/a.txt", b"bytes", OC_Checksum=said).status == 201


def test_dates_of_phones_have_decimals_and_nonsense_is_no_date(world, ada):
    assert ada.on("PUT", "/a", b"", X_OC_Mtime="1795455294.123").headers["X-OC-MTime"] == "accepted"
    assert paths.find(world.ada, "/a").entry.mtime == 1795455294
    assert "X-OC-MTime" not in ada.on("PUT", "/b", b"", X_OC_Mtime="0").headers
    assert paths.find(world.ada, "/b").entry.mtime > 1700000000


def test_more_than_the_site_takes_is_refused_before_and_while_it_comes(world, ada, monkeypatch):
    before = state(world)
    monkeypatch.setattr("cartable.drive.dav.putting.options", type("O", (), {"upload_max": 100_000})())
    assert ada.on("PUT", "/a", b"x" * 100_001).status == 413
    assert ada.on("PUT", "/a", b"x" * 100_001, Content_Length="").status == 413
    assert state(world) == before


def test_a_full_space_answers_507(world, ada):
    Space.objects.filter(pk=world.space).update(quota=1010)
    before = state(world)
    assert ada.on("PUT", "/a", b"1234").status == 507
    assert ada.on("PUT", "/a", b"x" * 300_000).status == 507
    assert state(world) == before
    assert ada.on("PUT", "/a", b"123").status == 201


def test_folders_on_the_way_are_made_for_who_asks(world, ada):
    assert ada.on("PUT", "/Photos/2026/Été/a.jpg", b"jpg").status == 409
    assert ada.on("PUT", "/Photos/2026/Été/a.jpg", b"jpg", X_NC_WebDAV_Auto_Mkcol="1").status == 201
    assert ada.on("PUT", "/Photos/2026/b.jpg", b"jpg", X_NC_WebDAV_Auto_Mkcol="1").status == 201
    assert ada.on("PUT", "/Archives/note.txt/a/b", b"", X_NC_WebDAV_Auto_Mkcol="1").status == 409
    assert read(world.ada, paths.find(world.ada, "/Photos/2026/Été/a.jpg").id) == b"jpg"


def test_no_folder_is_made_for_a_write_that_is_refused(world, ada):
    before = state(world)
    wrong = {"OC_Checksum": f"MD5:{'0' * 32}", "X_NC_WebDAV_Auto_Mkcol": "1"}
    assert ada.on("PUT", "/Photos/2026/a.jpg", b"jpg", **wrong).status == 400
    assert state(world) == before


def test_a_reader_writes_nothing(world, bob):
    before = state(world)
    assert bob.on("PUT", "/Cours/a.txt", b"a").status == 403
    assert bob.on("PUT", "/Cours/Maths/devoir.pdf", b"a").status == 403
    assert bob.on("MKCOL", "/Cours/A").status == 403
    assert bob.on("DELETE", "/Cours/Maths").status == 403
    assert bob.on("MOVE", "/Cours/Maths", Destination=bob.to("/Cours/Math")).status == 403
    assert bob.on("MOVE", "/Cours/Maths", Destination=bob.to("/Archives/Maths")).status == 403
    assert bob.on("COPY", "/Cours/Maths", Destination=bob.to("/Cours/Math")).status == 403
    assert bob.on("LOCK", "/Cours/Maths/devoir.pdf", LOCK).status == 403
    assert bob.on("PROPPATCH", "/Cours/Maths", PATCH).status == 403
    assert state(world) == before


def test_who_was_given_a_file_alone_writes_it_where_it_shows(world, eve):
    sharing.give(world.ada, world.note, f"person:{world.eve.person}", Role.WRITE)
    assert eve.on("PUT", "/note.txt", b"bonsoir").status == 204
    assert read(world.ada, world.note) == b"bonsoir"


# Folders


def test_a_folder_is_made_once(world, ada):
    reply = ada.on("MKCOL", "/Cours/Français")
    made = paths.find(world.ada, "/Cours/Français")
    assert (reply.status, reply.headers["OC-FileId"]) == (201, f"{made.id:08d}cartable")
    assert ada.on("MKCOL", "/Cours/Français/").status == 405
    assert ada.on("MKCOL", "/Archives/note.txt").status == 405
    assert ada.on("MKCOL", "/").status == 405
    assert ada.on("MKCOL", "/absent/x").status == 409
    assert ada.on("MKCOL", "/Archives/note.txt/x").status == 409
    assert ada.on("MKCOL", "/Autre", b"<x/>").status == 415


# Deleting


def test_what_is_deleted_is_in_the_trash(world, ada):
    assert ada.on("DELETE", "/Archives/note.txt").status == 204
    assert ada.on("DELETE", "/Archives/note.txt").status == 404
    assert [one.entry.id for one in trash.contents(world.ada, world.space)] == [world.note]


def test_what_changed_since_is_not_deleted(world, ada):
    before = ada.etag("/Archives/note.txt"), ada.etag("/Archives")
    put(world.ada, world.archives, "note.txt", b"bonsoir")
    assert ada.on("DELETE", "/Archives/note.txt", If_Match=before[0]).status == 412
    assert ada.on("DELETE", "/Archives", If_Match=before[1]).status == 412
    assert ada.on("DELETE", "/Archives", If_Match=ada.etag("/Archives")).status == 204


def test_a_root_is_not_deleted_nor_moved(ada):
    assert ada.on("DELETE", "/").status == 403
    assert ada.on("MOVE", "/", Destination=ada.to("/x")).status == 403


def test_deleting_a_mount_puts_it_away_and_takes_nothing(world, bob):
    before = state(world)
    assert bob.on("DELETE", "/Cours").status == 204
    assert bob.on("PROPFIND", "/Cours").status == 404
    assert state(world) == before
    assert access.reach(world.bob, world.cours, access.Right.READ)


# Moving and copying


def test_a_move_keeps_the_number_and_the_etag(world, ada):
    etag = ada.etag("/Archives/note.txt")
    reply = ada.on("MOVE", "/Archives/note.txt", Destination=ada.to("/Cours/à lire.txt"))
    assert (reply.status, reply.headers["OC-FileId"]) == (201, f"{world.note:08d}cartable")
    assert reply.headers["ETag"] == reply.headers["OC-ETag"] == etag == ada.etag("/Cours/à lire.txt")


def test_a_destination_is_a_url_or_a_path_of_any_of_ones_addresses(world, ada):
    for number, to in enumerate(
        [
            ada.to("/Cours/0"),
            f"{ada.home}/Cours/1",
            "/remote.php/webdav/Cours/2",
            "http://testserver/remote.php/webdav/Cours/3/",
        ]
    ):
        source = "/Archives/note.txt" if number == 0 else f"/Cours/{number - 1}"
        assert ada.on("MOVE", source, Destination=to).status == 201
        assert paths.find(world.ada, f"/Cours/{number}").id == world.note


@pytest.mark.parametrize(
    ("source", "to", "headers", "status"),
    [
        ("/Archives/note.txt", "/absent/x", {}, 409),
        ("/Archives/note.txt", "/Cours/Maths/devoir.pdf/x", {}, 409),
        ("/Archives/note.txt", "/Cours/Maths/devoir.pdf", {"Overwrite": "F"}, 412),
        ("/Archives/note.txt", "/Archives/note.txt", {}, 403),
        ("/Cours", "/Cours/Maths/Cours", {}, 409),
        ("/absent", "/x", {}, 404),
        ("/Archives/note.txt", "/", {}, 400),
        ("/Archives/note.txt", "/Cours/..", {}, 400),
        ("/Archives/note.txt", "/x", {"If_Match": '"x"'}, 412),
    ],
)
@pytest.mark.parametrize("method", ["MOVE", "COPY"])
def test_what_cannot_go_there_stays(world, ada, method, source, to, headers, status):
    before = state(world)
    assert ada.on(method, source, Destination=ada.to(to), **headers).status == status
    assert state(world) == before


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("", 400),
        ("http://elsewhere.example/remote.php/webdav/x", 502),
        ("http://testserver/remote.php/dav/files/somebody/x", 400),
        ("http://testserver/remote.php/dav/uploads/x", 400),
        ("not a url", 400),
    ],
)
def test_a_destination_elsewhere_is_refused(world, ada, url, status):
    before = state(world)
    for method in ("MOVE", "COPY"):
        assert ada.on(method, "/Archives/note.txt", Destination=url).status == status
    assert state(world) == before


def test_what_a_move_replaces_goes_to_the_trash(world, ada):
    reply = ada.on("MOVE", "/Archives/note.txt", Destination=ada.to("/Cours/Maths/devoir.pdf"))
    assert reply.status == 204
    assert [one.entry.id for one in trash.contents(world.ada, world.space)] == [world.devoir]


def test_a_move_onto_what_changed_since_is_refused(world, ada):
    target = f"{ada.home}/Cours/Maths/devoir.pdf"
    old = ada.etag("/Cours/Maths/devoir.pdf")
    put(world.ada, world.maths, "devoir.pdf", b"new")
    tagged = {"Destination": target, "If": f"<{target}> ([{old}])"}
    assert ada.on("MOVE", "/Archives/note.txt", **tagged).status == 412
    tagged["If"] = f"<{target}> ([{ada.etag('/Cours/Maths/devoir.pdf')}])"
    assert ada.on("MOVE", "/Archives/note.txt", **tagged).status == 204


def test_a_copy_is_another_document(world, ada):
    reply = ada.on("COPY", "/Cours", Destination=ada.to("/Copie"))
    copied = paths.find(world.ada, "/Copie")
    assert (reply.status, reply.headers["OC-FileId"]) == (201, f"{copied.id:08d}cartable")
    assert read(world.ada, paths.find(world.ada, "/Copie/Maths/devoir.pdf").id) == b"d" * 1000
    assert ada.on("COPY", "/Cours", Destination=ada.to("/Vide"), Depth="0").status == 201
    assert list(ada.listing("/Vide", "d:getetag")) == [""]
    assert ada.on("COPY", "/Cours", Destination=ada.to("/Autre"), Depth="1").status == 400


def test_a_copy_over_a_folder_replaces_it(world, ada):
    assert ada.on("COPY", "/Archives/note.txt", Destination=ada.to("/Cours")).status == 204
    assert read(world.ada, paths.find(world.ada, "/Cours").id) == b"bonjour"


def test_a_mount_bears_the_name_one_gives_it_and_stays_at_the_root(world, bob):
    assert bob.on("MOVE", "/Cours", Destination=bob.to("/Chez Ada")).status == 201
    assert bob.on("PROPFIND", "/Chez Ada/Maths").status == 207
    assert lineage.entry(world.cours).name == "Cours"
    assert bob.on("MOVE", "/Chez Ada", Destination=bob.to("/Archives/x")).status == 403
    assert bob.on("MOVE", "/Chez Ada", Destination=bob.to("/Archives")).status == 403


def test_nothing_replaces_a_mount(world, bob):
    home = homes.home_of(world.bob).root
    put(world.bob, home, "à moi.txt")
    before = state(world)
    for method in ("MOVE", "COPY"):
        assert bob.on(method, "/à moi.txt", Destination=bob.to("/Cours")).status == 403
    assert bob.on("PUT", "/Cours", b"x").status == 409
    assert bob.on("MKCOL", "/Cours").status == 405
    assert state(world) == before


def test_a_document_moves_between_spaces_with_its_number(world, bob):
    put(world.bob, homes.home_of(world.bob).root, "de Bob.txt", b"bob")
    node = paths.find(world.bob, "/de Bob.txt").id
    assert bob.on("MOVE", "/de Bob.txt", Destination=bob.to("/Archives/de Bob.txt")).status == 201
    assert paths.find(world.ada, "/Archives/de Bob.txt").id == node


def test_the_copy_of_a_large_folder_begins(world, ada, monkeypatch):
    monkeypatch.setattr(copying, "AT_ONCE", 1)
    assert ada.on("COPY", "/Cours", Destination=ada.to("/Archives/Cours")).status == 202
    assert ada.on("GET", "/Archives/Cours/Maths/devoir.pdf").status == 404
    copying.copy_on.call(Transit.objects.get().pk)
    assert ada.on("GET", "/Archives/Cours/Maths/devoir.pdf").body == b"d" * 1000


def test_a_large_folder_sets_out_for_another_space_and_answers_meanwhile(world, ada, monkeypatch):
    monkeypatch.setattr(crossing, "AT_ONCE", 1)
    home = homes.home_of(world.bob)
    sharing.give(world.bob, home.root, f"person:{world.ada.person}", Role.WRITE)
    [mount] = (one.name for one in mounts.of(world.ada))
    to = ada.to(f"/{mount}/Cours")
    assert ada.on("MOVE", "/Cours", Destination=to).status == 202
    assert ada.on("GET", "/Cours/Maths/devoir.pdf").body == b"d" * 1000
    before = state(world)
    for method, path, headers in [
        ("PUT", "/Cours/x", {}), ("MKCOL", "/Cours/Maths/x", {}), ("DELETE", "/Cours", {}), ("MOVE", "/Cours", {"Destination": to}),
        ("PROPPATCH", "/Cours/Maths", {}), ("LOCK", "/Cours/Maths/devoir.pdf", {}),
    ]:  # fmt: skip
        reply = ada.on(method, path, {"PROPPATCH": PATCH, "LOCK": LOCK}.get(method, b""), **headers)
        assert (method, reply.status) == (method, 423)
    assert state(world) == before
    crossing.cross.call(world.cours)
    assert ada.on("GET", "/Cours").status == 404
    assert ada.on("GET", f"/{mount}/Cours/Maths/devoir.pdf").body == b"d" * 1000


def test_a_folder_that_waits_for_another_says_so_and_what_to_do(world, ada, monkeypatch):
    """The sentence is that of what happens: something leaves, or something arrives."""
    monkeypatch.setattr(copying, "AT_ONCE", 1)
    assert ada.on("COPY", "/Cours", Destination=ada.to("/Archives/Cours")).status == 202
    for method, headers in (("DELETE", {}), ("MOVE", {"Destination": ada.to("/Cours/Archives")})):
        reply = ada.on(method, "/Archives", **headers)
        if method == "DELETE":
            assert (reply.status, b"Sabre\\DAV\\Exception\\Locked" in reply.body) == (423, True)
            assert "<s:message>Un grand dossier arrive ici." in reply.body.decode()
            assert "abandonnez l’arrivée" in reply.body.decode()
        else:
            assert reply.status == 201  # within its space it is found where it has gone
    monkeypatch.setattr(crossing, "AT_ONCE", 1)
    home = homes.home_of(world.bob)
    sharing.give(world.bob, home.root, f"person:{world.ada.person}", Role.WRITE)
    [mount] = (one.name for one in mounts.of(world.ada))
    copying.copy_on.call(Transit.objects.get().pk)
    assert ada.on("MOVE", "/Cours", Destination=ada.to(f"/{mount}/Cours")).status == 202
    refused = ada.on("PUT", "/Cours/x", b"x")
    assert refused.status == 423
    assert "<s:message>Ce qui est ici part pour un autre espace" in refused.body.decode()
    assert "abandonnez le départ" in refused.body.decode()


# Absent and hidden


def test_absent_and_hidden_look_the_same(world, bob):
    bob.on("PROPFIND", "/")  # his space opens
    tree.close(world.ada, world.maths, closed=True)
    sharing.give(world.ada, world.cours, f"person:{world.bob.person}", Role.WRITE)
    for method, body, headers in [
        ("GET", b"", {}),
        ("PROPFIND", b"", {"Depth": "1"}),
        ("DELETE", b"", {}),
        ("PROPPATCH", PATCH, {}),
        ("MOVE", b"", {"Destination": bob.to("/Cours/x")}),
        ("COPY", b"", {"Destination": bob.to("/Cours/x")}),
        ("UNLOCK", b"", {"Lock_Token": "<x>"}),
        ("REPORT", b"", {}),
    ]:
        replies = []
        for path in ("/Cours/Maths", "/Cours/Absent", "/Cours/Maths/devoir.pdf", "/Cours/Absent/devoir.pdf"):
            with CaptureQueriesContext(connection) as queries:
                reply = bob.on(method, path, body, **headers)
            replies.append((reply.status, reply.body, sorted(reply.headers.items()), len(queries)))
        assert replies[0] == replies[1]
        assert replies[2] == replies[3]
        assert replies[0][0] == replies[2][0] == 404, method
    for path in ("/Cours/Maths/x", "/Cours/Absent/x"):
        assert bob.on("PUT", path, b"x").status == 409
        assert bob.on("MKCOL", path).status == 409


PATCH = b'<d:propertyupdate xmlns:d="DAV:"><d:set><d:prop><x:color xmlns:x="urn:x">red</x:color></d:prop></d:set></d:propertyupdate>'
LOCK = b'<d:lockinfo xmlns:d="DAV:"><d:lockscope><d:exclusive/></d:lockscope><d:locktype><d:write/></d:locktype></d:lockinfo>'
