"""Every page, light and dark, wide and narrow: no fault that axe can see, no error in the console, within its budgets.

What axe cannot see (names that help, the order of the focus, what is announced) is in the journeys.
"""

import gzip
import re
from pathlib import Path

import pytest

from tests.browser.conftest import new_folder, new_pad, ready, sign_in

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = "async tags => (await axe.run(document, {runOnly: tags, resultTypes: ['violations']})).violations"  # not what is well, at length
LOOKS = [("light", 1280), ("dark", 375)]  # each scheme and each width: colours depend on one, places on the other

PAGES = {
    "home": "/",
    "documents": "/f/",
    "shared with me": "/shared",
    "shared by me": "/shared?by=me",
    "on my devices": "/mounts",
    "room": "/room",
    "room of another's": "/room?space=999999",
    "recent": "/recent",
    "favourites": "/favorites",
    "trash": "/trash",
    "search": "/search?q=mar",
    "account": "/me",
    "former account": "/me/former",
    "activity": "/me/activity",
    "notices": "/me/notices",
    "taking one’s data away": "/me/export",
    "applications": "/me/applications",
    "app password": "/me/devices/new",
    "an app password made": "/me/devices/made",
    "password": "/me/password",
    "second factors": "/me/factors",
    "an application of codes": "/me/factors/app",
    "a passkey": "/me/factors/passkeys/new",
    "help": "/help",
    "help for writing": "/p/help",
    "my pads": "/p/?q=le",
    "to do in my pads": "/p/todo",
    "accessibility": "/accessibility",
    "legal": "/legal",
    "privacy": "/privacy",
    "register of processing": "/privacy/register",
    "absent": "/f/999999",
    "signing out": "/logout",
    "leaving an application": "/oidc/logout",
    "who is there": "/me/confirm?next=/me",
    "a team": "/teams/1",
    "documents of a team": "/teams/1/documents",
    "a new team": "/teams/new",
    "a device that is let in": "/login/v2/done",
}
SHEETS = ["share", "about", "new", "rename", "upload"]


def look_at(page, where):
    """Return what axe finds wrong with a page as it is."""
    page.evaluate(f"async () => {{ {AXE.read_text()} }}") if page.evaluate("() => !window.axe") else None
    found = page.evaluate(RUN, TAGS)
    return [(where, fault["id"], [node["html"][:200] for node in fault["nodes"]]) for fault in found]


def folder_of(page, *names):
    """Go down the person's documents by name, and return the address."""
    page.goto("/f/")
    for name in names:
        ready(page)
        page.get_by_role("row", name=name).get_by_role("link", name=name).click()
        page.get_by_role("heading", level=1, name=name).wait_for()
    return page.url


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_axe_finds_no_fault(new_page, scheme, width):
    new_page.expected |= {"/f/999999", "/reset/expired", "Connecting to"}  # axe, from the frame of a preview
    page = new_page(color_scheme=scheme, viewport={"width": width, "height": 800}, reduced_motion="reduce")
    page.goto("/login")
    faults = look_at(page, "login")
    for address in ("/forgotten", "/reset/expired"):
        page.goto(address)
        faults += look_at(page, address)
    sign_in(page)
    for name, address in PAGES.items():
        page.goto(address)
        page.locator("web-page[data-ready]").wait_for(state="attached")
        if name == "documents":
            ready(page)
        faults += look_at(page, name)
    page.goto("/f/")
    page.goto(page.locator("[data-room]").get_attribute("href").replace("/room?", "/room/versions?"))
    faults += look_at(page, "clear versions")
    folder = folder_of(page, "Cours", "Sciences de la vie et de la Terre")
    ready(page)
    page.locator("td.box input").first.check()
    faults += look_at(page, "a folder, one row chosen")
    for sheet in SHEETS:
        page.goto(f"{folder}/{sheet}")
        faults += look_at(page, sheet)
    page.goto(folder)
    ready(page)
    file = page.locator("tr:has(a:not(.folder)) td.name a").first.get_attribute("href")
    for address in (file, f"{file}/versions", f"{file}/share", f"/selection/move?node={file.rpartition('/')[2]}"):
        page.goto(address)
        faults += look_at(page, address)
    new_pad(page, f"Vu à {width}")
    page.get_by_role("textbox", name="Texte du pad").fill(
        "# Titre\n\n- du *texte*, `du code`, [un lien](https://example.org)\n- [ ] une tâche :tada:\n\n"
        "$x^2$ [^1]\n\n```python\ndef f(a):  # non\n    return 'x' + str(12)\n```\n\n```graphviz\ndigraph { a -> b }\n```\n\n[^1]: Une note."
    )
    faults += look_at(page, "a pad")
    page.get_by_role("button", name="Aperçu").click()
    page.frame_locator("pads-pad iframe").locator(".drawing > img").wait_for()
    faults += look_at(page, "a pad, laid out") + look_at(page.frames[-1], "a preview")
    page.get_by_role("button", name="Écrire").click()
    page.get_by_role("textbox", name="Texte du pad").focus()
    page.keyboard.press("Control+f")
    page.get_by_label("Chercher", exact=True).wait_for()
    faults += look_at(page, "search in a pad")
    pad = page.url
    for address in (f"{pad}/read", f"{pad}/take", f"{pad}/slides", pad.replace("/p/", "/f/"), f"{folder}/new-pad"):
        page.goto(address)
        faults += look_at(page, address)
    assert faults == []


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_axe_finds_no_fault_in_what_is_asked_first(new_page, scheme, width):
    """What is thrown away, what goes for good, a share that changes or ends; what a visitor of a link sees; a device that asks."""
    look = {"color_scheme": scheme, "viewport": {"width": width, "height": 800}, "reduced_motion": "reduce"}
    page, faults = sign_in(new_page(**look)), []

    def see(address):
        assert page.goto(address).status == 200, address
        return look_at(page, address)

    folder = folder_of(page, "Cours", "Copies rendues")
    page.goto(f"{folder}/share")
    change = page.locator('a[href*="/share/"]').first.get_attribute("href").removesuffix("/revoke")
    link = page.get_by_label(re.compile("^Adresse")).first.input_value()
    for address in (change, f"{change}/revoke"):
        faults += see(address)
    visitor = new_page(**look)
    visitor.goto(link)
    faults += look_at(visitor, "a link")
    file = page.goto(folder_of(page, "Cours", "Sciences de la vie et de la Terre")) and ready(page).get_by_role(
        "link", name="Progressions.md"
    ).first.get_attribute("href")
    page.goto(f"{file}/versions")
    faults += see(page.locator('a[href$="/remove"]').first.get_attribute("href"))
    doomed = new_folder(page, f"À jeter {scheme}").rpartition("/")[2]
    faults += see(f"/selection/discard?node={doomed}")
    page.get_by_role("button", name="Mettre à la corbeille").click()
    faults += see(f"/selection/purge?node={doomed}")
    page.goto("/trash")
    faults += see(page.locator('a[href^="/trash/empty"]').first.get_attribute("href"))
    page.goto("/teams/1")
    faults += see(page.locator('main a[href^="/people/"]').first.get_attribute("href"))
    faults += see(page.request.post("/index.php/login/v2").json()["login"])
    assert faults == []


