import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from cartable.drive.order import in_order, natural
from cartable.identity import teams
from cartable.spaces import homes, listing, locks, sharing, tree
from cartable.spaces.access import Role
from tests.drive_pages.test_links import page
from tests.worlds import put

JSON = {"HTTP_ACCEPT": "application/json"}


def text(response):
    return re.sub(r"[ \n]+", " ", response.content.decode())


# The order of names


@pytest.mark.parametrize(
    "names",
    [
        ["Séance 2", "séance 10"],
        ["eau", "éclair", "École", "zèbre"],
        ["cote", "côte", "côté", "Côte 2", "cotes"],
        ["1", "2", "10", "a"],
        ["oeuf", "œuvre", "oie"],
    ],
)
def test_names_are_in_the_order_people_expect(names):
    assert sorted(set(names), key=natural) == names


@given(st.lists(st.text(min_size=1)))
def test_any_names_have_one_order(names):
    backwards = names[::-1]
    assert sorted(names, key=natural) == sorted(backwards, key=natural)


def test_folders_come_first_whatever_the_sort(world):
    put(world.ada, world.root, "aaa.txt")
    children = listing.children(world.ada, world.root)
    for sort in ("name", "-name", "size", "-mtime"):
        kinds = [child.entry.is_folder for child in in_order(children, sort)]
        assert kinds == sorted(kinds, reverse=True)


# Pages


def test_the_owner_sees_the_folder_and_what_can_be_done(world, browse):
    page = browse("ada").get(f"/f/{world.cours}")
    assert page.status_code == 200
    for label in ("Déposer", "Nouveau dossier", "Partager", "Maths"):
        assert label in text(page)


def test_a_reader_sees_no_way_to_write(world, browse):
    page = browse("bob").get(f"/f/{world.cours}")
    assert "sans le modifier" in text(page)
    assert "Nouveau dossier" not in text(page)
    assert "/upload" not in text(page)


def test_a_stranger_sees_the_same_page_for_hidden_and_absent(world, browse, django_assert_num_queries):
    eve = browse("eve")
    eve.get("/f/")  # opens her space, once

    def answer(node):
        page = eve.get(f"/f/{node}")
        return page.status_code, re.sub(r'data-token="\w+"|value="\w{64}"', "", text(page))

    assert answer(world.cours) == answer(world.devoir) == answer(10**9)
    assert answer(10**9)[0] == 404


def test_nobody_is_asked_to_sign_in(world, browse):
    answer = browse().get(f"/f/{world.cours}")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login?next=")


def test_the_trail_names_no_folder_that_the_reader_may_not_see(world, browse):
    sharing.give(world.ada, world.maths, f"person:{world.eve.person}", Role.READ)
    page = text(browse("eve").get(f"/f/{world.maths}"))
    assert "Cours" not in page
    assert "Partagés avec moi" in page


def test_the_number_of_queries_does_not_depend_on_what_is_in_the_folder(world, browse, django_assert_max_num_queries):
    ada = browse("ada")
    ada.get(f"/f/{world.cours}")
    with django_assert_max_num_queries(100) as few:
        ada.get(f"/f/{world.cours}")
    for number in range(12):
        made = tree.make_folder(world.ada, world.cours, f"Séance {number}").id
        sharing.give(world.ada, made, f"person:{world.bob.person}", Role.WRITE)
    with django_assert_max_num_queries(len(few)):
        ada.get(f"/f/{world.cours}")


def test_without_islands_a_long_folder_has_pages_a_sort_and_a_filter(world, browse):
    for number in range(50):
        tree.make_folder(world.ada, world.maths, f"Séance {number}")
    ada = browse("ada")
    assert "Page 1 sur 2" in text(ada.get(f"/f/{world.maths}"))
    assert "devoir.pdf" in text(ada.get(f"/f/{world.maths}?page=2"))
    filtered = text(ada.get(f"/f/{world.maths}?filter=seance+4"))
    assert "Séance 49" in filtered
    assert "Séance 3<" not in filtered
    last = text(ada.get(f"/f/{world.maths}?sort=-name"))
    assert last.index("Séance 49") < last.index("Séance 48")


