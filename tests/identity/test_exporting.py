"""Everything a person has, as one zip: whole, without a secret, in the same order, by a bounded number of queries."""

import io
import json
import re
import tracemalloc
import zipfile
from datetime import date

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from lxml import html

from cartable.identity import absences, credentials, exporting, own, people, postings, roles, structures, teams
from cartable.identity.feeds import keys, resources
from cartable.identity.feeds.models import Civil, Feed, MatchCase, PersonKey, ScimResource
from cartable.identity.feeds.users import SCHEMA
from cartable.identity.models import Absence, Person, Posting
from cartable.identity.oidc import clients, consents
from cartable.identity.oidc.clients import Registration
from cartable.identity.oidc.models import Provisioned
from cartable.identity.sheets import Sheet, Weight
from cartable.kernel import clock, notices
from cartable.kernel.errors import TooLarge
from cartable.kernel.models import Act
from cartable.pads.addresses import history
from cartable.pads.comments import talking
from cartable.pads.extracts.models import Mention
from cartable.pads.hands import signing
from cartable.portal import deeds
from cartable.spaces import homes, listing, sharing, trash, tree, wording
from cartable.spaces.access import Role
from cartable.spaces.models import Grant
from tests.identity.test_pages import PASSWORD
from tests.standing import stands
from tests.worlds import academies, ada_world, put

CODED = re.compile(r"[{}\[\]_]\w|^\w+:\d+$|^(?:True|False|None|ENS)$|^0\d$|[0-9a-f]{12}|#|\b(?:aaf-[12]d|csv|scim)\b")
CODES = {
    *deeds.VERBS,
    *wording.CHANGES,
    *own.STATES,
    *postings.STATES,
    *absences.TITLES,
    *(one.name.lower() for one in Role),
}


@stands
def world():
    world = ada_world()
    academies()
    ada = Person.objects.get(pk=world.ada.person)
    postings.begin(ada, structures.academy("DIJON"))
    put(world.ada, world.archives, "note.txt", b"seconde")
    trash.discard(world.ada, put(world.ada, world.root, "jetée.txt").id)
    sharing.make_link(world.ada, world.note, password="un secret de lien")
    listing.star(world.ada, world.note, on=True)
    svt = teams.form(world.ada, "SVT", [Person.objects.get(pk=world.eve.person)])
    eve = people.actor_of(world.eve.person)
    sharing.give(eve, put(eve, people_root(eve), "pour Ada.txt").id, f"person:{ada.pk}", Role.READ)
    sharing.give(eve, put(eve, people_root(eve), "pour la SVT.txt").id, f"team:{svt.pk}", Role.WRITE)
    Authenticator.objects.create(user=ada, type="totp", data={"secret": "un secret de code"})
    ada.set_password(PASSWORD)
    ada.save(update_fields=["password"])
    return world


def people_root(actor):
    return homes.home_of(actor).root


def taken(actor):
    whole = b"".join(exporting.export(Person.objects.get(pk=actor.person)))
    return zipfile.ZipFile(io.BytesIO(whole))


