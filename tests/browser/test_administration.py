"""Delegated administration in a browser: every page without a fault that axe can see, and one morning of a head of a school."""

import re
import subprocess
import sys

import pytest

from tests.browser.conftest import CAMILLE, sign_in
from tests.browser.test_every_page import look_at

pytestmark = pytest.mark.browser

HEAD, INES = "thierry.nguyen@ac-dijon.example", "ines.rousseau@ac-dijon.example"
PAGES = (
    "/admin",
    "/admin/people",
    "/admin/people?q=ma",
    "/admin/roles",
    "/admin/rooms?structure=0210015C",
    "/admin/teams",
    "/admin/demands",
    "/admin/applications",
    "/admin/applications/new",
    "/admin/audit",
    "/admin/cases",
    "/admin/absences",
    "/admin/retentions",
    "/admin/retentions/trash_days",
    "/admin/erasures",
)
OF_A_PERSON = ("", "/absences", "/erasure")


def command(environ, *words):
    line = [sys.executable, "-m", "cartable", *words]
    return subprocess.run(line, env=environ, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def roles(product, product_environ):
    """Make the head of a school an administrator and an auditor of the academy too, and the officer of the ministry, for a while."""
    given = [
        command(product_environ, "delegation", "give", HEAD, "--role", role, "--at", place)
        for role, place in (("admin", "DIJON"), ("auditor", "DIJON"), ("dpo", "MEN"))
    ]
    yield
    for number in given:
        command(product_environ, "delegation", "end", number)


@pytest.fixture
def nation(product, product_environ):
    """Make Camille an administrator of the whole ministry, for a while: of more structures than a list can show."""
    number = command(product_environ, "delegation", "give", CAMILLE, "--role", "admin", "--at", "MEN")
    yield
    command(product_environ, "delegation", "end", number)


@pytest.fixture
def ines(product_environ, product):
    return command(product_environ, "person", "show", INES).splitlines()[0].split()[-1]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_axe_finds_no_fault_and_nothing_scrolls_sideways(new_page, roles, ines, scheme, width):
    page = sign_in(
        new_page(color_scheme=scheme, viewport={"width": width, "height": 800}, reduced_motion="reduce"), HEAD
    )
    faults = []
    for address in (*PAGES, *(f"/admin/people/{ines}{page}" for page in OF_A_PERSON)):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.goto(address).status == 200, address
        page.locator("web-page[data-ready]").wait_for(state="attached")
        for summary in page.locator("main summary").all():
            summary.click()
        tall = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size(
            {"width": width, "height": tall}
        )  # axe takes what is under the bar of a phone for hidden
        faults += look_at(page, address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    assert faults == []


SEEN = """one => {
  const { left, right, top, bottom } = one.getBoundingClientRect();
  const there = [left + 1, right - 1].every(x => one.contains(document.elementFromPoint(x, (top + bottom) / 2)));
  return left >= 0 && right <= innerWidth && there;
}"""  # the whole of it, and nothing over it


@pytest.mark.parametrize("width", [320, 375, 414])
@pytest.mark.parametrize("address", ["/admin", "/"])
def test_in_the_bar_of_a_phone_the_whole_entry_of_the_page_is_seen_and_each_is_reached(new_page, roles, width, address):
    page = sign_in(new_page(viewport={"width": width, "height": 700}, reduced_motion="reduce"), HEAD)
    page.goto(address)
    menu = page.get_by_role("navigation", name="Menu principal")
    page.locator("web-page[data-ready]").wait_for(state="attached")
    here, entries = menu.locator("[aria-current]"), menu.get_by_role("link").all()
    assert here.evaluate(SEEN)
    page.locator("#menu").focus()
    for one in entries:
        page.keyboard.press("Tab")
        assert one.evaluate("one => one === document.activeElement")
        page.wait_for_function(SEEN, arg=one.element_handle(), timeout=10_000)
    assert look_at(page, address) == []


def test_an_application_is_registered_and_its_page_has_no_fault(new_page, roles):
    page = sign_in(new_page(reduced_motion="reduce"), HEAD)
    page.goto("/admin/applications/new")
    page.locator("[name=name]").fill("Agenda")
    page.locator("[name=redirect]").fill("https://agenda.example/back")
    page.get_by_role("button", name="Déclarer").click()
    page.get_by_role("heading", level=1, name="Agenda").wait_for()
    faults = look_at(page, "an application, and its secret")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 375, "height": 1600})
    page.reload()
    faults += look_at(page, "an application")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert faults == []


