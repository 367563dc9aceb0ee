"""The preview reads a text as the server does: a corpus, what is hostile, and mixtures of both, rendered by the two."""

import json
import random
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cartable.pads.markdown.front import split
from cartable.pads.markdown.syntax import parser
from tests.pads.markdown.test_hostile import FRAGMENTS, PAYLOADS
from tests.servers import NODE

pytestmark = pytest.mark.once

HERE = Path(__file__).parent
ESBUILD = HERE.parents[2] / "node_modules/.bin/esbuild"
CORPUS = sorted(HERE.glob("corpus/*.md"))
MIXTURES = 2000
OTHERWISE = {
    "😀",
    "<!--",
    "-->",
}  # markdown-it 15 knows a later CommonMark than markdown-it-py 4: symbols beside marks, `<!-->`
VOID = {"br", "hr", "img", "input", "wbr", "col"}


class Spelled(HTMLParser):
    """HTML as a list of its parts, in one spelling: attributes in order, entities as letters, words beside words joined."""

    def __init__(self, html):
        super().__init__()
        self.parts = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        kept = sorted(
            (name, " ".join((value or "").split())) for name, value in attrs if (name, value) != ("class", "")
        )
        self.parts.append((tag, *kept))

    def handle_endtag(self, tag):
        self.parts.append(f"/{tag}")

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)

    def handle_data(self, data):
        if self.parts and self.parts[-1][0] == "":
            data = self.parts.pop()[1] + data
        self.parts.append(("", data))

    def handle_comment(self, data):
        self.parts.append(("!", data))

    handle_decl = handle_pi = unknown_decl = handle_comment


def build(name, into, *options):
    """Make one file of a script beside this one and of the islands it imports."""
    if not ESBUILD.exists() or NODE is None:
        pytest.skip("the islands are not built on this machine")
    line = [str(ESBUILD), str(HERE / name), "--bundle", f"--outfile={into}", "--log-level=error", *options]
    subprocess.run(line, check=True)


@pytest.fixture(scope="module")
def preview(tmp_path_factory):
    """Return what says texts as the preview reads them."""
    built = tmp_path_factory.mktemp("preview") / "render.mjs"
    build("render.mjs", built, "--format=esm", "--external:node:*")

    def render(texts):
        said = subprocess.run([NODE, built], input=json.dumps(texts), check=True, capture_output=True, text=True)
        return json.loads(said.stdout)

    return render


def server(text):
    front, body = split(text)
    head = {"breaks": front.breaks, "lang": front.lang, "rtl": front.rtl}
    return {"head": head, "html": parser(breaks=front.breaks).render(body, {})}


def spelled(html):
    """Return the parts of HTML, or itself where Python finds it broken."""
    try:
        return Spelled(html).parts
    except AssertionError:
        return [html]


def differences(preview, texts):
    """Return the first difference of each text that the two read otherwise."""
    found = []
    for text, theirs in zip(texts, preview(texts), strict=True):
        ours = server(text)
        one, other = spelled(ours["html"]), spelled(theirs["html"])
        if (ours["head"], one) != (theirs["head"], other):
            at = next(
                (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
            )
            found.append((text, one[at - 1 : at + 2], other[at - 1 : at + 2], ours["head"], theirs["head"]))
    return found


def test_each_text_of_the_corpus_is_read_alike(preview):
    assert len(CORPUS) >= 5
    assert differences(preview, [path.read_text() for path in CORPUS]) == []


def test_what_is_hostile_is_read_alike(preview):
    assert differences(preview, [*PAYLOADS, *(f"> - {one}\n> - x" for one in PAYLOADS)]) == []


def test_mixtures_are_read_alike(preview):
    drawn = random.Random(22)
    fragments = [one for one in FRAGMENTS if one not in OTHERWISE]
    texts = ["".join(drawn.choices(fragments, k=drawn.randint(1, 40))) for _ in range(MIXTURES)]
    assert differences(preview, texts) == []
