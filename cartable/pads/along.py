"""What goes along with a pad that is taken to another folder: the pictures beside it that it shows, and that nothing else there names."""

import posixpath
import re
import unicodedata
from html import unescape
from urllib.parse import unquote

from cartable.identity.actors import Actor
from cartable.kernel.errors import Refusal
from cartable.pads import files, markdown
from cartable.pads.addresses import uploads
from cartable.spaces import listing
from cartable.spaces.access import Right, reach

TEXTS = 200  # of a folder, that may name a picture too; where there are more, pictures stay
_BESIDE = "/beside"
_NAMED = re.compile(rf"{_BESIDE}\?path=([\w.%~-]+)", re.ASCII)


def of(actor: Actor, node: int) -> list[int]:
    """Return the pictures that go where a pad goes. Nothing for what is no text, or too long to be laid out. Raises NotFound, Denied."""
    pad = reach(actor, node, Right.READ).entry
    try:
        paths = beside(files.current(node).text)
    except Refusal:
        return []
    if not paths or pad.parent is None:
        return []
    here = [one.entry for one in listing.children(actor, pad.parent)]
    sent = uploads.sent(node, paths)
    pictures = [one for one in here if one.media_type.startswith("image/") and (one.name in paths or one.id in sent)]
    others = [one for one in here if one.media_type == files.MARKDOWN and one.id != node]
    if not pictures or len(others) > TEXTS:
        return []
    said = "\n".join(_bare(files.text_of(one.blob)) for one in others)
    theirs = uploads.shared([one.id for one in pictures], node)
    theirs |= {one.id for one in pictures if one.name in said or sent.get(one.id, one.name) in said}
    return [one.id for one in pictures if one.id not in theirs]


def beside(text: str) -> set[str]:
    """Return the paths of what a text shows or leads to beside it, `/uploads/…` among them. Raises TooLarge."""
    paths = map(unquote, _NAMED.findall(markdown.render(text, _BESIDE).html))
    return {posixpath.normpath(unicodedata.normalize("NFC", path)) for path in paths}


def _bare(text: str) -> str:
    """Return a text without what may hide a name in it: escapes of Markdown, of HTML, of addresses."""
    return unicodedata.normalize("NFC", unquote(unescape(text.replace("\\", ""))))
