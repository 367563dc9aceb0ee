"""Why a space is full, and what makes room: each line says its bytes, each button gives them back."""

import re
from html import unescape

import pytest

from cartable.drive import uploads
from cartable.identity import people, teams
from cartable.kernel.errors import Conflict, Denied, NotFound
from cartable.kernel.storage import storage
from cartable.spaces import checking, copying, homes, quota, sharing, trash, tree, versions
from cartable.spaces.access import Role
from cartable.spaces.models import Space, Version
from tests.drive_pages.test_files import sent
from tests.worlds import actor, put


def text(response):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", response.content.decode())))


def give(space, quota):
    Space.objects.filter(pk=space).update(quota=quota)


def begin(actor, name, data):
    uploads.begin(actor, name)
    uploads.keep(actor, name, "1", blob_stored(data))


def blob_stored(data):
    sink = storage().begin()
    sink.write(data)
    return sink.finish()


@pytest.fixture
def filled(world):
    """Ada's space of 4,000 bytes: 1,007 of documents, 3,000 in the trash, 2,007 of versions, 500 of an upload."""
    put(world.ada, world.archives, "note.txt", b"n" * 2000)
    put(world.ada, world.archives, "note.txt", b"bonjour")
    trash.discard(world.ada, put(world.ada, world.root, "lourd.bin", b"l" * 3000).id)
    begin(world.ada, "web-1", b"u" * 500)
    give(world.space, 4000)
    return world


def test_each_kind_of_bytes_is_told_apart(filled, browse):
    page = text(browse("ada").get("/room"))
    for said in (
        "1 Ko utilisés sur 4 Ko",
        "Documents",
        "Corbeille",
        "3 Ko",
        "Versions",
        "2 Ko",
        "Envois en cours",
        "500 octets",
    ):
        assert said.replace(" ", "") in re.sub(r"\s", "", page), said


def test_what_counts_beyond_its_own_room_is_said(filled, browse):
    give(filled.space, 2500)
    page = re.sub(r"\s", "", text(browse("ada").get("/room")))
    assert "Lereste,500octets,compteaveclesdocuments." in page


def test_a_space_that_is_full_says_so_and_a_refused_upload_leads_there(filled, browse):
    give(filled.space, 1007)
    ada = browse("ada")
    assert "L’espace est plein" in text(ada.get("/room"))
    refused = ada.post(f"/f/{filled.archives}/upload", {"file": sent("a.txt", b"a" * 10)})
    assert refused.status_code == 507
    assert f'href="/room?space={filled.space}"' in refused.content.decode()
    told = ada.post(
        f"/f/{filled.archives}/upload", {"file": sent("a.txt", b"a" * 10)}, headers={"Accept": "application/json"}
    ).json()
    assert told["way"]["href"] == f"/room?space={filled.space}"


def test_the_quota_that_is_shown_leads_there(filled, browse):
    for page in ("/", f"/f/{filled.root}"):
        assert f'href="/room?space={filled.space}"' in browse("ada").get(page).content.decode()
    assert not re.search(r'href="/room[^"]*"(?! hidden)', browse("bob").get(f"/f/{filled.archives}").content.decode())


def test_a_space_of_somebody_else_and_none_are_told_alike(filled, browse):
    pages = [text(browse("bob").get(f"/room?space={one}")) for one in (filled.space, 999999, "x" * 300)]
    assert pages[0] == pages[1] == pages[2]
    assert "n’est pas à vous" in pages[0]
    assert "4 Ko" not in pages[0].replace("\u202f", " ").replace("\u00a0", " ")


