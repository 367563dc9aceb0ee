"""A pad that is taken to another folder takes its pictures along: those that it alone shows."""

import pytest

from cartable.kernel.errors import Denied
from cartable.kernel.storage import storage
from cartable.pads import along
from cartable.pads.addresses import uploads
from cartable.pads.markdown import LARGEST
from cartable.spaces import content, listing, sharing, taking, tree
from cartable.spaces.access import Role
from cartable.spaces.lineage import entries
from tests.pads.formats.test_taking import PIXEL
from tests.worlds import blob, put


@pytest.fixture
def there(world):
    """A folder that Eve reads, who knows nothing of where pads are made."""
    folder = tree.make_folder(world.ada, world.root, "Public").id
    sharing.give(world.ada, folder, f"person:{world.eve.person}", Role.READ)
    return folder


def pad(world, text, name="plan.md"):
    return put(world.ada, world.maths, name, text.encode()).id


def picture(world, name="mon schéma.png"):
    return put(world.ada, world.maths, name, PIXEL).id


def sent(world, node, name="envoyée.png"):
    """Send a picture to a pad; return its id, and the name that leads to it."""
    sink = storage().begin()
    sink.write(PIXEL)
    word = uploads.keep(world.ada, world.maths, name, sink.finish(), pad=node)
    return next(one.entry.id for one in listing.children(world.ada, world.maths) if one.entry.name == name), word


def where(*nodes):
    parents = {one.id: one.parent for one in entries(nodes)}
    return [parents[node] for node in nodes]


@pytest.mark.parametrize(
    "shown",
    [
        "![](mon%20sch%C3%A9ma.png)",
        "![schéma](./mon%20sche%CC%81ma.png =200x)",
        '<img src="mon%20schéma.png">',
        "[voir](mon%20sch%C3%A9ma.png)",
    ],
)
def test_a_picture_that_only_it_shows_goes_along_and_is_shown_to_who_reads_there(world, there, browse, shown):
    node, image = pad(world, f"# Plan\n\n{shown}\n"), picture(world)
    assert taking.take(world.ada, node, into=there) == [node, image]
    assert where(node, image) == [there, there]
    answer = browse("eve").get(f"/p/{node}/beside?path=mon%20schéma.png", follow=True)
    assert b"".join(answer.streaming_content) == PIXEL


def test_a_picture_that_was_sent_to_it_goes_along_and_is_shown_to_who_reads_there(world, there, browse):
    node = pad(world, "# Plan\n")
    image, word = sent(world, node)
    content.write_over(world.ada, node, blob(f"![](/pads/uploads/{word})".encode()))
    assert taking.take(world.ada, node, into=there) == [node, image]
    answer = browse("eve").get(f"/p/{node}/beside?path=/uploads/{word}")
    assert b"".join(answer.streaming_content) == PIXEL


@pytest.mark.parametrize(
    "other",
    [
        "![](mon%20sch%C3%A9ma.png)",
        "Voir mon schéma.png",
        "![](mon%20sche%CC%81ma%2Epng)",
        "![](<mon&#32;schéma\\.png>)",
    ],
)
def test_what_another_text_there_names_stays(world, there, browse, other):
    node, image = pad(world, "![](mon%20sch%C3%A9ma.png)"), picture(world)
    pad(world, other, "suite.md")
    assert taking.take(world.ada, node, into=there) == [node]
    assert where(image) == [world.maths]
    assert browse("eve").get(f"/p/{node}/beside?path=mon%20schéma.png").status_code == 404


def test_what_was_lent_to_another_pad_stays(world, there):
    node, other = pad(world, "# Plan\n"), pad(world, "", "suite.md")
    image, word = sent(world, node)
    content.write_over(world.ada, node, blob(f"![](/uploads/{word})".encode()))
    content.write_over(world.ada, other, blob(f"![](/uploads/{word})".encode()))
    assert along.of(world.ada, node) == [], "the other says its name"
    content.write_over(world.ada, other, blob(b""))
    assert along.of(world.ada, node) == [image]
    assert uploads.lend(word, entries([other])[0])
    assert taking.take(world.ada, node, into=there) == [node]
    assert where(image) == [world.maths]


def test_nothing_but_pictures_beside_it_goes_along(world, there):
    text = "[devoir](devoir.pdf) [suite](suite.md) ![](../note.png) `![](code.png)`"
    node, suite, code = pad(world, text), pad(world, "", "suite.md"), picture(world, "code.png")
    above = put(world.ada, world.cours, "note.png", PIXEL).id
    assert taking.take(world.ada, node, into=there) == [node]
    assert where(world.devoir, suite, code, above) == [world.maths, world.maths, world.maths, world.cours]


def test_a_picture_whose_name_is_taken_there_stays(world, there):
    node, image = pad(world, "![](a.png)"), picture(world, "a.png")
    put(world.ada, there, "a.png", b"autre")
    assert taking.take(world.ada, node, into=there) == [node]
    assert where(image) == [world.maths]


def test_where_the_pad_may_not_go_nothing_goes(world, there):
    node, image = pad(world, "![](a.png)"), picture(world, "a.png")
    with pytest.raises(Denied):
        taking.take(world.bob, node, into=world.archives)
    assert where(node, image) == [world.maths, world.maths]


def test_what_is_too_long_to_be_read_or_among_too_many_texts_goes_alone(world, monkeypatch):
    node = pad(world, "![](a.png)" + "x" * LARGEST)
    picture(world, "a.png")
    assert along.of(world.ada, node) == []
    content.write_over(world.ada, node, blob(b"![](a.png)"))
    assert len(along.of(world.ada, node)) == 1
    monkeypatch.setattr(along, "TEXTS", 0)
    pad(world, "", "suite.md")
    assert along.of(world.ada, node) == []


def test_who_moves_it_by_the_page_is_told_and_one_undo_brings_all_back(world, there, browse):
    node, image = pad(world, "![](a.png)"), picture(world, "a.png")
    ada = browse("ada", headers={"accept": "application/json"})
    told = ada.post(f"/selection/move?node={node}", {"into": there}).json()
    assert told["done"] == [node, image]
    assert told["said"] == "2 documents dans «\u00a0Public\u00a0»."
    ada.post(told["undo"])
    assert where(node, image) == [world.maths, world.maths]


def test_a_program_moves_what_it_names(world, there):
    node, image = pad(world, "![](a.png)"), picture(world, "a.png")
    tree.move(world.ada, node, into=there)
    assert where(node, image) == [there, world.maths]
