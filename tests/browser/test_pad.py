"""A pad in two browsers: what one types the other reads; what is said of it is true, also while the server is dead."""

import contextlib
import os
import re
import signal
import sqlite3
import subprocess
import sys
import urllib.request

import pytest
from playwright.sync_api import expect

from tests import installed
from tests.browser.conftest import CAMILLE, KARIM, new_pad, sign_in
from tests.browser.test_every_page import look_at, weigh
from tests.pads.typists import Typist, weigh_down
from tests.servers import free_port, wait_until

pytestmark = pytest.mark.browser

EDITOR = "Texte du pad, en Markdown"
SAVED = bytes((100,))  # how messages begin that say how much is durable
BYTES = 260_000  # of the editor, compressed
ON_DEVICE = """async () => {  // how many changes the browser keeps by itself
    const told = (request) => new Promise((go) => { request.onsuccess = () => go(request.result) })
    const [{ name }] = await indexedDB.databases()
    const database = await told(indexedDB.open(name))
    return told(database.transaction("updates").objectStore("updates").count())
}"""


def share(page, address, who, role):
    """Give somebody a role on a pad, as its owner, in a page beside it."""
    beside = page.context.new_page()
    beside.goto(f"{address.replace('/p/', '/f/')}/share?q={who}")
    beside.get_by_role("radio").first.check()
    beside.locator("[data-hits] select").select_option(label=role)
    beside.get_by_role("button", name="Partager", exact=True).click()
    beside.get_by_role("list").filter(has_text=who.title()).first.wait_for()
    beside.close()


def text(page):
    """Return the text box of the editor, once it is there."""
    page.locator("pads-pad[data-ready]").wait_for()
    return page.get_by_role("textbox", name=EDITOR)


def write(page, words):
    """Type at the end of the text."""
    text(page).focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(words)


def lines(page):
    return page.locator(".cm-line").evaluate_all("all => all.map(one => one.innerText.trim())")


def said(page, words):
    expect(page.locator("pads-pad .said")).to_have_text(words)


def forgotten(page):
    """Wait until nothing is on the device."""
    page.evaluate(f"async () => {{ while (await ({ON_DEVICE})()) await new Promise(requestAnimationFrame) }}")


def both(new_page, name, role="Modifier"):
    """Return the pages of two people at a new pad of the first."""
    one, other = sign_in(new_page(), CAMILLE), sign_in(new_page(), KARIM)
    address = new_pad(one, name)
    share(one, address, "benali", role)
    other.goto(address)
    text(other)
    return one, other


def test_what_two_people_type_is_one_text_and_each_undoes_their_own(new_page):
    one, other = both(new_page, "Conseil")
    write(one, "Ordre du jour")
    expect(text(other)).to_contain_text("Ordre du jour")
    write(other, ", et vœux")
    expect(text(one)).to_contain_text("Ordre du jour, et vœux")
    one.keyboard.press("Control+z")
    for page in (one, other):
        expect(page.locator(".cm-line")).to_have_text([", et vœux"])
        said(page, "Enregistré")


def test_the_page_bears_the_name_that_another_gives_the_file(new_page):
    one, other = both(new_page, "Ancien")
    node = one.url.rsplit("/", 1)[1]
    expect(other.get_by_role("heading", level=1)).to_have_text("Ancien.md")
    one.goto(f"/f/{node}/rename")
    one.get_by_label("Nouveau nom").fill("Nouveau $& nom.md")
    one.get_by_role("button", name="Renommer").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Nouveau $& nom.md")
    expect(other).to_have_title("Nouveau $& nom.md – Cartable")
    expect(other.locator("#voice")).to_have_text("Ce document s’appelle maintenant «\u00a0Nouveau $& nom.md\u00a0».")
    assert look_at(other, "renamed") == []


def test_one_sees_who_is_there_and_where(new_page):
    one, other = both(new_page, "Présence")
    for page, name in ((one, "Karim Benali"), (other, "Camille Martin")):
        expect(page.get_by_role("list", name="Personnes présentes").get_by_role("listitem")).to_have_text(
            ["Vous", name]
        )
    write(other, "Ici")
    expect(one.locator(".pad-caret")).to_have_attribute("data-name", "Karim Benali")
    one.reload()  # who was there before is seen too
    expect(one.locator(".pad-caret")).to_have_attribute("data-name", "Karim Benali")
    other.goto("/")
    expect(one.locator(".pad-caret")).to_have_count(0)
    expect(one.get_by_role("list", name="Personnes présentes").get_by_role("listitem")).to_have_text(["Vous"])


