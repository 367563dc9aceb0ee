"""A folder of ten thousand documents: all of them known, forty in the page; sorted, filtered, chosen, walked by key."""

import os
import subprocess
import sys
import urllib.request

import pytest
from playwright.sync_api import expect

from tests import installed
from tests.browser.conftest import ready, rows, sign_in
from tests.servers import free_port, running

pytestmark = pytest.mark.browser

FILL = """
import random
from django.db import transaction
from cartable.identity import people
from cartable.spaces import changes, homes, tree
from cartable.spaces.entries import FILE, FOLDER

camille = people.actor(people.find("camille.martin@ac-dijon.example"))
words = ["Séance", "Évaluation", "bilan", "Atelier", "éruption", "Oral", "œuvre", "Zone"]
draw = random.Random(7)
with transaction.atomic():
    made = tree.make_folder(camille, homes.home_of(camille).root, "Dix mille")
    for number in range(10_000):
        kind = FOLDER if number % 50 == 0 else FILE
        name = f"{draw.choice(words)} {number}" + ("" if kind == FOLDER else ".odt")
        tree.insert(camille, made, name, kind, 1, size=0 if kind == FOLDER else draw.randrange(10**7))
print(made.id)
"""


@pytest.fixture(scope="module")
def crowd(tmp_path_factory):
    """The address of a product of its own, and of the folder in it."""
    port = free_port()
    environ = {name: value for name, value in os.environ.items() if not name.startswith("CARTABLE_")}
    environ |= {"CARTABLE_DATA": str(installed.demo(tmp_path_factory.mktemp("crowd"))), "CARTABLE_PORT": str(port)}
    command = [sys.executable, "-m", "cartable"]
    shell = [
        sys.executable,
        "-m",
        "django",
        "shell",
        "--no-imports",
        "-c",
        FILL,
        "--settings",
        "cartable.config.settings",
    ]
    folder = subprocess.run(shell, env=environ, check=True, stdout=subprocess.PIPE, text=True).stdout.split()[-1]
    address = f"http://127.0.0.1:{port}"
    with running([*command, "serve"], lambda: urllib.request.urlopen(f"{address}/healthz").close(), env=environ):
        yield address, f"/f/{folder}"


@pytest.fixture
def folder(new_page, crowd):
    address, path = crowd
    page = sign_in(new_page(base_url=address))
    page.goto(path)
    return ready(page)


def voice(page, text):
    expect(page.locator("#voice")).to_have_text(text)


def test_the_page_stays_small_and_the_listing_compact(folder):
    assert folder.evaluate("document.querySelectorAll('*').length") < 1500
    answer = folder.request.get(folder.url + ".json", headers={"Accept-Encoding": "gzip"})
    weight = folder.evaluate("url => performance.getEntriesByName(url)[0].encodedBodySize", folder.url + ".json")
    assert len(answer.json()["rows"]) == 10_000
    assert weight <= 25 * 10_000
    again = folder.request.get(folder.url + ".json", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status == 304


def test_what_the_server_rendered_and_what_the_island_shows_are_in_the_same_order(folder, new_page, crowd):
    cookies = folder.context.storage_state()
    plain = new_page(base_url=crowd[0], storage_state=cookies, java_script_enabled=False)
    plain.goto(crowd[1])
    served = rows(plain)
    assert len(served) == 40
    assert rows(folder)[:30] == served[:30]
    assert served[0].startswith("Atelier")
    numbers = [int(name.split()[1]) for name in served if name.startswith("Atelier")]
    assert numbers == sorted(numbers)


def test_all_are_chosen_filtered_and_sorted(folder):
    folder.keyboard.press("Control+a")
    voice(folder, "10\u202f000 éléments sélectionnés")
    folder.keyboard.press("Escape")
    voice(folder, "Sélection vide")
    folder.keyboard.press("/")
    folder.keyboard.type("oeuvre 77")
    expect(folder.get_by_role("row")).not_to_have_count(0)
    folder.get_by_label("Filtrer ce dossier").last.fill("eruption")
    assert all("éruption" in name for name in rows(folder))
    folder.get_by_label("Filtrer ce dossier").last.fill("")
    folder.get_by_role("link", name="Taille").click()
    voice(folder, "Trié par taille, ordre décroissant")
    expect(folder.get_by_role("columnheader", name="Taille")).to_have_attribute("aria-sort", "descending")


def test_the_keys_of_a_grid(folder):
    folder.keyboard.press("ArrowDown")
    folder.keyboard.press("End")
    last = folder.locator("tr[tabindex='0']")
    expect(last).to_be_focused()
    expect(last).to_have_attribute("aria-rowindex", "10001")
    expect(last).to_be_in_viewport()
    folder.keyboard.press("Home")
    expect(folder.locator("tr[aria-rowindex='2']")).to_be_focused()
    folder.keyboard.press("Space")
    folder.keyboard.press("PageDown")
    folder.keyboard.press("Shift+Space")  # from the row last chosen, wherever the focus has gone since
    expect(folder.locator("tr[aria-rowindex='2']")).to_have_attribute("aria-selected", "true")
    expect(folder.locator("tr[tabindex='0']")).to_have_attribute("aria-selected", "true")
    folder.keyboard.press("ArrowRight")
    expect(folder.locator("tr[tabindex='0'] input")).to_be_focused()
    folder.keyboard.press("ArrowLeft")
    folder.keyboard.type("zone")
    assert folder.locator("tr[tabindex='0'] td.name").inner_text().startswith("Zone")


def test_shift_click_chooses_from_the_row_last_chosen(folder):
    lines = folder.locator("tbody.body tr")
    lines.nth(2).locator(".when").click()
    lines.nth(6).locator(".when").click(modifiers=["Shift"])
    voice(folder, "5 éléments sélectionnés")
    lines.nth(4).locator(".when").click(modifiers=["Shift"])
    voice(folder, "3 éléments sélectionnés")
    lines.nth(9).locator("input").click(modifiers=["Shift"])
    voice(folder, "8 éléments sélectionnés")


def test_coming_back_finds_the_row_one_left(folder):
    folder.keyboard.press("ArrowDown")
    folder.keyboard.press("End")
    folder.keyboard.press("ArrowUp")
    name = folder.locator("tr[tabindex='0'] td.name").inner_text()
    folder.keyboard.press("Enter")
    expect(folder.get_by_role("heading", level=1)).to_have_text(name)
    folder.go_back()
    ready(folder)
    row = folder.locator("tr[tabindex='0']")
    expect(row.locator("td.name")).to_have_text(name)
    expect(row).to_be_in_viewport()
