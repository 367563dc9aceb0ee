"""Uploads in pieces, in the five dialects of their clients: drive/uploads.py and drive/dav/uploading.py."""

import hashlib
import secrets
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from cartable.drive import tasks, uploads
from cartable.drive.models import Upload, UploadPart
from cartable.kernel import clock
from cartable.kernel.errors import QuotaExceeded
from cartable.kernel.storage import storage
from cartable.kernel.tasks import run_pending
from cartable.spaces import collecting, paths, tree, versions
from cartable.spaces.models import Blob, Space
from tests.drive.wire import Device
from tests.worlds import ada_world, put, read

pytestmark = pytest.mark.usefixtures("own_day")
DATA = bytes(range(256)) * 4  # 1024 bytes, each place tells itself


def at(device, transfer, piece=None):
    url = f"/remote.php/dav/uploads/{device.sub}/{transfer}"
    return url if piece is None else f"{url}/{piece}"


def pieces(count):
    size = len(DATA) // count
    return [DATA[number * size : (number + 1) * size if number < count - 1 else len(DATA)] for number in range(count)]


def keys():
    return set(storage().keys(clock.now().date()))


# The dialects (drive.md §1.6): how each names its pieces and says where they go


def desktop_3_7(device, path):
    """16 digits from 0; a path without a host, and only at the end."""
    to = f"{device.home}{path}"
    assert device.ask("MKCOL", at(device, 12345), OC_Total_Length="1024").status == 201
    for number, piece in enumerate(pieces(12)):
        offset = str(sum(map(len, pieces(12)[:number])))
        assert device.ask("PUT", at(device, 12345, f"{number:016d}"), piece, OC_Chunk_Offset=offset).status == 201
    checksum = f"SHA1:{hashlib.sha1(DATA).hexdigest()}"
    return device.ask(
        "MOVE", at(device, 12345, ".file"), Destination=to, OC_Total_Length="1024", OC_Checksum=checksum,
        X_OC_Mtime="1700000000",
    )  # fmt: skip


def desktop_3_16(device, path):
    """5 digits from 1; the destination in each request."""
    to = {"Destination": device.to(path), "OC_Total_Length": "1024"}
    assert device.ask("MKCOL", at(device, 777), **to).status == 201
    for number, piece in enumerate(pieces(11), 1):
        assert device.ask("PUT", at(device, 777, f"{number:05d}"), piece, **to).status == 201
    return device.ask("MOVE", at(device, 777, ".file"), **to, X_OC_Mtime="1700000000")


def android(device, path):
    """The name is a digest; it lists first, and sums what is there."""
    transfer, to = hashlib.md5(path.encode()).hexdigest(), {"Destination": device.to(path)}
    assert device.ask("PROPFIND", at(device, transfer), Depth="1").status == 404
    assert device.ask("MKCOL", at(device, transfer), **to).status == 201
    for number, piece in enumerate(pieces(3), 1):
        assert device.ask("PUT", at(device, transfer, f"{number:06d}"), piece, **to).status == 201
    listed = device.ask("PROPFIND", at(device, transfer), Depth="1").properties()
    assert sum(int(values.get("getcontentlength", 0)) for values in listed.values()) == 1024
    return device.ask("MOVE", at(device, transfer, ".file"), **to, X_OC_Mtime="1700000000", X_OC_Ctime="1700000000")


def ios(device, path):
    """Numbers without zeros, so that 10 comes before 2 for who sorts letters; a date with decimals."""
    to = {"Destination": device.to(path), "OC_Total_Length": "1024"}
    assert device.ask("MKCOL", at(device, "0E7C-uuid"), **to).status == 201
    for number, piece in enumerate(pieces(12), 1):
        assert device.ask("PUT", at(device, "0E7C-uuid", number), piece, **to).status == 201
    return device.ask("MOVE", at(device, "0E7C-uuid", ".file"), **to, X_OC_MTime="1700000000.75")


def rclone(device, path):
    """Ranges of bytes; it deletes what was there first."""
    transfer = f"rclone-chunked-upload-{hashlib.md5(path.encode()).hexdigest()}"
    assert device.ask("DELETE", at(device, transfer)).status == 404
    assert device.ask("MKCOL", at(device, transfer)).status == 201
    offset = 0
    for piece in pieces(5):
        name = f"{offset:015d}-{offset + len(piece):015d}"
        assert device.ask("PUT", at(device, transfer, name), piece).status == 201
        offset += len(piece)
    checksum = f"SHA1:{hashlib.sha1(DATA).hexdigest()}"
    return device.ask(
        "MOVE",
        at(device, transfer, ".file"),
        Destination=device.to(path),
        OC_Checksum=checksum,
        X_OC_Mtime="1700000000",
    )


