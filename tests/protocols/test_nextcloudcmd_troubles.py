"""The unmodified Nextcloud client where things go wrong: what it keeps, what it says, and that it gets over it."""

import os
import threading
import time

import pytest
from lxml import etree

from tests.protocols.computers import Computer, ocs, same, transfers

pytestmark = pytest.mark.client
SHARES = "/ocs/v2.php/apps/files_sharing/api/v1/shares"
BIG = 60_000_000  # bytes: six pieces
LOCK = '<d:lockinfo xmlns:d="DAV:"><d:lockscope><d:exclusive/></d:lockscope><d:locktype><d:write/></d:locktype></d:lockinfo>'


def pieces(site):
    """Return how many pieces of unfinished uploads the server has."""
    uploads = site.top.replace("/files/", "/uploads/")
    opened = [one.text for one in etree.fromstring(site.ask("PROPFIND", uploads, Depth="1")[1]).iter("{DAV:}href")][1:]
    listed = (etree.fromstring(site.ask("PROPFIND", href, Depth="1")[1]) for href in opened)
    return sum(len(list(one.iter("{DAV:}getcontentlength"))) for one in listed)


def test_an_upload_goes_on_after_the_server_was_killed(site, two):
    one, other = two
    one.write("gros.bin", bytes(range(250)) * (BIG // 250))
    outcome = []
    client = threading.Thread(target=lambda: outcome.append(one.sync(ok=None)))
    client.start()
    end = time.monotonic() + 60
    while pieces(site) == 0 and client.is_alive() and time.monotonic() < end:
        time.sleep(0.01)
    site.kill()
    client.join()
    site.start()
    status, _, headers = site.ask("HEAD", f"{site.top}gros.bin")
    assert (status, headers.get("Content-Length")) in {(404, headers.get("Content-Length")), (200, str(BIG))}
    same(one, other)
    assert other.holds()["gros.bin"] == one.holds()["gros.bin"]
    assert pieces(site) == 0


def test_a_full_space_is_said_and_what_fits_is_kept(site, two):
    one, other = two
    one.write("petit.txt", b"fits")
    one.sync()
    site.limit(1_000_000)
    one.write("gros.bin", bytes(2_000_000))
    one.write("autre.txt", b"fits too")
    said = one.sync(ok=False)
    assert "507" in said
    other.sync(ok=None)
    assert set(other.holds()) == {"petit.txt", "autre.txt"}
    site.limit(10_000_000)
    one.write("gros.bin", bytes(2_000_001))
    os.utime(one.folder / "gros.bin", (1, 1_800_000_000))  # else the client waits before it tries again
    same(one, other)
    assert len(other.holds()["gros.bin"]) == 2_000_001


def test_a_locked_file_is_tried_again(site, two):
    one, other = two
    one.write("a.txt", b"0")
    same(one, other)
    status, _, headers = site.ask("LOCK", f"{site.top}a.txt", LOCK, Timeout="Second-600")
    assert status == 200
    one.write("a.txt", b"while it was locked")
    one.sync(ok=None)
    assert site.send("GET", "a.txt")[1] == b"0"
    assert one.holds()["a.txt"] == b"while it was locked"
    assert site.ask("UNLOCK", f"{site.top}a.txt", **{"Lock-Token": headers["Lock-Token"]})[0] == 204
    same(one, other)
    assert other.holds()["a.txt"] == b"while it was locked"


def test_a_share_for_writing_is_written_by_both_and_put_away_by_one(site, tmp_path):
    mine = Computer(site, tmp_path / "mine")
    mine.write("Commun/plan.txt", b"plan")
    mine.sync()
    sub, secret = site.arrive("zoe@ac-lyon.example", "Zoé Fabre", "LYON")
    status, body = ocs(site, "POST", SHARES, f"path=/Commun&shareType=0&shareWith={sub}&permissions=15")
    assert status == 200, body
    hers = Computer(site, tmp_path / "hers", sub, secret)
    hers.write("à elle.txt", b"own")  # this client asks, for ever, before it removes all there is
    hers.sync()
    hers.write("Commun/d’elle.txt", b"hers")
    (hers.folder / "Commun/plan.txt").rename(hers.folder / "Commun/projet.txt")
    hers.sync()
    mine.sync()
    assert mine.holds() == {"Commun": None, "Commun/d’elle.txt": b"hers", "Commun/projet.txt": b"plan"}
    hers.remove("Commun")
    hers.sync()
    assert set(hers.holds()) == {"à elle.txt"}
    mine.sync()
    assert set(mine.holds()) == {"Commun", "Commun/d’elle.txt", "Commun/projet.txt"}


def test_a_right_taken_away_takes_the_files_away(site, tmp_path):
    mine = Computer(site, tmp_path / "mine")
    mine.write("Commun/plan.txt", b"plan")
    mine.sync()
    sub, secret = site.arrive("zoe@ac-lyon.example", "Zoé Fabre", "LYON")
    ocs(site, "POST", SHARES, f"path=/Commun&shareType=0&shareWith={sub}&permissions=1")
    hers = Computer(site, tmp_path / "hers", sub, secret)
    hers.write("à elle.txt", b"own")
    hers.sync()
    assert "Commun/plan.txt" in hers.holds()
    number = ocs(site, "GET", SHARES)[1].split(b'"id":"')[1].split(b'"')[0].decode()
    assert ocs(site, "DELETE", f"{SHARES}/{number}")[0] == 200
    hers.sync()
    assert set(hers.holds()) == {"à elle.txt"}
    assert "Commun/plan.txt" in mine.holds()


def test_a_revoked_device_stops_and_loses_nothing(site, two):
    one, _ = two
    one.write("a.txt", b"a")
    one.sync()
    status, _ = ocs(site, "DELETE", "/ocs/v2.php/core/apppassword")
    assert status == 200
    one.sync(ok=False)
    assert one.holds() == {"a.txt": b"a"}


def test_many_small_files_and_a_folder_renamed(two, long):
    one, other = two
    count = 2000 if long else 200
    for n in range(count):
        one.write(f"tas/{n % 20:02}/{n:04}.txt", str(n).encode())
    same(one, other)
    (other.folder / "tas").rename(other.folder / "pile")
    done = transfers(other.sync())
    one.sync()
    assert one.holds() == other.holds()
    assert one.holds()["pile/07/0007.txt"] == b"7"
    assert "tas" not in one.holds()
    assert done == {"PropagateRemoteMove"}
