"""Two people talk about a passage: it is said beside the text, follows the passage, and what is proposed is put in its place."""

from itertools import count

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import CAMILLE, KARIM, new_pad, sign_in
from tests.browser.test_beside import paste
from tests.browser.test_every_page import look_at
from tests.browser.test_pad import said, share, text, write

pytestmark = pytest.mark.browser

NAMES = count(1)
WORDS = "La lave monte.\nLa cendre tombe."


def select(page, line, words):
    """Select some words at the end of a line, by the keyboard."""
    text(page).focus()
    page.keyboard.press("Control+Home")
    for _ in range(line):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    for _ in words:
        page.keyboard.press("Shift+ArrowLeft")


def begin(page, line, words):
    """Begin to say something of some words, by the keyboard; return where one writes it."""
    select(page, line, words)
    page.keyboard.press("Control+Alt+M")
    return page.get_by_label("Commentaire", exact=True)


def panel(page):
    return page.get_by_role("complementary", name="Commentaires")


def open_panel(page):
    page.locator("[data-talk]").click()
    return panel(page)


@pytest.fixture
def both(new_page):
    """A pad of Camille’s, and Karim who comments on it."""
    camille, karim = sign_in(new_page(), CAMILLE), sign_in(new_page(), KARIM)
    address = new_pad(camille, f"Commentés {next(NAMES)}")
    paste(camille, WORDS)
    said(camille, "Enregistré")
    share(camille, address, "karim", "Commenter")
    karim.goto(address)
    for page in (camille, karim):  # what is said comes by itself, after the editor
        text(page)
        expect(page.locator("[data-talk]")).to_be_visible()
    return camille, karim


def test_what_is_said_of_a_passage_is_read_at_once_and_follows_it(both):
    camille, karim = both
    begin(karim, 0, "monte.").fill("Vraiment ?")
    karim.get_by_role("button", name="Envoyer").click()
    expect(panel(karim).get_by_text("Vraiment ?")).to_be_visible()
    expect(camille.locator("[data-talk]")).to_have_text("1 commentaire")
    expect(camille.locator(".pad-passage")).to_have_text("monte.")
    there = open_panel(camille)
    expect(there.get_by_text("Karim Benali")).to_be_visible()
    assert look_at(camille, "comments") == []
    there.get_by_role("button", name="Répondre").click()
    there.get_by_label("Réponse").fill("Je vérifie")
    text(camille).focus()
    camille.keyboard.press("Control+Home")
    camille.keyboard.type("Hier : ")
    expect(karim.locator(".pad-passage")).to_have_text("monte.")
    there.locator("form[data-draft^=answer]").get_by_role("button", name="Répondre").click()
    expect(panel(karim).get_by_text("Je vérifie")).to_be_visible()
    there.get_by_role("button", name="Marquer comme réglé").click()
    expect(karim.locator("[data-talk]")).to_have_text("Commentaires")
    expect(karim.locator(".pad-passage")).to_have_count(0)
    panel(karim).get_by_text("1 réglé").click()
    expect(panel(karim).get_by_text("Réglé – Camille Martin")).to_be_visible()


def test_what_is_proposed_is_put_in_the_text_by_who_writes(both):
    camille, karim = both
    there = open_panel(karim)
    select(karim, 1, "tombe.")
    there.get_by_role("button", name="Proposer d’autres mots").click()
    expect(there.get_by_label("Mots proposés")).to_have_value("tombe.")
    there.get_by_label("Mots proposés").fill("retombe.")
    there.get_by_role("button", name="Envoyer").click()
    expect(there.get_by_text("retombe.")).to_be_visible()
    expect(there.get_by_role("button", name="Accepter")).to_have_count(0)
    there = open_panel(camille)
    expect(there.get_by_text("Karim Benali")).to_be_visible()
    there.get_by_role("button", name="Accepter").click()
    expect(text(camille)).to_contain_text("La cendre retombe.")
    expect(text(karim)).to_contain_text("La cendre retombe.")
    expect(camille.locator("[data-talk]")).to_have_text("Commentaires")
    said(camille, "Enregistré")
    camille.keyboard.press("Control+z")
    expect(text(camille)).to_contain_text("La cendre tombe.")


def test_what_one_began_to_say_stays_while_others_speak_and_a_passage_that_is_gone_is_said_so(both):
    camille, karim = both
    begin(karim, 0, "monte.").fill("Je réflé")
    begin(camille, 1, "tombe.").fill("Ceci")
    camille.get_by_role("button", name="Envoyer").click()
    expect(panel(karim).get_by_text("Ceci")).to_be_visible()
    field = karim.get_by_label("Commentaire", exact=True)
    expect(field).to_have_value("Je réflé")
    expect(field).to_be_focused()
    select(camille, 1, "tombe.")
    camille.keyboard.press("Delete")
    expect(panel(camille).get_by_text("Ce passage n’est plus dans le texte.")).to_be_visible()
    write(camille, "!")
    karim.get_by_role("button", name="Envoyer").click()
    expect(panel(camille).get_by_text("Je réflé")).to_be_visible()


def test_people_are_offered_in_a_remark_as_in_the_text_and_are_told(both):
    camille, karim = both
    field = begin(karim, 0, "monte.")
    field.press_sequentially("Vu, @camille ma")
    offered = karim.get_by_role("listbox", name="Propositions").get_by_role("option")
    expect(offered.first).to_have_attribute("aria-selected", "true")
    expect(offered.first).to_contain_text("Camille Martin")
    assert look_at(karim, "people in a remark") == []
    field.press("Escape")
    expect(offered).to_have_count(0)
    field.press_sequentially("r")
    expect(offered.first).to_contain_text("Camille Martin")
    field.press("Enter")
    expect(offered).to_have_count(0)
    field.press_sequentially(" ?")
    expect(field).to_have_value("Vu, @Camille Martin ?")
    karim.get_by_role("button", name="Envoyer").click()
    expect(panel(karim).get_by_text("Vu, @Camille Martin ?")).to_be_visible()
    camille.goto("/")
    expect(camille.get_by_text("Karim Benali vous mentionne dans")).to_be_visible()


def test_who_names_somebody_who_may_not_read_hears_it_once_it_is_said(both):
    _, karim = both
    field = begin(karim, 0, "monte.")
    field.press_sequentially("Avis, @ines")
    karim.get_by_role("option", name="Inès Rousseau").click()
    expect(field).to_be_focused()
    expect(field).to_have_value("Avis, @Inès Rousseau")
    karim.get_by_role("button", name="Envoyer").click()
    told = karim.get_by_role("region", name="Messages").get_by_text("Inès Rousseau ne peut pas lire ce pad.")
    expect(told).to_be_visible()