DIALECTS = [desktop_3_7, desktop_3_16, android, ios, rclone]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda one: one.__name__)
def test_every_dialect_makes_the_same_file(world, ada, dialect):
    reply = dialect(ada, "/Archives/gros.bin")
    node = paths.find(world.ada, "/Archives/gros.bin")
    assert (reply.status, reply.headers["X-OC-MTime"]) == (201, "accepted")
    assert reply.headers["OC-FileId"] == f"{node.id:08d}cartable"
    assert reply.headers["ETag"] == reply.headers["OC-ETag"] == ada.etag("/Archives/gros.bin")
    assert (read(world.ada, node.id), node.entry.mtime) == (DATA, 1700000000)
    assert ada.on("GET", "/Archives/gros.bin", Range="bytes=500-599").body == DATA[500:600]
    assert f"SHA1:{hashlib.sha1(DATA).hexdigest()}" == ada.on("HEAD", "/Archives/gros.bin").headers["OC-Checksum"]
    assert not Upload.objects.exists()


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda one: one.__name__)
def test_every_dialect_writes_over_a_file(world, ada, dialect):
    assert dialect(ada, "/Archives/note.txt").status == 204
    assert read(world.ada, world.note) == DATA
    assert [one.size for one in versions.of(world.ada, world.note)] == [7]


def opened(device, path="/gros.bin", count=3, **headers):
    """Send all the pieces of a file, and not the end."""
    device.ask("MKCOL", at(device, "t"), **headers)
    for number, piece in enumerate(pieces(count), 1):
        assert device.ask("PUT", at(device, "t", number), piece).status == 201
    return {"Destination": device.to(path)}


def test_joining_copies_nothing(world, ada):
    to = opened(ada)
    before = keys()
    assert ada.ask("MOVE", at(ada, "t", ".file"), **to).status == 201
    assert keys() == before
    assert len(Blob.objects.get(size=1024).parts) == 3


def test_pieces_come_in_any_order_and_again(world, ada):
    ada.ask("MKCOL", at(ada, "t"))
    first, second, third = pieces(3)
    for name, piece, status in [(3, third, 201), (1, b"wrong", 201), (2, second, 201), (1, first, 204)]:
        assert ada.ask("PUT", at(ada, "t", name), piece).status == status
    assert ada.ask("MOVE", at(ada, "t", ".file"), Destination=ada.to("/x")).status == 201
    assert read(world.ada, paths.find(world.ada, "/x").id) == DATA


@pytest.mark.django_db(transaction=True)
def test_a_piece_that_is_replaced_or_dropped_leaves_no_bytes():
    ada = Device(ada_world().ada)
    before = keys()
    opened(ada)
    ada.ask("PUT", at(ada, "t", 1), pieces(3)[0])
    assert len(keys() - before) == 3
    assert ada.ask("DELETE", at(ada, "t", 1)).status == 204
    assert ada.ask("DELETE", at(ada, "t", 1)).status == 404
    assert len(keys() - before) == 2
    assert ada.ask("DELETE", at(ada, "t")).status == 204
    assert keys() == before


def test_a_client_that_comes_back_finds_its_pieces(ada, bob):
    opened(ada)
    listed = ada.ask("PROPFIND", at(ada, "t"), Depth="1").properties()
    assert {href.rpartition("/")[2]: one.get("getcontentlength") for href, one in listed.items()} == {
        "": None, "1": "341", "2": "341", "3": "342",
    }  # fmt: skip
    assert ada.ask("PROPFIND", at(ada, "t"), Depth="0").hrefs() == [f"{at(ada, 't')}/"]
    assert ada.ask("PROPFIND", at(ada, "t", 2), Depth="0").hrefs() == [at(ada, "t", 2)]
    assert ada.ask("PROPFIND", f"/remote.php/dav/uploads/{ada.sub}/", Depth="1").hrefs()[1:] == [f"{at(ada, 't')}/"]
    assert bob.ask("PROPFIND", f"/remote.php/dav/uploads/{bob.sub}/", Depth="1").hrefs()[1:] == []


