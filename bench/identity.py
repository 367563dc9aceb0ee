"""`python -m bench.identity [PEOPLE [DATABASE…]]`: a national feed, imported for the first time, again, and in September; then a
colleague is found in that nation, and a team of a whole academy is formed.

CPU seconds are ours and those of our PostgreSQL backend; memory is the most that our process ever held. Reading the files
alone is the floor.
"""

import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from bench.directory import find_colleagues, form_team
from bench.nation import PEOPLE, SCHOOLS, agents
from bench.servers import backend, scratch

PART = 10_000  # people in a file
MOVED = 0.08
ACADEMIES = (
    "PARIS AIX-MARSEILLE BESANCON BORDEAUX CLERMONT-FERRAND DIJON GRENOBLE LILLE LYON MONTPELLIER NANCY-METZ".split()
)
LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
FUNCTIONS = ("ENS",) * 12 + ("AED", "EDU", "DIR", "DOC", "ADM")
ATTRIBUTES = (
    "ENTAuxEnsClasses ENTAuxEnsGroupes ENTAuxEnsMEF ENTAuxEnsMatiereEnseignEtab ENTAuxEnsClassesMatieres".split()
)
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE ficAlimMENESR SYSTEM "ficAlimMENESR.dtd">\n<ficAlimMENESR>\n'
FOOT = "</ficAlimMENESR>\n"
EVERYBODY, NOBODY = "who is here twice: all compared", "who is here twice: nobody new"
AFTERWARDS = {"finding": find_colleagues, "a team": form_team}


def attribute(name: str, *values: str) -> str:
    """Return one attribute of a record."""
    return f'<attr name="{name}">{"".join(f"<value>{one}</value>" for one in values) or "<value/>"}</attr>\n'


def record(category: str, key: str, attributes: str) -> str:
    """Return one record that is added."""
    kind = "categorieStructure" if category == "EtabEducNat" else "categoriePersonne"
    operational = f"<operationalAttributes>{attribute(kind, category)}</operationalAttributes>"
    return f"<addRequest>\n{operational}<identifier><id>{key}</id></identifier>\n<attributes>\n{attributes}</attributes>\n</addRequest>\n"


def schools(count: int) -> Iterator[str]:
    """Yield the records of schools, spread over the academies."""
    for n in range(count):
        uai = f"{n + 10_000:07}"
        fields = attribute("ENTStructureJointure", str(n)) + attribute("ENTStructureUAI", uai + LETTERS[int(uai) % 23])
        fields += attribute("ENTStructureNomCourant", f"ECOLE {n}")
        fields += attribute("ENTServAcAcademie", ACADEMIES[n % len(ACADEMIES)])
        yield record("EtabEducNat", str(n), fields)


def people(count: int, places: int, *, moved: float = 0.0) -> Iterator[str]:
    """Yield the records of people; `moved` of them are elsewhere. The same at each run."""
    draw, move, mails = random.Random(2), random.Random(3), Counter[str]()
    for n, agent in enumerate(agents(count, places)):
        first, _, last = agent.name.partition(" ")
        mail = f"{first}.{last}".lower()
        mails[mail] += 1
        here = agent.schools
        function = draw.choice(FUNCTIONS)
        born = f"{draw.randint(1, 28):02}/{draw.randint(1, 12):02}/{draw.randint(1958, 2003)}"
        if move.random() < moved:
            here = tuple(move.randrange(places) for _ in here)
        fields = attribute("ENTPersonJointure", str(n)) + attribute("ENTPersonDateNaissance", born)
        fields += attribute("ENTPersonNomPatro", last.upper()) + attribute("sn", last.upper())
        fields += attribute("givenName", first.upper())
        fields += attribute("mail", f"{ascii_only(mail)}{mails[mail]}@ac-test.fr")
        fields += "".join(attribute(name, *(f"{place}$6E{n % 9}" for place in here)) for name in ATTRIBUTES)
        fields += attribute("ENTPersonFonctions", *(f"{place}${function}$LABEL$L1000$POSITION" for place in here))
        yield record("PersEducNat", str(n), fields)


def ascii_only(text: str) -> str:
    """Return what an address may hold of a name."""
    return text.encode("ascii", "ignore").decode().replace(" ", ".")


def write(folder: Path, count: int, day: str, moved: float = 0.0) -> int:
    """Write a complete feed of a day, and return its bytes."""
    places = max(10, SCHOOLS * count // PEOPLE)
    folder.mkdir()
    for category, records in (("EtabEducNat", schools(places)), ("PersEducNat", people(count, places, moved=moved))):
        for part in range(10_000):
            some = list(islice(records, PART))
            if not some:
                break
            (folder / f"ENT_0750000A_Complet_{day}_{category}_{part:04}.xml").write_text(HEAD + "".join(some) + FOOT)
    return sum(file.stat().st_size for file in folder.iterdir())


def measure(name: str, folder: Path) -> None:
    """Print what one import costs, or reading alone."""
    import django  # noqa: PLC0415

    django.setup()
    if name in AFTERWARDS:
        AFTERWARDS[name]()
        return
    from cartable.identity.feeds import doubles, importing, reading  # noqa: PLC0415
    from cartable.identity.feeds.models import Civil  # noqa: PLC0415

    source = reading.survey(folder)
    theirs = backend()
    if name == EVERYBODY:
        Civil.objects.update(compared=False)
    began, before = time.process_time(), theirs()
    if name == "reading alone":
        said = f"{sum(1 for _ in source.facts()):,} records"
    elif name in {EVERYBODY, NOBODY}:
        said = f"{doubles.look():,} cases"
    else:
        counts = importing.run(source, "NATION", ask=lambda _: True).counts
        said = ", ".join(f"{counts[what]:,} {what}" for what in importing.OUTCOMES if counts[what]) or "0 written"
    ours = time.process_time() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"| {name} | {ours:,.0f} | {theirs() - before:,.0f} | {memory:,.0f} | {said} |", flush=True)


def main() -> None:
    """Print the table for each database, each import measured in a process of its own."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE
    wanted = sys.argv[2:] or ["PostgreSQL", "SQLite"]
    with tempfile.TemporaryDirectory(prefix="cartable-nation-") as there:
        first, later = Path(there, "first"), Path(there, "september")
        size = write(first, count, "20260601")
        write(later, count, "20260901", MOVED)
        print(f"{count:,} people, {size / 1e6:,.0f} MB of XML")
        for name, environ in scratch():
            if name not in wanted:
                continue
            print(f"\n{name}\n\n| | our CPU s | backend CPU s | MB at most | |\n|---|---|---|---|---|", flush=True)
            settings = {"DJANGO_SETTINGS_MODULE": "cartable.config.settings", "CARTABLE_LOG_LEVEL": "error"}
            env = {**os.environ, **environ, **settings}
            subprocess.run([sys.executable, "-m", "cartable", "migrate"], env=env, check=True, capture_output=True)
            imports = ("first import", EVERYBODY, NOBODY, "unchanged")
            cases = ("reading alone", first), *((one, first) for one in imports), ("September", later)
            for case, folder in (*cases, *((one, later) for one in AFTERWARDS)):
                line = [sys.executable, "-m", "bench.identity", "--here", case, str(folder)]
                subprocess.run(line, env=env, check=True)


if __name__ == "__main__":
    measure(sys.argv[2], Path(sys.argv[3])) if sys.argv[1:2] == ["--here"] else main()
