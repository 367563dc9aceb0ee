"""`cartable work` is killed in the middle of a task: its lease lapses, another worker ends it, and all is done once."""

import contextlib
import json
import sqlite3
import subprocess
import sys

import psycopg
import pytest

from tests.servers import postgresql, wait_until
from tests.sites import Site

LARGE = """
from tests.worlds import *
from cartable.spaces import trash
from cartable.spaces.models import Node
w = ada_world()
home = homes.home_of(w.bob)
sharing.give(w.bob, home.root, f"person:{w.ada.person}", Role.WRITE)
put(w.ada, w.maths, "devoir.pdf", b"again")
trash.discard(w.ada, put(w.ada, w.maths, "x", b"12345").id)
rows = (Node(space_id=w.space, parent_id=w.maths, name=f"{n}", kind=1) for n in range(40_000))
Node.objects.bulk_create(rows, batch_size=5000)
tree.move(w.ada, w.cours, into=home.root)
"""
SMALL = "from cartable.kernel.chores import tidy_rates; tidy_rates.enqueue(); "
RECALL = """
from tests.worlds import *
from cartable.spaces import recalling
from cartable.spaces.models import Transit
recalling.recall(actor("ada@ac-dijon.example"), Transit.objects.get().pk)
"""
SEEN = """
import json
from cartable.spaces import checking
from cartable.spaces.models import Change, Node, Space
rows = Space.objects.order_by("pk").values_list("used", "used_trash", "used_versions")
lines = Change.objects.filter(verb__in=("leave", "arrive")).order_by("pk").values_list("verb", flat=True)
spaces = Node.objects.filter(name__regex="^[0-9]+$").values_list("space", flat=True).distinct()
print(json.dumps([list(checking.faults()), list(rows), list(lines), len(spaces)]))
"""


class Installation(Site):
    """One whose database the test reads beside its processes."""

    def begin(self):
        """Be there for nobody yet."""
        address, file = self.env.get("CARTABLE_DATABASE"), f"{self.env['CARTABLE_DATA']}/cartable.db"
        self.sql = psycopg.connect(address, autocommit=True) if address else sqlite3.connect(file, isolation_level=None)

    def run(self, code):
        return self.command("shell", "-v", "0", "-c", code)

    def one(self, query):
        return self.sql.execute(query).fetchone()

    def task(self, function):
        """Return the state, the attempts, the worker of the latest of some tasks, as `state attempts worker`."""
        return self.one(
            f"SELECT state, attempts, worker FROM kernel_task WHERE function LIKE '%{function}' ORDER BY id DESC LIMIT 1"
        )

    @contextlib.contextmanager
    def working(self):
        """Run a worker while the block lasts."""
        process = subprocess.Popen([sys.executable, "-m", "cartable", "work"], env=self.env)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(20)

    def until(self, true, process):
        """Return once something is true."""

        def look():
            if not true():
                raise OSError

        wait_until(look, process, 60)


pytestmark = pytest.mark.once  # on both databases


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request, tmp_path):
    with postgresql() if request.param == "postgresql" else contextlib.nullcontext() as address:
        made = Installation(tmp_path, **({"CARTABLE_DATABASE": address} if address else {}))
        yield made
        made.sql.close()


@pytest.mark.kills
def test_a_task_whose_worker_is_killed_is_ended_by_another_and_counts_once(site):
    site.run(LARGE)
    with site.working() as doomed:
        while site.one("SELECT done FROM spaces_transit") == (0,):
            assert doomed.poll() is None
        doomed.kill()  # nineteen batches of twenty are to come
        doomed.wait()
    done, nodes = site.one("SELECT done, nodes FROM spaces_transit")
    assert 0 < done < nodes
    state, attempts, worker = site.task("cross")
    assert (state, attempts) == ("running", 1)

    site.run(SMALL)
    with site.working() as early:  # within the lease: it works, and leaves that task alone
        site.until(lambda: site.task("tidy_rates")[0] == "done", early)
        assert site.task("cross") == (state, attempts, worker)

    site.sql.execute(
        "UPDATE kernel_task SET lease_until = '2026-01-01 00:00:00' WHERE state = 'running'"
    )  # its time is over
    with site.working() as heir:
        site.until(lambda: site.task("cross")[0] == "done", heir)
    state, attempts, other = site.task("cross")
    assert (attempts, other != worker) == (2, True)
    faults, books, lines, spaces = json.loads(site.run(SEEN))
    assert faults == []
    assert books == [[7, 0, 0], [5, 5, 1000]]
    assert (lines, spaces) == (["leave", "arrive"], 1)
    assert site.one("SELECT COUNT(*) FROM spaces_transit")[0] == 0


@pytest.mark.kills
def test_a_move_that_is_called_back_is_undone_though_its_workers_are_killed(site):
    """One dies on the way there, one on the way back; a third ends it: all is where it was, and counts once."""

    def far():
        return (site.one("SELECT done FROM spaces_transit") or (0,))[0]

    def end_leases():
        site.sql.execute("UPDATE kernel_task SET lease_until = '2026-01-01 00:00:00' WHERE state = 'running'")

    site.run(LARGE)
    with site.working() as doomed:
        while far() < 20_000:
            assert doomed.poll() is None
        doomed.kill()
        doomed.wait()
    there = far()
    site.run(RECALL)
    end_leases()
    with site.working() as doomed:
        while far() == there:
            assert doomed.poll() is None
        doomed.kill()
        doomed.wait()
    assert 0 < far() < there
    end_leases()
    with site.working() as heir:
        site.until(lambda: site.one("SELECT COUNT(*) FROM spaces_transit")[0] == 0, heir)
    faults, books, lines, spaces = json.loads(site.run(SEEN))
    assert faults == []
    assert books == [[12, 5, 1000], [0, 0, 0]]
    assert (lines, spaces) == ([], 1)
