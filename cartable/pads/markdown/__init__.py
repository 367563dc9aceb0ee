"""Markdown as HedgeDoc 1.12 and CodiMD 2.6 write it, as HTML that can do nothing: what is published, printed and sent.

    rendered = render(text)      # .html, .title, .headings, .front

One reading of the text (`syntax`), one list of what HTML may hold (`clean`), whatever it is shown in. Formulas and diagrams stay
their source, in an element that says what it is: the page draws them where it can.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from cartable.kernel.errors import TooLarge
from cartable.pads.markdown.clean import clean
from cartable.pads.markdown.front import Front, split
from cartable.pads.markdown.syntax import Heading, parser

__all__ = ["Front", "Heading", "Rendered", "bounded", "render", "title_of"]

LARGEST = 1 << 20  # characters that are rendered: a second
BRACKETS = 20_000  # that may begin a link: to find that one does not takes 50 µs


class Rendered(NamedTuple):
    """A text to show. `title` is that of the front matter, or the first heading of level 1; it may be empty."""

    html: str
    title: str
    headings: Sequence[Heading]
    front: Front


def bounded(text: str) -> None:
    """Refuse a text that would take too long to read. Raises TooLarge."""
    if len(text) > LARGEST or text.count("[") > BRACKETS:
        raise TooLarge(len(text))


def render(text: str, beside: str = "") -> Rendered:
    """Return a text as HTML. What its front matter says and cannot mean is left out.

    `beside` is the address that is asked for what the text names beside it, by a query `path`: pictures, other texts.
    Raises TooLarge above LARGEST characters or BRACKETS.
    """
    bounded(text)
    front, body = split(text)
    env: dict[str, Any] = {}
    said = parser(breaks=front.breaks).render(body, env)
    headings: list[Heading] = env["headings"]
    return Rendered(clean(said, beside), title_of(front, headings), headings, front)


def title_of(front: Front, headings: Iterable[Heading]) -> str:
    """Return what a text calls itself: by its front matter, else by its first heading of level 1; empty if by none."""
    return front.title or next((one.text for one in headings if one.level == 1), "")
