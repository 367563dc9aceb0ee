"""What helps one to write a pad: what is offered, tables, French typography, choices that stay, whom one follows."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import new_pad, sign_in
from tests.browser.test_every_page import look_at
from tests.browser.test_pad import both, said, text, write
from tests.browser.test_writing_a_pad import content, fill

pytestmark = pytest.mark.browser

OFFERED = [  # what is typed, what is chosen by Enter, what is there then
    ("Bravo :tad", "🎉 tada", "Bravo :tada:"),
    ("```mer", "mermaid dessin", "```mermaid"),
    (":::war", "warning Attention", ":::warning"),
    ("Avec @karim be", "Karim Benali", "Avec @Karim Benali"),
    ("Voir [[progre", "Progressions.md", "Voir [Progressions](http"),
]
PLAIN = ["à 10:30", "Note : oui", "`:tada", "```\n:tada", "```", "www.a.fr/:tada", ":::", "$:tada", "---\n:tada"]


def offers(page):
    return page.get_by_role("listbox", name="Propositions")


def choose(page, key="Enter"):
    """Press a key once the list hears it: not in the moment when it comes."""
    expect(offers(page)).to_be_visible()
    page.clock.fast_forward(100)
    page.keyboard.press(key)


def test_who_writes_hears_softly_that_somebody_whom_they_name_may_not_read(new_page):
    page = sign_in(new_page(viewport={"width": 375, "height": 800}))
    new_pad(page, "Mention")
    fill(page, "")
    page.keyboard.type("Avec @karim be")
    expect(offers(page)).to_be_visible()
    offers(page).get_by_role("option", name="Karim Benali").click()
    told = page.get_by_role("region", name="Messages").get_by_text("Karim Benali ne peut pas lire ce pad.")
    expect(told).to_be_visible()
    assert content(page) == "Avec @Karim Benali"
    assert look_at(page, "a mention") == []


def test_what_is_offered_is_chosen_by_enter_or_tab_and_escape_shuts_it(new_page):
    page = sign_in(new_page(viewport={"width": 375, "height": 800}))
    page.clock.install()
    new_pad(page, "Propositions")
    for typed, name, after in OFFERED:
        fill(page, "")
        page.keyboard.type(typed)
        chosen = offers(page).get_by_role("option", selected=True)
        expect(chosen).to_contain_text(name)
        assert text(page).get_attribute("aria-activedescendant") == chosen.get_attribute("id")
        assert look_at(page, typed) == []
        box = offers(page).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 375
        choose(page)
        expect(offers(page)).to_have_count(0)
        assert content(page).startswith(after)
        page.keyboard.press("Control+z")
        assert content(page) == typed
        page.keyboard.press("Escape")
    fill(page, "")
    page.keyboard.type(":smil")
    choose(page, "ArrowDown")
    choose(page, "Tab")
    assert content(page) == ":smiley:"
    page.keyboard.type(" :smil")
    choose(page, "Escape")
    expect(offers(page)).to_have_count(0)
    page.keyboard.press("Enter")
    page.keyboard.type(".")
    assert content(page) == ":smiley: :smil\n."


def test_nothing_comes_up_in_plain_words_nor_in_code(page):
    sign_in(page)
    page.clock.install()
    new_pad(page, "Sans rien")
    text(page).focus()
    page.keyboard.type(":tada")
    expect(offers(page)).to_be_visible()  # the list of emoji is there from now on
    page.keyboard.press("Escape")
    expect(offers(page)).to_have_count(0)
    page.evaluate("""() => {  // how often something was there, if only for a moment
        window.came = 0
        const note = () => window.came += Boolean(document.querySelector("[role=listbox]"))
        new MutationObserver(note).observe(document.body, { childList: true, subtree: true })
    }""")
    for words in PLAIN:
        fill(page, "")
        page.keyboard.type(words)
        for _ in range(3):  # what comes up waits for a pause, then for what is looked up
            page.clock.run_for(200)
            page.evaluate("() => new Promise(requestAnimationFrame)")
        assert (words, page.evaluate("window.came")) == (words, 0)
    fill(page, "")
    page.keyboard.type(":tada")
    expect(offers(page)).to_be_visible()
    assert page.evaluate("window.came") > 0


def test_a_document_beside_the_pad_is_named_by_its_path(new_page):
    one, other = both(new_page, "Liens")
    said(one, "Enregistré")
    address = one.url
    one.goto(address.replace("/p/", "/f/"))
    one.goto(one.locator(".trail a").last.get_attribute("href"))
    one.get_by_role("link", name="Nouveau pad").click()
    one.get_by_label("Nom du pad").fill("Glossaire [1er] de liens")
    one.get_by_role("button", name="Créer").click()
    text(one)
    one.clock.install()
    one.goto(address)
    for page, found in ((other, False), (one, True)):  # Karim has the pad, and not its folder
        write(page, "\n[[glossaire")
        with page.expect_response(lambda answer: "documents=glossaire" in answer.url):
            page.keyboard.type(" ")
        expect(offers(page)).to_have_count(int(found))
    choose(one)
    assert "[Glossaire \\[1er\\] de liens](Glossaire%20%5B1er%5D%20de%20liens.md)" in content(one)


TABLE = "| Élève | Note |\n| --- | ---: |\n| Inès | 14 |\n| Jean-Baptiste | 9 |\n\nFin"
ALIGNED = (
    "| Élève         | Note |\n| ------------- | ---: |\n| Inès          | 14 ½ |\n| Jean-Baptiste | 9    |\n\nFin"
)
OF_TABLES = [  # what the button of tables offers, in the cell of Inès; what is there then
    ("Ligne au-dessus", "| Élève | Note |\n| --- | ---: |\n|               |      |\n| Inès | 14 |\n| Jean-Baptiste | 9 |\n\nFin"),
    ("Ligne au-dessous", "| Élève | Note |\n| --- | ---: |\n| Inès | 14 |\n|               |      |\n| Jean-Baptiste | 9 |\n\nFin"),
    ("Colonne à gauche", "|     | Élève | Note |\n| --- | --- | ---: |\n|     | Inès | 14 |\n|     | Jean-Baptiste | 9 |\n\nFin"),
    ("Colonne à droite", "| Élève |     | Note |\n| --- | --- | ---: |\n| Inès |     | 14 |\n| Jean-Baptiste |     | 9 |\n\nFin"),
    ("Supprimer la ligne", "| Élève | Note |\n| --- | ---: |\n| Jean-Baptiste | 9 |\n\nFin"),
    ("Supprimer la colonne", "| Note |\n| ---: |\n| 14 |\n| 9 |\n\nFin"),
]  # fmt: skip

OF_BARE = [  # the same of a table without bars around it
    ("Colonne à gauche", "|     |a | b\n| --- |--- | ---\n|     |1 | 2"),
    ("Colonne à droite", "a | b|     |\n--- | ---| --- |\n1 | 2|     |"),
    ("Supprimer la colonne", "| b\n| ---\n| 2"),
]


def selected(page):
    return page.evaluate("getSelection().toString()")


def to_ines(page):
    """Go to the cell of Inès, by the keyboard."""
    page.keyboard.press("Control+Home")
    for _ in range(2):
        page.keyboard.press("ArrowDown")


def test_a_table_is_written_by_the_keyboard(page):
    sign_in(page)
    new_pad(page, "Tableaux")
    fill(page, TABLE)
    page.keyboard.press("Control+Home")
    for words in ("Note", "Inès", "14"):
        page.keyboard.press("Tab")
        assert selected(page) == words
    page.keyboard.press("Shift+Tab")
    assert selected(page) == "Inès"
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.type(" ½")
    assert content(page) == TABLE.replace("14", "14 ½"), "nothing moves while one is in it"
    page.keyboard.press("Control+End")
    assert content(page) == ALIGNED
    page.keyboard.press("Control+z")
    assert content(page) == TABLE.replace("14", "14 ½")
    fill(page, ALIGNED.removesuffix("\n\nFin"))
    page.keyboard.press("Tab")
    page.keyboard.type("Zoé")
    page.keyboard.press("Tab")
    page.keyboard.type("20")
    page.keyboard.press("Enter")
    assert content(page).endswith("\n| Zoé              | 20     |\n|               |      |")
    page.keyboard.press("Enter")
    page.keyboard.type("Suite")
    assert content(page).endswith("\n| Zoé           | 20   |\n\nSuite"), "an empty row is the end, as of a list"
    to_ines(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(text(page)).not_to_be_focused()


BY_HAND = [  # a table as it is typed, line by line; what is there once one has left it
    ("| a | b |\n| - | - |\n| 1 | 2 |\n| 3 | 4 |", "| a   | b   |\n| --- | --- |\n| 1   | 2   |\n| 3   | 4   |"),
    ("a | b\n-- | --\n1 | 2\n3 | 4", "| a   | b   |\n| --- | --- |\n| 1   | 2   |\n| 3   | 4   |"),
    ("|a|b|\n|-|-|\n||2|\n|3||", "| a   | b   |\n| --- | --- |\n|     | 2   |\n| 3   |     |"),
    ("| a | b |\n| - | - |\n1 \\| 2 | 3", "| a      | b   |\n| ------ | --- |\n| 1 \\| 2 | 3   |"),
]


def test_a_row_that_is_typed_by_hand_is_that_row(page):
    sign_in(page)
    new_pad(page, "À la main")
    for typed, after in BY_HAND:
        fill(page, "")
        page.keyboard.type(f"{typed}\n\nFin")
        assert content(page) == f"{after}\n\nFin"
    fill(page, "")
    page.keyboard.type("| a | b |\n| - | - |\n|")
    page.keyboard.press("Control+z")
    assert content(page) == "| a | b |\n| - | - |\n|     |     |", "the row that was there"


def test_rows_and_columns_come_and_go_by_the_toolbar(page):
    sign_in(page)
    new_pad(page, "Colonnes")
    button = page.get_by_role("toolbar").get_by_role("button", name="Tableau")
    fill(page, TABLE)
    expect(button).not_to_have_attribute("aria-haspopup", "menu")
    for name, after in OF_TABLES:
        fill(page, TABLE)
        to_ines(page)
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        button.click()
        page.get_by_role("menuitem", name=name).click()
        assert (name, content(page)) == (name, after)
        expect(text(page)).to_be_focused()
        page.keyboard.press("Control+z")
        assert (name, content(page)) == (name, TABLE)
    for name, after in OF_BARE:
        fill(page, "a | b\n--- | ---\n1 | 2\n\nFin")
        to_ines(page)
        page.keyboard.press("End" if name == "Colonne à droite" else "Home")
        button.click()
        page.get_by_role("menuitem", name=name).click()
        assert (name, content(page)) == (name, f"{after}\n\nFin")


def test_what_others_type_in_a_table_stays_while_it_is_put_in_line(new_page):
    one, other = both(new_page, "Ensemble")
    fill(one, TABLE)
    expect(text(other)).to_contain_text("Fin")
    text(other).focus()
    to_ines(other)
    for key in ("Tab", "Shift+Tab", "ArrowRight"):  # behind Inès, whose cell becomes wider
        other.keyboard.press(key)
    text(one).focus()
    to_ines(one)
    one.keyboard.press("ArrowDown")
    one.keyboard.press("End")
    one.keyboard.type(" ")
    one.keyboard.press("Control+End")
    for page in (one, other):
        expect(page.locator(".cm-line").nth(1)).to_have_text("| ------------- | ---: |")
    other.keyboard.type("-Marie")
    for page in (one, other):
        expect(page.locator(".cm-line").nth(2)).to_have_text(re.compile(r"^\| Inès-Marie +\| 14"))


TYPED = [  # what is typed, what is there then: ~ is a space that does not break
    ("Quoi? Ah ! Oui; non", "Quoi~? Ah~! Oui~; non"),
    ("Note: oui", "Note~: oui"),
    ("Liste :\nfin", "Liste~:\nfin"),
    ("**Note** : oui", "**Note**~: oui"),
    ("Il dit «oui» et « non »", "Il dit «~oui~» et «~non~»"),
    ("Voir ![", "Voir !["),
    ("Bravo :tada: et 10:30, https://a.fr/?b;c et &nbsp;", "Bravo :tada: et 10:30, https://a.fr/?b;c et &nbsp;"),
    ("`a ? b` et $n!$", "`a ? b` et $n!$"),
    ("---\ntitle: Un\n---\nTitre: deux", "---\ntitle: Un\n---\nTitre~: deux"),
    ("```\na ? b: c\n```\nfin?", "```\na ? b: c\n```\nfin~?"),
    ("| a | b |\n| :-- | --: |\nfin?", "| a | b |\n| :-- | --: |\n| fin~?    |     |"),
    ("[^1]: note", "[^1]: note"),
    ('"oui"...', '"oui"...'),
]


def exact(page):
    """Return the text, its spaces that do not break as ~."""
    return "\n".join(page.locator(".cm-line").evaluate_all("all => all.map(one => one.textContent)")).replace(
        "\u00a0", "~"
    )


def choice(page, name):
    """Open what one chooses, and return a field of it."""
    page.get_by_role("toolbar").get_by_role("button", name="Mes choix d’écriture").click()
    return page.get_by_role("dialog", name="Mes choix d’écriture").get_by_label(name)


def test_french_typography_is_helped_with_and_one_undo_takes_the_help_back(new_page):
    page = sign_in(new_page())
    address = new_pad(page, "Typographie")
    for typed, after in TYPED:
        fill(page, "")
        page.keyboard.type(typed)
        page.keyboard.press("Escape")
        assert exact(page) == after
    fill(page, "")
    page.keyboard.type("Quoi?")
    page.keyboard.press("Control+z")
    assert exact(page) == "Quoi?"
    page.keyboard.type("!")
    assert exact(page) == "Quoi?!"
    for name in ("Espaces insécables devant", "Guillemets français", "Points de suspension"):
        choice(page, name).click()
        page.keyboard.press("Escape")
    page.reload()
    fill(page, "")
    page.keyboard.type('Quoi? "Oui"...')
    assert exact(page) == "Quoi? «~Oui~»…"
    page.keyboard.press("Control+z")
    assert exact(page) == "Quoi? «~Oui~»..."
    english = sign_in(new_page())
    english.add_init_script("addEventListener('readystatechange', () => document.documentElement.lang = 'en', true)")
    english.goto(address)
    expect(choice(english, "Espaces insécables devant")).not_to_be_checked()


def test_choices_of_writing_stay_on_the_device_for_one_person(new_page):
    page = sign_in(new_page(viewport={"width": 375, "height": 800}))
    new_pad(page, "Choix")
    expect(text(page)).to_have_attribute("spellcheck", "true")
    choice(page, "Correcteur orthographique").click()
    assert look_at(page, "choices") == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_label("Taille des lettres").select_option(label="Grande")
    page.get_by_label("Longueur des lignes").select_option(label="Courte")
    page.keyboard.press("Escape")
    for _ in range(2):
        expect(text(page)).to_have_attribute("spellcheck", "false")
        assert text(page).evaluate("one => getComputedStyle(one).fontSize") == "20px"
        page.reload()
    assert page.evaluate("Object.keys(localStorage).filter(one => one.startsWith('pads-choices:')).length") == 1
    expect(choice(page, "Correcteur orthographique")).not_to_be_checked()


def test_the_keys_of_vim_are_those_of_vim_and_the_house_keeps_its_own(page):
    sign_in(page)
    new_pad(page, "Vim")
    text(page).focus()
    page.keyboard.type("un\ndeux")
    choice(page, "Touches").select_option(label="Vim")
    page.keyboard.press("Escape")
    expect(page.locator(".cm-vim-panel")).to_be_visible()
    text(page).focus()
    page.keyboard.type("ggdd")
    assert content(page) == "deux"
    page.keyboard.type("ihello")
    page.keyboard.press("Escape")
    assert content(page) == "hellodeux"
    page.keyboard.type("dd")
    assert content(page) == ""
    page.keyboard.type("u")
    assert content(page) == "hellodeux"
    page.keyboard.type("0xxu")
    assert content(page) == "ellodeux", "each command is a step"
    page.keyboard.type("u")
    assert look_at(page, "vim") == []
    page.keyboard.press("Control+k")
    expect(page.locator("#q")).to_be_focused()
    text(page).focus()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(text(page)).not_to_be_focused()
    choice(page, "Touches").select_option(label="Ordinaires")
    page.keyboard.press("Escape")
    write(page, "dd")
    assert content(page) == "hellodeuxdd"


FAR = "\n".join(f"Ligne {number}" for number in range(200))


def test_one_follows_somebody_until_one_goes_one_s_own_way(new_page):
    one, other = both(new_page, "Ensemble, de loin")
    fill(other, FAR)
    expect(text(one)).to_contain_text("Ligne 0")
    follow = one.get_by_role("list", name="Personnes présentes").get_by_role("button", name="Suivre Karim Benali")
    last = one.locator(".cm-line", has_text="Ligne 199")
    expect(last).not_to_be_in_viewport()
    follow.focus()
    one.keyboard.press("Enter")
    expect(one.locator("#voice")).to_have_text("Vous suivez Karim Benali. Échap pour arrêter.")
    expect(follow).to_have_attribute("aria-pressed", "true")
    expect(last).to_be_in_viewport()
    assert look_at(one, "following") == []
    text(other).press("Control+Home")
    expect(one.locator(".cm-line").first).to_be_in_viewport()
    expect(follow).to_be_focused()  # though they moved
    one.keyboard.press("Escape")
    expect(one.locator("#voice")).to_have_text("Vous ne suivez plus Karim Benali.")
    expect(follow).to_have_attribute("aria-pressed", "false")
    text(other).press("Control+End")
    expect(other.locator(".cm-line", has_text="Ligne 199")).to_be_in_viewport()
    other.keyboard.type("!")
    said(other, "Enregistré")
    expect(last).not_to_be_in_viewport()
    follow.click()
    expect(last).to_be_in_viewport()
    one.locator(".cm-scroller").hover()
    one.mouse.wheel(0, -50)
    expect(follow).to_have_attribute("aria-pressed", "false")
    follow.click()
    text(one).focus()
    one.keyboard.type("a")
    expect(follow).to_have_attribute("aria-pressed", "false")
    follow.click()
    other.goto("/")
    expect(one.locator("#voice")).to_have_text("Vous ne suivez plus Karim Benali.")
    expect(follow).to_have_count(0)


def test_who_wrote_what_is_underlined_in_their_colour_for_who_wants_it(new_page):
    one, other = both(new_page, "Auteurs")
    write(one, "Ordre du jour")
    expect(text(other)).to_contain_text("jour")
    write(other, " et vœux")
    said(other, "Enregistré")
    expect(one.locator(".pad-author")).to_have_count(0)
    choice(one, "Souligner ce que chacun a écrit").click()
    one.keyboard.press("Escape")
    expect(one.locator(".pad-author")).to_have_text(["Ordre du jour", " et vœux"])
    mine, theirs = (
        piece.evaluate("one => getComputedStyle(one).borderBottomColor") for piece in one.locator(".pad-author").all()
    )
    assert mine != theirs
    authors = one.get_by_role("list", name="Qui a écrit ce texte").get_by_role("listitem")
    expect(authors).to_have_text([re.compile(r"Camille Martin\s+62"), re.compile(r"Karim Benali\s+38")])
    assert look_at(one, "authors") == []
    text(one).focus()
    one.keyboard.press("Control+Home")
    one.keyboard.press("ArrowRight")
    expect(authors.and_(one.locator("[aria-current=true]"))).to_contain_text("Camille Martin")
    write(other, ", enfin")
    expect(one.locator(".pad-author").last).to_have_text(" et vœux, enfin")
    one.reload()
    expect(one.locator(".pad-author").first).to_have_text("Ordre du jour")
    choice(one, "Souligner ce que chacun a écrit").click()
    expect(one.locator(".pad-author")).to_have_count(0)
    expect(one.get_by_role("list", name="Qui a écrit ce texte")).to_be_hidden()
