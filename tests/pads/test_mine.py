"""The page of one's pads: what one opened, pinned, tagged; and what a new one may begin with."""

import re

import pytest

from cartable.pads import starting
from cartable.pads.addresses import history
from cartable.spaces import sharing, tree
from cartable.spaces.access import Role
from tests.worlds import put, read

VOLCANS = b"---\ntags: svt, 4e\n---\n# Volcans\n"


@pytest.fixture
def opened(world, browse, later):
    """Three pads that Ada opened, the last one first in her list."""
    nodes = {}
    for name, text in (("volcans.md", VOLCANS), ("conseil.md", b"# Conseil de classe"), ("sans.md", b"rien")):
        nodes[name] = put(world.ada, world.maths, name, text).id
        later(minutes=1)
        browse("ada").get(f"/p/{nodes[name]}")
    return nodes


def titles(page):
    return re.findall(r'<span class="what"><a href="/p/\d+">([^<]+)</a>', page.content.decode())


def test_the_pads_one_opened_the_last_first_and_nobody_elses(opened, browse):
    assert titles(browse("ada").get("/p/")) == ["sans", "Conseil de classe", "Volcans"]
    empty = browse("bob").get("/p/").content.decode()
    assert "Conseil" not in empty
    assert "Ceux que vous faites ou ouvrez se retrouvent ici" in empty


def test_they_are_found_by_words_whatever_the_accents_and_by_tags(opened, browse):
    ada = browse("ada")
    assert titles(ada.get("/p/", {"q": "CLASSE cons"})) == ["Conseil de classe"]
    assert titles(ada.get("/p/", {"q": "svt"})) == ["Volcans"]
    assert titles(ada.get("/p/", {"tag": "4e"})) == ["Volcans"]
    assert titles(ada.get("/p/", {"tag": "4e", "q": "conseil"})) == []
    assert "Les voir tous" in ada.get("/p/", {"q": "absent"}).content.decode()


def test_a_pin_puts_one_first_and_taking_one_out_leaves_the_document(opened, world, browse):
    ada = browse("ada")
    volcans = opened["volcans.md"]
    assert ada.post(f"/p/{volcans}/pin", {"pinned": "1", "next": "/p/?tag=svt"}).headers["Location"] == "/p/?tag=svt"
    assert titles(ada.get("/p/")) == ["Volcans", "sans", "Conseil de classe"]
    ada.post(f"/p/{volcans}/pin", {"pinned": "0"})
    assert titles(ada.get("/p/")) == ["sans", "Conseil de classe", "Volcans"]
    assert ada.post(f"/p/{volcans}/forget").headers["Location"] == "/p/"
    assert titles(ada.get("/p/")) == ["sans", "Conseil de classe"]
    assert read(world.ada, volcans) == VOLCANS


def test_what_one_may_see_no_more_is_shown_no_more_and_cannot_be_pinned(world, browse):
    node = put(world.ada, world.root, "secret.md", b"# Secret").id
    share = sharing.give(world.ada, node, f"person:{world.eve.person}", Role.READ)
    eve = browse("eve")
    eve.get(f"/p/{node}")
    assert titles(eve.get("/p/")) == ["Secret"]
    sharing.revoke(world.ada, share.id)
    assert titles(eve.get("/p/")) == []
    assert eve.post(f"/p/{node}/pin", {"pinned": "1"}).status_code == 404
    assert browse("bob").post(f"/p/{node}/pin", {"pinned": "1"}).status_code == 404
    assert browse().get("/p/").status_code == 302


@pytest.mark.parametrize("word", list(starting.OURS))
def test_a_new_pad_begins_with_what_one_chooses(world, browse, word):
    answer = browse("ada").post(f"/f/{world.maths}/new-pad", {"name": "Séance 3", "template": word})
    text = read(world.ada, int(answer.headers["Location"].rpartition("/")[2])).decode()
    assert "# Séance 3\n" in text
    assert "Ada Lovelace" in text
    assert "{{" not in text


def test_templates_are_those_of_ones_own_spaces(world, browse):
    def keep(actor, root, name):
        folder = tree.make_folder(actor, root, starting.FOLDER).id
        return put(actor, folder, name, b"# {{ titre }}\nde moi").id

    own = keep(world.ada, world.root, "Bilan.md")
    put(world.ada, world.maths, "Autre.md", b"x")
    assert [[one.name for one in found] for _, found in starting.offered(world.ada)][1:] == [["Bilan"]]
    assert [len(found) for _, found in starting.offered(world.bob)] == [3]
    page = browse("ada").get(f"/f/{world.maths}/new-pad").content.decode()
    assert f'<option value="{own}">Bilan</option>' in page
    answer = browse("ada").post(f"/f/{world.maths}/new-pad", {"name": "Mien", "template": own})
    assert read(world.ada, int(answer.headers["Location"].rpartition("/")[2])) == b"# Mien\nde moi"
    refused = browse("bob").post(f"/f/{world.archives}/new-pad", {"name": "Volé", "template": own})
    assert refused.status_code == 404


@pytest.mark.parametrize("word", ["../../etc/passwd", "0", "9" * 20, "x", "²"])
def test_what_is_no_template_makes_no_pad(world, browse, word):
    answer = browse("ada").post(f"/f/{world.maths}/new-pad", {"name": "Non", "template": word})
    assert answer.status_code == 404
    assert history.of(world.ada) == []


def test_a_name_that_does_not_do_keeps_what_was_chosen(world, browse):
    page = browse("ada").post(f"/f/{world.maths}/new-pad", {"name": "a/b", "template": "projet"})
    assert page.status_code == 400
    assert '<option value="projet" selected>' in page.content.decode()
