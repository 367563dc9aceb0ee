"""What a text draws, in the preview and on its page; and that nothing somebody writes acts there: in a real Chromium."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import new_pad, sign_in
from tests.browser.test_beside import paste, preview
from tests.browser.test_pad import said
from tests.pads.markdown.test_hostile import PAYLOADS

pytestmark = pytest.mark.browser

FEATURES = (Path(__file__).parents[1] / "pads/markdown/corpus/features.md").read_text()
OUTSIDE = "octodex"  # pictures that the policy keeps away
MORE = [  # what renderers may be made to do
    '```mermaid\n%%{init: {"securityLevel": "loose"}}%%\ngraph TD\nA["<img src=x onerror=alert(1)>"]\nclick A "javascript:alert(1)"\n```',
    "```mermaid\nsequenceDiagram\nA->>B: <script>alert(1)</script>\n```",
    '```graphviz\ndigraph { a [URL="javascript:alert(1)", label=<<b>x</b>>]; a -> b }\n```',
    "```flow\nst=>start: <img src=x onerror=alert(1)>:>javascript:alert(1)\nst->st\n```",
    "```sequence\nA->B: <img src=x onerror=alert(1)>\n```",
    "```abc\nX:1\nT:<img src=x onerror=alert(1)>\nK:C\nC\n```",
    '```vega-lite\n{"data": {"url": "https://evil.example/a.csv"}, "mark": "bar", "encoding": {}}\n```',
    '```vega\n{"signals": [{"name": "a", "update": "event.view.constructor.constructor(\'alert(1)\')()"}]}\n```',
    "$\\href{javascript:alert(1)}{x} \\htmlData{a=b}{y} \\url{javascript:alert(1)}$",
    "$" + "\\def\\a{\\b\\b}\\def\\b{\\a\\a}\\a" + "$",
]


def drawn(where):
    """Wait until each drawing of the features is there, and say how large each is."""
    pictures = where.locator(".drawing > img")
    expect(pictures).to_have_count(6, timeout=60_000)
    expect(where.locator("math").first).to_be_attached()
    expect(where.locator(".drawing .wrong")).to_have_count(0)
    return pictures.evaluate_all("all => all.map(one => one.complete && one.naturalWidth > 10)")


def test_formulas_and_diagrams_are_drawn_beside_the_editor_and_where_one_reads(new_page):
    new_page.expected.add(OUTSIDE)
    page = sign_in(new_page())
    address = new_pad(page, "Dessins")
    loaded = []
    page.on("request", lambda request: loaded.append(request.url))
    paste(page, "Un texte nu")
    expect(preview(page).get_by_text("Un texte nu")).to_be_visible()
    assert not [one for one in loaded if re.search(r"frame-(?!preview)", one)]
    paste(page, f"\n\n{FEATURES}")
    assert drawn(preview(page)) == [True] * 6
    said(page, "Enregistré")
    page.goto("/")
    plain = page.goto(f"{address}/read")
    assert "unsafe" not in plain.headers["content-security-policy"]
    assert drawn(page) == [True] * 6
    expect(page.get_by_role("img", name="Partition, dont la source suit")).to_be_visible()
    page.locator(".drawing summary").first.click()
    expect(page.get_by_text("Alice->Bob")).to_be_visible()


def test_a_source_that_cannot_be_drawn_is_said_so_and_stays(new_page):
    page = sign_in(new_page())
    new_pad(page, "Faux")
    paste(page, "```mermaid\nrien du tout\n```\n\n$\\rien{$")
    expect(preview(page).get_by_text("Ne se dessine pas")).to_be_visible()
    expect(preview(page).get_by_text("rien du tout", exact=True)).to_be_visible()


def test_nothing_that_somebody_writes_acts(new_page):
    new_page.expected |= {"inline event handler", "Content Security Policy", "ERR_", "Failed to load", "Loading the"}
    page = sign_in(new_page())
    dialogs, asked = [], []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    home = page.url.rstrip("/")
    page.context.route(
        lambda url: not url.startswith((home, "data:", "blob:")),
        lambda route: (asked.append(route.request.url), route.abort()),
    )
    page.context.on("page", lambda opened: asked.append(f"opened {opened.url}"))
    address = new_pad(page, "Hostile")
    paste(page, "\n\n".join([*(one for one in PAYLOADS if "\0" not in one), *MORE, "fin du texte"]))
    expect(preview(page).get_by_text("fin du texte").last).to_be_attached()
    expect(preview(page).locator(".drawing:not(:has(> img)):not(:has(> .wrong))")).to_have_count(0, timeout=60_000)
    said(page, "Enregistré")
    page.goto("/")
    for where in (f"{address}?view", f"{address}/read"):
        page.goto(where)
        frame = page.frames[-1] if "view" in where else page.main_frame
        root = preview(page) if "view" in where else page
        expect(root.locator(".drawing").first).to_be_attached()
        expect(root.locator(".drawing:not(:has(> img)):not(:has(> .wrong))")).to_have_count(0, timeout=60_000)
        held = frame.evaluate(
            """() => [...document.querySelectorAll('.prose *')].flatMap(one => [...one.attributes]
                .filter(({ name, value }) => name.startsWith('on') || name === 'style' || /^\\s*javascript:/i.test(value))
                .map(({ name }) => `${one.localName} ${name}`))"""
        )
        assert held == []
        assert (
            frame.evaluate("document.querySelectorAll('.prose :is(script, iframe, form, object, style, svg)').length")
            == 0
        )
    assert dialogs == []
    assert asked == []
