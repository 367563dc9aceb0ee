"""Files of the interface, as a browser is served them: kept for ever under names that tell their content, and small."""

import gzip
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import pytest

from cartable.config.assets import Hashed
from tests.sites import running

pytestmark = pytest.mark.once

FOREVER = "max-age=315360000, public, immutable"
LIMITS = {".css": 15_000, ".js": 20_000}  # bytes over the wire, of all a page loads of a kind


class Names(HTMLParser):
    """The addresses of files that a page loads."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        wanted = values.get("href") if tag in {"link", "use"} else values.get("src")
        if wanted and "/static/" in wanted:
            self.found.append(wanted.partition("#")[0])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with running(tmp_path_factory.mktemp("site")) as site:
        yield site


def loaded(site, page):
    """Return what a page loads, and what that loads in turn: body and headers, by address."""
    left, found = Names(page).found, {}
    while left:
        one = left.pop()
        if one in found:
            continue
        status, body, headers = site.ask("GET", one, **{"Accept-Encoding": "gzip"})
        assert status == 200, one
        found[one] = (body, headers)
        text = gzip.decompress(body).decode() if headers["Content-Encoding"] == "gzip" else body.decode()
        if one.endswith(".js"):
            left += [urljoin(one, name) for name in re.findall(r'(?:from|import)\s*\(?"(\.[^"]+)"', text)]
        if one.endswith(".css"):
            left += [urljoin(one, name) for name in re.findall(r'url\("?([^")]+)"?\)', text) if "data:" not in name]
    return found


def test_a_page_loads_all_its_files_compressed_and_keeps_them_for_ever(site):
    _, page, _ = site.ask("GET", "/login")
    found = loaded(site, page.decode())
    assert {name.rpartition(".")[2] for name in found} >= {"css", "js", "svg"}
    for name, (_, headers) in found.items():
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", name), name
        assert headers["Cache-Control"] == FOREVER, name
        assert headers["Content-Encoding"] == "gzip" or int(headers["Content-Length"]) < 500, name


def test_what_a_page_loads_is_small(site):
    _, page, _ = site.ask("GET", "/login")
    found = loaded(site, page.decode())
    for kind, limit in LIMITS.items():
        assert sum(len(body) for name, (body, _) in found.items() if name.endswith(kind)) <= limit


def test_who_takes_nothing_compressed_is_served_the_same(site):
    _, page, _ = site.ask("GET", "/login")
    for name, (body, _) in loaded(site, page.decode()).items():
        _, plain, headers = site.ask("GET", name)
        assert headers["Content-Encoding"] is None
        assert plain == (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)


def test_a_plain_name_is_served_too_and_not_kept(site):
    status, _, headers = site.ask("GET", "/static/web/icon.svg")
    assert (status, headers["Cache-Control"]) == (200, "max-age=60, public")


def test_a_page_shows_without_an_island_that_could_not_be_built():
    gathered = Hashed()
    gathered.hashed_files = {"web/web.css": "web/web.0123456789ab.css"}
    assert gathered.stored_name("web/web.css") == "web/web.0123456789ab.css"
    assert gathered.stored_name("islands/web-page.js") == "islands/web-page.js"


def test_a_start_with_other_files_gathers_them_and_keeps_those_that_pages_still_name(site):
    _, page, _ = site.ask("GET", "/login")
    before = Names(page.decode()).found
    site.stop()
    static = Path(site.env["CARTABLE_DATA"], "static")
    old = static / "web" / "web.000000000000.css"  # of an earlier version
    old.write_text("body {}")
    (static / ".gathered").write_text("other")
    site.start()
    _, page, _ = site.ask("GET", "/login")
    assert Names(page.decode()).found == before
    assert site.ask("GET", "/static/web/web.000000000000.css")[1] == b"body {}"