def test_an_upload_is_ones_own(ada, bob):
    opened(ada)
    for method, url in [("PROPFIND", at(ada, "t")), ("PUT", at(ada, "t", 9)), ("DELETE", at(ada, "t"))]:
        assert bob.ask(method, url).status == 404
        assert bob.ask(method, url.replace(ada.sub, bob.sub)).status == 404
    assert ada.ask("PROPFIND", at(ada, "t"), Depth="1").status == 207


@pytest.mark.parametrize(
    ("method", "below", "headers", "status"),
    [
        ("MKCOL", "t", {}, 405),
        ("MKCOL", "t/x", {}, 405),
        ("MKCOL", "t/x/y", {}, 404),
        ("MKCOL", "u", {"OC_Total_Length": "much"}, 400),
        ("MKCOL", "u", {"OC_Total_Length": str(10**15)}, 413),
        ("MKCOL", "u", {"Destination": "http://elsewhere.example/x"}, 502),
        ("PUT", "u/1", {}, 404),
        ("PUT", "t", {}, 405),
        ("PUT", "t/1", {"OC_Checksum": f"MD5:{'0' * 32}"}, 400),
        ("PUT", "t/" + "1" * 101, {}, 400),
        ("GET", "t/1", {}, 501),
        ("COPY", "t/.file", {}, 501),
        ("MOVE", "t/1", {}, 400),
        ("MOVE", "u/.file", {}, 404),
        ("MOVE", "t/.file", {}, 400),
        ("MOVE", "t/.file", {"Destination": "/remote.php/webdav/absent/x"}, 409),
        ("MOVE", "t/.file", {"Destination": "/remote.php/webdav/Cours"}, 409),
        ("MOVE", "t/.file", {"Destination": "/remote.php/webdav/x", "OC_Total_Length": "1023"}, 400),
        ("MOVE", "t/.file", {"Destination": "/remote.php/webdav/x", "OC_Checksum": f"SHA1:{'0' * 40}"}, 400),
        ("MOVE", "t/.file", {"Destination": "/remote.php/webdav/Archives/note.txt", "If_None_Match": "*"}, 412),
        ("MOVE", "t/.file", {"Destination": "/remote.php/webdav/Archives/note.txt", "If_Match": '"x"'}, 412),
        ("MOVE", "t/.file", {"Destination": "/remote.php/webdav/x", "If_Match": "*"}, 412),
    ],
)
def test_what_cannot_be_leaves_the_pieces_as_they_are(world, ada, method, below, headers, status):
    opened(ada)
    before = list(UploadPart.objects.order_by("pk").values_list()), tree.child(paths.find(world.ada, "/").entry, "x")
    reply = ada.ask(method, at(ada, below), b"bytes" if method == "PUT" else b"", **headers)
    assert (reply.status, bool(reply.message)) == (status, True)
    assert (list(UploadPart.objects.order_by("pk").values_list()), None) == before
    assert Upload.objects.count() == 1


def test_the_end_minds_what_the_client_saw_at_the_destination(world, ada):
    to = opened(ada, "/Archives/note.txt")
    old = ada.etag("/Archives/note.txt")
    put(world.ada, world.archives, "note.txt", b"new")
    tagged = f"<{ada.home}/Archives/note.txt> ([{old}])"
    assert ada.ask("MOVE", at(ada, "t", ".file"), **to, If=tagged).status == 412
    assert ada.ask("MOVE", at(ada, "t", ".file"), **to, If_Match=old).status == 412
    new = ada.etag("/Archives/note.txt")
    assert ada.ask("MOVE", at(ada, "t", ".file"), **to, If=f"<{ada.home}/Archives/note.txt> ([{new}])").status == 204


def test_the_end_minds_locks(ada):
    to = opened(ada, "/Archives/note.txt")
    lock = '<d:lockinfo xmlns:d="DAV:"><d:lockscope><d:exclusive/></d:lockscope><d:locktype><d:write/></d:locktype></d:lockinfo>'
    token = ada.on("LOCK", "/Archives/note.txt", lock).headers["Lock-Token"]
    assert ada.ask("MOVE", at(ada, "t", ".file"), **to).status == 423
    shown = f"<{ada.home}/Archives/note.txt> ({token})"
    assert ada.ask("MOVE", at(ada, "t", ".file"), **to, If=shown).status == 204


def test_a_reader_sends_nothing(ada, bob):
    assert bob.ask("MKCOL", at(bob, "t"), Destination=bob.to("/Cours/x"), OC_Total_Length="10").status == 403
    to = opened(bob, "/Cours/x")
    assert bob.ask("MOVE", at(bob, "t", ".file"), **to).status == 403