def test_everything_is_in_it(world):
    secret = credentials.new_app_password(world.ada.person, "portable")
    found = taken(world.ada)
    assert found.testzip() is None
    assert found.read("files/Cours/Maths/devoir.pdf") == b"d" * 1000
    assert found.read("files/Archives/note.txt") == b"seconde"
    known = {name: json.loads(found.read(name)) for name in found.namelist() if name.endswith(".json")}
    assert known["person.json"][0]["name"] == "Ada Lovelace"
    assert known["addresses.json"][0]["mail"] == "ada@ac-dijon.example"
    assert known["postings.json"][0]["academy"] == "Dijon"
    assert known["teams.json"][0]["name"] == "SVT"
    assert {(one["name"], one["to"], one["role"]) for one in known["shares-given.json"]} == {
        ("Cours", "Bob Dupont", "read"),
        ("Archives", "Bob Dupont", "write"),
    }
    received = [
        tuple(one[it] for it in ("name", "given_by", "by_way_of", "role")) for one in known["shares-received.json"]
    ]
    assert received == [
        ("pour Ada.txt", "Eve Martin", "Ada Lovelace", "read"),
        ("pour la SVT.txt", "Eve Martin", "SVT", "write"),
    ]
    page = html.fromstring(found.read("index.html").decode())
    (table,) = (
        one for one in page.xpath("//table") if "pour la SVT.txt" in one.text_content() and "Mot" in one.text_content()
    )
    rows = [[cell.text_content().strip() for cell in row.xpath("th|td")[:3]] for row in table.xpath(".//tr")]
    assert rows == [["Nom", "Par", "À qui"], *([*one[:3]] for one in received)], "who gave it is under that heading"
    assert known["links.json"][0] | {"has_password": True, "name": "note.txt"} == known["links.json"][0]
    assert [one["label"] for one in known["app-passwords.json"]] == ["portable"]
    assert known["factors.json"][0]["app_since"]
    assert [one["name"] for one in known["favorites.json"]] == ["note.txt"]
    assert [one["name"] for one in known["trash.json"]] == ["jetée.txt"]
    (thrown,) = (name for name in found.namelist() if name.startswith("trash/"))
    assert re.fullmatch(r"trash/\d{4}-\d\d-\d\d \d\dh\d\d \d+/jetée.txt", thrown)
    note = next(one for one in known["documents.json"] if one["path"] == "Archives/note.txt")
    assert [one["size"] for one in note["versions"]] == [7]
    assert {"sign-in", "share", "team.form"} - {one["verb"] for one in known["activity.json"]} == {"sign-in"}
    everything = b"".join(found.read(name) for name in found.namelist())
    for one in (secret, "un secret de lien", "un secret de code", "argon2"):
        assert one.encode() not in everything
    assert {name.removesuffix(".json") for name in known} >= {
        "sessions",
        "applications",
        "cases",
        "keys",
        "changes",
        "civil",
    }


def test_the_page_reads_alone(world):
    shown = taken(world.ada).read("index.html").decode()
    for words in ("Vos données\u00a0: Ada Lovelace", "Affectations", "ada@ac-dijon.example", "SVT", "2 documents"):
        assert words in shown
    for foreign in ("<script", "src=", "<link", "@import", "url("):
        assert foreign not in shown
    assert 'lang="fr"' in shown


@pytest.mark.parametrize(("language", "words"), [("fr", "Tous les agents"), ("en", "All staff")])
def test_what_is_given_to_everyone_is_said_in_words_in_the_language_of_the_person(world, language, words):
    eve, ada = Person.objects.get(pk=world.eve.person), Person.objects.get(pk=world.ada.person)
    theirs = people.actor(eve)
    note = put(theirs, people_root(theirs), "pour tous.txt").id
    Grant.objects.create(node_id=note, principal="everyone", rights=Role.READ, given_by=eve.pk)
    Grant.objects.create(node_id=world.note, principal="everyone", rights=Role.READ, given_by=ada.pk)
    Person.objects.filter(pk=ada.pk).update(language=language)
    shown = taken(people.actor_of(ada.pk)).read("index.html").decode()
    assert shown.count(f"<td>{words}</td>") == 2
    assert "everyone" not in shown


