"""What one writes a pad with: the toolbar, its keys, pictures."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import KARIM, new_folder, new_pad, sign_in
from tests.browser.test_every_page import look_at
from tests.browser.test_pad import EDITOR, both, lines, said, share, text, write

pytestmark = pytest.mark.browser

TABLE = "| Colonne 1 | Colonne 2 |\n| --------- | --------- |\n|           |           |\n|           |           |"
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
PASTE = """([name, type, dot]) => {  // as a browser does when somebody pastes a picture: one of a dot
    const clipboardData = new DataTransfer()
    clipboardData.items.add(new File([Uint8Array.from(atob(dot), (one) => one.charCodeAt(0))], name, { type }))
    const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true })
    document.querySelector(".cm-content").dispatchEvent(event)
}"""
BUTTONS = [  # what is there, of it the lines and words selected by the keyboard, a button, what is there then
    ("un mot", "word", "Gras", "un **mot**"),
    ("un **mot**", "word", "Gras", "un mot"),
    ("un mot", "all", "Italique", "*un mot*"),
    ("- un\n- deux", "all", "Barré", "- ~~un~~\n- ~~deux~~"),
    ("Titre", "end", "Titre", "# Titre"),
    ("### Titre", "end", "Titre", "Titre"),
    ("un\ndeux", "all", "Citation", "> un\n> deux"),
    ("x = 1", "all", "Code", "`x = 1`"),
    ("x = 1\ny = 2", "all", "Code", "```\nx = 1\ny = 2\n```"),
    ("le site", "all", "Lien", "[le site](https://)"),
    ("[le site](https://a.fr)", "all", "Lien", "le site"),
    ("un\ndeux", "all", "Liste numérotée", "1. un\n2. deux"),
    ("1. un\n2. deux", "all", "Liste de tâches", "- [ ] un\n- [ ] deux"),
    ("- un\n- deux", "all", "Liste", "un\ndeux"),
    ("Avant", "end", "Tableau", f"Avant\n\n{TABLE}"),
    ("Avant", "end", "Ligne horizontale", "Avant\n\n---\n"),
]


def content(page):
    return "\n".join(lines(page))


def fill(page, words, select="end"):
    """Make `words` the text, and select some of it: its `end`, its last `word`, `all`."""
    text(page).focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(words)
    if select == "all":
        page.keyboard.press("Control+a")
    elif select == "word":
        for _ in range(2 + 2 * words.endswith("*")):
            page.keyboard.press("ArrowLeft")


def test_tools_change_what_is_selected_and_one_undo_takes_it_back(page):
    sign_in(page)
    new_pad(page, "Outils")
    bar = page.get_by_role("toolbar", name="Mise en forme")
    for there, select, name, after in BUTTONS:
        fill(page, there, select)
        bar.get_by_role("button", name=name, exact=True).click()
        assert (name, content(page)) == (name, after)
        expect(text(page)).to_be_focused()
        page.keyboard.press("Control+z")
        assert (name, content(page)) == (name, there)
    fill(page, "un\ndeux", "all")
    bar.get_by_role("button", name="Encadrés").click()
    page.get_by_role("menuitem", name="Attention").click()
    assert content(page) == ":::warning\nun\ndeux\n:::"


def test_the_keys_of_the_text_and_of_its_tools(new_page):
    page = sign_in(new_page(viewport={"width": 375, "height": 800}))
    address = new_pad(page, "Touches")
    bar, bold = page.get_by_role("toolbar"), page.get_by_role("button", name="Gras")
    text(page).focus()
    page.keyboard.press("Control+b")
    page.keyboard.type("gras")
    expect(bold).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Control+b")
    page.keyboard.type(" puis ")
    page.keyboard.press("Control+i")
    page.keyboard.type("penché")
    assert content(page) == "**gras** puis *penché*"
    page.keyboard.press("Control+Shift+Digit8")
    assert content(page) == "- **gras** puis *penché*"
    page.keyboard.press("Alt+F10")
    expect(bold).to_be_focused()
    page.keyboard.press("End")
    assert bar.locator("[tabindex='0']").count() == 1
    expect(page.get_by_role("link", name="Aide à l’écriture")).to_be_focused()
    page.keyboard.press("Enter")
    help_panel = page.get_by_role("dialog", name="Aide à l’écriture")
    expect(help_panel).to_contain_text("Ctrl+K reste la recherche du site")
    assert look_at(page, "help") == []
    page.keyboard.press("Escape")
    page.keyboard.press("Home")
    page.keyboard.press("Escape")
    expect(text(page)).to_be_focused()
    page.keyboard.press("Control+k")
    expect(page.locator("#q")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the toolbar scrolls, not the page"
    share(page, address, "benali", "Lire")
    reader = sign_in(new_page(), KARIM)
    reader.goto(address)
    expect(reader.get_by_role("textbox", name=EDITOR)).to_have_attribute("contenteditable", "false")
    expect(reader.get_by_role("toolbar")).to_be_hidden()


def asked(page, held):
    """Return the request that is held, once the page has made it."""
    for _ in range(1000):
        if held:
            return held.pop()
        page.evaluate("() => new Promise((go) => setTimeout(go, 10))")
    raise AssertionError("nothing was asked")


def test_a_picture_that_is_pasted_lies_beside_the_pad_and_is_named_where_it_was_pasted(new_page):
    new_page.expected |= {"507", "/beside?path="}  # who has the pad alone sees no picture of the folder
    one, other = both(new_page, "Images")
    held = []
    one.route("**/upload", lambda route: held.append(route))
    write(one, "Voici : ")
    one.evaluate(PASTE, ["ma photo (1).png", "image/png", DOT])
    expect(one.get_by_role("progressbar", name="Envoi de ma photo (1).png")).to_be_visible()
    expect(other.get_by_role("progressbar")).to_have_count(0)
    write(one, ", à droite.")
    text(other).focus()
    other.keyboard.press("Control+Home")
    other.keyboard.type("Bonjour. ")
    expect(text(one)).to_contain_text("Bonjour. Voici")
    asked(one, held).continue_()
    for page in (one, other):
        expect(text(page)).to_have_text("Bonjour. Voici : ![](ma%20photo%20%281%29.png), à droite.")
    expect(one.get_by_role("progressbar")).to_have_count(0)
    write(one, " ")
    one.evaluate(PASTE, ["ma photo (1).png", "image/png", DOT])  # its name is taken now
    one.evaluate(PASTE, ["notes.txt", "text/plain", DOT])  # no picture: nothing is sent
    expect(one.get_by_role("progressbar")).to_have_count(1)
    asked(one, held).continue_()
    expect(text(one)).to_contain_text("![](ma%20photo%20%281%29%20%282%29.png)")
    expect(one.get_by_role("progressbar")).to_have_count(0)
    before = content(one)
    one.evaluate(PASTE, ["lourde.png", "image/png", DOT])
    expect(one.get_by_role("progressbar")).to_have_count(1)
    asked(one, held).fulfill(status=507, json={"sentence": "L’espace est plein."})
    expect(one.locator(".toast")).to_contain_text("lourde.png n’est pas dans le pad. L’espace est plein.")
    expect(one.get_by_role("progressbar")).to_have_count(0)
    other.evaluate(PASTE, ["photo.png", "image/png", DOT])  # they write in the pad, not in its folder
    expect(other.locator(".toast")).to_contain_text("Vous n’avez pas le droit d’écrire dans le dossier de ce pad.")
    assert content(one) == before
    said(one, "Enregistré")
    one.goto(one.url.replace("/p/", "/f/"))
    one.goto(one.locator(".trail a").last.get_attribute("href"))
    expect(one.get_by_role("row", name="ma photo (1) (2).png")).to_be_visible()


FRONT = "---\ntitle: Conseil\n\n# note\ntags: [a]\n---\n# Titre\nSuite\n\n---\n"
FRONTS = [  # a text, how many of its lines precede it
    (FRONT, 6),
    (FRONT.replace("\n---\n# T", "\n...\n# T"), 6),
    ("---\n---\nSuite", 2),
    ("---\nSuite\n---\n", 0),  # a heading between rules
    ("Avant\n---\ntitle: Conseil\n---\n", 0),
    ("---\ntitle: Conseil\n", 0),
    ("", 0),
]


def test_what_precedes_a_text_looks_like_no_heading(page):
    sign_in(page)
    new_pad(page, "Avant le texte")
    for words, count in FRONTS:
        fill(page, words)
        expect(page.locator(".cm-line.pad-front")).to_have_count(count)
    fill(page, FRONT)
    looks = "all => all.map(one => { const { fontSize, fontWeight, color } = getComputedStyle(one.querySelector('span') ?? one); return fontSize + fontWeight + color })"
    front = page.locator(".cm-line.pad-front:not(:has(br))").evaluate_all(looks)
    plain, heading = (page.locator(".cm-line", has_text=words).evaluate_all(looks) for words in ("Suite", "Titre"))
    assert len(set(front)) == 1
    assert front[0].startswith(plain[0].partition("rgb")[0])
    assert not heading[0].startswith(plain[0].partition("rgb")[0])
    assert look_at(page, "front matter") == []


def test_a_pad_that_is_moved_takes_its_pictures_along(page):
    sign_in(page)
    there = new_folder(page, "Là-bas").rsplit("/", 1)[1]
    address = new_pad(page, "Déménagé")
    page.evaluate(PASTE, ["ma photo.png", "image/png", DOT])
    expect(text(page)).to_have_text("![](ma%20photo.png)")
    said(page, "Enregistré")
    node = address.rsplit("/", 1)[1]
    page.goto(f"/selection/move?node={node}&at={there}")
    page.get_by_role("button", name="Déplacer ici").click()
    expect(page.get_by_role("paragraph").filter(has_text="2 documents dans")).to_be_visible()
    assert look_at(page, "moved along") == []
    page.goto(f"{address}/read")
    shown = page.locator("main img")
    expect(shown).to_be_visible()
    assert shown.evaluate("one => one.decode().then(() => one.naturalWidth)") > 0
    assert look_at(page, "moved and read") == []
