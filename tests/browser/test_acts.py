"""What one does with the rows of a folder, and what becomes of it when it cannot be done."""

import os
import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import new_folder, ready, sign_in
from tests.browser.test_journey import act, row, upload

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


def test_what_has_come_is_marked_and_not_chosen_and_the_foot_follows(page, tmp_path):
    sign_in(page)
    new_folder(page, "Arrivées")
    ready(page)
    room = page.locator("[data-room]")
    before = room.inner_text()
    (tmp_path / "mesures.bin").write_bytes(b"1" * 3_000_000)
    upload(page, tmp_path / "mesures.bin", "Des fichiers")
    expect(row(page, "mesures.bin")).to_have_class("fresh")
    expect(room).not_to_have_text(before)
    expect(page.get_by_role("group", name="Pour la sélection")).to_be_hidden()
    make(page, "Bilan")
    page.get_by_role("searchbox", name="Filtrer ce dossier").fill("rien de tel")
    expect(page.get_by_text("Aucun document ne porte ce nom.")).to_be_visible()
    expect(page.get_by_text("Déposez-y des fichiers")).to_be_hidden()
    expect(page.locator("[data-total]")).to_have_text("0 sur 2 éléments")


def test_what_went_away_elsewhere_is_said_to_have_gone(new_page):
    new_page.expected.add("404")
    page = sign_in(new_page())
    address = new_folder(page, "Deux onglets")
    ready(page)
    make(page, "Bilan")
    other = page.context.new_page()
    other.goto(address)
    ready(other)
    row(other, "Bilan").focus()
    other.keyboard.press("Delete")
    expect(other.locator(".toast")).to_contain_text("à la corbeille")
    row(page, "Bilan").focus()
    page.keyboard.press("Delete")
    gone = "Ce document n’existe pas, ou ne vous est pas ouvert."
    expect(page.get_by_role("region", name="Messages")).to_contain_text(gone)
    expect(page.locator("#voice")).to_have_text(gone)


def test_messages_about_long_names_stay_within_the_window(new_page):
    page = sign_in(new_page(viewport={"width": 375, "height": 640}))
    new_folder(page, "Longs")
    ready(page)
    make(page, "x" * 250)
    act(page, "x" * 250, "Renommer")
    page.keyboard.press("Control+a")
    page.keyboard.type("y" * 250)
    page.keyboard.press("Enter")
    for button in page.locator(".toast").last.get_by_role("button").all():
        expect(button).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_versions_are_named_and_deleted_in_their_dialog(page, tmp_path):
    sign_in(page)
    new_folder(page, "Versions")
    ready(page)
    (tmp_path / "plan.txt").write_text("un")
    upload(page, tmp_path / "plan.txt", "Des fichiers")
    expect(row(page, "plan.txt")).to_be_visible()
    (tmp_path / "plan.txt").write_text("deux")
    upload(page, tmp_path / "plan.txt", "Des fichiers")
    asked = page.get_by_role("dialog")
    expect(asked).to_contain_text("2 octets, modifié le")  # what is there
    expect(asked).to_contain_text("4 octets, modifié le")  # what comes
    expect(page.get_by_text("Attend votre choix")).to_be_visible()
    page.get_by_role("button", name="Remplacer").click()
    expect(page.get_by_text("Déposé", exact=True)).to_be_visible()
    act(page, "plan.txt", "Versions")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Nommer ou supprimer la version").click()
    dialog.get_by_label("Nom de la version").fill("z" * 120)
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("Le nom de la version est enregistré.")).to_be_visible()
    expect(dialog.get_by_label("Nom de la version")).to_be_hidden()
    assert dialog.evaluate("one => one.scrollWidth <= one.clientWidth")
    dialog.get_by_label("Nommer ou supprimer la version").click()
    dialog.get_by_role("link", name="Supprimer cette version").click()
    dialog.get_by_role("button", name="Supprimer la version").click()
    expect(dialog.get_by_text("La version est supprimée.")).to_be_visible()
    expect(dialog.get_by_text("Il n’y a pas de version antérieure")).to_be_visible()


def test_the_days_of_a_file_that_is_there_are_by_the_clock_of_the_page(new_page, tmp_path):
    page = sign_in(new_page(timezone_id="Pacific/Noumea"))
    new_folder(page, "Horloge")
    ready(page)
    file, evening = tmp_path / "plan.txt", datetime(2026, 3, 5, 22, 45, tzinfo=UTC).timestamp()
    for text in ("un", "deux"):
        file.write_text(text)
        os.utime(file, (evening, evening))
        upload(page, file, "Des fichiers")
        if text == "un":
            expect(row(page, "plan.txt")).to_contain_text("5 mars 2026")
    asked = page.get_by_role("dialog")
    for said in asked.locator("dd").filter(has_text="modifié le").all():
        expect(said).to_contain_text("modifié le 5 mars 2026, 23\u00a0h\u00a045")
    expect(asked.locator("dd").filter(has_text="modifié le")).to_have_count(2)
    asked.get_by_role("button", name="Ignorer").click()
    page.reload()
    expect(page.locator("time").first).to_have_attribute("title", re.compile("5 mars 2026, 23"))


def test_a_sheet_shut_before_its_answer_leaves_no_page_of_before(page, tmp_path):
    sign_in(page)
    new_folder(page, "Vite fermé")
    ready(page)
    file, held = tmp_path / "note.txt", []
    for text in ("Premier", "Second"):
        file.write_text(text)
        upload(page, file, "Des fichiers")
        if text == "Second":
            page.get_by_role("button", name="Remplacer").click()
        expect(page.get_by_text("Déposé", exact=True).last).to_be_visible()
        expect(row(page, "note.txt")).to_contain_text(f"{len(text)} octets")
    row(page, "note.txt").get_by_role("link", name="note.txt").click()
    expect(page.get_by_text("Second", exact=True)).to_be_visible()
    page.get_by_role("link", name="Versions").click()
    page.route("**/versions/*/restore", lambda route: held.append(route))
    with page.expect_request("**/versions/*/restore"):
        page.get_by_role("button", name="Rétablir la version").first.click()
    page.get_by_role("link", name="Fermer").click()
    held[0].continue_()
    expect(page.get_by_text("Premier", exact=True)).to_be_visible()
