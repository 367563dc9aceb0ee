"""A text taken away by the sheet of its page: it says that it is being made ready, and why it cannot be."""

from io import BytesIO

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from tests.browser.conftest import new_pad, sign_in
from tests.browser.test_beside import paste
from tests.browser.test_drawings import read
from tests.browser.test_pad import said

pytestmark = pytest.mark.browser


def test_a_text_is_taken_away_from_the_page_where_one_reads_it(new_page):
    new_page.expected |= {"503"}
    page = sign_in(new_page())
    address = new_pad(page, "Emporté")
    paste(page, "# À emporter\n\n$x^2$")
    said(page, "Enregistré")
    page.goto("/")
    read(page, address, "À emporter")
    page.get_by_role("link", name="Emporter").click()
    sheet = page.get_by_role("dialog", name="Emporter ce texte")
    with page.expect_download() as kept:
        sheet.get_by_role("link", name="PDF", exact=True).click()
    assert kept.value.suggested_filename == "Emporté.pdf"
    assert kept.value.path().read_bytes().startswith(b"%PDF-")
    expect(sheet.get_by_role("status")).to_have_text("Le fichier est prêt : votre navigateur l’enregistre.")
    page.route("**/as/html", lambda route: route.fulfill(status=503, json={"sentence": "Revenez dans un instant."}))
    sheet.get_by_role("link", name="Page web").click()
    expect(sheet.get_by_role("status")).to_have_text("Revenez dans un instant.")
    with page.expect_download() as kept:
        sheet.get_by_role("link", name="Markdown").click()
    assert kept.value.suggested_filename == "Emporté.md"


def test_slides_are_printed_one_on_each_page(new_page, tmp_path):
    page = sign_in(new_page())
    address = new_pad(page, "Diapositives")
    paste(page, "# Début\n\n---\n\n## Milieu\n\n----\n\n```mermaid\ngraph LR\nA-->B\n```\n\n---\n\n## Fin")
    said(page, "Enregistré")
    page.goto(f"{address}/take")
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Diaporama page par page").click()
    slides = opened.value
    expect(slides.locator(".pdf-page")).to_have_count(4)
    expect(slides.get_by_role("img", name="Diagramme", include_hidden=True)).to_have_count(1)
    kept = PdfReader(BytesIO(slides.pdf(prefer_css_page_size=True)))
    texts = [one.extract_text().split()[0] if one.extract_text() else "" for one in kept.pages]
    assert [texts[0], texts[1], texts[3]] == ["Début", "Milieu", "Fin"]
    assert len(texts) == 4
    assert round(kept.pages[0].mediabox.width / kept.pages[0].mediabox.height, 2) == round(998 / 728, 2)
