"""rclone 1.60.1 as a Nextcloud vendor: copy, sync, check, move, purge, about."""

import random
import subprocess

import pytest

from tests.servers import need

pytestmark = pytest.mark.client


@pytest.fixture
def rclone(site, tmp_path):
    def obscured(secret):
        return subprocess.run(
            [need("rclone"), "obscure", secret], check=True, capture_output=True, text=True
        ).stdout.strip()

    config = tmp_path / "rclone.conf"
    config.write_text(
        f"[c]\ntype = webdav\nvendor = nextcloud\nurl = {site.url}{site.top}\nuser = {site.sub}\npass = {obscured(site.secret)}\n"
    )

    def run(*words):
        line = [need("rclone"), "--config", str(config), "--retries", "1", *map(str, words)]
        done = subprocess.run(line, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_rclone_keeps_a_folder(rclone, tmp_path):
    here, back = tmp_path / "here", tmp_path / "back"
    (here / "sous dossier/é").mkdir(parents=True)
    rng = random.Random(3)
    for name, size in {"a.txt": 3, "vide": 0, "sous dossier/é/b.bin": 3_000_000}.items():
        (here / name).write_bytes(rng.randbytes(size))
    rclone("copy", here, "c:Travail")
    rclone("check", here, "c:Travail")
    assert len(rclone("hashsum", "sha1", "c:Travail").split()[0]) == 40
    (here / "a.txt").write_bytes(b"changed")
    (here / "vide").unlink()
    rclone("sync", here, "c:Travail")
    rclone("moveto", "c:Travail/a.txt", "c:Travail/sous dossier/c.txt")
    (here / "a.txt").rename(here / "sous dossier/c.txt")
    rclone("check", here, "c:Travail")
    rclone("copy", "c:Travail", back)
    assert subprocess.run(["diff", "-r", here, back]).returncode == 0
    assert "Total" in rclone("about", "c:")
    rclone("purge", "c:Travail")
    assert rclone("lsf", "c:") == ""
