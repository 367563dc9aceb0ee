"""`cartable bring hedgedoc`: a database as Sequelize makes it becomes pads under the same addresses; twice is once, killed is begun again."""

import json
import sqlite3
from contextlib import closing, contextmanager

import psycopg
import pytest
from django.core.management import CommandError, call_command

from cartable.identity import people
from cartable.pads.addresses import history, naming, presets
from cartable.pads.addresses import uploads as words
from cartable.pads.addresses.models import Upload
from cartable.pads.bringing import bringing, patches
from cartable.pads.bringing.source import Source, encoded
from cartable.spaces import listing, paths, trash, versions
from cartable.spaces.models import Node
from tests import servers
from tests.pads.formats.test_taking import PIXEL
from tests.pads.hedgedoc.conftest import browse, program  # noqa: F401
from tests.worlds import read

OLD = "2021-03-04 10:00:00.000 +00:00"
IDS = [f"0000000{number}-0000-4000-8000-000000000000" for number in range(6)]
FIRST = "Bonjour\nle monde\n"
PATCH = "@@ -1,11 +1,14 @@\n Bonjour\n+ %F0%9F%98%80\n %0Ale \n@@ -15,6 +15,13 @@\n monde\n+ entier\n %0A\n"
SECOND = "Bonjour 😀\nle monde entier\n"
TABLES = """
CREATE TABLE "Users" (id UUID PRIMARY KEY, profileid VARCHAR(255), profile TEXT, history TEXT, email TEXT, password TEXT);
CREATE TABLE "Notes" (id UUID PRIMARY KEY, shortid VARCHAR(255), alias VARCHAR(255), permission {permission}, viewcount INTEGER,
    title TEXT, content TEXT, "ownerId" UUID, "createdAt" {moment}, "updatedAt" {moment}, "lastchangeAt" {moment});
CREATE TABLE "Revisions" (id UUID PRIMARY KEY, "noteId" UUID, patch TEXT, "lastContent" TEXT, content TEXT, "createdAt" {moment});
"""
PERMISSIONS = "CREATE TYPE permissions AS ENUM ('freely', 'editable', 'limited', 'locked', 'protected', 'private')"
ADA, BOB, CLEO = (f"1000000{number}-0000-4000-8000-000000000000" for number in range(3))
TEXTS = [f"2000000{number}-0000-4000-8000-000000000000" for number in range(4)]


class Old:
    """A database of theirs as Sequelize makes it: `execute(statement, *rows)`."""

    def __init__(self, address):
        self.address = address
        with self._open() as base:
            if address.startswith("postgresql"):
                base.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public;" + PERMISSIONS)
                base.execute(TABLES.format(permission="permissions", moment="TIMESTAMP WITH TIME ZONE"))
            else:
                base.executescript(TABLES.format(permission="VARCHAR(255)", moment="DATETIME"))

    def execute(self, statement, *rows):
        with self._open() as base:
            mark = "%s" if self.address.startswith("postgresql") else "?"
            base.cursor().executemany(statement.replace("?", mark), rows)

    @contextmanager
    def _open(self):
        connect = psycopg.connect if self.address.startswith("postgresql") else sqlite3.connect
        with closing(connect(self.address)) as base:
            yield base
            base.commit()


def moment(minute):
    return f"2021-03-04 10:{minute:02d}:00.000 +00:00"


@pytest.fixture(scope="module")
def postgresql():
    with servers.postgresql() as address:
        yield address


@pytest.fixture(params=["SQLite", pytest.param("PostgreSQL", marks=pytest.mark.once)])
def old(request, tmp_path):
    return Old(
        request.getfixturevalue("postgresql") if request.param == "PostgreSQL" else str(tmp_path / "codimd.sqlite")
    )


