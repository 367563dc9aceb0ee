"""Bodies of requests through the real servers: what is cut leaves nothing, what is whole is kept to the last byte."""

import hashlib
import json
import random

import pytest

from tests.config.sites import MIB

WHO = {"Authorization": "x"}


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


@pytest.mark.parametrize("length", [3_000_000, None], ids=["announced", "chunked"])
def test_a_view_that_reads_a_cut_upload_knows(fresh, length):
    fresh.put("/store", length).close()
    fresh.wait_for_event("unreadable")


def test_a_cut_upload_is_nobodys_fault(fresh):
    fresh.put("/store", 3_000_000).close()
    fresh.wait_for_event("unreadable")
    fresh.ask("GET", "/meta")
    assert "UnreadablePostError" not in fresh.log()


@pytest.mark.parametrize("size", [0, 1, 255 * 1024, 256 * 1024 + 1, 5 * MIB + 7])
@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
def test_every_byte_arrives(fresh, size, chunked):
    whole = b"".join(odd_pieces(size))
    digest = hashlib.sha256(whole).hexdigest()
    body = (odd_pieces(size) if size else iter([])) if chunked else whole
    framing = {"Transfer-Encoding": "chunked"} if chunked else {}
    assert fresh.ask("PUT", "/put/two", body, WHO | framing, chunked=chunked)[::2] == (201, digest.encode())
    assert (fresh.folder / "two").stat().st_size == size
    body = (odd_pieces(size) if size else iter([])) if chunked else whole
    stored = json.loads(fresh.ask("PUT", "/store", body, framing, chunked=chunked)[2])
    assert stored == {"sha256": digest, "size": size}


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


@pytest.mark.parametrize(("mebibytes", "status"), [(2, 200), (8, 400)])
def test_a_body_that_must_fit_in_memory_is_whole_or_refused(site, mebibytes, status):
    whole = odd_pieces(mebibytes * MIB)
    answer = site.ask("PROPFIND", "/echo", whole, {"Transfer-Encoding": "chunked"}, chunked=True)
    assert answer[0] == status
    assert status != 200 or answer[2] == b"".join(odd_pieces(mebibytes * MIB))


def test_a_form_with_files_is_read(site):
    boundary = b"--b\r\nContent-Disposition: form-data; name="
    body = (
        boundary
        + b'"title"\r\n\r\nCours\r\n'
        + boundary
        + b'"file"; filename="a"\r\n\r\n'
        + b"x" * MIB
        + b"\r\n--b--\r\n"
    )
    answer = site.ask("POST", "/form", body, {"Content-Type": "multipart/form-data; boundary=b"})
    assert json.loads(answer[2]) == {"fields": {"title": "Cours"}, "files": {"file": MIB}}


@pytest.mark.parametrize("path", ["/put/three", "/ignore"])
def test_a_client_that_sends_before_it_listens_hears_the_refusal(site, path):
    status, _, body = site.ask("PUT", path, b"x" * 20 * MIB)
    assert (status, body) in {(401, b"who?"), (403, b"not read")}


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
    """Two threads, twelve clients that stall: beginning, small, large, chunked."""
    stalled = [fresh.put(f"/put/slow{n}", 3_000_000 if n % 2 else None) for n in range(4)]
    small = "POST /store HTTP/1.1\nHost: localhost\nContent-Length: 5000"
    stalled += [fresh.begin(small, b"x" * 4999) for _ in range(8)]
    fresh.wait_for(lambda: len(list(fresh.folder.glob("slow*"))) == 4)
    assert fresh.ask("GET", "/meta")[0] == 200
    for one in stalled:
        one.close()
    fresh.wait_for(lambda: fresh.events().count("abort") == 4)
