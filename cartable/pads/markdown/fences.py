"""Blocks of code: ```python=101 with numbers from 101 on, ``` ! that is wrapped; tables written as CSV; diagrams, which stay their source."""

import csv
import html
import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

DIAGRAMS = frozenset(
    {"mermaid", "sequence", "flow", "graphviz", "abc", "vega", "vega-lite", "geo", "fretboard", "markmap", "plantuml"}
)
_INFO = re.compile(
    r"(?P<language>[\w+#.-]{0,40}?)(?P<numbered>=(?P<start>\d{0,6}|\+))?(?P<wrapped>!)?(?:\s.*)?", re.ASCII
)
_DELIMITER = re.compile(r'delimiter="(.|\\t)"')
ROWS = 2000  # of a table


def plugin(md: MarkdownIt) -> None:
    """Have them shown."""
    md.add_render_rule("fence", _fence)


def _fence(self: RendererHTML, tokens: Sequence[Token], at: int, _options: Any, env: dict[str, Any]) -> str:
    info, source = tokens[at].info.strip(), tokens[at].content
    language = info.split()[0].lower() if info else ""
    if language == "csvpreview":
        return _table(source, info)
    if language in DIAGRAMS:
        return f'<pre class="diagram"{_braces(info)}><code class="language-{language}">{html.escape(source)}</code></pre>\n'
    return _code(source, info, env)


def _braces(info: str) -> str:
    """Return as an attribute what the first line of a drawing says between braces."""
    said = info[info.find("{") : info.rfind("}") + 1] if "{" in info else ""
    return f' data-options="{html.escape(said)}"' if said else ""


def _code(source: str, info: str, env: dict[str, Any]) -> str:
    read = _INFO.fullmatch(info)
    language = read["language"].lower() if read else ""
    classes, start = [], ""
    if read and read["numbered"]:
        classes.append("numbered")
        first = env.get("next_line", 1) if read["start"] == "+" else int(read["start"] or 1)
        env["next_line"] = first + source.count("\n")
        numbers = "\n".join(str(number) for number in range(first, env["next_line"]))
        start = f' data-lines="{numbers}"'
    if read and read["wrapped"]:
        classes.append("wrapped")
    said = f' class="{" ".join(classes)}"' if classes else ""
    named = f' class="language-{language}"' if language else ""
    return f"<pre{said}{start}><code{named}>{html.escape(source)}</code></pre>\n"


def _table(source: str, info: str) -> str:
    """Return CSV as a table; its first row names the columns with header="true"."""
    delimiter = _DELIMITER.search(info)
    try:
        rows = list(
            csv.reader(source.splitlines(), delimiter=(delimiter[1] if delimiter else ",").replace("\\t", "\t"))
        )
    except csv.Error:
        return f"<pre><code>{html.escape(source)}</code></pre>\n"
    said = []
    for number, row in enumerate(rows[:ROWS]):
        tag = "th" if number == 0 and 'header="true"' in info else "td"
        said.append("<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in row) + "</tr>")
    return f"<table><tbody>{''.join(said)}</tbody></table>\n"
