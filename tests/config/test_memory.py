"""Large bodies, up and down: the memory of the server does not follow. 200 MiB here, 1 GiB with `./check --long`."""

import contextlib
import hashlib
from itertools import chain

import pytest

from tests.config.sites import END, FILE, FORM, MIB, WHO

pytestmark = pytest.mark.once

ALLOWED = 20 * MIB


class Peak:
    """The most memory the server had while bodies passed, looked at between blocks: no clock is involved."""

    def __init__(self, site):
        self.site, self.before, self.most = site, site.memory(), 0

    def look(self):
        self.most = max(self.most, self.site.memory())

    @property
    def growth(self):
        return self.most - self.before


@pytest.fixture
def size(long):
    return (1024 if long else 200) * MIB


@pytest.fixture
def peak(fresh):
    """Measured once each kind of body has passed: what is loaded the first time is not growth."""
    fresh.ask("PUT", "/put/warm", b"x" * 2 * MIB, WHO)
    fresh.ask("POST", "/store", FILE + b"x" * 2 * MIB + END, WHO | FORM)
    fresh.ask("GET", "/stream/2")
    fresh.ask("GET", "/file/warm")
    return Peak(fresh)


def blocks(size, peak):
    block = bytes(range(256)) * 4096
    for n in range(size // MIB):
        if n % 10 == 0:
            peak.look()
        yield block


@pytest.mark.parametrize(
    ("path", "chunked"),
    [("/put/large", False), ("/put/large", True), ("/store", False)],
    ids=["announced", "chunked", "form"],
)
def test_a_large_upload(fresh, peak, size, path, chunked):
    method, start, end = ("PUT", b"", b"") if path.startswith("/put") else ("POST", FILE, END)
    length = str(len(start) + size + len(end))
    framing = {"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": length}
    body = (one for one in chain([start], blocks(size, peak), [end]) if one)
    status, _, said = fresh.ask(method, path, body, WHO | FORM | framing, chunked=chunked)
    assert status in {200, 201}
    assert hashlib.sha256(b"".join(bytes(range(256)) * 4096 for _ in range(size // MIB))).hexdigest() in said.decode()
    assert peak.growth < ALLOWED


@pytest.mark.parametrize("path", ["/stream/{}", "/file/large"], ids=["stream", "file"])
def test_a_large_download(fresh, peak, size, path):
    with (fresh.folder / "large").open("wb") as file:
        file.truncate(size)
    with contextlib.closing(fresh.connect()) as connection:
        connection.request("GET", path.format(size // MIB))
        answer, received = connection.getresponse(), 0
        while block := answer.read(MIB):
            received += len(block)
            if received % (10 * MIB) < MIB:
                peak.look()
    assert received == size
    assert peak.growth < ALLOWED
