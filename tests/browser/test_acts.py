"""What one does with the rows of a folder, and what becomes of it when it cannot be done."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import new_folder, ready, sign_in
from tests.browser.test_journey import act, row

pytestmark = pytest.mark.browser


def make(page, name):
    """Make a folder from the list, and wait for its row."""
    page.locator("[data-act=new]").click()
    page.get_by_label("Nom du dossier").fill(name)
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for(state="detached")
    expect(row(page, name)).to_be_visible()


def test_a_rename_by_enter_renames_and_a_refused_one_keeps_what_was_typed(new_page):
    new_page.expected.add("/rename")
    page = sign_in(new_page())
    new_folder(page, "Noms")
    ready(page)
    make(page, "Brouillon")
    sent = []
    page.on("request", lambda request: sent.append(request.url))
    act(page, "Brouillon", "Renommer")
    field = page.get_by_label("Nouveau nom de Brouillon")
    page.keyboard.type("1/2")
    page.keyboard.press("Enter")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    expect(field).to_have_value("1/2")
    page.keyboard.press("Control+a")
    page.keyboard.type("Moitié")
    page.keyboard.press("Enter")
    expect(row(page, "Moitié")).to_be_focused()
    assert [url for url in sent if "download" in url] == []


def test_the_acts_on_a_selection_are_all_within_a_phone(new_page):
    page = sign_in(new_page(viewport={"width": 320, "height": 640}))
    page.goto("/f/")
    ready(page)
    page.locator("td.box input").first.check()
    for button in page.get_by_role("group", name="Pour la sélection").get_by_role("button").all():
        box = button.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320
    expect(page.get_by_role("group", name="Pour la sélection")).to_contain_text("1 élément sélectionné")
