"""What concerns the account, and the uses of a link beside it: without JavaScript, by keyboard, on a phone."""

import re

import pytest

from tests.browser.conftest import KARIM, new_folder, sign_in
from tests.browser.test_every_page import look_at

pytestmark = pytest.mark.browser


def test_a_link_that_was_used_is_told_without_javascript_on_a_phone(new_page):
    page = sign_in(new_page(java_script_enabled=False, viewport={"width": 375, "height": 780}), KARIM)
    folder = new_folder(page, "Suivi")
    page.goto(f"{folder}/share")
    page.get_by_text("Créer un lien").click()
    page.get_by_label("Nom, pour le reconnaître").fill("Pour les parents")
    page.get_by_role("button", name="Créer le lien").click()
    address = page.get_by_label("Adresse : Pour les parents").input_value()
    new_page().goto(address)
    page.reload()
    page.get_by_label("Utilisations : Pour les parents").click()
    page.get_by_text("Lien ouvert · ").wait_for()
    page.goto("/me")
    page.get_by_role("listitem").filter(has_text="Activité du compte").get_by_role("link", name="Voir").click()
    told = page.get_by_role("main").get_by_role("listitem")
    assert re.match("Lien ouvert · Suivi", told.filter(has_text="Lien ouvert").first.inner_text())
    told.filter(has_text="Lien créé").get_by_role("link", name="Suivi").click()
    page.wait_for_url(folder)


def test_the_uses_of_a_link_have_no_fault_and_open_by_keyboard(new_page):
    page = sign_in(new_page(reduced_motion="reduce"), KARIM)
    folder = new_folder(page, "Clavier")
    page.goto(f"{folder}/share")
    page.get_by_text("Créer un lien").click()
    page.get_by_role("button", name="Créer le lien").click()
    new_page().goto(page.get_by_label("Adresse : Lien").input_value())
    page.reload()
    page.get_by_label("Utilisations : Lien").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Lien ouvert · ").wait_for()
    assert look_at(page, "uses of a link") == []
