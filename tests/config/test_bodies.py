"""Bodies of requests through the real servers: what is cut leaves nothing, what is whole is kept to the last byte."""

import hashlib
import json
import random

import pytest

from tests.config.sites import END, FILE, FORM, MIB, WHO, rest

pytestmark = pytest.mark.once

SMALL = "{} /form HTTP/1.1\nHost: localhost\nContent-Length: 5000"


def odd_pieces(size, seed=1):
    """Yield `size` bytes that are no pattern, in pieces of sizes that are no power of two."""
    draw = random.Random(seed)
    while size:
        piece = draw.randbytes(min(size, draw.choice([1, 13, 4095, 65537, 300_001])))
        size -= len(piece)
        yield piece


@pytest.mark.parametrize("length", [3_000_000, None], ids=["announced", "chunked"])
def test_a_cut_upload_is_aborted_and_leaves_nothing(fresh, length):
    with fresh.put("/put/one", length):
        fresh.wait_for(lambda: (fresh.folder / "one.part").exists())
    fresh.wait_for_event("abort")
    assert fresh.events() == ["abort"]
    assert not list(fresh.folder.glob("one*"))


def test_a_form_that_is_cut_is_known_to_be(fresh):
    with fresh.post("/store", 3_000_000):
        fresh.wait_for_event("reading")
    fresh.wait_for_event("unreadable")
    assert fresh.events() == ["reading", "unreadable"]


def test_a_cut_upload_is_nobodys_fault(fresh):
    with fresh.post("/store", 3_000_000):
        fresh.wait_for_event("reading")
    fresh.wait_for_event("unreadable")
    fresh.ask("GET", "/meta")
    assert "Unreadable" not in fresh.log()


@pytest.mark.parametrize("size", [0, 1, 255 * 1024, 256 * 1024 + 1, 5 * MIB + 7])
@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
def test_every_byte_arrives(fresh, size, chunked):
    whole = b"".join(odd_pieces(size))
    digest = hashlib.sha256(whole).hexdigest()
    body = (odd_pieces(size) if size else iter([])) if chunked else whole
    framing = {"Transfer-Encoding": "chunked"} if chunked else {}
    assert fresh.ask("PUT", "/put/two", body, WHO | framing, chunked=chunked)[::2] == (201, digest.encode())
    assert (fresh.folder / "two").stat().st_size == size
    if size and (size < 256 * 1024 or not chunked):
        body = iter([FILE, *odd_pieces(size), END]) if chunked else FILE + whole + END
        kept = json.loads(fresh.ask("POST", "/store", body, WHO | FORM | framing, chunked=chunked)[2])
        assert kept == {"sha256": digest, "size": size, "fields": {"title": "Cours"}}


def test_a_small_body_costs_no_hop_of_its_own(fresh):
    """Hops into threads cost more than views: what is there already is written by the thread of the view."""
    for size, thread in ((20, "view"), (MIB, "writer")):
        assert fresh.ask("PUT", "/put/three", bytes(size), WHO)[1]["Written-By"] == thread


@pytest.mark.parametrize("body", [b"refuse", b"raise"])
def test_a_small_body_that_is_not_kept_leaves_nothing(fresh, body):
    assert fresh.ask("PUT", "/put/four", body, WHO)[0] in {507, 500}
    assert fresh.events() == ["abort"]
    assert not list(fresh.folder.glob("four*"))


def test_a_small_body_is_read_by_an_early_view(site):
    assert site.ask("PROPFIND", "/echo", b"<propfind/>")[2] == b"<propfind/>"
    chunked = site.ask("PROPFIND", "/echo", iter([b"<prop", b"find/>"]), {"Transfer-Encoding": "chunked"}, chunked=True)
    assert chunked[2] == b"<propfind/>"


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
@pytest.mark.parametrize("mebibytes", [1, 8])
def test_a_large_body_is_refused_where_no_file_is_taken(site, mebibytes, chunked):
    for method, path, said in (("PROPFIND", "/echo", b"too large"), ("POST", "/form", b"413 Content Too Large\n")):
        framing = {"Transfer-Encoding": "chunked"} if chunked else {}
        body = odd_pieces(mebibytes * MIB) if chunked else b"".join(odd_pieces(mebibytes * MIB))
        assert site.ask(method, path, body, WHO | FORM | framing, chunked=chunked)[::2] == (413, said)
    assert site.ask("POST", "/nowhere", b"x" * MIB)[0] == 413


