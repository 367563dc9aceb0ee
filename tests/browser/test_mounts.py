"""What shows on one's devices and what fills a space, by keyboard, on a phone, without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ELODIE, sign_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_mount_is_put_away_and_comes_back_by_keyboard_alone_on_a_phone(new_page, scripts):
    page = sign_in(new_page(viewport={"width": 375, "height": 780}, java_script_enabled=scripts), ELODIE)
    page.goto("/shared")
    page.get_by_role("link", name="Sur mes appareils").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("/mounts")
    shown, aside = page.get_by_role("region", name="Ce qui s’affiche"), page.get_by_role("region", name="ajouter")
    first = shown.get_by_role("button", name="Retirer").first
    name = first.get_attribute("aria-label").removeprefix("Retirer ")
    first.focus()
    page.keyboard.press("Enter")
    expect(aside.get_by_role("button", name=f"Ajouter {name}")).to_be_visible()
    expect(shown.get_by_role("link", name=name, exact=True)).to_have_count(0)
    aside.get_by_role("button", name=f"Ajouter {name}").focus()
    page.keyboard.press("Enter")
    expect(shown.get_by_role("link", name=name, exact=True)).to_be_visible()


def test_what_fills_a_space_is_reached_from_its_quota_without_a_script(new_page):
    page = sign_in(new_page(java_script_enabled=False), ELODIE)
    page.get_by_role("link", name=re.compile(" sur ")).first.click()
    expect(page.get_by_role("heading", name="Place utilisée")).to_be_visible()
    page.get_by_role("link", name="Voir les plus lourds").click()
    expect(page).to_have_url(re.compile(r"/f/\d+\?sort=-size"))