@pytest.fixture
def codimd(old):
    """A database: notes of Ada (an address, by her profile), of Bob (his own), of nobody, and one that is too long."""
    opened = [
        {"id": "plan", "text": "Plan", "time": 1_600_000_000_000, "tags": ["a"], "pinned": True},
        {"id": encoded(IDS[1]), "text": "Deux\u0000", "time": 1_600_000_001_000, "tags": None},
        {"id": "perdu", "text": "x", "time": 1, "tags": []},
        {"id": "plan"},
        "x",
    ]
    users = [
        (
            ADA,
            "LDAP-ada",
            json.dumps({"emails": ["inconnue@example.org", "Ada@ac-dijon.example"]}),
            json.dumps(opened),
            None,
        ),
        (BOB, None, None, "[", "bob@ac-dijon.example"),
        (CLEO, None, json.dumps({"emails": [{"value": "x@example.org"}]}), None, None),
    ]
    old.execute('INSERT INTO "Users" (id, profileid, profile, history, email) VALUES (?, ?, ?, ?, ?)', *users)
    notes = [
        (IDS[0], "S1ok9no3f", "plan", "locked", 12, SECOND + "fin\n", ADA, OLD, moment(30)),
        (IDS[1], "H-_x1", "me", "private", 0, "# Deux", ADA, OLD, None),
        (IDS[2], "rkq1", None, "freely", 1, "# De Bob\r\n", BOB, OLD, moment(1)),
        (IDS[3], "rkq2", None, None, 0, "# À personne", None, OLD, None),
        (IDS[4], "rkq3", None, "limited", 0, "# D’ailleurs", CLEO, OLD, None),
        (IDS[5], "rkq4", None, "private", 0, "a" * (4 << 20) + "a", BOB, OLD, None),
    ]
    old.execute(
        'INSERT INTO "Notes" (id, shortid, alias, permission, viewcount, content, "ownerId", "createdAt", "lastchangeAt") '
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *notes,
    )
    revisions = [
        (TEXTS[0], IDS[0], None, FIRST, None, moment(0)),
        (TEXTS[1], IDS[0], PATCH, None, None, moment(10)),
        (TEXTS[2], IDS[0], "@@ -1,3 +1,3 @@\n-xxx\n+yyy\n", None, None, moment(15)),  # of another text
        (TEXTS[3], IDS[0], "", None, SECOND + "fin\n", moment(20)),
    ]
    old.execute('INSERT INTO "Revisions" VALUES (?, ?, ?, ?, ?, ?)', *revisions)
    return old.address


def bring(address, orphans=None, uploads=None):
    with closing(Source(address)) as source:
        return bringing.bring(source, orphans, uploads)


def texts(world):
    folder = paths.find(world.ada, "/Pads")
    return {one.entry.name: read(world.ada, one.entry.id).decode() for one in listing.children(world.ada, folder.id)}


def test_every_old_address_answers_with_what_was_there(world, codimd, program):  # noqa: F811
    report = bring(codimd, people.find("eve@ac-dijon.example"))
    assert (report.brought, report.ownerless, report.refused, report.histories) == (5, 2, 1, 2)
    assert len(report.lines) == 2
    assert texts(world) == {"Sans titre.md": SECOND + "fin\n", "Deux.md": "# Deux"}
    ada, bob, eve = program("ada"), program("bob"), program("eve")
    assert ada.ask("GET", "plan/download").content.decode() == SECOND + "fin\n"
    for word in (encoded(IDS[0]), "S1ok9no3f"):
        assert ada.ask("GET", word).headers["Location"].endswith("/pads/plan")
        assert ada.ask("GET", f"s/{word}").headers["Location"].endswith("/pads/s/plan")
    assert ada.ask("GET", "plan/info").json()["viewcount"] == 12
    assert ada.ask("GET", "s/H-_x1").status_code == 200
    assert bob.ask("GET", f"{encoded(IDS[2])}/download").content == b"# De Bob\n"
    assert {one.entry.name for one in listing.children(world.eve, paths.find(world.eve, "/Pads orphelins").id)} == {
        "À personne.md",
        "D’ailleurs.md",
    }
    given = [
        presets.of(actor, naming.resolve(encoded(IDS[at])))
        for actor, at in ((world.ada, 0), (world.ada, 1), (world.bob, 2), (world.eve, 3), (world.eve, 4))
    ]
    assert given == ["locked", "private", "freely", "freely", "limited"]
    guest = program()
    assert guest.ask("GET", "plan/download").status_code == 200
    assert guest.ask("GET", f"{encoded(IDS[1])}/download").status_code == 302
    assert eve.ask("GET", encoded(IDS[1])).status_code == 404


