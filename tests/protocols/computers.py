"""Computers that the unmodified Nextcloud client of Debian (3.7.3) keeps in step with a site.

Its exit status and the folders are what counts: it prints warnings also when all is well.
"""

import re
import shutil
import subprocess
import unicodedata

from tests.servers import need


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
        said = done.stdout + done.stderr
        assert "Usage:" not in said, line  # it succeeds, having done nothing
        assert ok is None or (done.returncode == 0) == ok, said[-6000:]
        return said

    def write(self, name, data):
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)

    def remove(self, name):
        shutil.rmtree(self.folder / name)

    def holds(self):
        """Return what is in the folder: the bytes of each file, None for each folder."""
        found = {}
        for path in self.folder.rglob("*"):
            name = path.relative_to(self.folder).as_posix()
            if not path.name.startswith((".sync_", "._sync_", ".owncloudsync", ".nextcloudsync")):
                found[unicodedata.normalize("NFC", name)] = path.read_bytes() if path.is_file() else None
        return found


def transfers(said):
    """Return what a client did, by what it said: an idle one did nothing."""
    return set(re.findall(r"Propagate(?:Upload|Download|Remote|Local)\w*", said))


def same(one, other, *, turns=4):
    """Synchronise both in turn until they hold the same: a client puts off what it finds changing."""
    said = []
    for _ in range(turns):
        said += [one.sync(), other.sync(), one.sync()]
        if one.holds() == other.holds():
            return
    raise AssertionError("they differ:\n" + "\n".join(text[-4000:] for text in said))


def ocs(site, method, path, form=""):
    """Call the share API as the site's person; return the status and the body."""
    headers = {"OCS-APIRequest": "true", "Content-Type": "application/x-www-form-urlencoded"}
    return site.ask(method, f"{path}?format=json", form, **headers)[:2]
