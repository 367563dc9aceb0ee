"""A text changed elsewhere joins what was typed meanwhile: the properties of a merge that takes nothing away."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import Doc, Text

from cartable.pads import texts
from cartable.pads.merging import applied, diff, merge

WORDS = ["un", "deux", "été", "naïf", "😀", "👩‍🏫", "e\u0301", " ", "\n", "\r\n", "- ", "**", "l’", "\u00a0;"]
slowly = settings(deadline=None)  # a busy machine proves nothing
PRIVATE = {chr(code) for code in range(0xE000, 0xF900)}
text = st.lists(st.sampled_from(WORDS), max_size=30).map("".join)


def changed(draw, pieces, mark):
    kept = [piece for piece in pieces if draw(st.integers(0, 5))]
    for _ in range(draw(st.integers(0, 4))):
        kept.insert(draw(st.integers(0, len(kept))), draw(st.sampled_from([mark, mark * 3, f" {mark} ", f"{mark}\n"])))
    return "".join(kept)


@st.composite
def three(draw):
    """A text, what one made of it with λ, and what others made of it with ω meanwhile."""
    pieces = draw(st.lists(st.sampled_from(WORDS), max_size=30))
    return "".join(pieces), changed(draw, pieces, "λ"), changed(draw, pieces, "ω")


@slowly
@given(text, text)
def test_edits_lead_from_one_text_to_the_other(before, after):
    edits = diff(before, after)
    assert applied(before, edits) == after
    assert all(one.end <= other.start for one, other in pairwise(edits))


@slowly
@given(text, text)
def test_where_nobody_typed_it_becomes_the_file(base, theirs):
    assert applied(base, merge(base, theirs, base)) == theirs


@slowly
@given(text, text)
def test_a_file_that_did_not_change_changes_nothing(base, ours):
    assert merge(base, base, ours) == []


@slowly
@given(text, text)
def test_what_both_did_is_done_once(base, both):
    assert merge(base, both, both) == []


@slowly
@given(three())
def test_nothing_typed_is_lost_whoever_typed_it(texts):
    base, theirs, ours = texts
    merged = applied(ours, merge(base, theirs, ours))
    assert merged.count("ω") == ours.count("ω"), "what was typed live"
    assert merged.count("λ") == theirs.count("λ"), "what the file brought"


@slowly
@given(three())
def test_what_was_typed_live_stays_in_its_order(texts):
    base, theirs, ours = texts
    typed = "".join(chr(0xE000 + n) if one == "ω" else one for n, one in enumerate(ours))  # no two letters alike
    merged = applied(typed, merge(base, theirs, typed))
    assert [one for one in merged if one in PRIVATE] == [one for one in typed if one in PRIVATE]


@slowly
@given(three())
def test_those_who_type_meanwhile_converge(texts_):
    """The merge takes its time beside them; their letters of meanwhile come before it, or after."""
    base, theirs, ours = texts_
    doc = Doc()
    doc.apply_update(texts.begun(base))
    here = doc.get("text", type=Text)
    texts.change(doc, here, diff(base, ours))
    other = Doc()
    other.apply_update(doc.get_update())
    elsewhere = other.get("text", type=Text)
    elsewhere.insert(0, "ζ")
    update = texts.joined(doc.get_update(), base, theirs)
    here += "ξ"
    for one in (doc, other):
        one.apply_update(update)
    doc.apply_update(other.get_update(doc.get_state()))
    other.apply_update(doc.get_update(other.get_state()))
    assert str(here) == str(elsewhere)
    assert str(here).replace("ζ", "").replace("ξ", "") == applied(ours, merge(base, theirs, ours))


@pytest.mark.parametrize(
    ("base", "theirs", "ours", "merged"),
    [
        ("a\nb\nc\n", "a\nB\nc\n", "a\nb\nc\nd\n", "a\nB\nc\nd\n"),
        ("Bonjour à tous.", "Bonjour à toutes et à tous.", "Bonjour à tous !", "Bonjour à toutes et à tous !"),
        ("été", "", "été 😀", " 😀"),
        ("un deux trois", "un trois", "un deux, deux et demi, trois", "un , deux et demi,trois"),
        ("", "du fichier", "de la main", "de la maindu fichier"),
    ],
)
def test_sentences(base, theirs, ours, merged):
    assert applied(ours, merge(base, theirs, ours)) == merged


def test_one_changed_word_moves_no_cursor_beyond_it():
    lines = [f"Ligne {n} du compte rendu, qui ne change pas." for n in range(400)]
    base = "\n".join(lines)
    lines[200] = lines[200].replace("compte rendu", "procès-verbal")
    edits = merge(base, "\n".join(lines), base + "\nfin")
    start = base.index("Ligne 200") + len("Ligne 200 du ")
    assert edits
    assert all(start <= edit.start and edit.end <= start + len("compte rendu") for edit in edits)


def test_a_wall_of_blank_lines_is_replaced_rather_than_compared_for_hours():
    base, theirs = "\n" * 500_000, "x" + "\n" * 400_000 + "y\n"
    assert applied(base, merge(base, theirs, base)) == theirs