def test_revisions_are_versions_of_their_time(world, codimd, program):  # noqa: F811
    bring(codimd)
    ada, node = program("ada"), naming.resolve("plan")
    listed = ada.ask("GET", "plan/revision").json()["revision"]
    assert [one["time"] // 60_000 % 60 for one in listed] == [20, 10, 0]
    told = [ada.ask("GET", f"plan/revision/{one['time']}").json()["content"] for one in listed]
    assert told == [SECOND + "fin\n", SECOND, FIRST]
    assert len(versions.of(world.ada, node)) == 2


def test_a_history_comes_with_its_pins_and_does_not_overwrite(world, codimd):
    bring(codimd)
    first, second = history.of(world.ada)
    assert (first.title, first.pinned, second.title, second.tags, second.pinned) == ("Deux", False, "Plan", ["a"], True)
    history.pin(world.ada, naming.resolve("plan"), pinned=False)
    history.forget(world.ada, first.known.node)
    bring(codimd)
    assert [(one.title, one.pinned) for one in history.of(world.ada)] == [("Deux", False), ("Plan", False)]


def test_twice_is_once_and_what_was_interrupted_goes_on(world, codimd, monkeypatch):
    apply, left = presets.apply, [2]

    def killed(*words):
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt
        apply(*words)

    monkeypatch.setattr(presets, "apply", killed)
    with pytest.raises(KeyboardInterrupt):
        bring(codimd)
    assert set(texts(world)) == {"Sans titre.md"}
    monkeypatch.setattr(presets, "apply", apply)
    again = bring(codimd)
    assert (again.here, again.brought) == (1, 2)
    nodes = Node.objects.count()
    third = bring(codimd)
    assert (third.here, third.brought, third.ownerless) == (3, 0, 2)
    assert Node.objects.count() == nodes
    assert len(texts(world)) == 2


def test_what_is_no_database_of_theirs_is_told(db, tmp_path):
    other = tmp_path / "autre.sqlite"
    sqlite3.connect(other).close()
    for address in (str(tmp_path / "absent"), str(other), str(tmp_path)):
        with pytest.raises(CommandError, match="no database of a HedgeDoc"):
            call_command("bring", "hedgedoc", address)


def test_a_patch_is_of_its_very_text():
    assert patches.applied(FIRST, PATCH) == SECOND
    assert patches.applied("x", "") == "x"
    for text, patch in (
        (SECOND, PATCH),
        ("", PATCH),
        (FIRST, "@@ x @@"),
        (FIRST, "n’importe quoi"),
        ("é", "@@ -1 +1 @@\n?é\n"),
    ):
        with pytest.raises(patches.Unfit):
            patches.applied(text, patch)


@pytest.fixture
def uploads(old, codimd, tmp_path):
    """Its folder of pictures, and notes that name some: two of Ada's the same, one of Bob's, a revision another, one what is none."""
    folder = tmp_path / "uploads"
    folder.mkdir()
    for name in ("a.png", "b.png", "seule.png"):
        (folder / name).write_bytes(PIXEL)
    (folder / "faux.png").write_bytes(b"<script>")
    (folder / "lien.png").symlink_to("/etc/passwd")
    shown = {0: "a.png faux.png lien.png absente.png ..", 1: "a.png", 2: "a.png"}
    for at, names in shown.items():
        text = "\n".join(f"![](https://pads.ac-dijon.example/uploads/{name})" for name in names.split())
        old.execute('UPDATE "Notes" SET content = ? WHERE id = ?', (text, IDS[at]))
    old.execute(
        'UPDATE "Revisions" SET "lastContent" = ?, patch = NULL WHERE id = ?', ("![](/uploads/b.png)", TEXTS[0])
    )
    return folder


def sees(one, name):
    answer = one.ask("GET", f"uploads/{name}")
    return answer.status_code == 200 and b"".join(answer.streaming_content) == PIXEL


def test_its_pictures_lie_beside_the_notes_that_name_them(world, codimd, uploads, program):  # noqa: F811
    report = bring(codimd, uploads=uploads)
    assert report.pictures == 4
    left = {line.partition(": ")[2] for line in report.lines if "png" in line or ".." in line}
    assert left == {
        "faux.png: left out (BadInput)",
        "lien.png: left out (NotFound)",
        "absente.png: left out (NotFound)",
        "..: left out (NotFound)",
    }
    for actor, pictures in ((world.ada, ["a.png", "b.png"]), (world.bob, ["a.png"])):
        there = listing.children(actor, paths.find(actor, "/Pads").id)
        assert sorted(one.entry.name for one in there if one.entry.name.endswith(".png")) == pictures
    ada, bob, eve, guest = (program(name) for name in ("ada", "bob", "eve", ""))
    assert [sees(one, "a.png") for one in (ada, bob, eve, guest)] == [True] * 4
    presets.apply(world.ada, naming.resolve("plan"), "private")
    assert [sees(one, "b.png") for one in (ada, bob, eve, guest)] == [True, False, False, False]
    assert sees(guest, "a.png"), "Bob's note is open to all"
    presets.apply(world.bob, naming.resolve(encoded(IDS[2])), "private")
    assert [sees(one, "a.png") for one in (ada, bob, eve, guest)] == [True, True, False, False]
    assert ada.ask("GET", "plan/download").content.startswith(b"![](https://pads.ac-dijon.example/uploads/a.png)")
    assert not sees(ada, "seule.png")


def test_pictures_come_once_and_also_later(world, codimd, uploads, monkeypatch):
    bring(codimd)
    keep, left = words.keep, [2]

    def killed(*given, **more):
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt
        return keep(*given, **more)

    monkeypatch.setattr(words, "keep", killed)
    with pytest.raises(KeyboardInterrupt):
        bring(codimd, uploads=uploads)
    assert Upload.objects.count() == 1
    monkeypatch.setattr(words, "keep", keep)
    assert bring(codimd, uploads=uploads).pictures == 3
    nodes = Node.objects.count()
    assert bring(codimd, uploads=uploads).pictures == 0
    assert Node.objects.count() == nodes
    trash.discard(world.ada, paths.find(world.ada, "/Pads/a.png").id)
    assert bring(codimd, uploads=uploads).pictures == 0, "what is thrown away here stays so"


def test_a_folder_of_pictures_that_is_none_is_told(db, codimd, tmp_path):
    with pytest.raises(CommandError, match="no folder"):
        call_command("bring", "hedgedoc", codimd, "--uploads", str(tmp_path / "absent"))
