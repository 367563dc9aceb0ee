"""The unmodified Nextcloud client of Debian (3.7.3), on two computers of one person."""

import random
from pathlib import Path

import pytest

from tests.protocols.computers import Computer, ocs, same, transfers

pytestmark = pytest.mark.client


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
