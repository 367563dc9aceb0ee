"""Firefox: only with `--long`, for it takes another browser of 300 MB."""

import contextlib
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import CAMILLE, new_pad, sign_in
from tests.browser.test_pad import Mortal, said, share, text, write
from tests.servers import NODE, need

pytestmark = pytest.mark.browser


def firefox(script, *words):
    """Return the command that has Firefox do what a script says."""
    return [NODE, Path(__file__).with_name(script), need("Firefox"), *words]


def test_a_day_in_firefox(product, tmp_path):
    file = tmp_path / "plan.txt"
    file.write_text("Premier plan")
    done = subprocess.run(firefox("firefox-day.mjs", product, file), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_a_pad_in_firefox_and_chromium_while_the_server_dies(new_page, tmp_path):
    """They see each other and one text; what each types meanwhile is in it, of Firefox although its tab was closed."""
    new_page.expected |= {"/sync", "ERR_CONNECTION_REFUSED"}
    with contextlib.ExitStack() as stack:
        site = Mortal(tmp_path)
        stack.callback(site.kill)
        one = sign_in(new_page(base_url=site.address), CAMILLE)
        address = new_pad(one, "Renard")
        share(one, address, "benali", "Modifier")
        write(one, "Bonjour")
        words = firefox("firefox-pad.mjs", site.address, address, tmp_path / "shot.png")
        other = stack.enter_context(
            subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        )
        stack.callback(other.kill)
        expect(one.get_by_role("list", name="Personnes présentes")).to_contain_text("Karim Benali", timeout=60_000)
        write(one, ", et vous")
        hear(other, "typed")
        expect(text(one)).to_have_text("Bonjour, et vous Salut")
        expect(one.locator(".pad-caret")).to_have_attribute("data-name", "Karim Benali")
        site.kill()
        said(one, "Hors ligne")
        write(one, ", du chrome")
        answer(other)
        hear(other, "left")
        site.start()
        answer(other)
        theirs, errors = other.communicate(timeout=60)
        assert other.returncode == 0, errors
        expect(text(one)).to_have_text(theirs.strip())


def hear(other, word):
    assert other.stdout.readline() == f"{word}\n", other.stderr.read()


def answer(other):
    other.stdin.write("\n")
    other.stdin.flush()
