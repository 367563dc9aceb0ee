"""A text as slides, cut as HedgeDoc cuts it: a line `---` begins the next one, `----` one below; `Note:` begins what who speaks reads.

It is read whole, so that what one slide defines another may use. `<!-- .slide: data-background="#fff" -->` says how one looks.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from markdown_it.token import Token

from cartable.pads.markdown import bounded, title_of
from cartable.pads.markdown.clean import clean
from cartable.pads.markdown.front import CHOICES, Front, split
from cartable.pads.markdown.syntax import parser

MOST = 1000  # slides; what follows is on the last
NEXT, BELOW = "---", "----"
_LOOK = re.compile(r"<!--\s*\.slide:(.{0,500}?)-->", re.DOTALL)
_SAID = re.compile(r'data-(background|background-color|transition)="([^"]{1,60})"')
_COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}|[a-z]{3,20}")


class Slide(NamedTuple):
    """One of them: its HTML, what who speaks reads, its ground and how it comes; empty for as all do."""

    html: str
    notes: str
    colour: str = ""
    transition: str = ""


class Deck(NamedTuple):
    """All of them: columns, from left to right, of slides, from top to bottom."""

    columns: Sequence[Sequence[Slide]]
    title: str
    front: Front


def deck(text: str, beside: str = "") -> Deck:
    """Return a text as slides; `beside` is as `render` takes it. Raises TooLarge."""
    bounded(text)
    front, body = split(text)
    md, env = parser(breaks=front.breaks), dict[str, Any]()
    columns: list[list[Slide]] = [[]]
    for mark, tokens in _cut(md.parse(body, env), body.split("\n")):
        if mark == NEXT:
            columns.append([])
        notes = next((at for at, one in enumerate(tokens) if _begins_notes(tokens, at, one)), len(tokens))
        shown, said = (
            clean(md.renderer.render(part, md.options, env), beside) for part in (tokens[:notes], tokens[notes:])
        )
        columns[-1].append(Slide(shown, said, **_look(tokens)))
    return Deck(columns, title_of(front, env["headings"]), front)


def _cut(tokens: Sequence[Token], lines: Sequence[str]) -> list[tuple[str, list[Token]]]:
    """Return what is between the rules that cut, each with the one before it."""
    parts: list[tuple[str, list[Token]]] = [("", [])]
    for token in tokens:
        mark = lines[token.map[0]].strip() if token.type == "hr" and token.level == 0 and token.map else ""
        if mark in {NEXT, BELOW} and len(parts) < MOST:
            parts.append((mark, []))
        else:
            parts[-1][1].append(token)
    return parts


def _begins_notes(tokens: Sequence[Token], at: int, token: Token) -> bool:
    """Tell whether a paragraph begins by `Note:`; and leave that word out."""
    said = tokens[at + 1] if at + 1 < len(tokens) else None
    if (
        token.type != "paragraph_open"
        or token.level
        or said is None
        or not said.content.startswith(("Note:", "Notes:"))
    ):
        return False
    first = said.children[0] if said.children else None
    if first is not None:
        first.content = first.content.partition(":")[2].lstrip()
    return True


def _look(tokens: Sequence[Token]) -> Mapping[str, str]:
    """Return what a slide says of its look, as far as it is harmless."""
    look = {}
    for token in tokens:
        for said in _LOOK.findall(token.content) if token.type == "html_block" else ():
            for name, value in _SAID.findall(said):
                if name == "transition" and value in CHOICES["transition"]:
                    look["transition"] = value
                elif name != "transition" and _COLOUR.fullmatch(value):
                    look["colour"] = value
    return look
