"""The disk is full while people type: nothing is said to be kept that is not, and who comes back later brings the rest."""

import resource
from pathlib import Path

import pytest

from cartable.pads.writing import BROKEN
from tests.kills.test_pads_killed import SERVER_ENDS, stored
from tests.pads.typists import Typist, make
from tests.sites import running

ROOM = 32 << 10  # bytes that the log may grow by once the disk is full: a few batches go in
ENOUGH = 1000  # letters, of which the last are refused long before


def fill(site, log):
    """Let no file of a server grow beyond the log as it is, but by ROOM; return what gives the room back."""
    servers = [int(one.name) for one in Path("/proc").glob("[0-9]*") if _group(one) == site.process.pid]
    limits = {one: resource.prlimit(one, resource.RLIMIT_FSIZE) for one in servers}
    for one, (_, hard) in limits.items():
        resource.prlimit(one, resource.RLIMIT_FSIZE, (log.stat().st_size + ROOM, hard))
    return lambda: [resource.prlimit(one, resource.RLIMIT_FSIZE, limit) for one, limit in limits.items()]


def _group(process):
    try:
        return int((process / "stat").read_text().rpartition(") ")[2].split()[2])
    except OSError:  # it has gone
        return None


@pytest.mark.once  # the log is a file of its own there
@pytest.mark.kills
def test_nothing_is_said_to_be_kept_that_a_full_disk_refused(tmp_path):
    with running(tmp_path) as site:
        node = make(site, "pad.md")
        typist = Typist(site, node)
        typist.text.insert(0, "avant ")
        typist.kept()
        empty = fill(site, tmp_path / "pads.db-wal")
        words = {}
        try:
            for number in range(ENOUGH):
                typist.text.insert(len(typist.text), f"⟦{number}⟧")
                words[typist.sent] = f"⟦{number}⟧"
                typist.hear()
        except SERVER_ENDS:
            pass
        assert typist.code() == BROKEN
        kept = [word for number, word in words.items() if number <= typist.saved]
        assert kept, "nothing went in: nothing was proven"
        assert len(kept) < len(words), "all went in: the disk was not full"
        empty()
        text = stored(site, node)
        assert [word for word in ["avant ", *kept] if word not in text] == []
        typist.leave()
        back = Typist(site, node, doc=typist.doc).kept()
        assert str(back) == str(typist.text)
        back.leave()
        site.kill()
        site.start()
        assert stored(site, node) == str(typist.text)
