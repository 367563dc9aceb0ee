"""Abbreviations, of PHP Markdown Extra: `*[UAI]: unité administrative immatriculée` explains UAI wherever it stands."""

import re

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

MOST = 500  # in one text
_DEFINED = re.compile(r"\*\[([^\]\n]{1,100})\]:[ \t]*(\S.{0,499})")


def plugin(md: MarkdownIt) -> None:
    """Have them read."""
    md.block.ruler.before("reference", "abbreviation", _define, {"alt": ["paragraph", "reference"]})
    md.core.ruler.after("inline", "abbreviation", _explain)


def _define(state: StateBlock, first: int, _last: int, silent: bool) -> bool:  # noqa: FBT001 - as markdown-it calls its rules
    line = state.src[state.bMarks[first] + state.tShift[first] : state.eMarks[first]]
    found = _DEFINED.fullmatch(line)
    known: dict[str, str] = state.env.setdefault("abbreviations", {})
    if found is None or len(known) >= MOST:
        return False
    if not silent:
        known.setdefault(found[1], found[2].strip())
        state.line = first + 1
    return True


def _explain(state: StateCore) -> None:
    known: dict[str, str] = state.env.get("abbreviations", {})
    if not known:
        return
    longest_first = sorted(known, key=len, reverse=True)
    words = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, longest_first))})(?!\w)")
    for block in state.tokens:
        if block.type == "inline":
            block.children = [part for one in block.children or () for part in _parts(one, words, known)]


def _parts(token: Token, words: re.Pattern[str], known: dict[str, str]) -> list[Token]:
    """Return the same words as several tokens, where some are known."""
    if token.type != "text" or not words.search(token.content):
        return [token]
    parts = []
    for at, text in enumerate(words.split(token.content)):
        if at % 2:
            said = f'<abbr title="{escapeHtml(known[text])}">{escapeHtml(text)}</abbr>'
            parts.append(Token("html_inline", "", 0, content=said, level=token.level))
        elif text:
            parts.append(Token("text", "", 0, content=text, level=token.level))
    return parts
