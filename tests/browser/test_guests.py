"""Somebody who is not signed in writes at a pad that is open to everybody; its owner opens and closes it on a page."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import new_pad, sign_in
from tests.browser.test_every_page import look_at
from tests.browser.test_pad import EDITOR, text, write

pytestmark = pytest.mark.browser


def open_to(page, pad, preset):
    """Choose to whom a pad is open, by the keyboard; return its address."""
    page.goto(pad)
    page.get_by_role("link", name="Adresse").focus()
    page.keyboard.press("Enter")
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_role("radio", checked=True)).to_have_count(1)
    address = sheet.get_by_label("Adresse du pad").input_value()
    sheet.get_by_role("radio", name=preset).focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Messages")).to_contain_text("L’adresse du pad est ouverte ainsi.")
    return address


def test_a_guest_writes_under_a_name_of_theirs_until_it_is_closed(new_page):
    owner, guest = sign_in(new_page()), new_page()
    pad = new_pad(owner, "Ouvert")
    address = open_to(owner, pad, "Ouvert à tous")
    owner.goto(pad)
    write(owner, "Ordre du jour")
    guest.goto(address)
    expect(text(guest)).to_contain_text("Ordre du jour")
    assert guest.url == pad
    write(guest, ", et vœux")
    expect(text(owner)).to_contain_text("Ordre du jour, et vœux")
    present = owner.locator(".present")
    expect(present).to_contain_text(re.compile(r"Invité \d+"))
    guest.get_by_label("Votre nom").fill("Camille Martin")
    guest.get_by_role("button", name="Prendre ce nom").click()
    expect(guest.locator("form.guest")).to_contain_text("Camille Martin (invité)")
    text(guest)
    guest.keyboard.press("Control+Home")
    text(guest).focus()
    expect(present).to_contain_text("Camille Martin (invité)")
    for width in (1280, 375):
        guest.set_viewport_size({"width": width, "height": 800})
        assert look_at(guest, width) == []
        assert guest.evaluate("document.documentElement.scrollWidth <= innerWidth")
    beside = owner.context.new_page()
    open_to(beside, pad, "Entre agents")
    expect(guest.get_by_role("textbox", name=EDITOR)).to_have_attribute("aria-readonly", "true")
    expect(guest.locator("pads-pad .said")).to_have_class(re.compile("bad"))
    guest.goto(pad)
    assert "/login" in guest.url


def test_the_page_that_opens_a_pad_has_no_fault_and_fits_a_phone(new_page):
    page = sign_in(new_page())
    pad = new_pad(page, "Fermé")
    for scheme, width in (("light", 1280), ("dark", 1280), ("light", 375)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{pad}/open")
        expect(page.get_by_role("radio", name="Privé")).to_be_checked()
        assert look_at(page, width) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
