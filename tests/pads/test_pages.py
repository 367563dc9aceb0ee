"""The page of a pad as the server gives it, and a new pad: for whom, of what, and what is refused."""

import re

import pytest
from django.test import Client

from cartable.identity import people
from cartable.spaces import listing, sharing
from cartable.spaces.access import Role
from tests.worlds import put, read


@pytest.fixture
def browse(world):
    """Return a browser signed in as one of the world."""

    def open_browser(name):
        client = Client()
        client.force_login(people.find(f"{name}@ac-dijon.example"))
        return client

    return open_browser


def names(world, folder):
    return [child.entry.name for child in listing.children(world.ada, folder)]


def test_the_page_holds_the_text_for_who_reads_and_says_who_writes(world, browse):
    pad = put(world.ada, world.cours, "plan.md", "# Été\r\n<b>".encode()).id
    for name, writes in (("ada", "1"), ("bob", "0")):  # Bob reads what is in Cours
        page = browse(name).get(f"/p/{pad}").content.decode()
        assert f'data-write="{writes}"' in page
        assert "# Été\n&lt;b&gt;</pre>" in page
        assert (f"/f/{pad}/share" in page) == (name == "ada")


def test_pictures_are_offered_a_place_to_who_writes_beside_the_pad_too(world, browse):
    pad = put(world.ada, world.cours, "plan.md").id
    for name, role, place in (
        ("ada", None, f"/f/{world.cours}/upload"),
        ("bob", Role.WRITE, ""),
        ("eve", Role.WRITE, ""),
    ):
        if role:
            sharing.give(world.ada, pad, f"person:{getattr(world, name).person}", role)
        page = browse(name).get(f"/p/{pad}").content.decode()
        assert 'data-write="1"' in page
        assert f'data-upload="{place}"' in page


def test_who_may_not_read_has_no_page(world, browse):
    pad = put(world.ada, world.cours, "plan.md", b"secret").id
    assert browse("eve").get(f"/p/{pad}").status_code == 404
    sharing.give(world.ada, pad, f"person:{world.eve.person}", Role.VIEW)
    answer = browse("eve").get(f"/p/{pad}")
    assert answer.status_code == 403
    assert b"secret" not in answer.content
    assert Client().get(f"/p/{pad}").headers["Location"].startswith("/login")


def test_the_styles_of_the_editor_are_allowed_by_a_number_used_once(world, browse):
    pad = put(world.ada, world.cours, "plan.md").id
    seen = set()
    for _ in range(2):
        answer = browse("ada").get(f"/p/{pad}")
        nonce = re.search(r'data-nonce="([\w-]+)"', answer.content.decode())[1]
        assert f"style-src 'self' 'nonce-{nonce}';" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        seen.add(nonce)
    assert len(seen) == 2


def test_what_is_no_markdown_has_its_own_page(world, browse):
    for node in (world.note, world.cours):
        assert browse("ada").get(f"/p/{node}").headers["Location"] == f"/f/{node}"


@pytest.mark.parametrize(("data", "status"), [(b"\xff\xfe", 400), (b"a\0b", 400), (b"a" * (4 << 20) + b"a", 413)])
def test_bytes_that_are_no_text_are_refused_in_words(world, browse, data, status):
    pad = put(world.ada, world.cours, "plan.md", data).id
    answer = browse("ada").get(f"/p/{pad}")
    assert answer.status_code == status
    assert "<h1" in answer.content.decode()


def test_a_new_pad_is_an_empty_markdown_file_and_one_goes_to_it(world, browse):
    for typed in ("Réunion", "Réunion 2.md"):
        answer = browse("bob").post(f"/f/{world.archives}/new-pad", {"name": typed})
        pad = int(re.fullmatch(r"/p/(\d+)", answer.headers["Location"])[1])
        assert read(world.ada, pad) == b""
    assert names(world, world.archives) == ["Réunion 2.md", "Réunion.md", "note.txt"]


@pytest.mark.parametrize(("typed", "status"), [("Réunion", 409), ("Réunion.md", 409), ("a/b", 400), ("", 400)])
def test_a_name_that_does_not_do_is_asked_again_and_leaves_nothing(world, browse, typed, status, monkeypatch):
    kept = put(world.ada, world.archives, "Réunion.md", b"mots").id
    there, forgotten = names(world, world.archives), []
    monkeypatch.setattr("cartable.spaces.content.forget", forgotten.append)
    answer = browse("ada").post(f"/f/{world.archives}/new-pad", {"name": typed})
    assert answer.status_code == status
    assert 'aria-invalid="true"' in answer.content.decode()
    assert read(world.ada, kept) == b"mots"
    assert names(world, world.archives) == there
    assert len(forgotten) == (status == 409), "bytes that were stored for it"


def test_who_does_not_write_in_a_folder_makes_no_pad_there(world, browse):
    for name, status in (("bob", 403), ("eve", 404)):
        for ask in (browse(name).get, browse(name).post):
            assert ask(f"/f/{world.cours}/new-pad", {"name": "x"}).status_code == status
    assert names(world, world.cours) == ["Maths"]


def test_a_file_offers_its_editor_and_a_folder_a_new_pad_to_who_may(world, browse):
    pad = put(world.ada, world.cours, "plan.md").id
    assert f'href="/p/{pad}"' in browse("bob").get(f"/f/{pad}").content.decode()
    assert f"/p/{world.note}" not in browse("ada").get(f"/f/{world.note}").content.decode()
    for name, offered in (("ada", True), ("bob", False)):
        assert (f"/f/{world.cours}/new-pad" in browse(name).get(f"/f/{world.cours}").content.decode()) == offered


def offered(browser, pad, **asked):
    return browser.get(f"/p/{pad}/named", asked).json()["hits"]


def test_a_text_may_name_who_and_what_its_writer_finds(world, browse, django_assert_max_num_queries):
    pad = put(world.ada, world.cours, "plan.md").id
    put(world.ada, world.cours, "plan (été).md")
    put(world.ada, world.maths, "plan secret.md")
    sharing.give(world.ada, pad, f"person:{world.eve.person}", Role.WRITE)
    beside, below = offered(browse("ada"), pad, documents="plan")
    assert (beside["name"], beside["place"]) == ("plan (été).md", "Cours")
    assert beside["address"] == "plan%20%28%C3%A9t%C3%A9%29.md"
    assert re.fullmatch(r"http://[^/]+/f/\d+", below["address"])
    assert (below["name"], below["place"]) == ("plan secret.md", "Cours › Maths")
    assert offered(browse("eve"), pad, documents="plan") == [], "what is around the pad is not shared with Eve"
    [bob] = offered(browse("eve"), pad, people="bob")
    assert (bob["name"], bob["sub"]) == ("Bob Dupont", world.bob.sub)
    people.list_in_directory(people.find("bob@ac-dijon.example"), listed=False)
    assert offered(browse("eve"), pad, people="bob") == []
    bob = browse("bob")
    assert len(offered(bob, pad, documents="plan")) == 2
    with django_assert_max_num_queries(14):
        offered(bob, pad, documents="plan")
    assert browse("eve").get(f"/p/{world.note}/named", {"people": "bob"}).status_code == 404