@pytest.fixture
def full(world):
    """Something in every sheet that Ada can take away."""
    ada, eve, dijon = Person.objects.get(pk=world.ada.person), world.eve.person, structures.academy("DIJON")
    roles.give(None, ada, "auditor", dijon)
    absences.begin(ada, Absence.Kind.SICK)
    credentials.new_app_password(ada.pk, "portable")
    pad = put(world.ada, world.root, "cours.md", b"# Cours").id
    history.opened(world.ada, pad, "cours.md", "# Cours")
    signing.sign(pad, {7: ada.pk})
    talking.begin(world.ada, pad, "AAE.BBE", "Cours", "Plus clair ?", "Leçon")
    Mention.objects.create(node=pad, person=ada.pk, name="Ada Lovelace", by=eve, at=clock.now(), told=True)
    notices.tell([ada.pk], "mention", pad, by=eve)
    Authenticator.objects.create(user=ada, type="webauthn", data={"name": "Clé bleue"})
    SocialApp.objects.create(provider="openid_connect", provider_id="dijon", name="Académie de Dijon", client_id="c")
    SocialAccount.objects.create(user=ada, provider="dijon", uid="7")
    browser = Client(headers={"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"})
    browser.force_login(ada)
    browser.get("/")
    client, _secret = clients.add(Registration(name="Notes", redirect_uris=("https://notes.example/back",)))
    consents.give(ada, client.pk, ["openid", "postings"])
    Provisioned.objects.create(client=client, person=ada, remote_id="r", digest=b"d", told_at=clock.now())
    feed = Feed.objects.create(name="DIJON scim", scope="07", academy=dijon)
    agent = ScimResource(feed=feed, kind=resources.USER, digest=keys.digest("scim", "DIJON", "9"))
    stated = {"uai": "0210001A", "structure": "Collège Buffon", "function": "ENS"}
    resources.keep(
        agent,
        {
            "userName": "alovelace",
            "name": {"familyName": "Lovelace", "givenName": "Ada"},
            "emails": [{"value": "ada@ac-dijon.example", "primary": True}],
            "active": True,
            SCHEMA: {"postings": [stated], "nationalId": "07E9501234ABC"},
        },
    )
    agent.save()
    PersonKey.objects.create(person=ada, kind="scim", scope="07", digest=agent.digest)
    Posting.objects.filter(person=ada).update(source="DIJON scim #1")
    Civil.objects.create(
        person=ada, usage_name="Lovelace", birth_name="Byron", first_name="Ada", born=date(1985, 12, 10)
    )
    MatchCase.objects.create(
        newcomer=ada,
        candidate_id=eve,
        rule="R3",
        score=5,
        evidence={"name": "agree", "born": "unknown"},
        source="LA REUNION aaf-1d",
        answer="different",
        answered_at=clock.now(),
    )
    return world


def test_every_sheet_is_read_in_words(full):
    """No column is empty for want of a field, no cell holds a code, an id or JSON."""
    told = {}
    for one in exporting.contents(Person.objects.get(pk=full.ada.person)):
        if isinstance(one, Sheet):
            rows = list(one.rows)
            assert rows, one.name
            assert set(one.columns) <= {name for row in rows for name in row}, one.name
            told[one.name] = rows
    page = html.fromstring(taken(full.ada).read("index.html").decode())
    tables = page.xpath("//table")
    assert len(tables) == len(told)
    for table in tables:
        cells = [cell.text_content() for cell in table.xpath(".//td")]
        assert not [cell for cell in cells if CODED.search(cell) or cell in CODES]
        assert all(heading.text_content().strip() for heading in table.xpath(".//th"))
    words = page.text_content()
    for sentence in (
        "Enseignement",
        "Actuelle",
        "Clé bleue",
        "Académie de Dijon",
        "vos affectations actuelles",
        "Collège Buffon · Enseignement",
        "Congé de longue maladie",
        "Dijon (annuaire en continu)",
        "La Réunion (annuaire du premier degré)",
        "Nom : identique",
        "Deux personnes",
        "Partage donné",
        "Bob Dupont",
        "Firefox",
        "Audit",
    ):
        assert sentence in words
    assert "07E9501234ABC" not in words


def test_what_nothing_is_known_of_is_no_table_of_dashes(world):
    found = taken(world.eve)
    assert found.read("factors.json") == b"[]\n"
    nothing = html.fromstring(found.read("index.html").decode()).xpath("//p[contains(., 'Rien n’est su de ceci')]")
    assert "Double authentification" in nothing[0].text_content()


