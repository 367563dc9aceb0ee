"""How a document looks in a list: its picture, what it is in words, and whether a browser can show it by itself."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cartable.spaces.content import Content
from cartable.spaces.entries import Entry
from cartable.web.formats import harmless

FAMILIES: tuple[tuple[str, tuple[str, ...]], ...] = (  # beginnings and parts of media types, the first that fits
    ("pad", ("text/markdown",)),
    ("image", ("image/",)),
    ("video", ("video/",)),
    ("audio", ("audio/",)),
    ("pdf", ("application/pdf",)),
    ("sheet", ("text/csv", "spreadsheet", "excel")),
    ("slides", ("presentation", "powerpoint")),
    ("text", ("opendocument.text", "msword", "wordprocessing", "rtf")),
    ("code", ("text/html", "text/css", "text/x-", "javascript", "json", "xml", "application/x-sh")),
    ("archive", ("zip", "x-tar", "x-7z", "x-rar", "gzip")),
    ("text", ("text/",)),
)
WORDS: dict[str, str | Promise] = {
    "folder": _("Dossier"), "pad": _("Texte Markdown"), "image": _("Image"), "video": _("Vidéo"), "audio": _("Son"),
    "pdf": _("Document PDF"), "sheet": _("Feuille de calcul"), "slides": _("Présentation"), "text": _("Texte"),
    "code": _("Code"), "archive": _("Archive"), "file": _("Fichier"),
}  # fmt: skip
SAFE_IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp"})
TEXT_MAX = 200_000  # bytes of a text shown in the page


def named(entry: Entry) -> Entry:
    """Return a document to be named on a page."""
    return entry._replace(name=harmless(entry.name))


def family(entry: Entry) -> str:
    """Return which picture of the sprite a document has."""
    if entry.is_folder:
        return "folder"
    media = entry.media_type
    return next((name for name, marks in FAMILIES if any(mark in media for mark in marks)), "file")


def shown_as(entry: Entry) -> str:
    """Return how a browser can show a file by itself: `image`, `video`, `audio`, `pdf` or `text`; empty if it cannot."""
    media, kind = entry.media_type, family(entry)
    if media in SAFE_IMAGES:
        return "image"
    if kind in {"video", "audio", "pdf"}:
        return kind
    readable = media.startswith("text/") or kind == "code"
    return "text" if readable and entry.size <= TEXT_MAX else ""


def text_of(held: Content) -> str:
    """Return what a small text says, in UTF-8 or else as Windows wrote it."""
    raw = b"".join(held.blocks())
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def sources(shown: str) -> dict[str, str]:
    """Return what the policy of a page must allow beside the usual for it to show a file in this way."""
    if shown in {"video", "audio"}:
        return {"media_src": "'self'"}
    return {"frame_src": "'self'"} if shown == "pdf" else {}
