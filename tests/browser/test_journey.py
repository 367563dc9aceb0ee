"""What a person does in a day, in a real browser: by mouse, then by keyboard alone, then without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import CAMILLE, KARIM, PASSWORD, new_folder, ready, rows, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def folder_on_disk(tmp_path):
    """A folder to send: two files, one of them in a folder inside."""
    top = tmp_path / "Volcans"
    (top / "Photos").mkdir(parents=True)
    (top / "plan.txt").write_text("Premier plan")
    (top / "Photos" / "lave.txt").write_text("rouge")
    return top


def upload(page, path, kind):
    page.get_by_role("link", name="Déposer").click()
    with page.expect_file_chooser() as chosen:
        page.get_by_role("menuitem", name=kind).click()
    chosen.value.set_files(path)


def row(page, name):
    return page.get_by_role("row", name=name)


def act(page, name, label):
    row(page, name).get_by_role("button", name="Actions sur").click()
    page.get_by_role("menuitem", name=label, exact=False).click()


def test_by_mouse_a_folder_goes_up_is_shared_edited_thrown_away_and_brought_back(new_page, folder_on_disk):
    camille = sign_in(new_page(), CAMILLE)
    address = new_folder(camille, "Journée à la souris")
    ready(camille)
    upload(camille, folder_on_disk, "Un dossier")
    expect(row(camille, "Volcans")).to_be_visible()
    row(camille, "Volcans").get_by_role("link", name="Volcans").click()
    ready(camille)
    expect(row(camille, "plan.txt")).to_be_visible()
    assert rows(camille) == ["Photos", "plan.txt"]
    camille.goto(address)
    ready(camille)
    act(camille, "Volcans", "Partager")
    dialog = camille.get_by_role("dialog")
    dialog.get_by_label("Nom, équipe, structure ou adresse").fill("benali")
    dialog.get_by_role("radio", name="Karim Benali").check()
    dialog.get_by_label("peut").select_option(label="Modifier")
    dialog.get_by_role("button", name="Partager").click()
    expect(dialog.get_by_label("Ce que peut Karim Benali")).to_be_visible()

    karim = sign_in(new_page(), KARIM)
    karim.goto("/shared")
    karim.get_by_role("link", name="Volcans").click()
    ready(karim)
    folder_on_disk.joinpath("plan.txt").write_text("Second plan, de Karim")
    upload(karim, folder_on_disk / "plan.txt", "Des fichiers")
    karim.get_by_role("button", name="Remplacer").click()
    expect(karim.get_by_text("Déposé", exact=True)).to_be_visible()

    camille.keyboard.press("Escape")
    row(camille, "Volcans").get_by_role("link", name="Volcans").click()
    ready(camille)
    act(camille, "plan.txt", "Supprimer")
    expect(row(camille, "plan.txt")).to_be_hidden()
    camille.get_by_role("region", name="Messages").get_by_role("button", name="Annuler").click()
    expect(row(camille, "plan.txt")).to_be_visible()
    row(camille, "plan.txt").get_by_role("link", name="plan.txt").click()
    expect(camille.get_by_text("Second plan, de Karim")).to_be_visible()
    camille.get_by_role("link", name="Versions").click()
    camille.get_by_role("button", name="Rétablir la version").first.click()
    camille.get_by_role("link", name="Fermer").click()
    expect(camille.get_by_text("Premier plan")).to_be_visible()


def test_by_keyboard_alone(page, folder_on_disk):
    page.goto("/login")
    page.keyboard.type(CAMILLE)  # the address has the focus
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("/")
    new_folder(page, "Journée au clavier")
    ready(page)
    for name in ("Bilan", "Atelier", "Séance 10", "Séance 9"):
        page.keyboard.press("Shift+Tab")  # out of the grid, where letters look for a name
        page.keyboard.press("n")
        expect(page.get_by_label("Nom du dossier")).to_be_focused()
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        expect(row(page, name)).to_be_visible()
    page.get_by_role("dialog").wait_for(state="detached")
    assert rows(page) == ["Atelier", "Bilan", "Séance 9", "Séance 10"]
    page.keyboard.press("Home")
    expect(row(page, "Atelier")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(row(page, "Bilan")).to_be_focused()
    page.keyboard.press("F2")
    page.keyboard.type("Bilan final")
    page.keyboard.press("Enter")
    expect(row(page, "Bilan final")).to_be_focused()
    page.keyboard.press("Control+x")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/f/\d+"))
    expect(page.get_by_role("heading", level=1, name="Atelier")).to_be_visible()
    ready(page)
    page.keyboard.press("Control+v")
    expect(row(page, "Bilan final")).to_be_focused()
    page.keyboard.press("Control+z")
    expect(row(page, "Bilan final")).to_be_hidden()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.get_by_role("heading", level=1, name="Journée au clavier")).to_be_visible()
    ready(page)
    expect(row(page, "Bilan final")).to_be_visible()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.locator("#voice")).to_have_text(re.compile("2 éléments sélectionnés"))
    page.keyboard.press("Delete")
    expect(page.get_by_role("row")).to_have_count(3)  # the header and two
    page.keyboard.press("Control+z")
    expect(page.get_by_role("row")).to_have_count(5)
    page.keyboard.press("Escape")
    page.keyboard.press("Home")
    page.keyboard.press("Shift+F10")
    expect(page.get_by_role("menuitem").first).to_be_focused()
    page.keyboard.type("p")
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for()
    page.keyboard.type("benali")
    expect(page.get_by_role("radio", name="Karim Benali")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Ce que peut Karim Benali")).to_be_visible()
    page.keyboard.press("Escape")
    expect(row(page, "Atelier")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Au clavier")


def test_without_javascript(new_page, folder_on_disk):
    page = sign_in(new_page(java_script_enabled=False))
    new_folder(page, "Sans script")
    page.get_by_role("link", name="Déposer").click()
    page.get_by_label("Fichiers", exact=True).set_input_files(folder_on_disk / "plan.txt")
    page.get_by_role("button", name="Déposer").click()
    expect(page.get_by_role("status").first).to_contain_text("plan.txt")
    page.get_by_role("link", name="Actions sur plan.txt").click()
    page.get_by_role("link", name="Renommer").click()
    page.get_by_label("Nouveau nom").fill("idées.txt")
    page.get_by_role("button", name="Renommer").click()
    expect(page.get_by_role("link", name="idées.txt", exact=True)).to_be_visible()
    page.get_by_label("Sélectionner idées.txt").check()
    page.get_by_role("button", name="Supprimer").click()
    page.get_by_role("button", name="Mettre à la corbeille").click()
    expect(page.get_by_text("Ce dossier est vide.")).to_be_visible()
    page.get_by_role("button", name="Annuler").click()
    expect(page.get_by_role("link", name="idées.txt", exact=True)).to_be_visible()
    page.get_by_role("link", name="Partager").click()
    page.get_by_label("Nom, équipe, structure ou adresse").fill("benali")
    page.get_by_role("button", name="Chercher").click()
    page.get_by_role("radio", name="Karim Benali").check()
    page.get_by_role("button", name="Partager").click()
    expect(page.get_by_role("list").filter(has_text="Karim Benali").last).to_be_visible()
    page.get_by_text("Créer un lien").click()
    page.get_by_role("button", name="Créer le lien").click()
    link = page.get_by_label("Adresse : Lien").input_value()
    visitor = new_page(java_script_enabled=False)
    visitor.goto(link)
    expect(visitor.get_by_role("link", name="idées.txt", exact=True)).to_be_visible()