@pytest.mark.parametrize("width", [1280, 375])
def test_axe_finds_no_fault_in_what_islands_open(new_page, width):
    page = sign_in(new_page(viewport={"width": width, "height": 800}, reduced_motion="reduce"))
    folder_of(page, "Cours")
    ready(page)
    page.locator("td.more button").first.click()
    faults = look_at(page, "menu")
    page.keyboard.press("Escape")
    page.locator("[data-act=share]").click()
    page.get_by_role("dialog").wait_for()
    page.get_by_label("Nom, équipe, structure ou adresse").fill("mar")
    page.get_by_role("radio").first.wait_for()
    faults += look_at(page, "share dialog")
    page.keyboard.press("Escape")  # empties the field
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    page.locator("tbody.body tr").first.focus()
    page.keyboard.press("F2")
    faults += look_at(page, "rename in place")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+c")
    page.locator(".toast").wait_for()
    faults += look_at(page, "toast")
    assert faults == []


def weigh(page, address):
    """Load a page with nothing cached; return its bytes if compressed, by kind, its requests and its nodes."""
    weights, count = {}, []

    def note(response):
        count.append(response.url)
        kind = re.sub(r".*\.(\w+)(\?.*)?$", r"\1", response.url) if "." in response.url.rpartition("/")[2] else "html"
        body = b"" if response.status in {204, 304} else response.body()
        weights[kind] = weights.get(kind, 0) + len(gzip.compress(body))

    page.on("requestfinished", lambda request: note(request.response()))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    return weights, len(count), page.evaluate("document.querySelectorAll('*').length")


@pytest.mark.parametrize(
    ("address", "bytes_most", "requests_most"), [("/", 30_000, 8), ("/f/", 60_000, 12), ("/me", 30_000, 8)]
)
def test_a_cold_page_is_within_its_budget(new_page, address, bytes_most, requests_most):
    cookies = sign_in(new_page()).context.storage_state()
    weights, requests, nodes = weigh(new_page(storage_state=cookies), address)
    assert sum(weights.values()) <= bytes_most, weights
    assert weights.get("css", 0) <= 15_000
    assert weights.get("js", 0) <= 20_000
    assert requests <= requests_most
    assert nodes <= 1500


@pytest.mark.parametrize("address", ["/login", "/", "/f/", "/me"])
def test_pages_have_the_strict_policy(new_page, address):
    new_page.expected.add("TrustedHTML")
    page = new_page()
    if address != "/login":
        sign_in(page)
    policy = page.goto(address).headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert (
        page.evaluate("() => { try { document.body.innerHTML = '<p>'; return 'done' } catch (e) { return e.name } }")
        == "TypeError"
    )


def test_nothing_scrolls_sideways_at_320_pixels(new_page):
    new_page.expected.add("/f/999999")
    page = sign_in(new_page(viewport={"width": 320, "height": 700}))
    for address in PAGES.values():
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, address
        assert page.locator("nav.menu").evaluate("one => one.scrollWidth <= one.clientWidth"), address
    new_pad(page, "Étroit")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.goto(f"{folder_of(page, 'Cours', 'Copies rendues')}/share")  # with a link
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