# The listing for the grid


def listed(browser, node, **headers):
    return browser.get(f"/f/{node}.json", **headers)


def test_the_listing_has_what_the_reader_may_see_and_do(world, browse):
    private = tree.make_folder(world.ada, world.cours, "Privé").id
    tree.close(world.ada, private, closed=True)
    (row,) = json.loads(listed(browse("bob"), world.cours).content)["rows"]
    assert row[:3] == [world.maths, "Maths", "folder"]
    assert row[5] == int(Role.READ)
    assert len(json.loads(listed(browse("ada"), world.cours).content)["rows"]) == 2


def test_an_unchanged_listing_is_not_sent_again(world, browse):
    ada = browse("ada")
    tag = listed(ada, world.cours).headers["ETag"]
    assert listed(ada, world.cours, HTTP_IF_NONE_MATCH=tag).status_code == 304
    put(world.ada, world.maths, "neuf.txt")
    assert listed(ada, world.cours, HTTP_IF_NONE_MATCH=tag).status_code == 200


def test_a_listing_changes_with_what_the_reader_may_do(world, browse):
    bob = browse("bob")
    tag = listed(bob, world.maths).headers["ETag"]
    sharing.give(world.ada, world.cours, f"person:{world.bob.person}", Role.WRITE)
    assert listed(bob, world.maths, HTTP_IF_NONE_MATCH=tag).status_code == 200
    tag = listed(bob, world.maths).headers["ETag"]
    listing.star(world.bob, world.devoir, on=True)
    assert listed(bob, world.maths, HTTP_IF_NONE_MATCH=tag).status_code == 200


def test_a_listing_is_compressed_for_who_takes_it(world, browse):
    answer = listed(browse("ada"), world.cours, HTTP_ACCEPT_ENCODING="gzip, br")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in listed(browse("ada"), world.cours).headers


def test_a_hidden_listing_is_absent(world, browse):
    assert listed(browse("eve"), world.cours).status_code == listed(browse("eve"), 10**9).status_code == 404


# New folders and names


def test_a_new_folder_appears_and_is_said(world, browse):
    ada = browse("ada")
    page = ada.post(f"/f/{world.cours}/new", {"name": "  Chimie "}, follow=True)
    assert "Dossier «\u00a0Chimie\u00a0» créé." in page.content.decode()
    assert [child.entry.name for child in listing.children(world.ada, world.cours)] == ["Chimie", "Maths"]


@pytest.mark.parametrize(("name", "status"), [("", 400), ("..", 400), ("a/b", 400), ("é" * 200, 400), ("Maths", 409)])
def test_a_name_that_will_not_do_is_refused_in_a_sentence(world, browse, name, status):
    answer = browse("ada").post(f"/f/{world.cours}/new", {"name": name}, **JSON)
    assert answer.status_code == status
    assert answer.json()["sentence"].endswith(".")
    assert len(listing.children(world.ada, world.cours)) == 1


def test_a_rename_can_be_undone_by_one_post(world, browse):
    ada = browse("ada")
    answer = ada.post(f"/f/{world.devoir}/rename", {"name": "Contrôle n° 1.pdf"}, **JSON).json()
    assert "Contrôle" in answer["said"]
    ada.post(answer["undo"], **JSON)
    assert [child.entry.name for child in listing.children(world.ada, world.maths)] == ["devoir.pdf"]


def test_a_reader_renames_nothing(world, browse):
    assert browse("bob").get(f"/f/{world.devoir}/rename").status_code == 403
    assert browse("bob").post(f"/f/{world.devoir}/rename", {"name": "autre"}).status_code == 403
    assert browse("eve").post(f"/f/{world.devoir}/rename", {"name": "autre"}).status_code == 404