def test_a_full_space_says_so_at_the_beginning_and_at_the_end(world, ada):
    Space.objects.filter(pk=world.space).update(quota=1500)
    big = {"Destination": ada.to("/x"), "OC_Total_Length": "1024"}
    assert ada.ask("MKCOL", at(ada, "u"), **big).status == 507
    to = opened(ada)
    assert ada.ask("MOVE", at(ada, "t", ".file"), **to).status == 507
    assert len(ada.ask("PROPFIND", at(ada, "t"), Depth="1").hrefs()) == 4
    Space.objects.filter(pk=world.space).update(quota=3000)
    assert ada.ask("MOVE", at(ada, "t", ".file"), **to).status == 201


def room(space, free):
    """Leave a space so many bytes."""
    used = Space.objects.values_list("used", flat=True).get(pk=space)
    Space.objects.filter(pk=space).update(quota=used + free)


def test_what_is_announced_in_all_is_refused_with_the_first_piece(world, ada):
    to = {"Destination": ada.to("/x")}
    assert ada.ask("MKCOL", at(ada, "t")).status == 201  # it says nothing yet
    room(world.space, 1000)
    before = keys()
    full = ada.ask("PUT", at(ada, "t", 1), b"x" * 10, **to, OC_Total_Length="1001")
    assert full.status == 507
    assert b"InsufficientStorage" in full.body
    assert keys() == before
    assert ada.ask("PUT", at(ada, "t", 1), b"x" * 10, **to, OC_Total_Length="1000").status == 201


def test_pieces_that_together_have_no_room_are_refused_where_they_cease_to(world, ada):
    to = {"Destination": ada.to("/x")}
    assert ada.ask("MKCOL", at(ada, "t"), **to).status == 201
    room(world.space, 25)
    statuses = [ada.ask("PUT", at(ada, "t", n), b"x" * 10, **to).status for n in (1, 2, 3, 2)]
    assert statuses == [201, 201, 507, 204]
    assert len(ada.ask("PROPFIND", at(ada, "t"), Depth="1").hrefs()) == 3
    assert ada.ask("PUT", at(ada, "t", 3), b"x" * 5, **to).status == 201


def test_a_piece_that_does_not_say_its_length_is_refused_once_it_is_there(world):
    uploads.begin(world.ada, "u")
    room(world.space, 25)
    into = uploads.Into(world.space)
    sink = storage().begin()
    sink.write(b"x" * 26)
    stored = sink.finish()
    uploads.make_room(world.ada, "u", "1", None, into)
    with pytest.raises(QuotaExceeded):
        uploads.keep(world.ada, "u", "1", stored, into)
    assert not UploadPart.objects.exists()


def test_what_is_written_over_makes_room(world, ada):
    room(world.space, 10)
    to = {"Destination": ada.to("/Cours/Maths/devoir.pdf")}
    assert ada.ask("MKCOL", at(ada, "t"), **to, OC_Total_Length="1010").status == 201
    assert ada.ask("PUT", at(ada, "t", 1), b"x" * 1010, **to).status == 201
    elsewhere = {"Destination": ada.to("/autre.pdf")}
    assert ada.ask("PUT", at(ada, "t", 1), b"x" * 1010, **elsewhere).status == 507


def test_the_room_that_counts_is_that_of_where_it_goes(world, ada, bob):
    room(world.space, 10)
    assert bob.ask("MKCOL", at(bob, "t")).status == 201
    assert bob.ask("PUT", at(bob, "t", 1), b"x" * 11, Destination=bob.to("/Archives/x")).status == 507
    assert bob.ask("PUT", at(bob, "t", 1), b"x" * 11, Destination=bob.to("/x")).status == 201


def test_a_destination_that_does_not_fit_is_for_the_end_to_refuse(ada):
    assert ada.ask("MKCOL", at(ada, "t")).status == 201
    for wrong in ("/remote.php/webdav/absent/x", "http://elsewhere.example/x", "/"):
        assert ada.ask("PUT", at(ada, "t", 1), b"x", Destination=wrong).status in {201, 204}


def test_no_more_is_kept_than_was_announced(ada):
    ada.ask("MKCOL", at(ada, "t"), OC_Total_Length="10")
    assert ada.ask("PUT", at(ada, "t", 1), b"12345678").status == 201
    assert ada.ask("PUT", at(ada, "t", 2), b"123").status == 413
    assert ada.ask("PUT", at(ada, "t", 1), b"1234567890").status == 204


