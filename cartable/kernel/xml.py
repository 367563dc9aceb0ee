"""XML from strangers, and text for XML: lxml to parse, strings to write (a tree costs four times as much to write)."""

import re

from lxml import etree

from cartable.kernel.errors import BadInput

BODY_MAX = 2**20  # bytes; a PROPFIND of all properties that exist takes a hundredth of it
UNSAFE = re.compile('[&<>"\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]')
ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"}


def parse(body: bytes, limit: int = BODY_MAX) -> etree._Element:
    """Return the root of a document, without its comments and processing instructions.

    Raises BadInput if it is malformed, also in its namespaces (`xmlns:p=""`), declares a DTD, so that there are no
    entities to expand, is nested deeper than 256, or exceeds `limit` bytes. Reads no file and no network.
    """
    if len(body) > limit:
        raise BadInput(f"XML of {len(body)} bytes")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as malformed:
        raise BadInput(f"XML: {malformed}") from malformed
    if root.getroottree().docinfo.internalDTD is not None:
        raise BadInput("XML: a DTD")
    return root


def escape(text: str) -> str:
    """Return a text as it stands in an element or in a quoted attribute; what XML cannot hold becomes U+FFFD."""
    return UNSAFE.sub(_escape_one, text) if UNSAFE.search(text) else text


def _escape_one(found: re.Match[str]) -> str:
    return ESCAPED.get(found[0], "\ufffd")