def test_a_root_has_no_name_to_change(world, browse):
    assert browse("ada").post(f"/f/{world.root}/rename", {"name": "autre"}).status_code == 404


def test_a_lock_that_was_left_is_told_and_ended_by_who_manages(world, browse):
    locks.take(world.bob, world.note)
    assert "par Bob Dupont, jusqu’au" in page(browse("ada").get(f"/f/{world.note}"))
    locks_of = browse("ada").get(f"/f/{world.note}/about")
    assert f"/f/{world.note}/unlock" in page(locks_of)
    browse("ada").post(f"/f/{world.note}/unlock")
    assert "Verrouillé" not in page(browse("ada").get(f"/f/{world.note}"))
    locks.take(world.ada, world.note)
    shown = page(browse("bob").get(f"/f/{world.note}"))
    assert "par Ada Lovelace" in shown
    assert "/unlock" not in shown
    assert browse("bob").post(f"/f/{world.note}/unlock").status_code == 403
    assert browse("eve").post(f"/f/{world.note}/unlock").status_code == 404


def test_a_star_is_ones_own(world, browse):
    browse("bob").post(f"/f/{world.devoir}/star", {"on": "1"})
    assert listing.all_starred(world.bob) == {world.devoir}
    assert listing.all_starred(world.ada) == set()
    browse("bob").post(f"/f/{world.devoir}/star", {"on": "0"})
    assert listing.all_starred(world.bob) == set()


# Names that somebody types, and names that a client sent


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("a/b", "Un nom ne contient pas de «\u00a0/\u00a0»."),
        ("..", "«\u00a0.\u00a0» et «\u00a0..\u00a0» ne sont pas des noms."),
        ("   ", "Un nom a au moins une lettre."),
        ("é" * 130, "Ce nom est trop long\u00a0: 255 lettres au plus, moins si elles ont des accents."),
        ("a\tb", "Ce nom contient un caractère invisible qu’un nom ne peut pas avoir."),
        ("photo-\u202egpj.exe", "Ce nom contient un caractère invisible qu’un nom ne peut pas avoir."),
    ],
)
def test_a_name_is_refused_with_the_reason(world, browse, name, why):
    for address in (f"/f/{world.cours}/new", f"/f/{world.maths}/rename"):
        answer = browse("ada").post(address, {"name": name}, **JSON)
        assert (answer.status_code, answer.json()) == (400, {"sentence": why})
    assert [child.entry.name for child in listing.children(world.ada, world.cours)] == ["Maths"]


@pytest.mark.parametrize(("name", "status"), [("é" * 128, 400), ("x" * 256, 400), ("a/b", 400), ("Maths", 409)])
def test_a_name_is_refused_beside_its_field_and_stays_there_to_be_mended(world, browse, name, status):
    other = tree.make_folder(world.ada, world.cours, "Physique").id
    for address, field in ((f"/f/{world.cours}/new", "new-name"), (f"/f/{other}/rename", "name")):
        answer = browse("ada").post(address, {"name": name})
        shown = page(answer)
        assert answer.status_code == status, address
        assert re.search(rf'<input id="{field}" name="name" value="{name}"[^>]*aria-invalid="true"', shown), address
        assert f'aria-describedby="{field}-wrong"' in shown
        assert len(re.search(rf'<p class="error" id="{field}-wrong">([^<]*)<', shown)[1]) > 10
    assert [one.entry.name for one in listing.children(world.ada, world.cours)] == ["Maths", "Physique"]


def test_no_field_of_a_name_cuts_what_is_typed(world, browse):
    """A browser keeps the first letters of what is pasted into a field with a `maxlength`, and says nothing."""
    pages = [page(browse("ada").get(address)) for address in (f"/f/{world.cours}/new", f"/f/{world.cours}/rename")]
    pages.append(page(Client().get(f"/s/{sharing.make_link(world.ada, world.archives, Role.DEPOSIT).link}")))
    for shown in pages:
        field = re.search(r'<input [^>]*name="(?:name|by)"[^>]*>', shown)[0]
        assert "maxlength" not in field