def test_a_reader_reads_and_does_not_write(new_page):
    one, other = both(new_page, "Lecture", "Lire")
    write(one, "Lu par tous")
    expect(other.locator(".cm-content")).to_contain_text("Lu par tous")
    said(other, "Lecture seule")
    expect(other.locator(".cm-content")).to_have_attribute("contenteditable", "false")
    write(other, "mais pas par eux")
    write(one, ".")
    expect(other.locator(".cm-line")).to_have_text(["Lu par tous."])


def test_who_is_no_longer_let_write_only_reads_at_once(new_page):
    one, other = both(new_page, "Retrait")
    write(other, "Encore")
    said(other, "Enregistré")
    one.goto(f"{one.url.replace('/p/', '/f/')}/share")
    one.get_by_label("Ce que peut Karim Benali").select_option(label="Lire")
    said(other, "Lecture seule")
    expect(other.locator(".cm-content")).to_have_attribute("contenteditable", "false")
    expect(other.locator(".cm-line")).to_have_text(["Encore"])


def test_what_is_not_acknowledged_is_cried_out_and_one_is_not_let_go_unasked(page):
    """The server hears, and never says that anything is durable."""

    def deafened(socket):
        server = socket.connect_to_server()
        server.on_message(lambda frame: None if frame[:1] == SAVED else socket.send(frame))

    sign_in(page)
    page.route_web_socket(re.compile("/sync$"), deafened)
    page.clock.install()
    new_pad(page, "Alarme")
    write(page, "Mon texte")
    said(page, "Enregistrement…")
    expect(page.get_by_role("button", name="Copier mon texte")).to_be_hidden()
    page.clock.fast_forward(11_000)
    said(page, "Pas enregistré\u202f!")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copier mon texte").click()
    expect(page.locator("#voice")).to_have_text("Copié")
    assert page.evaluate("navigator.clipboard.readText()") == "Mon texte"
    with page.expect_event("dialog") as asked:
        page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.accept()


def test_the_keyboard_goes_into_the_text_and_out_of_it(page):
    sign_in(page)
    new_pad(page, "Clavier")
    write(page, "a")
    page.keyboard.press("Tab")
    expect(text(page)).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(text(page)).not_to_be_focused()


def test_a_file_opens_as_a_pad_and_its_words_stay_on_no_device(page):
    sign_in(page)
    address = new_pad(page, "Fichier")
    write(page, "# Titre\n\nUn mot")
    said(page, "Enregistré")
    forgotten(page)
    page.get_by_role("link", name="Fichier", exact=True).click()
    page.wait_for_url(address.replace("/p/", "/f/"))
    page.get_by_role("link", name="Ouvrir dans l’éditeur").click()
    page.wait_for_url(address)
    expect(text(page)).to_contain_text("Un mot")


def test_without_javascript_the_text_is_read(new_page):
    one = sign_in(new_page())
    address = new_pad(one, "Sans script")
    write(one, "Le voici")
    said(one, "Enregistré")
    one.goto("/")  # so the file is written at once
    plain = sign_in(new_page(java_script_enabled=False))
    plain.goto(address)
    expect(plain.get_by_text("Sans JavaScript, ce texte se lit")).to_be_visible()
    expect(plain.get_by_role("region", name="Contenu de Sans script.md")).to_be_visible()


def test_the_editor_is_within_its_budget_and_its_policy_is_strict(new_page):
    page = sign_in(new_page())
    address = new_pad(page, "Poids")
    cookies = page.context.storage_state()
    cold = new_page(storage_state=cookies)
    policy = cold.request.get(address).headers["content-security-policy"]
    assert "unsafe" not in policy
    assert re.search(r"style-src 'self' 'nonce-[\w-]{16,}'", policy)
    assert weigh(cold, f"{address}?edit")[0]["js"] <= BYTES


