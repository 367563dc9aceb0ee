"""`python -m bench.verbs`: what the verbs cost by themselves, without HTTP: CPU of our process, and how many statements."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from bench.servers import scratch

ROUNDS = 300


def costs() -> None:
    """Print a line for each verb, on the database of this process."""
    import django  # noqa: PLC0415 - its settings read the environment that the parent process made

    django.setup()
    from django.db import connection, reset_queries  # noqa: PLC0415

    from cartable.identity import credentials  # noqa: PLC0415
    from cartable.kernel.storage import Stored  # noqa: PLC0415
    from cartable.spaces import content, listing, mounts, paths, tree  # noqa: PLC0415
    from cartable.spaces.access import Right, reach  # noqa: PLC0415
    from tests.worlds import ada_world  # noqa: PLC0415

    w = ada_world()
    secret = credentials.new_app_password(w.ada.somebody, "banc")
    for n in range(100):
        tree.make_folder(w.ada, w.archives, f"d{n}")

    def blob(n: int) -> Any:
        return content.new_blob(Stored(f"20260101/00/{n:032}", 10, b"1" * 32, b"1" * 20, b"1" * 16))

    verbs: dict[str, Callable[[int], Any]] = {
        "who a device is": lambda _: credentials.by_app_password(w.ada.sub, secret),
        "reach, depth 4": lambda _: reach(w.ada, w.devoir, Right.READ),
        "locate a path of 3": lambda _: paths.locate(w.ada, "Cours/Maths/devoir.pdf"),
        "list 100 children": lambda _: listing.children(w.ada, w.archives),
        "mounts of who has 2": lambda _: mounts.of(w.bob),
        "write a new file, depth 3": lambda n: content.write(w.ada, w.maths, f"f{n}", blob(n)),
        "write over a file": lambda n: content.write(w.ada, w.maths, "f1", blob(10_000 + n)),
        "rename a folder": lambda n: tree.move(w.ada, w.maths, into=w.cours, name=f"Maths {n}"),
    }
    for name, verb in verbs.items():
        verb(-1)
        start, wall = time.process_time(), time.monotonic()
        for n in range(ROUNDS):
            verb(n)
        cpu, wall = (time.process_time() - start) / ROUNDS, (time.monotonic() - wall) / ROUNDS
        connection.force_debug_cursor = True
        reset_queries()
        verb(ROUNDS + 1)
        statements = len(connection.queries)
        connection.force_debug_cursor = False
        print(f"| {name} | {cpu * 1e6:,.0f} | {wall * 1e6:,.0f} | {statements} |")


def wide() -> None:
    """Print what verbs on a folder above 100,000 nodes take: none looks at them but the task of a move to another space."""
    import django  # noqa: PLC0415

    django.setup()
    from django.db import connection  # noqa: PLC0415

    from cartable.spaces import crossing, homes, sharing, trash, tree  # noqa: PLC0415
    from cartable.spaces.access import Role  # noqa: PLC0415
    from cartable.spaces.models import Node  # noqa: PLC0415
    from tests.worlds import ada_world  # noqa: PLC0415

    w = ada_world()
    home = homes.home_of(w.bob)
    sharing.give(w.bob, home.root, f"person:{w.ada.person}", Role.WRITE)
    top = tree.make_folder(w.ada, w.root, "Grand").id
    for d in range(100):
        folder = tree.make_folder(w.ada, top, f"{d}").id
        Node.objects.bulk_create(
            Node(space_id=w.space, parent_id=folder, name=f"{n}", kind=0, blob_id=1, tag=n) for n in range(1000)
        )
    part = tree.make_folder(w.ada, w.archives, "Dix mille").id
    Node.objects.bulk_create(
        Node(space_id=w.space, parent_id=part, name=f"{n}", kind=0, blob_id=1, tag=n) for n in range(9990)
    )
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE")  # as autovacuum does within a minute: plans made for an empty table scan it all
    acts = {
        "rename": lambda: tree.move(w.ada, top, into=w.root, name="Très grand"),
        "move within the space": lambda: tree.move(w.ada, top, into=w.archives),
        "to the trash": lambda: trash.discard(w.ada, top),
        "back from the trash": lambda: trash.restore(w.ada, top),
        "move 10,000 nodes to another space, at once": lambda: tree.move(w.ada, part, into=home.root),
        "set out for another space": lambda: tree.move(w.ada, top, into=home.root),
        "the task that carries it": lambda: crossing.cross.call(top),
    }
    for name, act in acts.items():
        start = time.monotonic()
        act()
        print(f"| {name} | {(time.monotonic() - start) * 1e3:,.1f} |")


TABLES = {
    "--here": ("| verb | CPU µs | wall µs | statements |\n|---|---|---|---|", costs),
    "--wide": ("| a folder above 100,000 nodes | ms |\n|---|---|", wide),
}


def main() -> None:
    """Print each table for each database, measured in a process of its own on a fresh installation."""
    for which, (head, _) in TABLES.items():
        for name, environ in scratch():
            print(f"\n{name}\n\n{head}", flush=True)
            settings = {"DJANGO_SETTINGS_MODULE": "cartable.config.settings", "CARTABLE_LOG_LEVEL": "error"}
            env = {**os.environ, **environ, **settings}
            subprocess.run([sys.executable, "-m", "cartable", "migrate"], env=env, check=True, capture_output=True)
            subprocess.run([sys.executable, "-m", "bench.verbs", which], env=env, check=True)


if __name__ == "__main__":
    TABLES[sys.argv[1]][1]() if len(sys.argv) > 1 else main()
