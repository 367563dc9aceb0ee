"""The demo world: two academies, three schools, a team across both, ten people and what they work on.

Made by the same verbs as everything else, so that what a newcomer sees is what the product does. Names and addresses
are invented; the files are drawn on the spot, always the same.
"""

import contextlib
import random
import secrets
import shutil
import struct
import zlib
from datetime import date, timedelta
from pathlib import Path

from django.db import connection, transaction

from cartable.identity import people, postings, structures, teams
from cartable.identity.actors import Actor
from cartable.identity.models import Person, Structure
from cartable.kernel import clock
from cartable.kernel.storage import storage
from cartable.options import options
from cartable.spaces import content, homes, sharing, tree
from cartable.spaces.access import Role

KEPT = (
    "demo.password"  # in the data folder: the password of all of them, drawn for each installation, told at each start
)
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none is taken for another
PUBLISHED = "cartable-demo"  # what it was until 2026, for everybody
BIG = 50 * 10**6  # bytes of the one large file

SCHOOLS = (
    ("0210015C", "Lycée Carnot", "DIJON"),
    ("0211234C", "Collège Marcelle-Pardé", "DIJON"),
    ("0690026D", "Lycée Ampère", "LYON"),
)
PEOPLE = (  # name, address, school, function
    ("Camille Martin", "camille.martin@ac-dijon.example", 0, "ENS"),
    ("Karim Benali", "karim.benali@ac-dijon.example", 0, "ENS"),
    ("Anne-Sophie Lœwenstein", "as.loewenstein@ac-dijon.example", 0, "DIR"),
    ("Jean-Baptiste Girard", "jb.girard@ac-dijon.example", 0, "DOC"),
    ("Inès Rousseau", "ines.rousseau@ac-dijon.example", 1, "ENS"),
    ("Thierry N’Guyen", "thierry.nguyen@ac-dijon.example", 1, "DIR"),
    ("Camille Martin", "camille.martin@ac-lyon.example", 2, "ENS"),
    ("Zoé Fabre", "zoe.fabre@ac-lyon.example", 2, "ENS"),
    ("Mehdi Lacroix", "mehdi.lacroix@ac-lyon.example", 2, "DIR"),
    ("Élodie Da Silva", "elodie.dasilva@ac-dijon.example", 1, "ENS"),  # who has moved to Lyon
)
SHOWN = (0, 1, 9)  # the accounts a newcomer is told

PLAN = """# Progression de SVT, cycle 4

| Semaine | Chapitre | Activité |
|---|---|---|
| 1–3 | Le volcanisme | Lire un paysage |
| 4–6 | Les séismes | Localiser un foyer |
| 7–9 | La tectonique | Modèle analogique |

- [x] Réserver la salle
- [ ] Imprimer les cartes
"""
MINUTES = """# Conseil pédagogique

Présents : les équipes de sciences de Dijon et de Lyon.

1. Échange des progressions
2. Projet commun « Volcans d’Auvergne »
"""


def accounts() -> list[str]:
    """Return one line for each account a newcomer may try."""
    return [f"{PEOPLE[at][0]}: {PEOPLE[at][1]}  {password()}" for at in SHOWN] if here() else []


def here() -> list[Person]:
    """Return the people of the demo world who are in this installation."""
    return list(Person.objects.filter(addresses__mail__in=[mail for _, mail, _, _ in PEOPLE]).distinct())


def may_go() -> bool:
    """Return whether everything here is of the demo: its database is a file of the data folder, and nobody else is in it."""
    if connection.vendor != "sqlite" or not options.storage.startswith("folder:"):
        return False
    if not connection.introspection.table_names():
        return True
    return not Person.objects.exclude(pk__in=[person.pk for person in here()]).exists()


