"""The server is killed at any moment, again and again, while clients write: what was acknowledged is there, whole.

Some writers PUT, write over, MOVE and DELETE over WebDAV, and note what the server acknowledged. Then SIGKILL, a restart on
the same data, and every acknowledged state reads back. What was under way when the server died is there whole, or not at all.
"""

import contextlib
import hashlib
import random
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException

import pytest

WRITERS = 4
LIVES = 2  # installations that share the kills, at once
SIZES, OFTEN = (
    (0, 10, 5_000, 400_000, 2_000_000),
    (5, 5, 5, 2, 1),
)  # bytes; a thousand deaths leave their files in memory


class Writer(threading.Thread):
    """A client with names of its own. `sure` is what was acknowledged; `doubt` the names of the one act under way."""

    def __init__(self, site, number, seed):
        super().__init__()
        self.site, self.number, self.rng = site, number, random.Random(seed)
        self.sure, self.doubt, self.acts = {}, {}, 0

    def run(self):
        with contextlib.suppress(OSError, HTTPException):  # the server is dead
            while True:
                self.act()

    def act(self):
        name = f"w{self.number}-{self.rng.randrange(6)}"
        kind = self.rng.choice(["put", "put", "put", "move", "delete"])
        if kind == "put" or name not in self.sure:
            data = self.rng.randbytes(*self.rng.choices(SIZES, weights=OFTEN))
            self.doubt = {name: hashlib.sha256(data).digest()}
            status, _ = self.site.send("PUT", name, data)
            assert status in {201, 204}, status
            self.sure |= self.doubt
        elif kind == "delete":
            self.doubt = {name: None}
            status, _ = self.site.send("DELETE", name)
            assert status == 204, status
            del self.sure[name]
        else:
            other = f"w{self.number}-{self.rng.randrange(6)}"
            if other == name:
                return
            self.doubt = {name: None, other: self.sure[name]}
            status, _ = self.site.send("MOVE", name, Destination=self.site.top + other)
            assert status in {201, 204}, status
            self.sure[other] = self.sure.pop(name)
        self.doubt, self.acts = {}, self.acts + 1

    def settle(self):
        """Compare with what the server holds: what was acknowledged, or the one act under way, entirely done."""
        names = {f"w{self.number}-{n}" for n in range(6)}
        held = {}
        for name in names:
            status, body = self.site.send("GET", name)
            if status == 200:
                held[name] = hashlib.sha256(body).digest()
            else:
                assert status == 404, status
        done = {name: data for name, data in {**self.sure, **self.doubt}.items() if data is not None}
        assert held in (self.sure, done), "an acknowledged write is gone, or a half one is visible"
        return held


@pytest.mark.kills
def test_what_was_acknowledged_survives_any_death(tmp_path, request, install):
    times = request.config.getoption("--kills") // LIVES
    with ThreadPoolExecutor(LIVES) as pool:
        sites = [install(tmp_path / str(life)) for life in range(LIVES)]
        for ended in [pool.submit(live, site, life, times) for life, site in enumerate(sites)]:
            ended.result()


def live(site, life, times):
    """Kill one installation so many times; what was acknowledged is there each time, and nothing else at the end."""
    rng = random.Random(20261124 + life)
    sure = [{} for _ in range(WRITERS)]
    acts = 0
    site.start()
    for death in range(times):
        writers = [Writer(site, number, seed=(death * WRITERS + number) * LIVES + life) for number in range(WRITERS)]
        for writer, known in zip(writers, sure, strict=True):
            writer.sure = dict(known)
            writer.start()
        threading.Event().wait(rng.uniform(0.02, 0.6))  # the moment of death is what varies
        site.kill()
        for writer in writers:
            writer.join()
        acts += sum(writer.acts for writer in writers)
        site.start()
        sure = [writer.settle() for writer in writers]
    site.kill()
    assert acts > times, "nothing was written: nothing was proven"
    check = "import django; django.setup(); from cartable.spaces import checking as c, collecting; from cartable.kernel import clock; "
    check += "d = clock.now().date(); print(*c.faults(), *c.holes(), sep='\\n'); n = collecting.forget_orphans(d); "
    check += "assert not collecting.orphans(d); print(*c.holes(), sep='\\n')"
    env = {**site.env, "DJANGO_SETTINGS_MODULE": "cartable.config.settings"}
    said = subprocess.run([sys.executable, "-c", check], env=env, check=True, capture_output=True, text=True)
    assert said.stdout.split() == []