def test_folders_on_the_way_are_made_for_phones(world, ada):
    to = opened(ada, "/Photos/2026/a.jpg")
    assert ada.ask("MOVE", at(ada, "t", ".file"), **to, X_NC_WebDAV_Auto_Mkcol="1").status == 201
    assert read(world.ada, paths.find(world.ada, "/Photos/2026/a.jpg").id) == DATA


def test_an_upload_of_one_empty_piece_is_an_empty_file(world, ada):
    ada.ask("MKCOL", at(ada, "t"))
    assert ada.ask("MOVE", at(ada, "t", ".file"), Destination=ada.to("/x")).status == 400
    ada.ask("PUT", at(ada, "t", 1), b"")
    assert ada.ask("MOVE", at(ada, "t", ".file"), Destination=ada.to("/x")).status == 201
    assert read(world.ada, paths.find(world.ada, "/x").id) == b""


# What is done later


def test_the_checksums_of_a_large_file_come_later_unless_one_was_announced(world, ada, monkeypatch):
    monkeypatch.setattr(uploads, "HASHED_AT_ONCE", 1000)
    to = opened(ada)
    wrong = {"OC_Checksum": f"MD5:{'0' * 32}"}
    assert ada.ask("MOVE", at(ada, "t", ".file"), **to, **wrong).status == 400
    assert ada.ask("MOVE", at(ada, "t", ".file"), **to).status == 201
    assert "OC-Checksum" not in ada.on("HEAD", "/gros.bin").headers
    assert ada.listing("/gros.bin", "oc:checksums", depth=0)[""]["checksums"] == ""
    run_pending()
    assert ada.on("HEAD", "/gros.bin").headers["OC-Checksum"] == f"SHA1:{hashlib.sha1(DATA).hexdigest()}"


def test_an_upload_nobody_goes_on_with_is_given_up(ada, later):
    opened(ada)
    later(hours=23)
    tasks.expire_uploads.func()
    assert Upload.objects.count() == 1
    ada.ask("PUT", at(ada, "t", 4), b"x")
    later(hours=23)
    tasks.expire_uploads.func()
    assert Upload.objects.count() == 1
    later(hours=2)
    tasks.expire_uploads.func()
    assert not Upload.objects.exists()


def test_an_upload_that_takes_a_week_is_given_up(ada, later):
    opened(ada)
    for number in range(8):
        later(hours=22)
        ada.ask("PUT", at(ada, "t", f"9{number}"), b"x")
    assert ada.ask("MOVE", at(ada, "t", ".file"), Destination=ada.to("/gros.bin")).status == 404  # also before that:
    tasks.expire_uploads.func()
    assert not Upload.objects.exists()


def test_the_collector_spares_pieces_that_wait(ada):
    opened(ada)
    day = clock.now().date()
    mine = set(UploadPart.objects.values_list("key", flat=True))
    assert uploads.keys_drawn(day) == mine
    assert uploads.keys_drawn(day - timedelta(days=1)) == set()
    sink = storage().begin()
    sink.write(secrets.token_bytes(10))
    lost = sink.finish().key
    collecting.forget_orphans(day, uploads.keys_drawn(day))
    assert lost not in keys()
    assert mine <= keys()


@given(st.lists(st.integers(0, 10**18), unique=True), st.integers(0, 20))
def test_pieces_are_ordered_as_their_numbers_are(numbers, width):
    names = [f"{number:0{width}d}" for number in numbers]
    assert [int(name) for name in sorted(names, key=uploads.rank)] == sorted(numbers)


@given(st.lists(st.text(max_size=8)))
def test_any_names_have_an_order(names):
    assert sorted(sorted(names, key=uploads.rank)) == sorted(names)


def test_a_piece_costs_the_same_however_many_are_there(world):
    """Sums are the database's: the rows of the pieces are not read for each of ten thousand."""
    uploads.begin(world.ada, "u")
    for number in range(30):
        sink = storage().begin()
        uploads.keep(world.ada, "u", str(number), sink.finish())
    with CaptureQueriesContext(connection) as taken:
        uploads.make_room(world.ada, "u", "31", 1)
    assert not [one["sql"] for one in taken if "drive_uploadpart" in one["sql"] and "SUM(" not in one["sql"].upper()]
