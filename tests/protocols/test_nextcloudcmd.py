"""The unmodified Nextcloud client of Debian (3.7.3), on two computers of one person.

Its exit status and the folders are what counts: it prints warnings also when all is well.
"""

import contextlib
import random
import re
import subprocess
import unicodedata
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.servers import need

pytestmark = pytest.mark.client


class Computer:
    """A folder that one person's client keeps."""

    def __init__(self, site, home, sub=None, secret=None):
        self.site, self.folder = site, home / "folder"
        self.settings = home / "settings"
        self.folder.mkdir(parents=True)
        self.who = sub or site.sub, secret or site.secret

    def sync(self, *, ok=True):
        user, password = self.who
        line = [need("nextcloudcmd"), "--non-interactive"]
        line += ["-u", user, "-p", password, str(self.folder), self.site.url]
        done = subprocess.run(
            line,
            capture_output=True,
            text=True,
            timeout=180,
            env={"HOME": str(self.settings), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        )
        assert ok is None or (done.returncode == 0) == ok, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout + done.stderr

    def write(self, name, data):
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)

    def holds(self):
        """Return what is in the folder: the bytes of each file, None for each folder."""
        found = {}
        for path in self.folder.rglob("*"):
            name = path.relative_to(self.folder).as_posix()
            if not path.name.startswith((".sync_", "._sync_", ".owncloudsync", ".nextcloudsync")):
                found[unicodedata.normalize("NFC", name)] = path.read_bytes() if path.is_file() else None
        return found


@pytest.fixture
def two(site, tmp_path):
    return Computer(site, tmp_path / "one"), Computer(site, tmp_path / "two")


def same(one, other, *, turns=4):
    """Synchronise both in turn until they hold the same: a client puts off what it finds changing."""
    said = []
    for _ in range(turns):
        said += [one.sync(), other.sync(), one.sync()]
        if one.holds() == other.holds():
            return
    raise AssertionError("they differ:\n" + "\n".join(text[-4000:] for text in said))


def transfers(said):
    """Return what a client did, by what it said: an idle one did nothing."""
    return set(re.findall(r"Propagate(?:Upload|Download|Remote|Local)\w*", said))


def test_two_computers_hold_the_same(two):
    one, other = two
    rng = random.Random(5)
    one.write("vide.txt", b"")
    one.write("élève/Progression d’été.txt", "Pâques".encode())
    one.write("un espace & un %, un # et un +.txt", b"x")
    one.write("gros.bin", rng.randbytes(25_000_000))  # in pieces
    (one.folder / "a/b/c").mkdir(parents=True)
    for n in range(60):
        one.write(f"petits/{n:03}.txt", str(n).encode())
    same(one, other)
    assert len(other.holds()) == 71 - 2

    other.write("élève/Progression d’été.txt", b"2")
    (other.folder / "petits").rename(other.folder / "renommés")
    (other.folder / "vide.txt").rename(other.folder / "a/b/c/vide.txt")
    (other.folder / "gros.bin").unlink()
    same(one, other)
    assert one.holds()["renommés/001.txt"] == b"1"
    assert "gros.bin" not in one.holds()


def test_an_idle_client_transfers_nothing(two):
    one, _ = two
    one.write("a.txt", b"a")
    one.sync()
    before = one.holds()
    said = one.sync()
    assert one.holds() == before
    assert not transfers(said)


def test_two_edits_at_once_leave_one_conflict_and_lose_nothing(two):
    one, other = two
    one.write("a.txt", b"0")
    same(one, other)
    one.write("a.txt", b"from one")
    other.write("a.txt", b"from the other")
    one.sync()
    other.sync()
    held = other.holds()
    assert held["a.txt"] == b"from one"
    [copy] = [name for name in held if "conflicted copy" in name]
    assert held[copy] == b"from the other"


def test_a_move_of_academy_transfers_nothing(two, site):
    """The promise, end to end: synchronise, move, synchronise again."""
    one, other = two
    one.write("Cours/plan.txt", b"plan")
    one.write("Cours/gros.bin", bytes(12_000_000))
    same(one, other)
    etags = site.send("PROPFIND", "Cours/", Depth="1")[1]
    stamps = {path: path.stat().st_mtime_ns for path in Path(one.folder).rglob("*") if ".sync_" not in path.name}
    site.command("person", "move", site.sub, "--to", "LYON", "--mail", "kim@ac-lyon.example")
    for computer in (one, other):
        said = computer.sync()
        assert not transfers(said)
    assert site.send("PROPFIND", "Cours/", Depth="1")[1] == etags
    assert {
        path: path.stat().st_mtime_ns for path in Path(one.folder).rglob("*") if ".sync_" not in path.name
    } == stamps
    one.write("Cours/après.txt", b"Lyon")
    same(one, other)


def test_what_is_shared_for_reading_comes_back_as_it_was(site, tmp_path):
    mine = Computer(site, tmp_path / "mine")
    mine.write("Cours/plan.txt", b"plan")
    mine.sync()
    sub, secret = site.arrive("zoe@ac-lyon.example", "Zoé Fabre", "LYON")
    share = "/ocs/v2.php/apps/files_sharing/api/v1/shares"
    status, body = ocs(site, "POST", share, f"path=/Cours&shareType=0&shareWith={sub}&permissions=1")
    assert status == 200, body
    hers = Computer(site, tmp_path / "hers", sub, secret)
    hers.sync()
    assert hers.holds() == {"Cours": None, "Cours/plan.txt": b"plan"}
    hers.write("Cours/plan.txt", b"changed")
    hers.sync(ok=None)
    mine.sync()
    assert mine.holds()["Cours/plan.txt"] == b"plan"


def ocs(site, method, path, form=""):
    """Call the share API as the site's person."""
    headers = {**site.headers, "OCS-APIRequest": "true", "Content-Type": "application/x-www-form-urlencoded"}
    with contextlib.closing(HTTPConnection("127.0.0.1", site.port)) as link:
        link.request(method, f"{path}?format=json", form, headers)
        answer = link.getresponse()
        return answer.status, answer.read()
