import io
import zipfile

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st
from zipstream import ZipStream

from cartable.drive import archives
from cartable.spaces import listing, sharing, tree, versions
from cartable.spaces.access import Role
from cartable.spaces.kinds import Action
from cartable.spaces.models import Blob, Node, Space
from tests.worlds import put, read


def body(response):
    """Return the bytes of a response; read to the end, it closes its file and leaves the test's database open."""
    return b"".join(response.streaming_content) if response.streaming else response.content


def head(response):
    """Return the headers of a response, read to its end."""
    body(response)
    return response.headers


def sent(name, data=b"bonjour"):
    return SimpleUploadedFile(name, data)


# Down


def test_a_file_comes_back_as_an_attachment_that_cannot_act_as_the_site(world, browse):
    put(world.ada, world.maths, "page.html", b"<script>alert(1)</script>")
    page = listing.children(world.ada, world.maths)[1].entry.id
    for door in ("download", "raw"):
        answer = browse("ada").get(f"/f/{page}/{door}")
        assert b"<script>" in body(answer)
        assert answer.headers["Content-Type"] in {"application/octet-stream", "text/plain; charset=utf-8"}
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert "script" not in answer.headers["Content-Security-Policy"]
    assert head(browse("ada").get(f"/f/{page}/download"))["Content-Disposition"].startswith("attachment")


def test_a_drawing_that_could_hold_a_script_is_never_shown_in_place(world, browse):
    drawing = put(world.ada, world.maths, "dessin.svg", b"<svg onload='alert(1)'/>").id
    assert head(browse("ada").get(f"/f/{drawing}/raw"))["Content-Type"] != "image/svg+xml"


def test_names_with_accents_come_back_whole(world, browse):
    file = put(world.ada, world.maths, "Éruption n° 1 ; été.txt").id
    assert "filename*=utf-8''%C3%89ruption" in head(browse("ada").get(f"/f/{file}/download"))["Content-Disposition"]


@pytest.mark.parametrize(
    ("asked", "status", "expected"),
    [
        ("bytes=0-2", 206, b"012"),
        ("bytes=7-", 206, b"789"),
        ("bytes=-2", 206, b"89"),
        ("bytes=5-500", 206, b"56789"),
        ("bytes=10-", 416, b""),
        ("bytes=5-2", 200, b"0123456789"),
        ("bytes=0-1,4-5", 200, b"0123456789"),
        ("lines=1-2", 200, b"0123456789"),
    ],
)
def test_a_range_of_bytes(world, browse, asked, status, expected):
    file = put(world.ada, world.maths, "film.mp4", b"0123456789").id
    answer = browse("ada").get(f"/f/{file}/raw", HTTP_RANGE=asked)
    assert (answer.status_code, body(answer)) == (status, expected)
    if status == 206:
        assert answer.headers["Content-Length"] == str(len(expected))
        assert answer.headers["Content-Range"].endswith("/10")


def test_an_unchanged_file_is_not_sent_again(world, browse):
    ada = browse("ada")
    tag = head(ada.get(f"/f/{world.devoir}/download"))["ETag"]
    assert ada.get(f"/f/{world.devoir}/download", HTTP_IF_NONE_MATCH=tag).status_code == 304


def test_who_may_only_view_does_not_take_bytes(world, browse):
    sharing.give(world.ada, world.maths, f"person:{world.eve.person}", Role.VIEW)
    eve, data = browse("eve"), put(world.ada, world.maths, "mesures.bin", b"1").id
    assert "vous n’en voyez que le nom" in eve.get(f"/f/{data}").content.decode()
    assert eve.get(f"/f/{data}/raw").status_code == 403
    for node in (data, world.devoir):
        assert eve.get(f"/f/{node}/download").status_code == 403
        assert eve.get(f"/f/{node}/versions").status_code == 403
    assert eve.get(f"/selection/download?node={world.maths}").status_code == 403


def test_who_may_only_view_sees_what_a_browser_shows_and_is_offered_nothing_to_keep(world, browse):
    sharing.give(world.ada, world.maths, f"person:{world.eve.person}", Role.VIEW)
    eve = browse("eve")
    shown = {"photo.png": "<img src", "notes.txt": "bonjour", "devoir.pdf": "/raw#toolbar=0"}
    for name, told in shown.items():
        file = put(world.ada, world.maths, name, b"bonjour").id
        page = eve.get(f"/f/{file}").content.decode()
        assert told in page
        assert "download" not in page.replace("nodownload", "")
        answer = head(eve.get(f"/f/{file}/raw"))
        assert answer["Content-Disposition"].startswith("inline")
        assert body(eve.get(f"/f/{file}/raw")) == b"bonjour"


