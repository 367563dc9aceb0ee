"""What is measured: Cartable on SQLite and on PostgreSQL, wsgidav, and nginx's dav module, all with the same files."""

import base64
import contextlib
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.servers import find, free_port, postgresql, running

TICK = os.sysconf("SC_CLK_TCK")  # of a second, as the kernel counts a process's CPU
FOLDERS = {"d100": 100, "d1000": 1000}  # name of a folder: how many small files it holds


@dataclass(frozen=True)
class Server:
    """A WebDAV server that runs: its process, its port, the path of its collection, the headers that open it."""

    name: str
    pid: int
    port: int
    path: str
    headers: str

    def request(self, method: str, path: str, body: bytes = b"", headers: str = "") -> bytes:
        """Return the bytes of one request."""
        head = f"{method} {self.path}{path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n{self.headers}{headers}"
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


@contextlib.contextmanager
def cartable(name: str, **options: str) -> Iterator[Server]:
    """Run `cartable serve` with one person and an app password; on SQLite and a folder unless `options` say otherwise."""
    with tempfile.TemporaryDirectory(prefix="cartable-bench-") as data:
        port = free_port()
        kept = {key: value for key, value in os.environ.items() if not key.startswith("CARTABLE_")}
        env = {**kept, "CARTABLE_DATA": data, "CARTABLE_PORT": str(port), "CARTABLE_LOG_LEVEL": "error", **options}

        def command(*words: str) -> str:
            done = subprocess.run(
                [sys.executable, "-m", "cartable", *words], env=env, check=True, capture_output=True, text=True
            )
            return done.stdout.strip()

        command("migrate")
        sub = command("person", "add", "--mail", "bench@ac-dijon.example", "--name", "Banc", "--academy", "DIJON")
        secret = command("person", "app-password", sub)
        token = base64.b64encode(f"{sub}:{secret}".encode()).decode()
        serve = [sys.executable, "-m", "cartable", "serve"]
        with running(
            serve, lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz").close(), env=env
        ) as process:
            yield Server(name, process.pid, port, f"/remote.php/dav/files/{sub}/", f"Authorization: Basic {token}\r\n")


@contextlib.contextmanager
def on_postgresql() -> Iterator[Server]:
    """Run Cartable on a PostgreSQL of its own, whose commits are durable as in service."""
    with postgresql(durable=True) as address, cartable("cartable, PostgreSQL", CARTABLE_DATABASE=address) as server:
        yield server


@contextlib.contextmanager
def wsgidav() -> Iterator[Server]:
    """Run wsgidav on cheroot, anonymous, on a folder."""
    with tempfile.TemporaryDirectory(prefix="wsgidav-bench-") as root:
        port = free_port()
        command = [
            str(Path(sys.executable).with_name("wsgidav")),
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--root",
            root,
            "--auth",
            "anonymous",
            "-q",
        ]
        with running(
            command, lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/").close(), stderr=subprocess.DEVNULL
        ) as process:
            yield Server("wsgidav (cheroot)", process.pid, port, "/", "")


@contextlib.contextmanager
def nginx() -> Iterator[Server]:
    """Run nginx's dav module (PUT, MKCOL, GET; Debian's has no PROPFIND without the dav-ext module), one worker, anonymous."""
    program = find("nginx")
    if not program:
        raise FileNotFoundError("nginx")
    with tempfile.TemporaryDirectory(prefix="nginx-bench-") as folder:
        port = free_port()
        conf = Path(folder, "nginx.conf")
        conf.write_text(
            f"daemon off; worker_processes 1; user root; pid {folder}/pid; error_log /dev/null; events {{}}\n"
            f"http {{ access_log off; client_max_body_size 0; client_body_temp_path {folder}/tmp; "
            f"server {{ listen 127.0.0.1:{port}; root {folder}/root; location / {{ dav_methods PUT DELETE MKCOL COPY MOVE; "
            "create_full_put_path on; keepalive_requests 1000000; } } }\n"
        )
        Path(folder, "root").mkdir()
        ready = lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/").close()  # noqa: E731

        def answers() -> None:
            with contextlib.suppress(urllib.error.HTTPError):
                ready()

        with running([program, "-c", str(conf)], answers, stderr=subprocess.DEVNULL) as process:
            yield Server("nginx dav", process.pid, port, "/", "")


def scratch() -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the name and the options of a fresh installation on each database; commits are durable."""
    with tempfile.TemporaryDirectory(prefix="cartable-bench-") as data:
        yield "SQLite", {"CARTABLE_DATA": data}
    with tempfile.TemporaryDirectory(prefix="cartable-bench-") as data, postgresql(durable=True) as address:
        yield "PostgreSQL", {"CARTABLE_DATA": data, "CARTABLE_DATABASE": address}


def backend() -> Callable[[], float]:
    """Return what tells the CPU seconds of our PostgreSQL backend so far; none on SQLite."""
    from django.db import connection  # noqa: PLC0415

    if connection.vendor != "postgresql":
        return lambda: 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        stat = Path(f"/proc/{cursor.fetchone()[0]}/stat")
    return lambda: sum(map(int, stat.read_text().rsplit(")", 1)[1].split()[11:13])) / TICK
