"""What a text says: its words, the documents it names, what it lists as to be done. Pure."""

import posixpath
import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any, NamedTuple
from urllib.parse import unquote

from markdown_it.token import Token

from cartable.kernel import given
from cartable.kernel.errors import TooLarge
from cartable.kernel.letters import plain
from cartable.options import public_url
from cartable.pads import markdown
from cartable.pads.addresses.titles import told
from cartable.pads.markdown.front import split
from cartable.pads.markdown.syntax import is_task, parser

LETTERS, LONGEST, WORDS = 1 << 20, 40, 20_000  # of a text whose words are kept; of a word; words
LINKS, TASKS, TASK = 1_000, 1_000, 500  # of a text; letters of a task
BREAKS = {"softbreak", "hardbreak"}
WORD = re.compile(r"[^\W_]+")
_OURS = re.compile(r"/[pf]/([0-9]{1,16})(?:/(?:read|slides))?/?(?:[?#].*)?", re.DOTALL)
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|[/\\]", re.IGNORECASE)


class Named(NamedTuple):
    """A document that a text names: its id, or the path to it and the end of that."""

    target: int | None
    path: str = ""
    name: str = ""


class Listed(NamedTuple):
    """Something to do, and on which line of the text it is."""

    line: int
    text: str
    done: bool


class Said(NamedTuple):
    """What a text says."""

    title: str
    words: Sequence[str]
    links: Sequence[Named]
    tasks: Sequence[Listed]


def said(text: str) -> Said:
    """Return what a text says. Of one that is too long to be laid out: its words alone."""
    words = dict.fromkeys(one for one in WORD.findall(plain(text[:LETTERS])) if len(one) <= LONGEST)
    try:
        links, tasks = _marks(text)
    except TooLarge:
        links, tasks = [], []
    return Said(told(text).title, list(words)[:WORDS], links[:LINKS], tasks[:TASKS])


def tasks(text: str) -> list[Listed]:
    """Return what a text lists as to be done. Raises TooLarge."""
    return _marks(text)[1]


def _marks(text: str) -> tuple[list[Named], list[Listed]]:
    markdown.bounded(text)
    front, body = split(text)
    above = text[: len(text) - len(body)].count("\n")
    env: dict[str, Any] = {}
    tokens = [one for one in parser(breaks=front.breaks).parse(body, env) if one.type == "inline"]
    links = dict.fromkeys(one for token in tokens for one in _links(token))
    listed = [_listed(token, above) for token in tokens if is_task(token)]
    return list(links), listed


def _listed(said: Token, above: int) -> Listed:
    """Return a task: the words of its own line, whatever follows without a blank one."""
    line, children = (said.map or [0])[0], list(takewhile(lambda one: one.type not in BREAKS, said.children or ()))
    text = "".join(one.content for one in children if one.type in {"text", "code_inline"})
    return Listed(above + line, " ".join(text.split())[:TASK], 'checked="checked"' in children[0].content)


def _links(said: Token) -> Iterator[Named]:
    for one in said.children or ():
        if one.type == "link_open" and (named := named_by(str(one.attrGet("href") or ""))):
            yield named


def named_by(address: str) -> Named | None:
    """Return which document of ours an address names, as it stands in a text; none if it is none."""
    if ours := _OURS.fullmatch(address.removeprefix(public_url())):
        return Named(int(ours[1])) if given.is_whole(ours[1]) else None
    if _ELSEWHERE.match(address):
        return None
    path = posixpath.normpath(unicodedata.normalize("NFC", unquote(address.partition("#")[0].partition("?")[0])))
    name = path.rpartition("/")[2]
    return Named(None, path, name) if name not in {"", ".", ".."} and len(name) <= 255 and "\0" not in path else None