class Mortal:
    """A whole product that a test kills and starts again."""

    def __init__(self, folder):
        self.address = f"http://127.0.0.1:{(port := free_port())}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CARTABLE_")}
        self.port, self._data = port, installed.demo(folder)
        self._env = kept | {"CARTABLE_DATA": str(self._data), "CARTABLE_PORT": str(port)}
        self.start()

    def start(self):
        line = [sys.executable, "-m", "cartable", "serve"]
        self._process = subprocess.Popen(line, env=self._env, start_new_session=True)
        wait_until(lambda: urllib.request.urlopen(f"{self.address}/healthz").close(), self._process)

    def kill(self):
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def begin_anew(self, node):
        """Come back to life, and find a pad that weighs too much, with nobody there: it is begun anew."""
        self.start()
        with contextlib.closing(sqlite3.connect(self._data / "pads.db")) as database:

            def begun():
                (epoch,) = database.execute("SELECT epoch FROM pads_snapshot WHERE node = ?", [node]).fetchone()
                if not epoch:
                    raise BlockingIOError

            wait_until(begun, self._process)


@pytest.fixture
def mortal(tmp_path):
    product = Mortal(tmp_path)
    yield product
    product.kill()


def test_nothing_is_lost_and_nothing_untrue_is_said_while_the_server_is_dead(new_page, mortal):
    new_page.expected |= {"/sync", "ERR_CONNECTION_REFUSED"}
    one = sign_in(new_page(base_url=mortal.address))
    address = new_pad(one, "Panne")
    write(one, "Avant")
    said(one, "Enregistré")
    other = one.context.new_page()  # the same person, in another tab
    other.goto(address)
    said(other, "Enregistré")
    mortal.kill()
    said(other, "Hors ligne")
    write(one, ", pendant")
    said(one, "Hors ligne\u00a0: gardé sur cet appareil")
    assert one.evaluate(ON_DEVICE) == len(", pendant")
    one.close(run_before_unload=False)
    mortal.start()
    said(other, "Enregistré")
    back = other.context.new_page()
    back.goto(address)
    for page in (back, other):
        expect(text(page)).to_have_text("Avant, pendant")
        said(page, "Enregistré")


class Asleep:
    """A page that nothing comes to, nor goes from, while it sleeps."""

    def __init__(self, page):
        self.sleeps, self._sockets = False, []
        page.route_web_socket(re.compile("/sync"), self._carry)

    def _carry(self, socket):
        if self.sleeps:
            socket.close(code=1001)
        else:
            socket.connect_to_server()
            self._sockets.append(socket)

    def fall(self):
        self.sleeps = True
        self._sockets.pop().close(code=1001)


def weigh_down_from(page, mortal, address):
    """Have somebody leave in a pad much more than its text."""
    cookies = "; ".join(f"{one['name']}={one['value']}" for one in page.context.cookies())
    one = Typist(mortal, int(address.rsplit("/", 1)[1]), {"Cookie": cookies, "Origin": mortal.address})
    one.until(lambda: one.ready)
    weigh_down(one.doc)
    one.kept().leave()


@pytest.fixture
def former(new_page, mortal):
    """A page that wrote twice the same, said something of the second, and slept while its document was begun anew."""
    new_page.expected |= {"/sync", "ERR_CONNECTION_REFUSED"}
    one = sign_in(new_page(base_url=mortal.address))
    asleep = Asleep(one)
    address = new_pad(one, "Reprise")
    write(one, "Avant, avant")
    expect(one.locator("[data-talk]")).to_be_visible()  # what is said comes by itself, after the editor
    for _ in "avant":
        one.keyboard.press("Shift+ArrowLeft")
    one.keyboard.press("Control+Alt+M")
    one.get_by_label("Commentaire", exact=True).fill("Lequel ?")
    one.get_by_role("button", name="Envoyer").click()
    expect(one.locator(".pad-passage")).to_have_text("avant")
    said(one, "Enregistré")
    weigh_down_from(one, mortal, address)
    mortal.kill()
    said(one, "Hors ligne")
    write(one, ", pendant")
    said(one, "Hors ligne\u00a0: gardé sur cet appareil")
    asleep.sleeps = True
    yield one, asleep, address
    mortal.kill()


def has_it_once(page):
    """See the text of a page that has the new document, with what was said, and nothing left on the device."""
    said(page, "Enregistré")
    expect(text(page)).to_have_text("Avant, avant, pendant")
    expect(page.locator(".pad-passage")).to_have_text("avant")
    forgotten(page)


def test_a_page_that_slept_while_its_text_was_begun_anew_brings_what_was_typed_and_goes_on(former, mortal):
    one, asleep, address = former
    mortal.begin_anew(int(address.rsplit("/", 1)[1]))
    asleep.sleeps = False
    one.locator("pads-pad[data-at]").wait_for(state="attached")  # it began anew
    has_it_once(one)
    expect(text(one)).to_be_focused()
    one.keyboard.type(", après")  # where one was
    said(one, "Enregistré")
    one.reload()
    expect(text(one)).to_have_text("Avant, avant, pendant, après")
    assert look_at(one, "begun-anew") == []