def test_a_text_is_shown_as_text(world, browse):
    file = put(world.ada, world.maths, "notes.txt", "été <b>".encode()).id
    old = put(world.ada, world.maths, "vieux.txt", "été".encode("cp1252")).id
    assert "été &lt;b&gt;" in browse("ada").get(f"/f/{file}").content.decode()
    assert "été" in browse("ada").get(f"/f/{old}").content.decode()


@pytest.mark.parametrize(
    ("name", "extra"), [("a.pdf", "frame-src 'self'"), ("a.mp4", "media-src 'self'"), ("a.png", "")]
)
def test_a_page_is_allowed_what_it_shows_and_no_more(world, browse, name, extra):
    file = put(world.ada, world.maths, name).id
    policy = browse("ada").get(f"/f/{file}").headers["Content-Security-Policy"]
    assert extra in policy
    assert "unsafe" not in policy
    assert ("frame-src" in policy, "media-src" in policy) == ("frame" in extra, "media" in extra)


# Zip


def test_two_documents_of_one_name_are_two_in_a_zip(world, browse):
    pair = [put(world.ada, folder, "x.txt", data).id for folder, data in ((world.maths, b"1"), (world.archives, b"2"))]
    answer = browse("ada").get(f"/selection/download?nodes={pair[0]},{pair[1]}")
    assert unzipped(answer) == {"x.txt": b"1", "x (2).txt": b"2"}


def unzipped(response):
    data = body(response)
    assert len(data) == int(response.headers["Content-Length"])
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    return {info.filename: archive.read(info) for info in archive.infolist()}


def test_a_folder_comes_as_a_zip_whose_length_is_known(world, browse):
    tree.make_folder(world.ada, world.cours, "Vide")
    put(world.ada, world.maths, "rien.txt", b"")
    files = unzipped(browse("ada").get(f"/f/{world.cours}/download"))
    assert files["Cours/Maths/devoir.pdf"] == b"d" * 1000
    assert files["Cours/Maths/rien.txt"] == b""
    assert "Cours/Vide/" in files


def test_a_selection_comes_as_a_zip_named_after_its_folder(world, browse):
    other = put(world.ada, world.maths, "été.txt").id
    answer = browse("ada").post("/selection/download", {"nodes": f"{world.devoir},{other}"})
    assert set(unzipped(answer)) == {"devoir.pdf", "été.txt"}
    assert 'filename="Maths.zip"' in answer.headers["Content-Disposition"]


def test_one_file_alone_is_not_zipped(world, browse):
    assert body(browse("ada").get(f"/selection/download?node={world.devoir}")) == b"d" * 1000


def test_what_one_may_not_read_stays_out_of_the_zip(world, browse):
    private = tree.make_folder(world.ada, world.cours, "Privé").id
    put(world.ada, private, "secret.txt")
    tree.close(world.ada, private, closed=True)
    files = unzipped(browse("bob").get(f"/f/{world.cours}/download"))
    assert set(files) == {"Cours/", "Cours/Maths/", "Cours/Maths/devoir.pdf"}


def test_a_closed_folder_opened_to_somebody_is_in_their_zip_with_what_they_may_read_there(world, browse):
    private = tree.make_folder(world.ada, world.cours, "Privé").id
    opened = put(world.ada, private, "ouvert.txt", b"ouvert").id
    put(world.ada, tree.make_folder(world.ada, private, "Deux").id, "secret.txt")
    tree.close(world.ada, private, closed=True)
    sharing.give(world.ada, private, f"person:{world.bob.person}", Role.VIEW)  # to see is not to take
    assert not any("Privé" in name for name in unzipped(browse("bob").get(f"/f/{world.cours}/download")))
    sharing.give(world.ada, private, f"person:{world.bob.person}", Role.READ)
    files = unzipped(browse("bob").get(f"/f/{world.cours}/download"))
    assert {"Cours/Privé/ouvert.txt", "Cours/Privé/Deux/secret.txt"} <= set(files)
    assert files["Cours/Privé/ouvert.txt"] == read(world.ada, opened)