def test_a_large_form_announces_its_length(site):
    body = iter([FILE, b"x" * MIB, END])
    status = site.ask("POST", "/store", body, WHO | FORM | {"Transfer-Encoding": "chunked"}, chunked=True)[0]
    assert status == 411


def test_a_form_that_waits_for_leave_is_read(site):
    head = "POST /form HTTP/1.1\nHost: localhost\nContent-Length: 7\nExpect: 100-continue\nConnection: close"
    with site.begin(f"{head}\nContent-Type: application/x-www-form-urlencoded") as one:
        assert one.recv(1000).startswith(b"HTTP/1.1 100")
        one.sendall(b"title=a")
        assert rest(one).endswith(b'{"title": "a"}')


def test_a_form_with_files_is_refused_before_it_is_read(fresh):
    assert fresh.ask("POST", "/store", FILE + b"x" * MIB + END, FORM)[::2] == (401, b"who?")
    assert fresh.events() == []


def test_what_is_no_form_is_refused_once_it_is_read(fresh):
    broken = {"Content-Type": "multipart/form-data; boundary="}
    for size in (1, MIB):
        assert fresh.ask("POST", "/store", b"x" * size, WHO | broken)[0] == 400


@pytest.mark.parametrize("path", ["/put/three", "/ignore"])
def test_a_client_that_sends_before_it_listens_hears_the_refusal(site, path):
    status, _, body = site.ask("PUT", path, b"x" * 20 * MIB)
    assert (status, body) in {(401, b"who?"), (413, b"413 Content Too Large\n")}


def test_who_waits_for_leave_to_send_is_refused_without_sending(site):
    with site.begin("PUT /put/four HTTP/1.1\nHost: localhost\nContent-Length: 99999999\nExpect: 100-continue") as one:
        assert one.recv(1000).startswith(b"HTTP/1.1 401")


def test_who_waits_for_leave_to_send_gets_it(fresh):
    head = "PUT /put/five HTTP/1.1\nHost: localhost\nAuthorization: x\nContent-Length: 5\nExpect: 100-continue"
    with fresh.begin(head) as one:
        assert one.recv(1000).startswith(b"HTTP/1.1 100")
        one.sendall(b"hello")
        assert one.recv(1000).startswith(b"HTTP/1.1 201")


@pytest.mark.parametrize(("block", "status"), [(b"refuse", 507), (b"raise", 500)])
def test_a_refusal_in_the_middle_is_answered_and_leaves_nothing(fresh, block, status):
    assert fresh.ask("PUT", "/put/six", block + b"x" * 2 * MIB, WHO)[0] == status
    assert fresh.events() == ["abort"]
    assert not list(fresh.folder.glob("six*"))


def test_slow_bodies_hold_no_thread(fresh):
    """Two threads, and clients that stall: beginning, small, large, chunked, forms with files and without, protocols."""
    stalled = [fresh.put(f"/put/slow{n}", 3_000_000 if n % 2 else None) for n in range(4)]
    stalled += [fresh.post("/store", 3_000_000) for _ in range(4)]
    stalled += [fresh.post("/form", 3_000_000) for _ in range(4)]
    stalled += [fresh._send_some("PROPFIND", "/echo", b"", 3_000_000) for _ in range(4)]
    stalled += [fresh.begin(SMALL.format(method), b"x" * 4999) for method in ("POST", "PUT") for _ in range(4)]
    fresh.wait_for(lambda: len(list(fresh.folder.glob("slow*"))) == fresh.events().count("reading") == 4)
    assert fresh.ask("GET", "/meta")[0] == 200
    for one in stalled:
        one.close()
    fresh.wait_for(lambda: fresh.events().count("abort") == fresh.events().count("unreadable") == 4)
