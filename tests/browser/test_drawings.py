"""What a text draws, in the preview and on its page; and that nothing somebody writes acts there: in a real Chromium."""

import json
import re
from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import new_pad, sign_in
from tests.browser.test_beside import paste, preview
from tests.browser.test_guests import open_to
from tests.browser.test_pad import said
from tests.pads.markdown.test_hostile import PAYLOADS

pytestmark = pytest.mark.browser

FEATURES = (Path(__file__).parents[1] / "pads/markdown/corpus/features.md").read_text()
DRAWN = 9
OUTSIDE = "octodex"
MORE = [  # what renderers may be made to do
    '```mermaid\n%%{init: {"securityLevel": "loose"}}%%\ngraph TD\nA["<img src=x onerror=alert(1)>"]\nclick A "javascript:alert(1)"\n```',
    "```mermaid\nsequenceDiagram\nA->>B: <script>alert(1)</script>\n```",
    '```graphviz\ndigraph { a [URL="javascript:alert(1)", label=<<b>x</b>>]; a -> b }\n```',
    "```flow\nst=>start: <img src=x onerror=alert(1)>:>javascript:alert(1)\nst->st\n```",
    "```sequence\nA->B: <img src=x onerror=alert(1)>\n```",
    "```abc\nX:1\nT:<img src=x onerror=alert(1)>\nK:C\nC\n```",
    '```vega-lite\n{"data": {"url": "https://evil.example/a.csv"}, "mark": "bar", "encoding": {}}\n```',
    '```vega\n{"signals": [{"name": "a", "update": "event.view.constructor.constructor(\'alert(1)\')()"}]}\n```',
    "```markmap\n# <script>alert(1)</script>\n- <img src=x onerror=alert(1)>\n- [x](javascript:alert(1))\n- <svg onload=alert(1)>\n```",
    "```markmap\n" + "".join(f"{'  ' * deep}- {'<b>' * deep}\x01\n" for deep in range(300)) + "```",
    "```markmap\n" + "- a\n" * 1001 + "```",
    '```fretboard {title="<script>alert(1)</script><img src=x onerror=alert(1)>", type="v5"}\n(==)\n<svg onload=alert(1)>\n```',
    "```fretboard {title='" + "long " * 5000 + "', type='h24'}\n" + "o" * 5000 + "\n" * 5000 + "```",
    """```geo\n{"type": "Feature", "properties": {"name": "<img src=x onerror=alert(1)>"}, "geometry": {"type": "Point", "coordinates": [1, 2]}}\n```""",
    "```geo\n" + '{"type": "GeometryCollection", "geometries": [' * 5000 + "]}" * 5000 + "\n```",
    "$\\href{javascript:alert(1)}{x} \\htmlData{a=b}{y} \\url{javascript:alert(1)}$",
    "$" + "\\def\\a{\\b\\b}\\def\\b{\\a\\a}\\a" + "$",
]

WRONG = [
    ("markmap\n" + "- a\n" * 1001, "plus de 1.000 idées"),
    ("markmap\nrien", "ni titre, ni liste"),
    ('fretboard {type="v99"}\no', "type="),
    ("geo\n10 rue de la Paix", "une adresse n’est demandée à personne"),
    ("geo\n200,1", "longitude de -180 à 180"),
    ('geo\n{"type": "Sphere"}', "«.Sphere.» n’est pas du GeoJSON"),
    ('geo\n{"type": "Polygon", "coordinates": [[]]}', "aucun lieu"),
]


def read(page, address, words):
    """Read a pad laid out, once its file has some words; return the answer."""
    answer = page.goto(f"{address}/read")
    while not page.get_by_text(words).count():
        assert answer.ok
        answer = page.reload()
    return answer


def drawn(where):
    """Wait until each drawing of the features is there, and say how large each is."""
    pictures = where.locator(".drawing > img")
    expect(pictures).to_have_count(DRAWN, timeout=60_000)
    expect(where.locator("math").first).to_be_attached()
    expect(where.locator(".drawing .wrong")).to_have_count(0)
    expect(where.locator("code.language-javascript .hljs-string").first).to_have_text(
        '"JavaScript syntax highlighting"'
    )
    return pictures.evaluate_all("all => all.map(one => one.complete && one.naturalWidth > 10)")


def test_formulas_and_diagrams_are_drawn_beside_the_editor_and_where_one_reads(new_page):
    new_page.expected |= {
        OUTSIDE,
        "beside?path=image.png",
    }  # pictures that the policy keeps away, and one that is not there
    page = sign_in(new_page())
    address = new_pad(page, "Dessins")
    loaded = []
    page.on("request", lambda request: loaded.append(request.url))
    paste(page, "Un texte nu")
    expect(preview(page).get_by_text("Un texte nu")).to_be_visible()
    assert not [one for one in loaded if re.search(r"frame-(?!preview)", one)]
    paste(page, f"\n\n{FEATURES}")
    assert drawn(preview(page)) == [True] * DRAWN
    said(page, "Enregistré")
    page.goto("/")
    plain = read(page, address, "Ce qu’un pad sait faire")
    assert "unsafe" not in plain.headers["content-security-policy"]
    assert drawn(page) == [True] * DRAWN
    expect(page.get_by_role("img", name="Partition, dont la source suit")).to_be_visible()
    page.locator(".drawing summary").first.click()
    expect(page.get_by_text("Alice->Bob")).to_be_visible()


