"""What is measured of servers: people who type, pads that are opened and what they hold in memory, hours of coming and going."""

import os
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pycrdt import Doc

from bench.load import cpu_of, memory_of, tree
from bench.pads import peers
from bench.pads.peers import Server
from tests.pads.typists import Typist, make
from tests.sites import running

CLOSED = 40.0  # seconds after which pads that everybody left are closed
PROBED = 0.1  # seconds between two probes of the disk


@dataclass(frozen=True)
class Typed:
    """What some people who type cost: µs of CPU for each letter, ms until it is read and until it is durable (p50, p99), MiB."""

    cpu: float
    delivered: list[float]
    saved: list[float | None]
    memory: float


@dataclass(frozen=True)
class Opened:
    """What opening a pad takes, in ms of the server's CPU and of whoever waits; its bytes, and those it holds in memory."""

    cpu: float
    wall: float
    bytes: int
    memory: float


def type_at(server: Server, pads: int, typists: int, rate: float, seconds: float) -> Typed:
    """Have people type at new pads."""
    names = [server.make() for _ in range(pads)]
    with server.people(names, typists=typists, rate=rate, seconds=seconds) as heard:
        heard.until("began")
        cpu = cpu_of(tree(server.pid))
        letters = heard.until("ended")[-1]["letters"]
        cpu = cpu_of(tree(server.pid)) - cpu
        memory = memory_of(tree(server.pid))
        told = heard.until("done")[-1]
    return Typed(cpu / letters * 1e6, told["delivered"], told["saved"], memory)


def open_at(server: Server, pads: list[str]) -> Opened:
    """Open pads that nobody has open, one after the other, and then once more: a second socket to each costs what sockets cost.

    The first pad only warms the server.
    """
    with server.people(pads[:1]) as warm:
        warm.until("done")
        rest = pads[1:]
        before, cpu = memory_of(tree(server.pid)), cpu_of(tree(server.pid))
        with server.people(rest) as heard:
            opened = heard.until("done")[:-1]
            cpu, after = cpu_of(tree(server.pid)) - cpu, memory_of(tree(server.pid))
            with server.people(rest) as again:
                again.until("done")
                sockets = memory_of(tree(server.pid)) - after
    wall = sorted(one["ms"] for one in opened)[len(opened) // 2]
    held = (after - before - sockets) / len(rest) * 2**20
    return Opened(cpu / len(rest) * 1e3, wall, opened[0]["bytes"], held)


def opening(state: bytes, pads: int) -> Iterator[tuple[str, Opened]]:
    """Yield what opening pads of this document takes in each server that stores them, just started."""
    with tempfile.TemporaryDirectory(prefix="cartable-bench-") as data, running(Path(data)) as site:
        nodes = [make(site, f"{n}.md") for n in range(pads)]
        for node in nodes:
            doc = Doc()
            doc.apply_update(state)
            typist = Typist(site, node, doc=doc)
            typist.kept()
            typist.leave()
        site.stop()
        site.start()
        yield "ours", open_at(peers.of(site), list(map(str, nodes)))
    with tempfile.TemporaryDirectory(prefix="hocuspocus-bench-") as data:
        names = [f"pad-{n}" for n in range(pads)]
        peers.store(Path(data, "documents"), dict.fromkeys(names, state))
        with peers.hocuspocus(Path(data, "documents")) as server:
            yield server.name, open_at(server, names)


def coming_and_going(server: Server, minutes: float, pads: int = 100) -> Iterator[float]:
    """Have people come to pads, type for a minute and leave, again and again; yield the memory each time all pads are closed, in MiB."""
    names = [server.make() for _ in range(pads)]
    end = time.monotonic() + minutes * 60
    while True:
        with server.people(names, typists=2, rate=2, seconds=60) as heard:
            heard.until("done")
        time.sleep(CLOSED)
        yield memory_of(tree(server.pid))
        if time.monotonic() > end:
            return


class Disk:
    """Writes a page and waits for it to be durable, now and then, while a block lasts: what the disk itself takes meanwhile, in seconds."""

    def __init__(self) -> None:
        """Prepare it."""
        self.took: list[float] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._probe)

    def __enter__(self) -> "Disk":
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._over.set()
        self._thread.join()

    def percentiles(self) -> list[float]:
        """Return its median and its 99th percentile, in ms."""
        took = sorted(self.took)
        return [took[int(len(took) * share)] * 1e3 for share in (0.5, 0.99)]

    def _probe(self) -> None:
        with tempfile.TemporaryFile() as file:
            while not self._over.wait(PROBED):
                began = time.monotonic()
                os.pwrite(file.fileno(), os.urandom(4096), 0)
                os.fsync(file.fileno())
                self.took.append(time.monotonic() - began)
