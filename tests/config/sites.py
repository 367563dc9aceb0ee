"""The application of `served`, run by either of our servers in processes of its own, and how to talk to it badly."""

import contextlib
import functools
import http.client
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.servers import free_port, running, wait_until

SERVERS = {
    "granian": ["-m", "granian", "--interface", "asgi", "--workers-kill-timeout", "8", "--no-log", "--port"],
    "uvicorn": ["-m", "uvicorn", "--no-proxy-headers", "--timeout-graceful-shutdown", "8", "--no-access-log", "--port"],
}
MIB = 1024 * 1024
WHO = {"Authorization": "x"}
FORM = {"Content-Type": "multipart/form-data; boundary=a-long-one"}
FILE = (
    b'--a-long-one\r\nContent-Disposition: form-data; name="title"\r\n\r\nCours\r\n'
    b'--a-long-one\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
)
END = b"\r\n--a-long-one--\r\n"


@dataclass
class Site:
    port: int
    folder: Path
    process: subprocess.Popen

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def ask(self, method, path, body=None, headers=None, *, chunked=False):
        """Return status, headers and body of one answer."""
        with contextlib.closing(self.connect()) as connection:
            connection.request(method, path, body, headers or {}, encode_chunked=chunked)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

    def begin(self, head, body=b""):
        """Send the beginning of a request as it stands, and return the socket."""
        one = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        one.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
        return one

    def put(self, name, length=None):
        """Begin an upload of `length` bytes, or chunked, and send 300 KiB of it."""
        return self._send_some("PUT", name, b"", length)

    def post(self, name, length=None):
        """Begin a form with a file, and send 300 KiB of it."""
        return self._send_some("POST", name, FILE, length)

    def _send_some(self, method, name, start, length):
        framing = f"Content-Length: {length}" if length else "Transfer-Encoding: chunked"
        if start:
            framing += f"\nContent-Type: {FORM['Content-Type']}"
        block = start + b"x" * 300 * 1024
        sent = block if length else b"%x\r\n%s\r\n" % (len(block), block)
        return self.begin(f"{method} {name} HTTP/1.1\nHost: localhost\nAuthorization: x\n{framing}", sent)

    def events(self):
        file = self.folder / "events"
        return file.read_text().split() if file.exists() else []

    def log(self):
        return (self.folder.parent / "log").read_text()

    def wait_for(self, condition):
        """Return once the condition holds; the server says so in files."""

        def ready():
            if not condition():
                raise OSError

        wait_until(ready, self.process)

    def wait_for_event(self, event):
        self.wait_for(lambda: event in self.events())

    def wait_until_refused(self):
        """Return once nobody listens on its port any more."""
        end = time.monotonic() + 20
        with contextlib.suppress(ConnectionRefusedError):
            while time.monotonic() < end:
                socket.create_connection(("127.0.0.1", self.port)).close()
                time.sleep(0.05)
            raise TimeoutError(f"somebody still listens on {self.port}")

    def memory(self):
        """Return the private memory of the server's processes, in bytes."""
        return sum(_private(pid) for pid in _tree(self.process.pid))


def rest(one):
    """Return all that a socket still has to say."""
    return b"".join(iter(lambda: one.recv(65536), b""))


@contextlib.contextmanager
def serving(server, folder, **options):
    """Run the application until the block ends, with these options (CARTABLE_…)."""
    port = free_port()
    (folder / "served").mkdir()
    (folder / "data").mkdir()
    environ = {name: value for name, value in os.environ.items() if not name.startswith("CARTABLE_")}
    environ |= {
        "DJANGO_SETTINGS_MODULE": "tests.config.served_settings",
        "SERVED": str(folder / "served"),
        "CARTABLE_DATA": str(folder / "data"),
        "CARTABLE_URL": f"http://localhost:{port}",
    }
    environ |= {f"CARTABLE_{name.upper()}": str(value) for name, value in options.items()}
    command = [sys.executable, *SERVERS[server], str(port), "tests.config.served:application"]
    with (folder / "log").open("w") as log:
        site = Site(port, folder / "served", None)
        ready = functools.partial(site.ask, "GET", "/meta")
        with running(command, ready, env=environ, stderr=log, stdout=log) as site.process:
            yield site


def _tree(pid):
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from _tree(int(child))


def _private(pid):
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(("Private_Dirty:", "Private_Clean:")))