def test_what_is_published_draws_alike_for_who_is_not_signed_in_below_the_site_and_at_the_host_of_pads(new_page):
    new_page.expected |= {OUTSIDE, "image.png"}
    page, guest = sign_in(new_page()), new_page(locale="en-GB")
    pad = new_pad(page, "Publié")
    paste(page, FEATURES)
    said(page, "Enregistré")
    address = urlsplit(open_to(page, pad, "En lecture seule"))
    read(page, pad, "Ce qu’un pad sait faire")
    own = f"http://pads.localhost:{address.port}{address.path.removeprefix('/pads')}"
    for base in (address.geturl(), own):
        published = guest.goto(f"{base}/publish")
        assert "/s/" in guest.url
        assert "unsafe" not in published.headers["content-security-policy"]
        assert drawn(guest) == [True] * DRAWN
        expect(guest.get_by_role("img", name="Score, whose source follows")).to_be_visible()
        guest.goto(f"{base}/slide")
        expect(guest.locator("pads-slides[data-ready]")).to_be_attached()
        assert drawn(guest) == [True] * DRAWN


def test_slides_are_shown_one_at_a_time_by_the_keyboard(new_page):
    page = sign_in(new_page())
    address = new_pad(page, "Diapos")
    paste(
        page, "# Début\n\n---\n\n## Milieu\n\n```graphviz\ndigraph { a -> b }\n```\n\n----\n\nDessous\n\nNote: tout bas"
    )
    said(page, "Enregistré")
    page.goto("/")
    read(page, address, "Dessous")
    page.goto(page.get_by_role("link", name="Diaporama").get_attribute("href"))
    slides = page.locator("pads-slides[data-ready] .slides")
    expect(slides.get_by_role("heading", name="Début")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(slides.get_by_role("heading", name="Milieu")).to_be_visible()
    expect(slides.get_by_role("img", name="Diagramme")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(slides.get_by_text("Dessous")).to_be_visible()
    expect(slides.get_by_text("tout bas")).to_be_hidden()


def picture(where, name, at=0):
    """Return the elements of a drawing, as they stand in their picture."""
    source = where.get_by_role("img", name=name).nth(at).get_attribute("src")
    elements = [*ElementTree.fromstring(unquote(source.partition(",")[2])).iter()]
    for one in elements:
        one.tag = one.tag.partition("}")[2]
    return elements


def lines(elements):
    return [" ".join("".join(one.itertext()).split()) for one in elements if one.tag == "text"]


def test_a_mind_map_has_its_ideas_in_letters_that_a_picture_can_show(new_page):
    page = sign_in(new_page())
    new_pad(page, "Carte")
    paste(
        page,
        "```markmap\n# Racine\n\nRien de cela.\n\n## Une **partie** <i title=x>ici</i>\n1. un\n2. deux\n   - [x] fait\n\n"
        f"## Autre\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- {'mot ' * 30}\n- {'y' * 5000}\n```",
    )
    expect(preview(page).locator(".drawing > img")).to_be_visible()
    elements = picture(preview(page), "Carte mentale, dont la source suit")
    assert {one.tag for one in elements} == {"svg", "path", "circle", "text", "tspan"}
    assert not [name for one in elements for name in one.attrib if name.startswith("on") or "href" in name]
    ideas = lines(elements)
    assert ideas[:7] == ["Racine", "Une partie ici", "Autre", "1. un", "2. deux", "a | b", "1 | 2"]
    assert "☑ fait" in ideas
    folded = [line for line in ideas if line.startswith("mot")]
    assert len(folded) > 1
    assert " ".join(folded).split() == ["mot"] * 30
    assert sum(line.count("y") for line in ideas) == 400


def test_a_neck_of_a_guitar_shows_where_fingers_stand(new_page):
    page = sign_in(new_page())
    new_pad(page, "Accords")
    paste(
        page,
        """```fretboard {title="Fa & barré", type="v5 noNut"}\n x^^\n (====)\n |||o*O\n3\n-o------OOO\n```\n\n"""
        "```fretboard {title='Gamme', type='h6'}\n-oO-*-oO\n\n\n\n\n-o\n  3\nooo\n```",
    )
    expect(preview(page).locator(".drawing > img")).to_have_count(2)
    upright, lying = (picture(preview(page), "Manche de guitare, dont la source suit", at) for at in (0, 1))
    assert lines(upright) == ["Fa & barré", "3"]
    assert lines(lying) == ["Gamme", "3"]
    assert dots(upright) == {"#1f7ab8": 4, "none": 2, "#d6eaf8": 1, "#c2410c": 1}
    assert dots(lying) == {"#1f7ab8": 3, "#d6eaf8": 1, "#c2410c": 1}
    assert len([one for one in upright if one.tag == "rect"]) == 6
    root = next(one for one in lying if one.get("fill") == "#c2410c")
    assert (root.get("cx"), root.get("cy")) == ("168", "84")  # the third fret of the first string


def test_a_map_shows_places_and_shapes_where_they_are_on_the_globe(new_page):
    page = sign_in(new_page())
    new_pad(page, "Lieux")
    shapes = [
        {"type": "Point", "coordinates": [5, 47]},
        {"type": "LineString", "coordinates": [[5, 47], [4, 46]]},
        {"type": "Polygon", "coordinates": [[[5, 46], [6, 46], [6, 47], [5, 46]]]},
    ]
    features = [
        {"type": "Feature", "properties": {"name": f"<{one['type']}>"}, "geometry": one}
        for one in [*shapes, {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [4, 46]}]}]
    ]
    collection = json.dumps({"type": "FeatureCollection", "features": features})
    paste(page, f"```geo\n-0.5792, 44.8378, 15\n```\n\n```geo\n{collection}\n```")
    expect(preview(page).locator(".drawing > img")).to_have_count(2)
    here, shown = (picture(preview(page), "Carte sans fond, dont la source suit", at) for at in (0, 1))
    assert {"44,8378° N, 0,5792° O", "200 m", "44,835° N", "0,575° O"} <= {*lines(here)}
    assert {"<Point>", "<LineString>", "<Polygon>", "<GeometryCollection>", "20 km", "46,5° N", "5° E"} <= {
        *lines(shown)
    }
    degrees = {one.text: float(one.get("x")) - 4 for one in shown if one.tag == "text"}  # each beside its line
    pins = [float(one.get("cx")) for one in shown if one.tag == "circle"]
    assert pins == pytest.approx([degrees["5° E"], degrees["4° E"]])
    assert pins[0] == 320


