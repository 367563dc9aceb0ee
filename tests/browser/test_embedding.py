"""Videos of the operator's hosts, shown where a text leads to them; and what is published, shown on sites that they list."""

import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import new_pad, sign_in
from tests.browser.test_beside import paste
from tests.browser.test_drawings import read
from tests.browser.test_every_page import look_at
from tests.browser.test_guests import open_to
from tests.browser.test_pad import said

pytestmark = pytest.mark.browser

VIDEOS = """# Vidéos

[Une leçon](https://tube.example/w/abc-1) et [une autre](https://other.example/w/abc-1), [sa chaîne](https://tube.example/c/nous).

{%youtube dQw4w9WgXcQ %}
"""


def published(new_page, name, text):
    """Return the address of a pad that is open to all who have it, and its pages below."""
    page = sign_in(new_page())
    pad = new_pad(page, name)
    paste(page, text)
    said(page, "Enregistré")
    address = open_to(page, pad, "En lecture seule")
    read(page, pad, "Vidéos")
    return page, pad, address


def test_a_video_is_shown_in_its_place_once_one_asks_for_it(new_page):
    page, pad, address = published(new_page, "Vidéos", VIDEOS)
    guest, asked = new_page(), []
    for one in (page, guest):
        one.context.route(
            re.compile("https://"),
            lambda route: (asked.append(route.request.url), route.fulfill(body="<p>vu", content_type="text/html")),
        )
    for one, where in ((page, f"{pad}/read"), (guest, f"{address}/publish")):
        one.goto(where)
        buttons = one.get_by_role("button", name="Regarder ici")
        expect(buttons).to_have_text(["Regarder ici (tube.example)", "Regarder ici (www.youtube-nocookie.com)"])
        assert asked == [], "nobody elsewhere hears of who reads"
        assert look_at(one, 1280) == []
        buttons.first.focus()
        one.keyboard.press("Enter")
        expect(one.frame_locator("iframe[title='Vidéo\u00a0: Une leçon']").get_by_text("vu")).to_be_visible()
        buttons.first.click()
        expect(one.frame_locator("iframe[title^='Vidéo'] >> nth=1").get_by_text("vu")).to_be_visible()
        assert asked == [
            "https://tube.example/videos/embed/abc-1", "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
        ]  # fmt: skip
        assert look_at(one, 1280) == []
        asked.clear()


class Around(BaseHTTPRequestHandler):
    """A page that shows the address after its `?` in a frame."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(f"<iframe src='{self.path.partition('?')[2]}'></iframe>".encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def around():
    """The port of a site that shows ours in a frame, by whatever name of this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Around) as server:
        Thread(target=server.serve_forever).start()
        yield server.server_port
        server.shutdown()


def test_what_is_published_is_shown_on_the_sites_that_are_listed_and_on_no_other(new_page, around):
    new_page.expected |= {"frame-ancestors", "Framing", "favicon"}
    page, pad, address = published(new_page, "Encadré", "# Vidéos\n\nÀ montrer")
    guest = new_page()
    for what in ("publish", "slide"):
        guest.goto(f"http://ent.localhost:{around}/?{address}/{what}")
        expect(guest.frame_locator("iframe").get_by_text("À montrer", exact=True)).to_be_visible()
    for one, site, what in (
        (guest, "other", f"{address}/publish"), (guest, "other", f"{address}/slide"), (page, "ent", f"{pad}/read"),
    ):  # fmt: skip
        with one.expect_response(re.compile(r"/(s|p)/")) as answer:
            one.goto(f"http://{site}.localhost:{around}/?{what}")
        assert answer.value.status == 200
        expect(one.frame_locator("iframe").get_by_text("À montrer", exact=True)).to_have_count(0)
