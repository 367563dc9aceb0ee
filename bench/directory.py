"""`python -m bench.directory [PEOPLE]`: finding a colleague among 1.2 million, in CPU of our process and of the database."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from statistics import median

from bench.nation import PEOPLE, SCHOOLS, agents
from bench.servers import backend, scratch

TURNS = 15
TYPED = ("ma", "mar", "martin", "marie mar", "jean dub", "camille rousseau", "zoe", "lucas berto", "nobody atall")


def fill(people: int) -> None:
    """Record the made up nation."""
    from django.db import connection  # noqa: PLC0415

    from cartable.identity import finding, structures  # noqa: PLC0415
    from cartable.identity.models import Person, Posting, Structure  # noqa: PLC0415
    from cartable.identity.names import fold  # noqa: PLC0415
    from cartable.kernel import clock  # noqa: PLC0415

    structures.load()
    academies = list(Structure.objects.filter(kind="academy", closed=None).order_by("pk"))
    count = max(1, SCHOOLS * people // PEOPLE)
    Structure.objects.bulk_create(
        (
            Structure(kind="school", code=f"{n:08}", name=f"École {n}", folded=f"ecole {n}", parent=academies[n % 30])
            for n in range(count)
        ),
        batch_size=1000,
    )
    schools = list(Structure.objects.filter(kind="school").order_by("pk").values_list("pk", flat=True))
    began = time.process_time()
    today = clock.today()
    coming = agents(people, count)
    while some := list(islice(coming, 1000)):
        made = Person.objects.bulk_create(Person(name=one.name, folded=fold(one.name), password="!") for one in some)
        Posting.objects.bulk_create(
            Posting(person=person, structure_id=schools[school], start=today)
            for person, one in zip(made, some, strict=True)
            for school in one.schools
        )
    print(f"recorded {people:,} people: {time.process_time() - began:,.0f} s of our CPU", flush=True)
    began, after = time.process_time(), 0
    while after := finding.fill(after):
        pass
    print(f"index filled: {time.process_time() - began:,.0f} s of our CPU", flush=True)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def search() -> None:
    """Print what each text costs somebody of a school."""
    import django  # noqa: PLC0415

    django.setup()
    from cartable.identity import directory, people  # noqa: PLC0415
    from cartable.identity.models import Person  # noqa: PLC0415

    fill(int(sys.argv[2]))
    theirs = backend()
    spent = lambda: time.process_time() + theirs()  # noqa: E731
    seekers = [people.actor(one) for one in Person.objects.order_by("pk")[:TURNS]]
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


def main() -> None:
    """Print the table for each database, measured in a process of its own on a fresh installation."""
    count = sys.argv[1] if len(sys.argv) > 1 else str(PEOPLE)
    for name, environ in scratch():
        print(f"\n{name}\n\n| typed | hits | CPU ms, median | most |\n|---|---|---|---|", flush=True)
        settings = {"DJANGO_SETTINGS_MODULE": "cartable.config.settings", "CARTABLE_LOG_LEVEL": "error"}
        env = {**os.environ, **environ, **settings}
        subprocess.run([sys.executable, "-m", "cartable", "migrate"], env=env, check=True, capture_output=True)
        subprocess.run([sys.executable, "-m", "bench.directory", "--here", count], env=env, check=True)


if __name__ == "__main__":
    search() if sys.argv[1:2] == ["--here"] else main()