def dots(elements):
    return Counter(one.get("fill") for one in elements if one.tag == "circle")


def test_a_source_that_cannot_be_drawn_is_said_so_and_stays(new_page):
    page = sign_in(new_page())
    new_pad(page, "Faux")
    paste(page, "```mermaid\nrien du tout\n```\n\n$\\rien{$")
    expect(preview(page).get_by_text("Ne se dessine pas")).to_be_visible()
    expect(preview(page).get_by_text("rien du tout", exact=True)).to_be_visible()
    for source, why in WRONG:
        paste(page, f"\n\n```{source}\n```")
        expect(preview(page).get_by_text(re.compile(f"Ne se dessine pas.: {why}"))).to_be_visible()
    page.evaluate(SHOW, '```geo\n{"type": "MultiPoint", "coordinates": [[1,2]' + ",[1,2]" * 10_000 + "]}\n```")
    expect(preview(page).get_by_text(re.compile("Ne se dessine pas.: plus de 10.000 points"))).to_be_visible()


SHOW = """text => new Promise(go => {  // as the page of the pad gives it a text
    const frame = document.querySelector('pads-pad iframe').contentWindow
    addEventListener('message', function hear({ source, data }) {
        if (source !== frame || !data.shown) return
        removeEventListener('message', hear)
        go()
    })
    frame.postMessage({ text, writes: true, beside: '/p/1/beside' }, '*')
})"""
HELD = """() => [...document.querySelectorAll('.prose *')].flatMap(one => [one, ...one.attributes]
    .filter(({ name, value, localName }) => /^on|^style$/.test(name ?? '') || /^\\s*(javascript|vbscript):/i.test(value ?? '')
        || /^(script|iframe|form|object|embed|style|svg|base|link|meta)$/.test(value === undefined ? localName : ''))
    .map(({ name, localName }) => `${one.localName} ${name ?? localName}`))"""
UNDRAWN = ".drawing:not(:has(> img)):not(:has(> .wrong))"


def test_nothing_that_somebody_writes_acts(new_page):
    new_page.expected |= {"Content Security Policy", "ERR_", "Failed to load", "Loading the"}
    page = sign_in(new_page())
    home, dialogs, asked = page.url.rstrip("/"), [], []
    address = new_pad(page, "Hostile")
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.context.on("page", lambda opened: asked.append(f"opened {opened.url}"))
    page.context.route(
        lambda url: not url.startswith((home, "data:", "blob:")),
        lambda route: (asked.append(route.request.url), route.abort()),
    )
    paste(page, "\n\n".join([*MORE, "fin du texte"]))
    expect(preview(page).get_by_text("fin du texte")).to_be_attached()
    expect(preview(page).locator(UNDRAWN)).to_have_count(0, timeout=60_000)
    said(page, "Enregistré")
    frame = page.frames[-1]
    assert frame.evaluate(HELD) == []
    for payload in PAYLOADS:
        page.evaluate(SHOW, payload)
        assert frame.evaluate(HELD) == [], payload
    page.goto("/")
    read(page, address, "fin du texte")
    expect(page.locator("pads-read[data-ready]")).to_be_attached()
    expect(page.locator(UNDRAWN)).to_have_count(0, timeout=60_000)
    assert page.evaluate(HELD) == []
    assert (dialogs, asked) == ([], [])