def test_versions_of_more_than_a_week_go_and_the_others_stay(filled, browse, later):
    old = put(filled.ada, filled.root, "vieux.txt", b"v" * 700).id
    put(filled.ada, filled.root, "vieux.txt", b"w")
    named = Version.objects.get(node=old)
    later(days=8)
    put(filled.ada, filled.archives, "note.txt", b"bonsoir")
    versions.name(filled.ada, old, named.pk, "À garder")
    ada = browse("ada")
    assert "2 Ko" in text(ada.get(f"/room/versions?space={filled.space}")).replace("\u00a0", " ")
    answer = ada.post("/room/versions", {"space": filled.space}, follow=True)
    assert "Versions supprimées" in text(answer)
    assert sorted(Version.objects.values_list("size", flat=True)) == [7, 700]
    assert list(checking.faults()) == []


def test_nobody_but_who_manages_a_space_clears_its_versions(filled, browse, later):
    later(days=8)
    assert browse("bob").post("/room/versions", {"space": filled.space}).status_code == 404
    assert browse("eve").get(f"/room/versions?space={filled.space}").status_code == 404
    team = teams.form(filled.ada, "Équipe", [people.find("bob@ac-dijon.example")])
    shared = homes.home(f"team:{team.pk}")
    assert browse("bob").get(f"/room?space={shared.space}").status_code == 200
    assert browse("bob").post("/room/versions", {"space": shared.space}).status_code == 403
    for who, refusal in ((filled.bob, NotFound), (actor("bob@ac-dijon.example"), NotFound)):
        with pytest.raises(refusal):
            versions.clear(who, filled.space)
    with pytest.raises(Denied):
        versions.clear(actor("bob@ac-dijon.example"), shared.space)
    assert Version.objects.exists()


def test_after_a_mass_change_versions_stay(filled, browse, later, monkeypatch):
    monkeypatch.setattr(versions, "MASS", 1)
    later(days=8)
    assert "sont gardées pour le moment" in text(browse("ada").get("/room"))
    with pytest.raises(Conflict):
        versions.clear(filled.ada, filled.space)
    assert Version.objects.exists()


def test_many_versions_go_by_a_task(filled, monkeypatch, later):
    for n in range(4):
        put(filled.ada, filled.archives, "note.txt", b"%d" % n)
    later(days=8)
    monkeypatch.setattr(versions, "AT_ONCE", 2)
    assert versions.clear(filled.ada, filled.space) is None
    assert Version.objects.count() == 4
    versions.clear_later.call(filled.space, 10_000)
    assert not Version.objects.exists()
    assert list(checking.faults()) == []


def test_uploads_under_way_are_given_up(filled, browse):
    begin(filled.bob, "web-1", b"of bob")
    answer = browse("ada").post("/room/uploads", follow=True)
    assert "1 envoi abandonné" in text(answer)
    assert uploads.waiting(filled.ada) == (0, 0)
    assert uploads.waiting(filled.bob) == (1, 6)
    with pytest.raises(NotFound):
        uploads.one(filled.ada, "web-1")


def test_what_is_on_its_way_is_told_apart(filled, browse, monkeypatch):
    monkeypatch.setattr(copying, "AT_ONCE", 1)
    give(filled.space, -1)
    assert "En chemin" not in text(browse("ada").get("/room"))
    tree.copy(filled.ada, filled.cours, into=filled.archives)
    assert "En chemin" in text(browse("ada").get("/room"))


def test_a_link_leads_no_stranger_there(filled, browse):
    give(filled.space, 1007)
    link = sharing.make_link(filled.ada, filled.archives, Role.DEPOSIT).link
    refused = browse().post(f"/s/{link}", {"by": "Lina", "file": sent("a.txt", b"a" * 100)})
    assert refused.status_code == 507
    assert "/room" not in refused.content.decode()


def test_what_a_version_weighed_is_room_again(filled, later):
    give(filled.space, 1500)  # 507 of the versions and 1,500 of the trash count with the documents
    assert quota.room_of(filled.space).free == 0
    assert versions.spare(filled.space) == 0
    later(days=8)
    assert versions.clear(filled.ada, filled.space) == 2007
    trash.empty(filled.ada, filled.space)
    assert quota.room_of(filled.space).free == 1500 - 1007
