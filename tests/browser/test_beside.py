"""The preview beside the editor: the text laid out while it is written, in a frame that can reach nothing."""

import re

import pytest
from playwright.sync_api import expect

from cartable.pads.markdown import render
from tests.browser.conftest import new_pad, sign_in
from tests.browser.test_pad import said, text, write
from tests.pads.markdown.test_equal import CORPUS, build, spelled
from tests.pads.markdown.test_hostile import PAYLOADS

pytestmark = pytest.mark.browser

PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"/>'
STRICTER = ("<noscript>", "<p data-action=x is=")  # DOMPurify takes all of it away
LONG = "\n\n".join(f"## Partie {number}\n\nUn paragraphe." for number in range(60))


@pytest.fixture
def page(new_page):
    return sign_in(new_page(viewport={"width": 1280, "height": 800}))


def preview(page):
    return page.frame_locator("pads-pad iframe")


def paste(page, words):
    """Put a text at the end, at once."""
    text(page).focus()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text(words)


def shown_line(page):
    """Return the first heading that is wholly seen in the preview."""
    return (
        preview(page)
        .locator("h2")
        .evaluate_all("all => all.find(one => one.getBoundingClientRect().top >= -2)?.textContent")
    )


def test_the_text_is_laid_out_while_it_is_written(page):
    new_pad(page, "Beside")
    write(page, "# Volcans\n\n==Important== et $x^2$")
    expect(preview(page).get_by_role("heading", name="Volcans", level=1)).to_be_visible()
    expect(preview(page).locator("mark")).to_have_text("Important")


def test_one_chooses_what_is_shown_and_the_device_remembers(page):
    address = new_pad(page, "Modes")
    write(page, "Bonjour")
    modes = page.get_by_role("group", name="Affichage")
    expect(modes.get_by_role("button", name="Les deux")).to_have_attribute("aria-pressed", "true")
    modes.get_by_role("button", name="Aperçu").click()
    expect(page.locator(".cm-editor")).to_be_hidden()
    expect(preview(page).get_by_text("Bonjour")).to_be_visible()
    assert page.url == f"{address}?view"
    preview(page).locator("body").press("Control+Alt+KeyE")
    expect(text(page)).to_be_focused()
    expect(page.locator(".beside")).to_be_hidden()
    page.goto(address)
    text(page)
    expect(page.locator(".beside")).to_be_hidden()
    page.goto(f"{address}?both")
    expect(preview(page).get_by_text("Bonjour")).to_be_visible()


def test_a_box_that_is_ticked_in_the_preview_is_ticked_in_the_text(page):
    new_pad(page, "Tâches")
    paste(page, "---\ntitle: x\n---\n\n1. [ ] Lire\n2. [x] Écrire\n   > - [ ] Relire")
    preview(page).get_by_role("checkbox", name="Lire", exact=True).check()
    preview(page).get_by_role("checkbox", name="Écrire").uncheck()
    preview(page).get_by_role("checkbox", name="Relire").check()
    expect(text(page)).to_contain_text("1. [x] Lire2. [ ] Écrire   > - [x] Relire")
    said(page, "Enregistré")


def test_each_follows_the_scrolling_of_the_other(page):
    new_pad(page, "Défilement")
    paste(page, LONG)
    headings = preview(page).locator("h2")
    expect(headings).to_have_count(60)
    expect(headings.last).to_be_in_viewport()  # the preview follows who types
    page.locator(".cm-scroller").hover()
    page.mouse.wheel(0, -100_000)
    expect(headings.first).to_be_in_viewport()
    preview(page).locator("body").hover()
    page.mouse.wheel(0, 2000)
    expect(page.locator(".cm-line", has_text=shown_line(page)).first).to_be_in_viewport()
    page.mouse.wheel(0, 100_000)
    expect(page.locator(".cm-line", has_text="Partie 59")).to_be_in_viewport()


def test_where_there_is_little_room_one_is_shown_at_a_time(new_page):
    page = sign_in(new_page(viewport={"width": 375, "height": 780}))
    new_pad(page, "Téléphone")
    write(page, "Bonjour")
    expect(page.get_by_role("button", name="Les deux")).to_be_hidden()
    expect(page.locator("pads-pad iframe")).to_have_count(0)
    page.get_by_role("button", name="Aperçu").click()
    expect(preview(page).get_by_text("Bonjour")).to_be_visible()
    expect(page.locator(".cm-editor")).to_be_hidden()


def test_the_editor_goes_on_when_the_preview_does_not(page):
    address = new_pad(page, "Panne de l’aperçu")
    page.route("**/p/preview", lambda route: route.fulfill(body="<p>rien", content_type="text/html"))
    page.clock.install()
    page.goto(address)
    write(page, "Mon texte")
    said(page, "Enregistrement…")
    page.clock.fast_forward(11_000)
    expect(page.get_by_text("L’aperçu ne répond pas")).to_be_visible()
    write(page, ", encore")
    expect(text(page)).to_have_text("Mon texte, encore")
    page.unroute("**/p/preview")
    page.get_by_role("button", name="Recharger l’aperçu").click()
    expect(preview(page).get_by_text("Mon texte, encore")).to_be_visible()


def test_a_picture_beside_the_file_is_shown_to_who_reads(page):
    new_pad(page, "Image")
    page.route("**/beside?path=*", lambda route: route.fulfill(body=PICTURE, content_type="image/svg+xml"))
    sent = "![Ici](/uploads/a.svg) ![Là](http://pads.localhost:8000/uploads/a.svg)"
    paste(page, f"![Un carré](mon%20image.svg) et [la suite](suite.md) {sent}")
    for name in ("Un carré", "Ici", "Là"):
        expect(preview(page).get_by_role("img", name=name)).to_have_js_property("naturalWidth", 40)
    expect(preview(page).get_by_role("link", name="la suite")).to_have_attribute(
        "href", re.compile(r"/p/\d+/beside\?path=suite.md$")
    )


def test_what_the_preview_cleans_is_what_the_server_does(new_page, tmp_path):
    new_page.expected |= {"ERR_", "Failed to load"}
    build("clean.mjs", tmp_path / "clean.js", "--format=iife")
    page = new_page(offline=True)
    page.add_script_tag(path=tmp_path / "clean.js")
    for written in [*(path.read_text() for path in CORPUS), *PAYLOADS]:
        if not written.startswith(STRICTER):
            assert spelled(page.evaluate("text => cleaned(text)", written)) == spelled(render(written).html), written


def test_the_frame_has_no_origin_and_reaches_nothing(page, new_page):
    new_page.expected |= {"Connecting to", "Fetch API"}
    new_pad(page, "Murs")
    expect(preview(page).locator("article")).to_be_attached()
    frame = page.frames[-1]
    assert frame.evaluate("origin") == "null"
    assert [
        frame.evaluate(f"() => {{ try {{ {one}; return 'done' }} catch (error) {{ return error.name }} }}")
        for one in ("parent.document", "document.cookie", "localStorage", "top.location.href", "indexedDB.open('x')")
    ] == ["SecurityError"] * 5
    assert frame.evaluate(
        "async () => { try { await fetch('/me'); return 'done' } catch (error) { return error.name } }"
    )