def test_the_page_speaks_the_language_of_who_takes_it(full):
    Person.objects.filter(pk=full.ada.person).update(language="en")
    shown = taken(full.ada).read("index.html").decode()
    assert '<html lang="en">' in shown
    assert "Postings" in shown
    assert "Affectations" not in shown


def test_twice_gives_the_same_order(world):
    assert taken(world.ada).namelist() == taken(world.ada).namelist()


def test_what_others_own_is_not_in_it(world):
    found = taken(world.bob)
    assert not any(name.startswith("files/") for name in found.namelist())
    assert b"devoir" not in found.read("documents.json")


def test_queries_do_not_grow_with_documents(world):
    with CaptureQueriesContext(connection) as few:
        taken(world.ada)
    many = tree.make_folder(world.ada, world.root, "Beaucoup").id
    for n in range(60):
        put(world.ada, many, f"{n:03}.txt", b"%d" % n)
    with CaptureQueriesContext(connection) as more:
        found = taken(world.ada)
    assert len(found.namelist()) > 60
    assert len(more) <= len(few) + 4


def test_a_file_has_its_name_once_it_is_whole(world, tmp_path, monkeypatch):
    ada, to = Person.objects.get(pk=world.ada.person), tmp_path / "ada.zip"
    with monkeypatch.context() as broken:
        broken.setattr(
            "cartable.spaces.content.blob_blocks", lambda _: (_ for _ in ()).throw(OSError(28, "No space left"))
        )
        with pytest.raises(OSError, match="No space"):
            exporting.save(ada, to)
    assert list(tmp_path.iterdir()) == []
    exporting.save(ada, to)
    assert zipfile.ZipFile(to).testzip() is None
    assert to.stat().st_mode & 0o077 == 0
    with pytest.raises(FileExistsError):
        exporting.save(ada, to)


def test_a_person_takes_it_from_their_account_once_they_have_shown_who_they_are(world, later):
    Authenticator.objects.all().delete()
    browser = Client()
    browser.post("/login", {"login": "ada@ac-dijon.example", "password": PASSWORD})
    assert "Emporter mes données" in browser.get("/me/export").content.decode()
    answer = browser.post("/me/export")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/zip")
    assert zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))).testzip() is None
    assert Act.objects.filter(verb="person.export", person=world.ada.person, object=world.ada.person).count() == 1
    later(minutes=11)
    assert browser.post("/me/export").headers["Location"].startswith("/me/confirm")
    assert Client().get("/me/export").headers["Location"].startswith("/login")


def versions_of(found):
    return [name for name in found.namelist() if name.startswith("versions/")]


def test_earlier_versions_are_in_it_if_one_wants_them(world):
    put(world.ada, world.archives, "note.txt", b"troisieme")
    ada = Person.objects.get(pk=world.ada.person)
    found = zipfile.ZipFile(io.BytesIO(b"".join(exporting.export(ada, versions=True))))
    assert found.testzip() is None
    assert {found.read(name) for name in versions_of(found)} == {b"bonjour", b"seconde"}
    rows = json.loads(found.read("documents.json"))
    known = [one["id"] for row in rows for one in row["versions"]]
    names = [
        re.fullmatch(r"versions/Archives/note.txt/\d{4}-\d\d-\d\d \d\dh\d\d (\d+)\.txt", one)
        for one in versions_of(found)
    ]
    assert [int(one[1]) for one in names] == known
    assert "2 versions antérieures" in found.read("index.html").decode()
    assert exporting.weigh_versions(ada) == Weight(2, 14)
    assert versions_of(taken(world.ada)) == []
    assert exporting.weigh_versions(Person.objects.get(pk=world.eve.person)) == Weight(0, 0)