def test_a_large_folder_is_gone_through_in_few_short_queries(world, browse, monkeypatch, django_assert_max_num_queries):
    """41 folders of 12 files each: 2 queries for what is reached, 2 for each 50 nodes or 10 folders, 1 for 100 files."""
    monkeypatch.setattr(listing, "FOLDERS", 10)
    monkeypatch.setattr(listing, "SOME", 50)
    pad = put(world.ada, world.maths, "un.txt", b"1").blob
    tops = Node.objects.bulk_create(
        Node(space_id=world.space, parent_id=world.maths, name=f"d{n}", kind=1) for n in range(40)
    )
    Node.objects.bulk_create(
        Node(space_id=world.space, parent_id=one.pk, name=f"{n}.txt", kind=0, size=1, blob_id=pad)
        for one in tops
        for n in range(12)
    )
    with django_assert_max_num_queries(45):
        made = archives.archive(world.ada, [world.cours])
    with django_assert_max_num_queries(6):
        whole = b"".join(made.blocks)
    assert len(whole) == made.size
    names = zipfile.ZipFile(io.BytesIO(whole)).namelist()
    assert len(names) == len(set(names)) == 2 + 2 + 40 + 480
    assert {f"Cours/Maths/d{m}/{n}.txt" for m in range(40) for n in range(12)} < set(names)


def test_a_zip_has_an_end(world, browse, monkeypatch):
    monkeypatch.setattr(archives, "MOST", 2)
    assert browse("ada").get(f"/f/{world.cours}/download").status_code == 413


def test_the_bytes_of_a_zip_are_those_of_the_moment_it_was_asked_for(world):
    made = archives.archive(world.ada, [world.cours])
    put(world.ada, world.maths, "devoir.pdf", b"autre")
    put(world.ada, world.maths, "neuf.txt")
    whole = b"".join(made.blocks)
    assert zipfile.ZipFile(io.BytesIO(whole)).read("Cours/Maths/devoir.pdf") == b"d" * 1000
    assert len(whole) == made.size


@given(st.lists(st.tuples(st.text("aé/", min_size=1, max_size=9), st.integers(0, 2**34)), max_size=12))
def test_the_size_is_told_as_the_library_writes_it(files):
    told, library = archives.Measure(), ZipStream(sized=True)
    for name, size in files:
        path = f"x{name}"
        told.add(path, 0 if path.endswith("/") else size)
        library.add(b"", path) if path.endswith("/") else library.add(iter(()), path, size=size)
    assert int(told) == len(library)


@pytest.mark.parametrize("count", [65_534, 65_535, 65_536])
def test_the_size_is_told_of_very_many(count):
    told, made = archives.Measure(), ZipStream()
    for n in range(count):
        told.add(f"{n}/", 0)
        made.add(None, f"{n}/")
    assert int(told) == sum(map(len, made))


# Up, by a form


def test_files_of_a_form_are_kept_and_said(world, browse):
    page = browse("ada").post(f"/f/{world.maths}/upload", {"file": [sent("un.txt"), sent("deux.txt")]}, follow=True)
    assert "2 fichiers déposés." in page.content.decode()
    names = [child.entry.name for child in listing.children(world.ada, world.maths)]
    assert names == ["deux.txt", "devoir.pdf", "un.txt"]


def test_a_taken_name_gets_a_number_unless_it_is_to_be_replaced(world, browse):
    ada = browse("ada")
    answer = ada.post(f"/f/{world.maths}/upload", {"file": sent("devoir.pdf")}, HTTP_ACCEPT="application/json")
    assert answer.json()["names"] == ["devoir (2).pdf"]
    assert [child.entry.name for child in listing.children(world.ada, world.maths)] == ["devoir (2).pdf", "devoir.pdf"]
    ada.post(f"/f/{world.maths}/upload", {"file": sent("devoir.pdf", b"neuf"), "replace": "1"})
    assert read(world.ada, world.devoir) == b"neuf"
    assert len(versions.of(world.ada, world.devoir)) == 1


