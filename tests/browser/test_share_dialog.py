"""The share dialog: nobody is given anything but who is wanted, and one sees what was done."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import CAMILLE, PASSWORD, new_folder, ready, sign_in

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


def test_a_link_is_made_seen_changed_and_deleted_in_the_dialog(page):
    sign_in(page)
    new_folder(page, "Lien changé")
    ready(page)
    dialog = open_dialog(page)
    dialog.get_by_text("Créer un lien").click()
    dialog.get_by_label("Nom, pour le reconnaître").fill("Parents")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("Le lien est créé.")).to_be_in_viewport()
    expect(dialog.get_by_role("button", name="Copier")).to_be_focused()
    expect(dialog.get_by_label("Ce lien permet de")).to_be_hidden()  # made: the form is closed
    dialog.get_by_role("link", name="Modifier\u00a0: Parents").click()
    dialog.get_by_label("Jusqu’au").fill("2199-12-31")
    dialog.get_by_label("Téléchargements au plus").fill("12")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("31 décembre 2199")).to_contain_text("0 téléchargement sur 12")
    expect(dialog.get_by_role("link", name="Modifier\u00a0: Parents")).to_be_focused()
    dialog.get_by_role("link", name="Supprimer\u00a0: Parents").click()
    expect(dialog.get_by_role("button", name="Supprimer le lien")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("Le lien est supprimé.")).to_be_in_viewport()
    expect(dialog.get_by_label("Adresse\u00a0: Parents")).to_be_hidden()


def test_a_session_that_ended_elsewhere_is_called_so_with_the_way_back(page):
    sign_in(page)
    address = new_folder(page, "Session")
    ready(page)
    other = page.context.new_page()
    other.goto("/")
    other.get_by_role("button", name="Se déconnecter", exact=True).click()
    other.wait_for_url("**/login**")
    page.keyboard.press("n")
    told = page.get_by_role("region", name="Messages")
    expect(told).to_contain_text("Votre session est terminée.")
    expect(page.locator("#voice")).to_have_text("Votre session est terminée.")
    told.get_by_role("button", name="Se reconnecter").click()
    page.wait_for_url("**/login?next=*")
    page.get_by_label("Adresse académique").fill(CAMILLE)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.wait_for_url(address)