def forget() -> None:
    """Delete the demo world, its database and its bytes. Ask `may_go` before."""
    database = Path(connection.settings_dict["NAME"])
    connection.close()
    for suffix in ("", "-shm", "-wal"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    shutil.rmtree(options.data / (options.storage.removeprefix("folder:") or "files"), ignore_errors=True)


def password() -> str:
    """Return the password of the demo world, drawn the first time."""
    file = options.data / KEPT
    with contextlib.suppress(FileExistsError), file.open("x") as drawn:
        file.chmod(0o600)
        drawn.write("-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3)))
    return file.read_text().strip()


@transaction.atomic
def renew() -> None:
    """Give an own password to a demo world that still has the published one."""
    for person in here():
        if person.check_password(PUBLISHED):
            person.set_password(password())
            person.save(update_fields=["password"])


@transaction.atomic
def fill() -> None:
    """Make the demo world. Nothing happens if there is anybody already."""
    if not people.nobody():
        return
    structures.load()
    schools = [structures.open_school(uai, name, structures.academy(where)) for uai, name, where in SCHOOLS]
    crowd = [_arrive(*one, schools) for one in PEOPLE]
    team = teams.form(people.actor(crowd[0]), "Équipe SVT Dijon–Lyon", [crowd[1], crowd[7], crowd[9]])
    camille = _again(crowd[0])
    _lessons(camille, crowd)
    optics = _papers(_again(crowd[1]), "Physique-chimie", "Optique.pdf", 12)
    _papers(_again(crowd[4]), "Mathématiques", "Théorème de Thalès.pdf", 30)
    outings = _papers(_again(crowd[9]), "Sorties", "Vulcania.pdf", 26)
    sharing.give(_again(crowd[1]), optics, f"person:{crowd[0].pk}", Role.READ)
    sharing.give(_again(crowd[9]), outings, f"person:{crowd[0].pk}", Role.WRITE)
    _team_space(_again(crowd[0]), team.pk)
    _school_space(_again(crowd[2]), schools[0])
    postings.move(crowd[9], schools[2], on=clock.today() - timedelta(days=20), mail="elodie.dasilva@ac-lyon.example")


def _arrive(name: str, mail: str, school: int, function: str, schools: list[Structure]) -> Person:
    first_day = date(clock.today().year - 2, 9, 1)
    person = people.arrive(name, mail, password(), since=clock.morning(first_day))
    postings.begin(person, schools[school], on=first_day, function=function)
    return person


def _again(person: Person) -> Actor:
    return people.actor(people.find(person.sub))


def _lessons(camille: Actor, crowd: list[Person]) -> None:
    """Fill the space of the account a newcomer tries first, and share parts of it. What is oldest comes first, as it did."""
    root = homes.home_of(camille).root
    archives = _folder(camille, root, "Archives", 410)
    film = random.Random(1).randbytes(BIG)  # noqa: S311 - not a secret
    _put(camille, archives, "Captation du cours.mov", film, 400)
    lessons = _folder(camille, root, "Cours", 80)
    svt = _folder(camille, lessons, "Sciences de la vie et de la Terre", 80)
    _put(camille, svt, "Progressions.md", PLAN.replace("- [x]", "- [ ]").encode(), 75)
    _put(camille, svt, "Éruption.png", picture(480, 320, 7), 41)
    _put(camille, svt, "Coupe géologique.png", picture(480, 320, 42), 38)
    _put(camille, svt, "Contrôle volcans.pdf", page("Contrôle : les volcans"), 9)
    _put(camille, svt, "Progressions.md", PLAN.encode(), 3)  # and so an earlier version
    handed_in = _folder(camille, lessons, "Copies rendues", 6)
    _folder(camille, root, "Photos", 60)
    sharing.give(camille, svt, f"person:{crowd[1].pk}", Role.WRITE)
    sharing.give(camille, lessons, f"person:{crowd[7].pk}", Role.READ)
    sharing.make_link(camille, handed_in, Role.DEPOSIT, label="Dépôt des copies")


def _papers(actor: Actor, folder: str, name: str, days: int) -> int:
    """Fill the space of a colleague, and return the folder that was made."""
    made = _folder(actor, homes.home_of(actor).root, folder, days + 5)
    _put(actor, made, name, page(name.removesuffix(".pdf")), days)
    _put(actor, made, "Notes.txt", "À compléter avant les vacances.\n".encode(), days - 1)
    return made


def _team_space(actor: Actor, team: int) -> None:
    root = homes.home(f"team:{team}").root
    _put(actor, root, "Conseil pédagogique.md", MINUTES.encode(), 1)
    _folder(actor, root, "Projet Volcans d’Auvergne", 15)


def _school_space(head: Actor, school: Structure) -> None:
    root = homes.home(f"structure:{school.pk}").root
    _put(head, root, "Règlement intérieur.pdf", page("Règlement intérieur"), 84)
    _folder(head, root, "Emplois du temps", 84)


def _folder(actor: Actor, into: int, name: str, days: int) -> int:
    """Make a folder so many days ago, and return its id."""
    made = tree.make_folder(actor, into, name).id
    content.date(actor, made, _ago(days))
    return made


def _put(actor: Actor, folder: int, name: str, data: bytes, days: int) -> None:
    """Write a file last changed so many days ago."""
    sink = storage().begin()
    sink.write(data)
    content.write(actor, folder, name, content.new_blob(sink.finish()), mtime=_ago(days))


def _ago(days: int) -> int:
    """Return the seconds since 1970 of an hour of work, so many days ago."""
    return int(clock.morning(clock.today() - timedelta(days=days)).timestamp()) + 3600 * (9 + days % 8)


def picture(width: int, height: int, seed: int) -> bytes:
    """Return a PNG of layers of earth under a sky, drawn from a seed."""
    rng = random.Random(seed)  # noqa: S311 - a drawing
    layers = [(rng.randrange(90, 220), rng.randrange(60, 160), rng.randrange(40, 120)) for _ in range(6)]
    rows = bytearray()
    for y in range(height):
        rows.append(0)  # PNG filter: none
        for x in range(width):
            ridge = height // 3 + (x * (width - x) * (seed % 5 + 1)) // (width * 9)
            rows += bytes((190, 215, 240) if y < ridge else layers[(y - ridge + x // 9) // 40 % 6])
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def page(title: str) -> bytes:
    """Return a PDF of one page that bears a title."""
    shown = title.encode("cp1252", "replace").replace(b"(", b"\\(").replace(b")", b"\\)")
    drawing = b"BT /F1 24 Tf 72 760 Td (" + shown + b") Tj ET"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawing), drawing),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )
    body, places = bytearray(b"%PDF-1.4\n"), []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return bytes(body) + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        size, table, size, len(body),
    )  # fmt: skip