@pytest.mark.parametrize(("who", "status"), [("bob", 403), ("eve", 404)])
def test_who_may_not_write_puts_nothing(world, browse, who, status):
    before = Blob.objects.count()
    assert browse(who).post(f"/f/{world.maths}/upload", {"file": sent("un.txt")}).status_code == status
    assert Blob.objects.count() == before


def test_a_form_from_another_site_puts_nothing(world, browse):
    answer = browse("ada", enforce_csrf_checks=True).post(f"/f/{world.maths}/upload", {"file": sent("un.txt")})
    assert answer.status_code == 403
    assert len(listing.children(world.ada, world.maths)) == 1


def test_a_form_without_a_file_is_refused(world, browse):
    assert browse("ada").post(f"/f/{world.maths}/upload", {"replace": "1"}).status_code == 400


def test_a_full_space_says_so(world, browse):
    Space.objects.filter(pk=world.space).update(quota=1100)
    answer = browse("ada").post(
        f"/f/{world.maths}/upload", {"file": sent("un.txt", b"x" * 500)}, HTTP_ACCEPT="application/json"
    )
    assert answer.status_code == 507
    assert "place" in answer.json()["sentence"]


def test_a_file_too_large_is_refused_and_leaves_nothing(world, browse, monkeypatch):
    monkeypatch.setattr("cartable.kernel.receiving.UPLOAD_MAX", 100)
    answer = browse("ada").post(f"/f/{world.maths}/upload", {"file": sent("un.txt", b"x" * 500)})
    assert answer.status_code == 413
    assert len(listing.children(world.ada, world.maths)) == 1


# Versions


def test_versions_are_listed_read_named_restored_and_forgotten(world, browse):
    ada = browse("ada")
    put(world.ada, world.maths, "devoir.pdf", b"neuf")
    (earlier,) = versions.of(world.ada, world.devoir)
    address = f"/f/{world.devoir}/versions"
    assert "Ada Lovelace" in ada.get(address).content.decode()
    assert body(ada.get(f"{address}/{earlier.id}/download")) == b"d" * 1000
    ada.post(f"{address}/{earlier.id}/name", {"label": "Avant correction"})
    assert "Avant correction" in ada.get(address).content.decode()
    ada.post(f"{address}/{earlier.id}/restore")
    assert read(world.ada, world.devoir) == b"d" * 1000
    for one in versions.of(world.ada, world.devoir):
        ada.post(f"{address}/{one.id}/remove")
    assert versions.of(world.ada, world.devoir) == []


def test_versions_follow_the_rights_of_their_file(world, browse):
    put(world.ada, world.maths, "devoir.pdf", b"neuf")
    (earlier,) = versions.of(world.ada, world.devoir)
    address = f"/f/{world.devoir}/versions/{earlier.id}"
    assert body(browse("bob").get(f"{address}/download")) == b"d" * 1000
    assert browse("bob").post(f"{address}/restore").status_code == 403
    assert browse("eve").get(f"{address}/download").status_code == 404
    assert browse("ada").get(f"/f/{world.note}/versions/{earlier.id}/download").status_code == 404


def test_a_file_offers_what_services_do_with_its_kind(world, browse, monkeypatch):
    share = Action("Montrer", ("text/",), "share")
    monkeypatch.setattr(apps.get_app_config("portal"), "actions", (share,), raising=False)
    ada = browse("ada")
    assert f'href="/f/{world.note}/share">Montrer</a>' in ada.get(f"/f/{world.note}").content.decode()
    assert "Montrer" not in ada.get(f"/f/{world.devoir}").content.decode()


def test_a_form_may_name_folders_that_are_made_where_they_are_missing(world, browse):
    ada = browse("ada")
    ada.post(f"/f/{world.cours}/upload", {"file": sent("plan.txt"), "through": "Maths/Sorties"})
    ada.post(f"/f/{world.cours}/upload", {"through": "Vide"})
    inside = {child.entry.name: child.entry.id for child in listing.children(world.ada, world.maths)}
    assert [child.entry.name for child in listing.children(world.ada, inside["Sorties"])] == ["plan.txt"]
    assert [child.entry.name for child in listing.children(world.ada, world.cours)] == ["Maths", "Vide"]
    assert ada.post(f"/f/{world.cours}/upload", {"file": sent("x"), "through": "../Archives"}).status_code == 400
    assert browse("bob").post(f"/f/{world.cours}/upload", {"through": "Non"}).status_code == 403
