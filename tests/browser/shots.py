"""Pictures of every page, to be looked at: `python -m tests.browser.shots [words]` saves them in shots/, which git ignores.

Each is taken in light and dark at 1280 pixels, and in light at 375. With words, only those whose name holds one of them.
"""

import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import CAMILLE, PASSWORD, new_folder, ready, sign_in
from tests.installed import demo_folder
from tests.servers import free_port, need, running

FOLDER = Path(__file__).parents[2] / "shots"
LOOKS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 800}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 800}},
    "phone": {"color_scheme": "light", "viewport": {"width": 375, "height": 780}},
}


def first_row(page: Page, name: str) -> Page:
    page.get_by_role("row", name=name).get_by_role("link").first.click()
    page.wait_for_load_state()
    return page


def documents(page: Page) -> None:
    page.goto("/f/")
    ready(page)


def lessons(page: Page) -> None:
    documents(page)
    first_row(page, "Cours")
    ready(page)


def chosen(page: Page) -> None:
    lessons(page)
    for box in page.locator("td.box input").all()[:2]:
        box.check()


def menu(page: Page) -> None:
    lessons(page)
    page.locator("td.more button").first.click()


def share(page: Page) -> None:
    lessons(page)
    page.locator("[data-act=share]").click()
    page.get_by_role("dialog").wait_for()
    page.get_by_label("Nom, équipe, structure ou adresse").fill("mar")
    page.wait_for_timeout(500)


def link_form(page: Page) -> None:
    lessons(page)
    page.locator("[data-act=share]").click()
    page.get_by_role("dialog").wait_for()
    page.get_by_text("Créer un lien").click()


def move(page: Page) -> None:
    chosen(page)
    page.locator("[data-act=move]").click()
    page.get_by_role("dialog").wait_for()


def file(page: Page) -> None:
    lessons(page)
    first_row(page, "Sciences de la vie et de la Terre")
    ready(page)
    first_row(page, "Progressions.md")


def inside(page: Page) -> None:
    lessons(page)
    first_row(page, "Sciences de la vie et de la Terre")
    ready(page)


def picture(page: Page) -> None:
    inside(page)
    first_row(page, "Éruption.png")


def about(page: Page) -> None:
    documents(page)
    page.get_by_role("link", name="Détails du dossier").click()
    page.get_by_role("dialog").wait_for()


def versions(page: Page) -> None:
    file(page)
    page.get_by_role("link", name="Versions").click()
    page.get_by_role("dialog").wait_for()


def empty(page: Page) -> None:
    new_folder(page, f"Vide {os.urandom(2).hex()}")
    ready(page)


def toast(page: Page) -> None:
    empty(page)
    page.keyboard.press("n")
    page.get_by_role("dialog").wait_for()
    page.keyboard.type("Nouveau dossier d’une personne qui aime les noms longs, « Sciences de la vie et de la Terre »")
    page.keyboard.press("Enter")
    page.locator(".toast").wait_for()


def discarded(page: Page) -> None:
    toast(page)
    page.keyboard.press("Delete")
    page.get_by_text("à la corbeille").first.wait_for()
    page.goto("/trash")


def made_device(page: Page) -> None:
    page.goto("/me/devices/new")
    if "/confirm" in page.url:
        page.get_by_label("Mot de passe").fill(PASSWORD)
        page.get_by_role("button", name="Continuer").click()
    page.get_by_label("Pour quel appareil").fill("Portable du lycée")
    page.get_by_role("button", name="Créer").click()
    page.wait_for_url("/me/devices/made")


def mounted(page: Page) -> None:
    page.goto("/mounts")
    if page.locator("form[action$=put-away] button").count() > 1:
        page.locator("form[action$=put-away] button").first.click()
        page.wait_for_url("/mounts")


def filled(page: Page) -> None:
    page.goto("/f/")
    page.locator("[data-room]").click()
    page.wait_for_url(re.compile("/room"))


def cleared(page: Page) -> None:
    filled(page)
    page.goto(page.url.replace("/room?", "/room/versions?"))


def opened(path: str):
    def go(page: Page) -> None:
        page.goto(path)

    return go


PAGES = {
    "home": opened("/"), "documents": documents, "folder": lessons, "chosen": chosen, "menu": menu, "share": share,
    "link": link_form, "move": move, "file": file, "about": about, "inside": inside, "picture": picture, "versions": versions, "empty": empty, "toast": toast,
    "trash": discarded, "shared": opened("/shared"), "shared-by-me": opened("/shared?by=me"), "mounts": mounted, "room": filled, "clear-versions": cleared, "recent": opened("/recent"),
    "favorites": opened("/favorites"), "search": opened("/search?q=mar"), "me": opened("/me"), "activity": opened("/me/activity"),
    "device": opened("/me/devices/new"), "device-made": made_device, "password": opened("/me/password"), "help": opened("/help"), "accessibility": opened("/accessibility"), "legal": opened("/legal"), "privacy": opened("/privacy"),
    "absent": opened("/f/999999"), "team": opened("/teams/1"),
}  # fmt: skip


def take(address: str, words: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=need("Chromium")) as browser:
        for look, options in LOOKS.items():
            with browser.new_context(locale="fr-FR", base_url=address, reduced_motion="reduce", **options) as context:
                page = context.new_page()
                page.set_default_timeout(5000)
                page.on("console", tell)
                page.goto("/login")
                page.screenshot(path=FOLDER / f"login-{look}.png")
                sign_in(page, CAMILLE)
                for name, go in PAGES.items():
                    if words and not any(word in name for word in words):
                        continue
                    try:
                        go(page)
                        page.wait_for_timeout(250)
                        page.screenshot(path=FOLDER / f"{name}-{look}.png")
                    except Exception as problem:  # noqa: BLE001 - the other pictures are still wanted
                        sys.stderr.write(f"{name} {look}: {str(problem)[:300]}\n")


def tell(message) -> None:
    if message.type == "error":
        sys.stderr.write(f"{message.text}\n")


def main() -> None:
    with tempfile.TemporaryDirectory() as data:
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        environ = os.environ | {"CARTABLE_DATA": str(demo_folder(Path(data))), "CARTABLE_PORT": str(port)}
        command = [sys.executable, "-m", "cartable", "serve", "--demo"]
        with running(
            command,
            lambda: urllib.request.urlopen(f"{address}/healthz").close(),
            env=environ,
            stderr=subprocess.DEVNULL,
        ):
            take(address, sys.argv[1:])


if __name__ == "__main__":
    main()
