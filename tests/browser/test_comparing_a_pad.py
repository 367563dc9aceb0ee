"""What changed since a version is read from the list of versions, and the version brought back from there."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import new_pad, sign_in
from tests.browser.test_beside import paste
from tests.browser.test_drawings import read
from tests.browser.test_every_page import look_at
from tests.browser.test_pad import said

pytestmark = pytest.mark.browser


def test_a_version_is_compared_from_the_list_of_versions(new_page):
    page = sign_in(new_page())
    address = new_pad(page, "Comparé")
    file = address.replace("/p/", "/f/")
    for words in ("La lave monte.", " La cendre tombe."):
        page.goto(address)
        paste(page, words)
        said(page, "Enregistré")
        page.goto("/")  # the file is written when one leaves
        read(page, address, words.strip())
    page.goto(f"{file}/versions")
    page.get_by_role("link", name="Comparer la version").first.click()
    expect(page.locator(".compared ins")).to_contain_text("La cendre tombe.")
    expect(page.locator(".compared")).to_contain_text("La lave monte.")
    assert look_at(page, "a comparison") == []
    page.get_by_role("button", name="Rétablir").click()
    read(page, address, "La lave monte.")
    expect(page.get_by_text("La cendre tombe.")).to_have_count(0)