def test_a_file_with_a_long_name_is_refused_whole(world, browse):
    before = [one.entry.name for one in listing.children(world.ada, world.cours)]
    answer = browse("ada").post(f"/f/{world.cours}/upload", {"file": SimpleUploadedFile("x.txt", b"x")}, **JSON)
    assert answer.status_code == 200
    long = "é" * 126 + ".txt"  # 256 bytes
    body = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{long}"\r\n\r\nx\r\n--b--\r\n'.encode()
    answer = browse("ada").generic("POST", f"/f/{world.cours}/upload", body, "multipart/form-data; boundary=b", **JSON)
    assert (answer.status_code, "Ce nom est trop long" in answer.json()["sentence"]) == (400, True)
    assert [one.entry.name for one in listing.children(world.ada, world.cours)] == [*before, "x.txt"]


def test_a_name_that_a_client_turned_round_is_kept_and_shown_for_what_it_is(world, browse):
    name = "photo-\u202egpj.exe"
    file = put(world.ada, world.maths, name).id
    ada = browse("ada")
    pages = [f"/f/{world.maths}", f"/f/{world.maths}.json", f"/f/{file}", f"/f/{file}/about", f"/f/{file}/share"]
    pages += [f"/f/{file}/rename", f"/f/{file}/versions", f"/selection/discard?node={file}", "/recent", "/"]
    for address in pages:
        shown = ada.get(address).content.decode()
        assert "\u202e" not in shown, address
        assert "photo-\ufffdgpj.exe" in shown, address
    said = ada.post("/selection/discard", {"node": file}, **JSON).json()["said"]
    assert "photo-\ufffdgpj.exe" in said
    assert "\u202e" not in ada.get("/trash").content.decode()
    ada.post("/trash/restore", {"node": file})
    assert [child.entry.name for child in listing.children(world.ada, world.maths)][-1] == name


# Where one is


def test_the_spaces_one_belongs_to_lead_to_each_other(world, browse):
    ada = browse("ada")
    assert 'aria-label="Espaces"' not in text(ada.get(f"/f/{world.root}"))
    team = teams.form(world.ada, "Équipe SVT")
    root = homes.home(f"team:{team.pk}").root
    for here, there in ((world.root, root), (root, world.root)):
        shown = text(ada.get(f"/f/{here}"))
        assert f'<a href="/f/{here}" aria-current="page">' in shown
        assert f'<a href="/f/{there}">' in shown
    assert 'aria-label="Espaces"' not in text(ada.get(f"/f/{world.cours}"))


def test_what_was_shared_is_under_shared_in_the_menu(world, browse):
    here = '<a href="/shared" aria-current="page">'
    assert here in text(browse("bob").get(f"/f/{world.maths}"))
    assert here in text(browse("bob").get(f"/f/{world.devoir}"))
    assert here not in text(browse("ada").get(f"/f/{world.maths}"))


def test_how_much_room_there_is_is_told_to_whom_it_belongs_and_follows_what_comes(world, browse):
    ada = browse("ada")
    before = ada.get(f"/f/{world.maths}.json")
    put(world.ada, world.maths, "grand.bin", b"1" * 2000)
    after = ada.get(f"/f/{world.maths}.json", HTTP_IF_NONE_MATCH=before.headers["ETag"])
    assert (before.json()["room"][:4], after.json()["room"][:4]) == ("1\u00a0Ko", "3\u00a0Ko")
    assert after.json()["room"] in ada.get(f"/f/{world.maths}").content.decode()
    assert browse("bob").get(f"/f/{world.maths}.json").json()["room"] == ""
