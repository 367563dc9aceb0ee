"""A whole installation of its own: its data, its people, its server, started, stopped and killed at will."""

import contextlib
import itertools
import os
import signal
import subprocess
import sys
import urllib.request
from base64 import b64encode
from http.client import HTTPConnection

from tests.installed import installed
from tests.servers import free_port, wait_until


class Site:
    """One installation, on the database of the run unless `alone`, with a person who has an app password."""

    def __init__(self, data, **options):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CARTABLE_")}
        ours = {"CARTABLE_DATA": str(data), "CARTABLE_PORT": str(self.port), "CARTABLE_LOG_LEVEL": "error"}
        self.env = kept | ours | options
        self.numbers = itertools.count(1)
        if "CARTABLE_DATABASE" in options:
            self.command("migrate")
        else:
            installed(data)
        self.begin()

    def begin(self):
        """Be there for a new person, of whom nothing is known yet."""
        self.sub, self.secret = self.arrive("kim@ac-dijon.example", "Kim Durand")
        self.headers = self.basic(self.sub, self.secret)
        self.top = f"/remote.php/dav/files/{self.sub}/"

    def arrive(self, mail, name, academy="DIJON"):
        """Record a person, at an address like this one that is nobody's; return their id and an app password."""
        mail = f"{next(self.numbers)}.{mail}"
        sub = self.command("person", "add", "--mail", mail, "--name", name, "--academy", academy)
        return sub, self.command("person", "app-password", sub)

    def basic(self, sub, secret):
        """Return the header by which a device of somebody signs in."""
        return {"Authorization": "Basic " + b64encode(f"{sub}:{secret}".encode()).decode()}

    def command(self, *words):
        line = [sys.executable, "-m", "cartable", *words]
        return subprocess.run(line, env=self.env, check=True, capture_output=True, text=True).stdout.strip()

    def start(self, *flags):
        line = [sys.executable, "-m", "cartable", "serve", *flags]
        self.process = subprocess.Popen(line, env=self.env, start_new_session=True, stdout=subprocess.DEVNULL)
        wait_until(lambda: urllib.request.urlopen(f"{self.url}/healthz").close(), self.process)

    def stop(self):
        self.process.terminate()
        self.process.wait(20)

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def ask(self, method, path, body=None, **headers):
        """Ask as the person, about any path; return the status, the body and the headers."""
        link = HTTPConnection("127.0.0.1", self.port, timeout=20)
        with contextlib.closing(link):
            link.request(method, path, body, {**self.headers, **headers})
            answer = link.getresponse()
            return answer.status, answer.read(), answer.headers

    def send(self, method, name, body=None, **headers):
        """Do as `ask`, for a path of the person's files; without the headers."""
        return self.ask(method, self.top + name, body, **headers)[:2]

    def limit(self, quota):
        """Give the person's space a room of so many bytes."""
        self.command(
            "shell", "-c",
            "from cartable.identity.models import Person; from cartable.spaces.models import Space; "
            f"person = Person.objects.get(sub='{self.sub}'); "
            f"Space.objects.filter(owner='person:' + str(person.pk)).update(quota={quota})",
        )  # fmt: skip


@contextlib.contextmanager
def running(data, **options):
    """Run a fresh installation while the block lasts."""
    site = Site(data, **options)
    site.start()
    try:
        yield site
    finally:
        site.stop()
