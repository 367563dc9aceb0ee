"""A text as slides: where it is cut, what is said beside, what one may say of their look."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartable.pads.markdown.slides import deck
from tests.pads.markdown.test_hostile import FRAGMENTS, PAYLOADS, walled


def shown(text):
    return [[slide.html.strip() for slide in column] for column in deck(text).columns]


def test_rules_cut_a_text_into_columns_and_rows():
    text = "# Un\n\n---\n\nDeux\n\n----\n\nDessous\n\n***\n\nencore\n\n---\n\nTrois\n---\n\n```\n---\n```\n"
    assert shown(text) == [
        ['<h1 id="user-content-un">Un</h1>'],
        ["<p>Deux</p>", "<p>Dessous</p>\n<hr>\n<p>encore</p>"],
        ['<h2 id="user-content-trois">Trois</h2>\n<pre><code>---\n</code></pre>'],
    ]


def test_what_one_slide_defines_another_uses_and_notes_are_for_who_speaks():
    one, two = (
        column[0]
        for column in deck("[a][b]\n\nNote: dire *ceci*\n\net cela\n\n---\n\nDeux\n\n[b]: https://a.example").columns
    )
    assert 'href="https://a.example"' in one.html
    assert "dire" not in one.html
    assert one.notes.strip() == "<p>dire <em>ceci</em></p>\n<p>et cela</p>"
    assert two.notes == ""


@pytest.mark.parametrize(
    ("said", "colour", "transition"),
    [
        ('data-background="#ffeecc" data-transition="zoom"', "#ffeecc", "zoom"),
        ('data-background-color="teal"', "teal", ""),
        ('data-background="url(https://evil.example)" data-transition="x"', "", ""),
        ('onclick="alert(1)" data-background="red;position:fixed"', "", ""),
    ],
)
def test_a_slide_says_how_it_looks_and_nothing_else(said, colour, transition):
    slide = deck(f"<!-- .slide: {said} -->\n\n# Un").columns[0][0]
    assert (slide.colour, slide.transition) == (colour, transition)
    assert "slide:" not in slide.html


def test_options_are_those_we_know_with_values_they_can_have():
    head = "slideOptions:\n  transition: fade\n  controls: false\n  autoSlide: 5000\n  dependencies: [x]\n  progress: 'oui'\n  transitionSpeed: [1]\n"
    assert dict(deck(f"---\n{head}---\n").front.options) == {"transition": "fade", "controls": False, "autoSlide": 5000}


@given(
    st.lists(st.sampled_from([*FRAGMENTS, *PAYLOADS, "\n\n---\n\n", "\n\n----\n\n", "\n\nNote: "]), max_size=25).map(
        "".join
    )
)
def test_no_mixture_comes_through(text):
    for column in deck(text).columns:
        for slide in column:
            walled(slide.html)
            walled(slide.notes)
