"""What is measured: `cartable serve`, y-websocket, and Hocuspocus without and with its storage; and who comes to them (`load.mjs`)."""

import contextlib
import hashlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from tests.pads.typists import make
from tests.servers import NODE, find, free_port, running
from tests.sites import Site
from tests.sites import running as running_site

HERE = Path(__file__).parent
STORED = "Hocuspocus, SQLite"
NAMES = count(1)


@dataclass(frozen=True)
class Server:
    """A server that runs: its process, how `load.mjs` speaks to it, and what makes a pad there and returns its name."""

    name: str
    pid: int
    door: dict[str, Any]
    make: Callable[[], str]

    @contextlib.contextmanager
    def people(self, pads: Iterable[str], **job: object) -> "Iterator[Heard]":
        """Let people come to some pads, and yield what is heard of them; they leave at the end."""
        command = [NODE, "load.mjs", json.dumps({**self.door, "pads": list(pads), **job})]
        with subprocess.Popen(
            command, cwd=folder(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                yield Heard(process)
                process.stdin.close()
                process.wait()
            finally:
                process.kill()


class Heard:
    """What `load.mjs` says."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        """Hear a process."""
        self._process = process

    def until(self, word: str) -> list[dict[str, Any]]:
        """Return all that is said until some word, and with it. Raises EOFError if it is never said."""
        said = []
        for line in self._process.stdout:
            said.append(json.loads(line))
            if said[-1]["word"] == word:
                return said
        raise EOFError(word)


def folder() -> Path:
    """Return where the servers of others are installed, as `package-lock.json` says: once for each version of it, in the user's cache."""
    locked = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    place = cache / "cartable-bench" / f"pads-{locked}"
    place.mkdir(parents=True, exist_ok=True)
    for file in [*HERE.glob("*.mjs"), *HERE.glob("*.json")]:
        shutil.copy(file, place)
    if not (place / "node_modules" / ".package-lock.json").exists():
        subprocess.run([find("npm"), "ci", "--silent", "--no-audit", "--no-fund"], cwd=place, check=True)
    return place


def of(site: Site, name: str = "ours") -> Server:
    """Return an installation of ours as a server."""
    address = f"ws://127.0.0.1:{site.port}/pads/PAD/sync"
    door = {"dialect": "plain", "address": address, "headers": site.headers, "acknowledges": True}
    return Server(name, site.process.pid, door, lambda: str(make(site, f"{next(NAMES)}.md")))


@contextlib.contextmanager
def ours() -> Iterator[Server]:
    """Run `cartable serve` with a person who has an app password."""
    with tempfile.TemporaryDirectory(prefix="cartable-bench-") as data, running_site(Path(data)) as site:
        yield of(site)


@contextlib.contextmanager
def ours_apart() -> Iterator[Server]:
    """Run a process of ours that holds sockets, as several share the work of a nation."""
    with tempfile.TemporaryDirectory(prefix="cartable-bench-") as data:
        site = Site(Path(data))
        site.start("--only", "sockets")
        try:
            yield of(site, "ours, sockets apart")
        finally:
            site.stop()


@contextlib.contextmanager
def y_websocket() -> Iterator[Server]:
    """Run the server of y-websocket, the last version that had one. It stores nothing."""
    port = free_port()
    door = {"dialect": "plain", "address": f"ws://127.0.0.1:{port}/PAD"}
    environ = {**os.environ, "HOST": "127.0.0.1", "PORT": str(port)}
    with _node("node_modules/y-websocket/bin/server.cjs", port=port, env=environ) as pid:
        yield Server("y-websocket", pid, door, _new_name)


@contextlib.contextmanager
def hocuspocus(file: Path | None = None) -> Iterator[Server]:
    """Run Hocuspocus, which keeps documents in a file of SQLite, if one is said, as its extension does; else it stores nothing."""
    port = free_port()
    door = {"dialect": "hocuspocus", "address": f"ws://127.0.0.1:{port}/"}
    with _node("hocuspocus.mjs", str(port), *([str(file)] if file else []), port=port) as pid:
        yield Server(STORED if file else "Hocuspocus", pid, door, _new_name)


@contextlib.contextmanager
def hocuspocus_stored() -> Iterator[Server]:
    """Run Hocuspocus with its storage."""
    with tempfile.TemporaryDirectory(prefix="hocuspocus-bench-") as data, hocuspocus(Path(data, "documents")) as server:
        yield server


def store(file: Path, documents: dict[str, bytes]) -> None:
    """Make a file of documents as Hocuspocus has them."""
    with contextlib.closing(sqlite3.connect(file)) as base, base:
        base.execute('CREATE TABLE "documents" ("name" varchar(255) NOT NULL, "data" blob NOT NULL, UNIQUE(name))')
        base.executemany('INSERT INTO "documents" VALUES (?, ?)', documents.items())


@contextlib.contextmanager
def _node(*words: str, port: int, **how: Any) -> Iterator[int]:
    ready = lambda: socket.create_connection(("127.0.0.1", port)).close()  # noqa: E731
    with running([NODE, *words], ready, cwd=folder(), stdout=subprocess.DEVNULL, **how) as process:
        yield process.pid


def _new_name() -> str:
    return f"pad-{next(NAMES)}"
