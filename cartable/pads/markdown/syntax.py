"""How a text is read: CommonMark with what HedgeDoc adds (research: its `public/js/extra.js`), by markdown-it and its plugins."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.subscript import sub_plugin
from mdit_py_plugins.superscript import superscript_plugin
from mdit_py_plugins.tasklists import tasklists_plugin

from cartable.pads.markdown import abbreviations, fences, inline
from cartable.pads.markdown.clean import PREFIX

ADMONITIONS = ("success", "info", "warning", "danger")
NESTED = 60  # blocks in one another that are read; deeper ones are text


class Heading(NamedTuple):
    """A heading, and the id of its element."""

    level: int
    text: str
    id: str


@cache
def parser(*, breaks: bool) -> MarkdownIt:
    """Return what reads a text. `render(text, env)` adds its headings to `env["headings"]`."""
    options = {"html": True, "linkify": True, "typographer": True, "breaks": breaks, "maxNesting": NESTED}
    md = MarkdownIt("js-default", options)
    md.use(footnote_plugin).use(deflist_plugin).use(tasklists_plugin).use(sub_plugin).use(superscript_plugin)
    md.use(dollarmath_plugin, renderer=lambda source, _: escapeHtml(source))
    md.use(inline.plugin).use(abbreviations.plugin).use(fences.plugin)
    for name in ADMONITIONS:
        md.use(container_plugin, name, render=_alert)
    md.use(container_plugin, "spoiler", render=_spoiler)
    md.core.ruler.push("headings", _name_headings)
    md.core.ruler.push("contents", _fill_contents)
    md.core.ruler.push("boxes", _name_boxes)
    return md


def _alert(_renderer: RendererHTML, tokens: Sequence[Token], at: int, _options: Any, _env: Any) -> str:
    token = tokens[at]
    return f'<div class="alert alert-{token.type.split("_")[1]}">\n' if token.nesting == 1 else "</div>\n"


def _spoiler(_renderer: RendererHTML, tokens: Sequence[Token], at: int, _options: Any, _env: Any) -> str:
    if tokens[at].nesting != 1:
        return "</details>\n"
    title = tokens[at].info.strip().removeprefix("spoiler").strip()
    return f"<details><summary>{escapeHtml(title or '…')}</summary>\n"


def _name_headings(state: StateCore) -> None:
    """Give each heading an id made of its words, unlike any before it."""
    used: dict[str, int] = {}
    headings: list[Heading] = state.env.setdefault("headings", [])
    for opening, said in zip(state.tokens, state.tokens[1:], strict=False):
        if opening.type != "heading_open":
            continue
        text = _text(said)
        slug = "-".join(re.sub(r"[^\w\s-]", "", text.lower()).split()) or "section"
        used[slug] = (turn := used.get(slug, 0)) + 1
        opening.attrs["id"] = f"{PREFIX}{slug}-{turn}" if turn else f"{PREFIX}{slug}"
        headings.append(Heading(int(opening.tag[1:]), text, str(opening.attrs["id"])))


def _text(said: Token) -> str:
    return "".join(one.content for one in said.children or () if one.type in {"text", "code_inline"})


def _name_boxes(state: StateCore) -> None:
    """Give each box of a task the words beside it as its name."""
    for said in state.tokens:
        if is_task(said):
            box = (said.children or [])[0]
            box.content = f'{box.content[:-1]} aria-label="{escapeHtml(_text(said).strip())}">'


def is_task(said: Token) -> bool:
    """Return whether it is what stands beside a box of a task, which is the first of its children."""
    box = said.children[0] if said.type == "inline" and said.children else None
    return bool(box and box.type == "html_inline" and box.content.startswith('<input class="task-list-item-checkbox"'))


def _fill_contents(state: StateCore) -> None:
    """Put the table of contents where a paragraph says [TOC]."""
    for at in range(len(state.tokens) - 2):
        said = state.tokens[at + 1]
        if state.tokens[at].type != "paragraph_open" or said.content.strip().lower() != "[toc]":
            continue
        contents = Token("html_block", "", 0, content=_contents(state.env["headings"]))
        state.tokens[at : at + 3] = [contents, *(Token("text", "", 0) for _ in range(2))]


def _contents(headings: Sequence[Heading]) -> str:
    """Return links to headings, each list within the one of the heading above."""
    said, depth, first = [], 0, min((one.level for one in headings), default=1)
    for one in headings:
        wanted = min(one.level - first, depth if depth else 0) + 1  # no level is skipped
        said += ["<ul>" * (wanted - depth) if wanted > depth else "</li>" + "</ul></li>" * (depth - wanted)]
        depth = wanted
        said.append(f'<li><a class="toc-link" href="#{one.id}">{escapeHtml(one.text)}</a>')
    return f'<nav class="toc">{"".join(said)}{"</li></ul>" * depth}</nav>\n'
