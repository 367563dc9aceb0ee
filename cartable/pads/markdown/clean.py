"""What HTML of a text may hold: nothing that acts, nothing that draws outside its place, no form, no frame, no style.

One list for all, whatever wrote the HTML, a person or our own renderer (nh3, ammonia of Rust). Ids and what refers to them
begin by PREFIX, so that none means anything to the page around.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import quote, unquote

import nh3

from cartable.pads import hosts

PREFIX = "user-content-"
_BLOCKS = "address article aside blockquote center dd details div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li nav ol p pre section summary ul"
_WORDS = (
    "a abbr b bdi bdo br cite code data del dfn em i img input ins kbd mark q rp rt ruby s samp small span strike "
    "strong sub sup time tt u var wbr"
)
_TABLES = "caption col colgroup table tbody td tfoot th thead tr"
TAGS = {*_BLOCKS.split(), *_WORDS.split(), *_TABLES.split()}
GONE = {"script", "style", "title", "textarea", "select", "option", "noscript", "template", "svg", "math", "xmp"}
ATTRIBUTES = {
    "*": {"title", "lang", "dir", "id"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "code": {"class"},  # of languages; `_filter` looks at it
    "input": {"checked", "aria-label"},
    "ol": {"start", "reversed", "type"},
    "li": {"value"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align", "scope"},
    "details": {"open"},
    "time": {"datetime"},
    "pre": {"data-lines", "data-options"},  # numbers, which a style shows; what a drawing is told
}
_ADMONITIONS = {"success", "info", "warning", "danger"}
CLASSES = {  # those of our own renderer: any other would dress something up as a part of the page
    "a": {"footnote-ref", "footnote-backref", "toc-link"},
    "div": {"alert", *(f"alert-{one}" for one in _ADMONITIONS), "math"},
    "hr": {"footnotes-sep"},
    "input": {"task-list-item-checkbox"},
    "li": {"task-list-item", "footnote-item"},
    "nav": {"toc"},
    "ol": {"footnotes-list"},
    "pre": {"diagram", "numbered", "wrapped"},
    "section": {"footnotes"},
    "small": {"credit"},
    "span": {"math"},
    "sup": {"footnote-ref"},
    "ul": {"contains-task-list"},
}
_LANGUAGE = re.compile(r"language-[\w+#.-]{1,40}", re.ASCII)


_ADDRESSES = {("a", "href"), ("img", "src")}
_ELSEWHERE = re.compile(
    r"[a-z][a-z0-9+.-]*:|[/\\#?]|$", re.IGNORECASE
)  # how an address begins that is not beside the text


_UPLOADED = re.compile(
    r"(?:https?://([^/:]+)(?::\d+)?)?(?:/pads)?(/uploads/[\w.-]+)", re.IGNORECASE | re.ASCII
)  # a picture by HedgeDoc's address


def clean(html: str, beside: str = "") -> str:
    """Return HTML that can do nothing. `beside` is the address, if there is one, that is asked for what stands beside the text."""
    return _cleaner(beside).clean(html)


def _uploaded(address: str) -> str:
    """Return the path of a picture that was sent to a pad, by HedgeDoc's address; empty for what is none, or is at another host."""
    found = _UPLOADED.fullmatch(address)
    return found[2] if found and (not found[1] or found[1].lower() in hosts.ALL) else ""


def _filter(beside: str) -> Callable[[str, str, str], str | None]:
    """Return what says the value of an attribute, as it is allowed."""

    def value_of(tag: str, name: str, value: str) -> str | None:
        if (tag, name) == ("code", "class"):
            return value if _LANGUAGE.fullmatch(value) else None
        if (tag, name) == ("a", "href") and value.startswith("#") and not value.startswith(f"#{PREFIX}"):
            return f"#{PREFIX}{value[1:]}"
        if not beside or (tag, name) not in _ADDRESSES:
            return value
        sent = _uploaded(value.strip())
        if sent or not _ELSEWHERE.match(value.strip()):
            path, sharp, part = (sent or value.strip()).partition("#")
            return f"{beside}?path={quote(unquote(path), safe='')}{sharp}{part and PREFIX + part}"
        return value

    return value_of


@lru_cache(maxsize=256)  # of slides, each is cleaned by itself
def _cleaner(beside: str) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=TAGS,
        clean_content_tags=GONE,
        attributes=ATTRIBUTES,
        attribute_filter=_filter(beside),
        allowed_classes=CLASSES,
        set_tag_attribute_values={"input": {"type": "checkbox", "disabled": ""}, "img": {"loading": "lazy"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
        id_prefix=PREFIX,
        strip_comments=True,
    )
