"""What a text calls itself, read without laying it out: as HedgeDoc 1.12 does (`models/note.js`, `parseNoteInfo`). Pure."""

import re
from typing import NamedTuple

from cartable.pads.markdown.front import split

LONGEST, MOST_TAGS = 200, 50  # characters; tags
_CODE = re.compile(r"^(`{3,}|~{3,}).*?(?:^\1[`~]*[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^ {0,3}# +(.+?)(?: +#+)? *$", re.MULTILINE)
_TAGS = re.compile(r"^ {0,3}#{6} +tags: *(.+)$", re.MULTILINE)
_TAG = re.compile(r"`([^`]+)`")
_MARKS = re.compile(r"[*_`~]+|!?\[([^\]]*)\]\([^)]*\)")


class Told(NamedTuple):
    """What a text says of itself; each may be empty."""

    title: str
    description: str
    tags: tuple[str, ...]


def told(text: str) -> Told:
    """Return the title (front matter, or first heading of level 1), the description and the tags of a text."""
    front, body = split(text)
    body = _CODE.sub("", body)
    heading = _HEADING.search(body)
    title = front.title or (_plain(heading[1]) if heading else "")
    line = _TAGS.search(body)
    tags = front.tags or (tuple(map(_plain, _TAG.findall(line[1]))) if line else ())
    return Told(title[:LONGEST], front.description or _first(body), tags[:MOST_TAGS])


def _first(body: str) -> str:
    """Return the beginning of the first lines that are no heading."""
    lines = (_plain(line) for line in body.splitlines()[:200] if not line.lstrip().startswith(("#", "[toc", "[TOC")))
    return next((line for line in lines if line), "")[:LONGEST]


def _plain(said: str) -> str:
    return " ".join("".join(filter(str.isprintable, _MARKS.sub(r"\1", said))).split())
