"""SIGTERM: ends within 10 seconds whatever clients do, and loses nothing that was acknowledged."""

import signal
import time

import pytest

from tests.config.sites import SERVERS, serving

pytestmark = pytest.mark.once

PROMISED = 10  # seconds


@pytest.fixture(params=SERVERS)
def lone(request, tmp_path):
    with serving(request.param, tmp_path, threads=2) as site:
        yield site


def stop(site):
    """Ask the server to end, and return how long it took."""
    began = time.monotonic()
    site.process.send_signal(signal.SIGTERM)
    site.process.wait(PROMISED + 10)
    return time.monotonic() - began


def test_stalled_clients_do_not_hold_the_server(lone):
    """A reception, forms that are read, and a small body that never comes."""
    stalled = [lone.put("/put/one", 3_000_000), lone.post("/store", 2_000_000), lone.post("/store", 3_000_000)]
    stalled.append(lone.begin("POST /store HTTP/1.1\nHost: localhost\nContent-Length: 10", b"x"))
    lone.wait_for(lambda: (lone.folder / "one.part").exists() and lone.events().count("reading") == 2)
    assert stop(lone) < PROMISED
    assert sorted(lone.events()) == ["abort", "reading", "reading", "unreadable", "unreadable"]
    assert not list(lone.folder.glob("one*"))
    for one in stalled:
        one.close()


def test_a_client_that_does_not_take_its_answer_does_not_hold_the_server(lone):
    with lone.begin("GET /stream/4000 HTTP/1.1\nHost: localhost") as one:
        one.recv(1000)
        assert stop(lone) < PROMISED


def test_a_view_that_never_ends_does_not_hold_the_server(lone):
    with lone.begin("GET /wait HTTP/1.1\nHost: localhost"):
        lone.wait_for_event("waiting")
        assert stop(lone) < PROMISED


def test_what_is_under_way_ends_well(lone):
    """An upload whose client goes on after SIGTERM is kept and answered."""
    with lone.put("/put/one", 600 * 1024) as one:
        lone.wait_for(lambda: (lone.folder / "one.part").exists())
        lone.process.send_signal(signal.SIGTERM)
        one.sendall(b"x" * 300 * 1024)
        assert one.recv(1000).startswith(b"HTTP/1.1 201")
    lone.process.wait(PROMISED)
    assert (lone.folder / "one").stat().st_size == 600 * 1024


def test_workers_end_with_their_supervisor(tmp_path):
    with serving("granian", tmp_path) as site:
        site.process.kill()
        site.process.wait()
        site.wait_until_refused()
