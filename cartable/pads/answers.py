"""Answers under a policy of their own: slides, and the frame of the preview."""

from typing import cast

from django.http import HttpResponse

from cartable.web.policy import HEADER, allow, spelled

PREVIEW = {  # decision 22: a document without an origin, that can reach nobody
    "sandbox": "allow-scripts allow-popups allow-popups-to-escape-sandbox",
    "default-src": "'none'",
    "script-src": "'self' 'wasm-unsafe-eval'",  # Graphviz is WebAssembly
    "style-src": "'self' 'unsafe-inline'",  # diagrams are measured in their own styles
    "img-src": "data: blob:",  # the page around fetches those beside the text, for who reads
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'self'",
}


def as_preview(page: HttpResponse) -> HttpResponse:
    """Return a page as a frame that is nobody."""
    page.headers[HEADER] = spelled(PREVIEW)
    return page


def as_slides(page: HttpResponse) -> HttpResponse:
    """Return a page as slides: reveal.js writes constants of its own as HTML, which Trusted Types would refuse.

    Nothing inline runs all the same.
    """
    return cast(HttpResponse, allow(page, frame_src="'self'", require_trusted_types_for=""))
