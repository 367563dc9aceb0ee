"""What changed between two texts: all of both is there, and what stayed is not shown as new."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from cartable.pads.comparing import AROUND, Part, compared
from cartable.spaces import versions
from tests.worlds import put

WORDS = some.lists(some.sampled_from(["la", "lave", "é😀", " ", "\n", ".", "", "monte"]), max_size=60).map("".join)


@settings(max_examples=300)
@given(WORDS, WORDS)
def test_without_what_came_it_is_the_one_and_without_what_went_the_other(before, after):
    parts = compared(before, after)
    assert "".join(one.text for one in parts if one.kind != "ins") == before
    assert "".join(one.text for one in parts if one.kind != "del") == after
    assert all(one.text for one in parts)


def test_words_are_compared_and_not_letters():
    assert compared("La lave monte.\n", "La lave descend.\n") == [
        Part("", "La lave "),
        Part("del", "monte"),
        Part("ins", "descend"),
        Part("", ".\n"),
    ]


def test_what_stayed_is_folded_but_for_the_lines_around():
    before = "".join(f"ligne {number}\n" for number in range(100))
    parts = compared(before, before.replace("ligne 50\n", "ici\n"))
    folded = [one.text.count("\n") for one in parts if one.folded]
    assert folded == [50 - AROUND, 50 - AROUND]  # of the second, the first is the end of the line that changed
    assert compared(before, before) == [Part("", before, folded=True)]


def test_what_is_too_long_to_compare_is_shown_anew():
    before, after = "a\n" * 2_000, "b\n" * 2_000
    assert compared(before, after) == [Part("del", before), Part("ins", after)]


@pytest.fixture
def pad(world, later):
    node = put(world.ada, world.maths, "cours.md", b"# Volcans\nLa lave <b>monte</b>.\n").id
    later(hours=1)
    put(world.ada, world.maths, "cours.md", b"# Volcans\nLa lave <b>descend</b>.\n")
    [earlier] = versions.of(world.ada, node)
    return node, earlier.id


def test_a_version_is_compared_with_what_there_is_now(pad, browse, world):
    node, earlier = pad
    ada = browse("ada")
    sheet = ada.get(f"/f/{node}/versions").content.decode()
    assert f'href="/p/{node}/versions/{earlier}/compare"' in sheet
    page = ada.get(f"/p/{node}/versions/{earlier}/compare").content.decode()
    assert "monte</del>" in page
    assert "descend</ins>" in page
    assert "&lt;b&gt;" in page
    ada.post(f"/f/{node}/versions/{earlier}/restore")
    [since] = versions.of(world.ada, node)
    assert "monte</ins>" in ada.get(f"/p/{node}/versions/{since.id}/compare").content.decode()


def test_who_may_not_read_compares_nothing(pad, browse, world):
    node, earlier = pad
    assert browse("eve").get(f"/p/{node}/versions/{earlier}/compare").status_code == 404
    assert browse("ada").get(f"/p/{node}/versions/{earlier + 99}/compare").status_code == 404
    other = put(world.ada, world.maths, "autre.md", b"x").id
    assert browse("ada").get(f"/p/{other}/versions/{earlier}/compare").status_code == 404


def test_other_files_have_no_comparison(world, browse, later):
    later(hours=1)
    put(world.ada, world.maths, "devoir.pdf", b"other")
    assert "compare" not in browse("ada").get(f"/f/{world.devoir}/versions").content.decode()
