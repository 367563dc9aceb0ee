"""Where somebody says that they are in a pad, when that is nowhere: by a socket of theirs, as no page of ours does."""

from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from cartable.pads import wire
from tests.browser.conftest import ELODIE, sign_in
from tests.browser.test_helped_to_write import FAR
from tests.browser.test_pad import both, share, text, write
from tests.browser.test_writing_a_pad import fill
from tests.pads.test_wire import said as awareness
from tests.pads.typists import Typist

pytestmark = pytest.mark.browser

END = {"tname": "text"}


def nowhere(letters):
    """Return what is no place of a text, some of it in the words of one; an even number. `letters` are of a client."""
    ids = ["x", 0, {}, {"client": str(letters), "clock": 0}, *({"client": letters, "clock": at} for at in (-1, 0.5))]
    roots = ({"tname": name} for name in ("other", "", 3, None))
    return [None, "text", 7, [], *roots, *({"item": one} for one in ids), {"type": {"client": 1, "clock": 0}}, True]


def by_socket(page, product, address):
    """Return the socket of who is signed in on a page, beside it."""
    cookies = "; ".join(f"{one['name']}={one['value']}" for one in page.context.cookies())
    site, node = SimpleNamespace(port=int(product.rsplit(":", 1)[1])), int(address.rsplit("/", 1)[1])
    return Typist(site, node, {"Cookie": cookies, "Origin": product})


def test_a_cursor_that_is_nowhere_is_not_drawn_and_takes_away_no_other(new_page, product):
    one, other = both(new_page, "Nulle part")
    share(one, one.url, "silva", "Lire")
    fill(other, FAR)
    expect(text(one)).to_contain_text("Ligne 0")
    reader = by_socket(sign_in(new_page(), ELODIE), product, one.url)
    reader.until(lambda: reader.ready)
    places = nowhere(*wire.clients_of(reader.doc.get_state()))
    for client, (anchor, head) in enumerate(zip(places[::2], places[1::2], strict=True)):
        reader.socket.send(awareness(client, 1, {"cursor": {"anchor": anchor, "head": head}}))
    reader.until(lambda: client in reader.states)
    follow = one.get_by_role("button", name="Suivre Élodie Da Silva")
    follow.click()
    expect(follow).to_have_attribute("aria-pressed", "true")
    expect(one.locator(".cm-line").first).to_be_in_viewport()
    reader.socket.send(awareness(client, 2, {"cursor": {"anchor": END, "head": END}}))
    expect(one.locator(".cm-line", has_text="Ligne 199")).to_be_in_viewport()
    carets = one.locator(".pad-caret")
    for typed in ("a", "aa"):
        write(other, "a")
        expect(one.locator(".cm-line").last).to_have_text(f"Ligne 199{typed}")
        expect(carets).to_have_count(2)
        names = sorted(caret.get_attribute("data-name") for caret in carets.all())
        assert names == ["Karim Benali", "Élodie Da Silva"]
        one.reload()  # who was there before is seen too
        text(one).press("Control+End")
    reader.leave()
