"""What a picture is, by its first bytes: its name may say anything. Pure."""

import re
from pathlib import PurePath

from cartable.kernel.errors import BadInput

FIRST = 4096  # bytes that tell
SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml", "image/bmp", "image/tiff"})
_KINDS = {  # as HedgeDoc's `allowedUploadMimeTypes`
    ".png": rb"\x89PNG\r\n\x1a\n",
    ".jpg": rb"\xff\xd8\xff",
    ".gif": rb"GIF8[79]a",
    ".webp": rb"RIFF....WEBP",
    ".bmp": rb"BM",
    ".tif": rb"II\*\0|MM\0\*",
    ".svg": rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--[^>]*-->\s*|<!DOCTYPE[^>]*>\s*)*<svg[\s>]",
}
_ALIKE = {".jpeg": ".jpg", ".tiff": ".tif"}


def suffix_of(name: str, first: bytes) -> str:
    """Return the suffix of a picture. Raises BadInput unless its name says what its first bytes are."""
    told = PurePath(name).suffix.lower()
    told = _ALIKE.get(told, told)
    if told not in _KINDS or not re.match(_KINDS[told], first, re.DOTALL):
        raise BadInput(name)
    return told
