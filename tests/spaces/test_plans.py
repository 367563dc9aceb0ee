"""No statement people or clients wait for reads a whole table, on either database.

Every statement that a list of calls issues is explained. The tables are small here, so PostgreSQL is told that they are not.
"""

import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cartable.spaces import (
    access,
    changes,
    content,
    finding,
    homes,
    listing,
    locks,
    media,
    mounts,
    paths,
    sharing,
    tasks,
    trash,
    tree,
    versions,
)
from cartable.spaces.access import Right, Role
from tests.worlds import ada_world, blob, put

LARGE = ("spaces_node", "spaces_change", "spaces_grant", "spaces_version")
CALLS = {
    "search": lambda w: finding.by_name(w.bob, "devoir"),
    "gallery": lambda w: media.dated(w.bob, ["image/"], after=1, limit=10),
    "recent": lambda w: listing.recent(w.ada),
    "favorites": lambda w: listing.favorites(w.ada),
    "given": lambda w: sharing.given_by(w.ada),
    "received": lambda w: sharing.received(w.bob),
    "links": lambda w: sharing.links_of(w.ada),
    "root": lambda w: mounts.of(w.bob),
    "folder": lambda w: listing.children(w.ada, w.cours),
    "path": lambda w: paths.locate(w.ada, "/Cours/Maths/devoir.pdf"),
    "reach": lambda w: access.reach(w.bob, w.devoir, Right.READ),
    "who": lambda w: access.everyone_on(w.ada, w.devoir),
    "versions": lambda w: versions.of(w.ada, w.devoir),
    "feed": lambda w: changes.since(w.ada, w.space, 1),
    "trash": lambda w: trash.contents(w.ada, w.space),
    "make": lambda w: tree.make_folder(w.ada, w.cours, "neuf"),
    "write": lambda w: put(w.ada, w.cours, "neuf.txt"),
    "write over": lambda w: content.write_over(w.ada, w.devoir, blob()),
    "move": lambda w: tree.move(w.bob, w.note, into=homes.home_of(w.bob).root),
    "move a folder": lambda w: tree.move(w.ada, w.cours, into=w.archives),
    "copy": lambda w: tree.copy(w.ada, w.cours, into=w.archives),
    "discard": lambda w: trash.discard(w.ada, w.cours),
    "lock": lambda w: locks.take(w.ada, w.cours, deep=True),
    "share": lambda w: sharing.give(w.ada, w.cours, f"person:{w.eve.person}", Role.READ),
    "restore": lambda w: [trash.restore(w.ada, one) for one in _discarded(w, "a", "b")],
    "purge": lambda w: [trash.purge(w.ada, one) for one in _discarded(w, "a")],
    "empty": lambda w: [_discarded(w, "a"), trash.empty(w.ada, w.space)],
    "hourly": lambda w: tasks.tidy.call(),
    "nightly": lambda w: tasks.thin_versions.call(),
}


def _discarded(w, *names):
    made = [put(w.ada, w.root, name).id for name in names]
    for one in made:
        trash.discard(w.ada, one)
    return made


@pytest.fixture
def world(db, later):
    w = ada_world()
    put(w.ada, w.maths, "devoir.pdf", b"2")
    homes.home_of(w.bob)
    later(days=60)
    return w


@pytest.mark.parametrize("call", CALLS)
def test_an_index_leads_to_what_is_read(world, call):
    with CaptureQueriesContext(connection) as taken:
        CALLS[call](world)
    statements = [one["sql"] for one in taken if re.search("|".join(LARGE), one["sql"])]
    assert statements
    explain = {"sqlite": _whole_on_sqlite, "postgresql": _whole_on_postgresql}[connection.vendor]
    read = [
        sql for sql in statements if not re.match(r"INSERT|\d+ times", sql)
    ]  # what is done many times is done by number
    assert [(scan, sql) for sql in read for scan in explain(sql)] == []


def test_a_whole_table_is_told_from_an_index(world):
    explain = {"sqlite": _whole_on_sqlite, "postgresql": _whole_on_postgresql}[connection.vendor]
    assert explain("SELECT id FROM spaces_node n WHERE n.size > 5")
    assert explain("SELECT id FROM spaces_grant WHERE note = 'x'")
    assert explain("SELECT id FROM spaces_node WHERE parent_id IS NOT NULL AND trashed_at IS NULL")
    assert not explain("SELECT id FROM spaces_node n WHERE n.parent_id = 5 AND n.name = 'x'")
    assert not explain("SELECT id FROM spaces_change WHERE id > 5 ORDER BY id LIMIT 10")


def _whole_on_sqlite(sql):
    """Return the steps of a plan that read a large table, or an index of it, from end to end."""
    tables = "|".join(LARGE)
    names = {name for pair in re.findall(rf'"?({tables})"?(?: AS)?(?: "?(\w+)"?)?', sql) for name in pair}
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        steps = [step for *_, step in cursor.fetchall()]
    return [step for step in steps if names & {*step.split()[1:2]} and not _leads(step)]


def _leads(step):
    """Return whether a step of SQLite looks for equals or between two bounds, or goes on where a walk stopped."""
    return step.startswith("SEARCH") and re.search(r"=\?|>\? AND \w+<\?|(rowid|node_id)>\?", step)


def _whole_on_postgresql(sql):
    """Return the same. The planner is told that these tables are large, and that few grants are on one node."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table whose rows are still to be checked is not altered
        cursor.execute("ALTER TABLE spaces_grant ALTER node_id SET (n_distinct = -0.5)")
        cursor.execute("ANALYZE spaces_grant (node_id)")
        cursor.execute(
            "UPDATE pg_class SET reltuples = 1e9, relpages = 1 WHERE relname = ANY(%s) OR oid IN "
            "(SELECT indexrelid FROM pg_index JOIN pg_class t ON t.oid = indrelid WHERE t.relname = ANY(%s))",
            [list(LARGE), list(LARGE)],
        )
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
        (plan,) = cursor.fetchone()
    plans = json.loads(plan) if isinstance(plan, str) else plan
    return [step for step in _steps(plans[0]["Plan"]) if not _is_led(step)]


def _steps(plan):
    """Yield the steps of a plan; of those whose results are intersected (BitmapAnd), what an index leads to, where one does."""
    yield plan
    below = plan.get("Plans", ())
    led = [one for one in below if _is_led(one)] if plan["Node Type"] == "BitmapAnd" else []
    for one in led or below:
        yield from _steps(one)


def _is_led(step):
    if step.get("Relation Name") not in LARGE and step["Node Type"] != "Bitmap Index Scan":
        return True
    led = step.get("Index Cond", "").replace("(parent_id IS NOT NULL)", "")
    return step["Node Type"] in {"Bitmap Heap Scan", "ModifyTable"} or bool(led)