def test_what_a_folder_held_as_it_was_thrown_away_is_taken_too(world):
    trash.discard(world.ada, world.devoir)  # by itself, and then what was around it
    trash.discard(world.ada, world.cours)
    put(world.ada, world.archives, "autre.txt", b"autre")
    trash.discard(world.ada, world.archives)
    found = taken(world.ada)
    thrown = {
        re.sub(r"^trash/[^/]*/", "", name): found.read(name) for name in found.namelist() if name.startswith("trash/")
    }
    assert thrown["devoir.pdf"] == b"d" * 1000
    assert thrown["Archives/note.txt"] == b"seconde"
    assert thrown["Archives/autre.txt"] == b"autre"
    assert not [name for name in found.namelist() if name.startswith("files/")]
    assert "documents de votre corbeille" in found.read("index.html").decode()


def test_versions_of_what_others_own_and_of_what_was_thrown_away_are_not(world):
    put(world.bob, world.archives, "note.txt", b"de Bob")  # Ada's space: hers, whoever wrote
    theirs = put(world.eve, people_root(world.eve), "pour Ada.txt", b"autre")
    assert theirs
    trash.discard(world.ada, world.archives)
    ada = Person.objects.get(pk=world.ada.person)
    found = zipfile.ZipFile(io.BytesIO(b"".join(exporting.export(ada, versions=True))))
    assert versions_of(found) == []


def test_queries_and_memory_do_not_grow_with_versions(world, django_assert_max_num_queries):
    for n in range(60):
        put(world.ada, world.archives, "note.txt", b"%d" % n)
    put(world.ada, world.root, "grand.bin", b"0123456789abcdef" * 2**20)  # 16 MiB
    put(world.ada, world.root, "grand.bin", b"petit")
    ada, size = Person.objects.get(pk=world.ada.person), 0
    with CaptureQueriesContext(connection) as without:
        taken(world.ada)
    tracemalloc.start()
    with CaptureQueriesContext(connection) as more:
        for block in exporting.export(ada, versions=True):
            size += len(block)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(more) <= len(without) + 20, "of sixty"
    assert size > 2**24
    assert peak < 2**23


def test_more_versions_than_a_zip_bears_are_refused_before_a_byte(world, monkeypatch, tmp_path):
    monkeypatch.setattr(exporting, "MOST", 0)
    ada = Person.objects.get(pk=world.ada.person)
    with pytest.raises(TooLarge):
        exporting.export(ada, versions=True)
    with pytest.raises(TooLarge):
        exporting.save(ada, tmp_path / "ada.zip", versions=True)
    assert list(tmp_path.iterdir()) == []
    assert not Act.objects.filter(verb="person.export").exists()


@pytest.mark.parametrize(("small", "ticked"), [(10**6, True), (1, False)])
def test_the_page_says_how_much_they_are_and_leaves_them_out_if_that_is_much(world, monkeypatch, small, ticked):
    monkeypatch.setattr("cartable.identity.pages.SMALL", small)
    put(world.ada, world.archives, "note.txt", b"troisieme")
    Authenticator.objects.all().delete()
    browser = Client()
    browser.post("/login", {"login": "ada@ac-dijon.example", "password": PASSWORD})
    shown = re.sub(r"[\u00a0\u202f]", " ", browser.get("/me/export").content.decode())
    assert "Avec les 2 versions antérieures des documents (14 octets de plus, au plus)" in shown
    assert ('name="versions" value="yes" checked' in shown) == ticked
    answer = browser.post("/me/export", {"versions": "yes"})
    assert len(versions_of(zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))))) == 2


def test_memory_does_not_grow_with_what_is_taken(world):
    put(world.ada, world.root, "grand.bin", b"0123456789abcdef" * 2**21)  # 32 MiB
    person, size = Person.objects.get(pk=world.ada.person), 0
    tracemalloc.start()
    for block in exporting.export(person):
        size += len(block)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 2**25
    assert peak < 2**23
