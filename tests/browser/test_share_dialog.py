"""The share dialog: nobody is given anything but who is wanted, and one sees what was done."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import new_folder, ready, sign_in

pytestmark = pytest.mark.browser


def open_dialog(page):
    page.locator("[data-act=share]").click()
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    return dialog


def test_enter_never_shares_with_what_was_found_for_other_letters(page):
    sign_in(page)
    new_folder(page, "Entrée")
    ready(page)
    dialog = open_dialog(page)
    who = dialog.get_by_label("Nom, équipe, structure ou adresse")
    who.fill("carnot")
    school = dialog.get_by_role("radio", name="Lycée Carnot")
    expect(school).not_to_be_checked()  # more than one person is never chosen beforehand
    who.fill("benali")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("radio", name="Karim Benali")).to_be_focused()
    expect(dialog.get_by_role("radio")).to_have_count(1)
    expect(dialog.get_by_role("region", name="Ont accès").get_by_role("listitem")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(dialog.get_by_label("Ce que peut Karim Benali")).to_be_visible()