def test_what_one_began_to_say_of_a_text_that_is_begun_anew_stays(former, mortal):
    one, asleep, address = former
    one.get_by_role("button", name="Répondre").click()
    one.get_by_label("Réponse").fill("Le second")
    text(one).focus()
    one.keyboard.press("Control+Home")
    one.keyboard.press("ArrowRight")
    for _ in "vant":  # which the text says twice
        one.keyboard.press("Shift+ArrowRight")
    one.keyboard.press("Control+Alt+M")
    one.get_by_label("Commentaire", exact=True).fill("Et ceci ?")
    one.locator("pads-pad").evaluate("one => one.id = 'former'")
    mortal.begin_anew(int(address.rsplit("/", 1)[1]))
    asleep.sleeps = False
    expect(one.locator("#former")).to_have_count(0)
    has_it_once(one)
    expect(one.get_by_label("Réponse")).to_have_value("Le second")
    expect(one.get_by_label("Commentaire", exact=True)).to_have_value("Et ceci ?")
    expect(one.get_by_label("Commentaire", exact=True)).to_be_focused()
    assert look_at(one, "half said") == []
    one.get_by_role("button", name="Envoyer").click()
    expect(one.locator(".pad-passage")).to_have_text(["vant", "avant"])
    one.goto("about:blank")  # what it still asks ends with it, and not with the server


def test_what_a_device_kept_of_a_text_that_was_begun_anew_is_brought_by_the_next_page(former, mortal, new_page):
    one, _, address = former
    beside = one.context.new_page()
    beside.goto("about:blank")
    one.close(run_before_unload=False)
    mortal.begin_anew(int(address.rsplit("/", 1)[1]))
    beside.goto(address)
    has_it_once(beside)


OF_ANOTHER = """async () => {  // what the device keeps is of a document that no server knows
    const told = (request) => new Promise((go) => { request.onsuccess = () => go(request.result) })
    const [{ name }] = await indexedDB.databases()
    const rows = (await told(indexedDB.open(name))).transaction("updates", "readwrite").objectStore("updates")
    for (const key of await told(rows.getAllKeys())) rows.put({ ...await told(rows.get(key)), epoch: 12345 }, key)
}"""


def test_what_can_be_joined_no_more_is_said_and_taken_by_hand(new_page):
    one = sign_in(new_page())
    asleep = Asleep(one)
    address = new_pad(one, "Trop tard")
    write(one, "Avant")
    said(one, "Enregistré")
    forgotten(one)
    asleep.fall()
    write(one, ", pendant")
    said(one, "Hors ligne\u00a0: gardé sur cet appareil")
    one.evaluate(OF_ANOTHER)
    context = one.context
    one = context.new_page()
    one.goto(address)
    said(
        one,
        "Ce texte a été repris il y a longtemps\u00a0: ce que vous aviez écrit ici ne peut plus y être joint.",
    )
    assert look_at(one, "too-late") == []
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    one.get_by_role("button", name="Copier mon texte").click()
    expect(one.locator("#voice")).to_have_text("Copié")
    assert one.evaluate("navigator.clipboard.readText()") == ", pendant"
    forgotten(one)
    one.reload()
    expect(text(one)).to_have_text("Avant")
    said(one, "Enregistré")


BLOCKED = """window.WebSocket = class extends WebSocket {  // as behind a filter that knows none: the handshake fails
    constructor(url) { super(new URL("/no-socket", url)) }
}"""


def test_where_no_websocket_gets_through_events_and_posts_do(new_page):
    one, other = both(new_page, "Filtre")
    new_page.expected.add("/no-socket")
    one.add_init_script(BLOCKED)
    with one.expect_request(lambda asked: asked.method == "POST" and asked.url.endswith("/sync")):
        one.reload()
        write(one, "Derrière un filtre")
    expect(text(other)).to_contain_text("Derrière un filtre")
    said(one, "Enregistré")
    write(other, ", et lu")
    expect(text(one)).to_contain_text("Derrière un filtre, et lu")
    one.goto("/")
    expect(other.get_by_role("list", name="Personnes présentes").get_by_role("listitem")).to_have_text(["Vous"])
