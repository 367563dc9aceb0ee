"""On a nation that `bench.identity` has imported: finding a colleague, and a team by rule of a whole academy."""

import time
from collections.abc import Callable, Iterator
from statistics import median

from bench.servers import backend

TURNS = 15
TYPED = ("ma", "mar", "martin", "marie mar", "jean dub", "camille rousseau", "zoe", "lucas berto", "nobody atall")


def find_colleagues() -> None:
    """Print what each text costs people of schools, in CPU milliseconds of ours and of our PostgreSQL backend."""
    from cartable.identity import directory, people  # noqa: PLC0415
    from cartable.identity.models import Person  # noqa: PLC0415

    theirs = backend()
    spent = lambda: time.process_time() + theirs()  # noqa: E731
    seekers = [people.actor(one) for one in Person.objects.order_by("pk")[:TURNS]]
    print("\n| typed | hits | CPU ms, median | most |\n|---|---|---|---|", flush=True)
    for typed in TYPED:
        directory.find(seekers[0], typed)
        costs = list(_costs(spent, lambda me, typed=typed: directory.find(me, typed), seekers))
        hits = len(directory.find(seekers[0], typed))
        print(f"| {typed} | {hits} | {median(costs) * 1e3:,.1f} | {max(costs) * 1e3:,.1f} |", flush=True)


def _costs(spent: Callable[[], float], find: Callable[[object], object], seekers: list[object]) -> Iterator[float]:
    """Yield the CPU seconds of each search, the mean of five: the kernel counts a backend's by hundredths."""
    for me in seekers:
        began = spent()
        for _ in range(5):
            find(me)
        yield (spent() - began) / 5


def form_team() -> None:
    """Form a team of all who are posted in an academy, let every process learn of it, and print how long rows were locked at most."""
    from django.db import connection  # noqa: PLC0415

    from cartable.identity import structures, tasks, teams  # noqa: PLC0415
    from cartable.identity.models import Posting  # noqa: PLC0415

    took: list[float] = []

    def timed(execute: Callable[..., object], sql: str, *rest: object) -> object:
        began = time.perf_counter()
        try:
            return execute(sql, *rest)
        finally:
            if sql.startswith("UPDATE"):
                took.append(time.perf_counter() - began)

    at = structures.academy("DIJON")
    teams.form_by_rule(None, "Tout le monde", at)
    began = time.process_time()
    with connection.execute_wrapper(timed):
        tasks.tell_those_posted.call(at.pk)
    members = Posting.objects.filter(structure__in=structures.below([at.pk])).values("person").distinct().count()
    print(
        f"\nA team by rule of {members:,} people: {len(took)} statements, each a transaction, the longest {max(took) * 1e3:,.0f} ms;"
        f" {time.process_time() - began:,.1f} s of our CPU",
        flush=True,
    )
