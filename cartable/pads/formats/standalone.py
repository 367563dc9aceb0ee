"""A text as one HTML file that needs nothing else: its style and the pictures beside it are within. All other forms are made of it."""

import base64
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from lxml import html

from cartable.identity.actors import Actor
from cartable.kernel.errors import Refusal
from cartable.pads import files, markdown
from cartable.pads.addresses import uploads
from cartable.spaces import content
from cartable.web.formats import harmless

BESIDE = "beside:"  # what stands beside the text, until it is taken in
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml"})
MOST = 32 << 20  # bytes of pictures in one file; what is beyond is named by its words
STYLES = ("pads/paper.css", "pads/prose.css")


def standalone(actor: Actor, node: int, name: str, *, fetches: bool = True) -> str:
    """Return the text of a file that the actor reads, as a page. Raises NotFound, NotText, TooLarge.

    Unless it `fetches`, pictures from elsewhere are named by their words too: what is printed asks nobody for anything.
    """
    text = markdown.render(files.current(node).text, BESIDE)
    body = html.fragment_fromstring(text.html, create_parent="article")
    body.set("class", "prose")
    _take_in(body, _pictures(actor, node), fetches=fetches)
    context = {
        "title": harmless(text.title) or harmless(name),
        "front": text.front,
        "style": _style(),
        "body": html.tostring(body, encoding="unicode"),
    }
    return render_to_string("pads/standalone.html", context)


def _take_in(body: html.HtmlElement, picture: Callable[[str], str], *, fetches: bool) -> None:
    """Put in place of each address beside the text what stands there: a picture, or nothing that leads anywhere."""
    for link in body.iter("a"):
        if link.get("href", "").startswith(BESIDE):
            del link.attrib["href"]
    for image in list(body.iter("img")):
        address = image.get("src", "")
        image.attrib.pop("loading", None)
        within = picture(parse_qs(urlsplit(address).query).get("path", [""])[0]) if address.startswith(BESIDE) else ""
        if within:
            image.set("src", within)
        elif not fetches or not address.startswith(("http:", "https:")):
            _name(image)


def _name(image: html.HtmlElement) -> None:
    """Leave of a picture the words that say what it shows."""
    words = html.Element("em")
    words.text, words.tail = image.get("alt", ""), image.tail
    above = image.getparent()
    if above is not None:
        above.replace(image, words)


def _pictures(actor: Actor, node: int) -> Callable[[str], str]:
    """Return what gives a picture beside a text, within an address; empty where there is none, or no room for it any more."""
    left = MOST

    @cache
    def picture(path: str) -> str:
        nonlocal left
        with suppress(Refusal):
            found = content.content_of(uploads.beside(actor, node, path))
            if found.entry.media_type in PICTURES and found.size <= left:
                left -= found.size
                return f"data:{found.entry.media_type};base64,{base64.b64encode(b''.join(found.blocks())).decode()}"
        return ""

    return picture


@cache
def _style() -> str:
    return "\n".join(Path(str(finders.find(one))).read_text() for one in STYLES)