def test_a_head_gives_a_posting_corrects_it_and_the_person_reads_who_did(new_page, ines):
    new_page.expected.add("/postings")  # once refused, 400
    page = sign_in(new_page(), HEAD)
    page.get_by_role("link", name="Gestion").click()
    page.get_by_role("link", name="Personnes").click()
    page.get_by_label("Nom ou adresse").fill("rousseau")
    page.get_by_role("button", name="Chercher").click()
    page.get_by_role("link", name="Inès Rousseau").click()
    page.get_by_text("Nouvelle affectation").click()
    form = page.locator("form").filter(has=page.get_by_role("button", name="Donner l’affectation"))
    if form.get_by_label("Structure").evaluate("one => one.matches('select')"):  # several, where `roles` were given
        form.get_by_label("Structure").select_option(label="Collège Marcelle-Pardé")
    form.get_by_label("Fonction").select_option("DOC")
    form.get_by_label("Premier jour").fill("2026-11-01")
    form.get_by_label("Dernier jour").fill("2026-10-01")
    form.get_by_role("button", name="Donner l’affectation").click()
    wrong = form.get_by_label("Dernier jour")
    wrong.and_(page.locator("[aria-invalid=true]:focus")).wait_for()
    form.get_by_text("La fin vient avant le début").wait_for()
    assert (form.get_by_label("Fonction").input_value(), wrong.input_value()) == ("DOC", "2026-10-01")
    wrong.fill("")
    form.get_by_role("button", name="Donner l’affectation").click()
    page.locator("main").get_by_text("L’affectation est donnée.").wait_for()
    row = page.get_by_role("listitem").filter(has_text="donnée à la main")
    row.get_by_text("Changer", exact=True).click()
    row.get_by_label("Dernier jour").fill("2026-11-02")
    row.get_by_role("button", name="Corriger les dates").click()
    page.locator("main").get_by_text("Les dates sont corrigées.").wait_for()
    page.get_by_text(re.compile("du 1er novembre 2026 au 2 novembre 2026")).wait_for()
    theirs = sign_in(new_page(), INES)
    theirs.goto("/me/activity")
    theirs.get_by_text("Affectation donnée à la main").wait_for()
    theirs.get_by_text("par Thierry N’Guyen, administration").first.wait_for()


def expect_chosen(page, name):
    page.get_by_role("radio", name=name).and_(page.locator(":checked:focus")).wait_for()


def test_a_structure_is_found_as_one_types_and_chosen_by_the_keyboard(new_page, nation):
    page = sign_in(new_page(), CAMILLE)
    page.goto("/admin/teams")
    page.locator("portal-find[data-ready]").first.wait_for(state="attached")
    page.get_by_label("Nom").fill("Conseil des délégués")
    page.get_by_label("Fonction").select_option("*")
    page.get_by_label("Structure", exact=True).fill("marc par")
    page.get_by_role("radio", name="Collège Marcelle-Pardé").wait_for()
    assert look_at(page, "structures found") == []
    page.get_by_label("Structure", exact=True).press("ArrowDown")
    page.keyboard.press("Space")
    expect_chosen(page, "Collège Marcelle-Pardé")
    page.keyboard.press("Enter")
    page.locator("main").get_by_text("L’équipe est formée.").wait_for()
    page.get_by_role("listitem").filter(has_text="Conseil des délégués").get_by_text(
        "Collège Marcelle-Pardé"
    ).wait_for()


def test_a_person_is_found_as_one_types_and_chosen_by_the_keyboard(new_page):
    page = sign_in(new_page(), HEAD)
    page.goto("/admin/absences")
    page.locator("portal-find[data-ready]").first.wait_for(state="attached")
    field = page.get_by_label("Son nom, son adresse ou son identifiant")
    field.fill("rouss")
    page.get_by_role("radio", name="Inès Rousseau").wait_for()
    assert look_at(page, "people found") == []
    field.press("ArrowDown")
    page.keyboard.press("Space")
    expect_chosen(page, "Inès Rousseau")
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name="Inès Rousseau").wait_for()


def test_without_scripts_the_form_comes_back_with_the_people_found(new_page):
    new_page.expected.add("/admin/absences")
    page = sign_in(new_page(java_script_enabled=False), HEAD)
    page.goto("/admin/absences")
    page.get_by_label("Son nom, son adresse ou son identifiant").fill("rouss")
    page.get_by_role("button", name="Chercher").click()
    page.get_by_text("Choisissez dans ce qui a été trouvé.").wait_for()
    page.get_by_role("radio", name="Inès Rousseau").check()
    page.get_by_role("button", name="Chercher").click()
    page.get_by_role("heading", level=1, name="Inès Rousseau").wait_for()


def test_without_scripts_the_form_comes_back_with_the_structures_found(new_page, nation):
    new_page.expected.add("/admin/teams")
    page = sign_in(new_page(java_script_enabled=False), CAMILLE)
    page.goto("/admin/teams")
    page.get_by_label("Nom").last.fill("Sans script")
    page.get_by_label("Fonction").select_option("*")
    page.get_by_label("Structure", exact=True).fill("marcelle")
    page.get_by_role("button", name="Former l’équipe").click()
    page.get_by_text("Choisissez dans ce qui a été trouvé.").wait_for()
    page.get_by_role("radio", name="Collège Marcelle-Pardé").check()
    page.get_by_role("button", name="Former l’équipe").click()
    page.locator("main").get_by_text("L’équipe est formée.").wait_for()


def test_a_shorter_retention_is_asked_again_in_a_browser(new_page, roles):
    page = sign_in(new_page(viewport={"width": 375, "height": 800}, reduced_motion="reduce"), HEAD)
    page.goto("/admin/retentions")
    page.get_by_role("link", name="Changer la durée\u00a0: Corbeille").click()
    page.get_by_label("Jours").fill("20")
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_role("heading", level=1, name="Raccourcir\u00a0: Corbeille").wait_for()
    assert look_at(page, "a shorter retention") == []
    page.get_by_role("link", name="Ne rien changer").click()
    page.get_by_text("celle du site").first.wait_for()
