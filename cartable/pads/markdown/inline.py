"""Marks within a line: ++added++, ==marked==, :smile:, {漢字|かんじ}, pictures with a size, who is quoted, and what is shown from elsewhere."""

import json
import re
from collections.abc import Callable
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter

DOUBLED = {"+": "ins", "=": "mark"}
SHOWN = {  # of {%name id %}: where it is
    "youtube": "https://www.youtube.com/watch?v={}",
    "vimeo": "https://vimeo.com/{}",
    "gist": "https://gist.github.com/{}",
    "slideshare": "https://www.slideshare.net/{}",
    "speakerdeck": "https://speakerdeck.com/{}",
    "pdf": "{}",
}
EMOJI: dict[str, str] = json.loads(Path(__file__).with_name("emoji.json").read_text())
_EMOJI = re.compile(r":([a-z0-9_+-]{1,50}):")
_RUBY = re.compile(r"\{([^{}|\n]{1,200})\|([^{}|\n]{1,200})\}")
_CREDIT = re.compile(r"\[(name|time)=([^\]\n]{1,200})\]")
_COLOUR = re.compile(r"\[color=[^\]\n]{1,50}\]")
_SHOWN = re.compile(r"\{%\s*(\w{1,20})\s+([^\s%]{1,500})\s*%\}")
_SIZED = re.compile(
    r"!\[([^\[\]\n]{0,500})\]\(\s*(\S{1,2000}?)(?:\s+\"([^\"\n]{0,500})\")?\s+=(\d{0,4})x(\d{0,4})\s*\)"
)


def plugin(md: MarkdownIt) -> None:
    """Have them read."""
    md.inline.ruler.before("emphasis", "doubled", _scan)
    md.inline.ruler2.before("emphasis", "doubled", _pair)
    md.inline.ruler.before("link", "emoji", _emoji)
    for name, pattern, say in (
        ("sized", _SIZED, _say_sized),
        ("shown", _SHOWN, _say_shown),
        ("ruby", _RUBY, lambda found: f"<ruby>{escapeHtml(found[1])}<rt>{escapeHtml(found[2])}</rt></ruby>"),
        ("credit", _CREDIT, lambda found: f'<small class="credit">{escapeHtml(found[2])}</small>'),
        ("colour", _COLOUR, lambda _: ""),
    ):
        md.inline.ruler.before("link", name, _rule(pattern, say))


def _rule(pattern: re.Pattern[str], say: Callable[[re.Match[str]], str]) -> Callable[[StateInline, bool], bool]:
    """Return a rule that reads a pattern, and says it as HTML."""

    def read(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as markdown-it calls its rules
        found = pattern.match(state.src, state.pos, state.posMax)
        if found is None:
            return False
        if not silent:
            state.push("html_inline", "", 0).content = say(found)
        state.pos = found.end()
        return True

    return read


def _emoji(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    """Read the name of an emoji between colons: a letter of the text."""
    found = _EMOJI.match(state.src, state.pos, state.posMax)
    if found is None or found[1] not in EMOJI:
        return False
    if not silent:
        state.push("text", "", 0).content = EMOJI[found[1]]
    state.pos = found.end()
    return True


def _say_sized(found: re.Match[str]) -> str:
    _, address, title, width, height = found.groups()
    sizes = "".join(f' {name}="{size}"' for name, size in (("width", width), ("height", height)) if size)
    said = f' title="{escapeHtml(title)}"' if title else ""
    return f'<img src="{escapeHtml(address)}" alt="{escapeHtml(found[1])}"{said}{sizes}>'


def _say_shown(found: re.Match[str]) -> str:
    """Return a link: what is elsewhere is fetched by who asks for it, not by who reads."""
    address = SHOWN.get(found[1].lower(), "").format(found[2])
    return f'<a href="{escapeHtml(address)}">{escapeHtml(address)}</a>' if address else escapeHtml(found[0])


def _scan(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    """Note a run of ++ or ==, as markdown-it does of ~~."""
    mark = state.src[state.pos]
    if silent or mark not in DOUBLED:
        return False
    run = state.scanDelims(state.pos, canSplitWord=True)
    if run.length < 2:
        return False
    if run.length % 2:
        state.push("text", "", 0).content = mark
    for _ in range(run.length // 2):
        state.push("text", "", 0).content = mark * 2
        state.delimiters.append(_delimiter(state, mark, can_open=run.can_open, can_close=run.can_close))
    state.pos += run.length
    return True


def _delimiter(state: StateInline, mark: str, *, can_open: bool, can_close: bool) -> Delimiter:
    return Delimiter(marker=ord(mark), length=0, token=len(state.tokens) - 1, end=-1, open=can_open, close=can_close)


def _pair(state: StateInline) -> None:
    """Make elements of the pairs found, in this text and in what is within its links."""
    within = [one.get("delimiters", []) for one in state.tokens_meta if one]
    for delimiters in [state.delimiters, *within]:
        for opening in delimiters:
            tag = DOUBLED.get(chr(opening.marker))
            if tag is None or opening.end == -1:
                continue
            closing = delimiters[opening.end]
            for one, nesting in ((opening, 1), (closing, -1)):
                token = state.tokens[one.token]
                token.type, token.tag, token.nesting = f"{tag}_{'open' if nesting > 0 else 'close'}", tag, nesting
                token.markup, token.content = chr(opening.marker) * 2, ""
