"""Answers under a policy of their own: slides, the frame of the preview, and pictures that somebody put here."""

from base64 import b64encode
from hashlib import sha256
from typing import cast

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.http import content_disposition_header, quote_etag

from cartable.pads import embedding, pictures
from cartable.spaces import content
from cartable.spaces.entries import Entry
from cartable.web.policy import CONTENT, HEADER, allow, spelled

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
ON_PAPER = (  # what reveal.js 6 writes for slides of its size, 960 by 700, where they are printed
    b"@page{size:998px 728px; margin: 0px;}",
    b".reveal section>img, .reveal section>video, .reveal section>iframe{max-width: 960px; max-height:700px}",
)


def preview(request: HttpRequest, words: str) -> HttpResponse:
    """Return the frame in which a text is laid out, or drawn: it is nobody. `words` is the address of its sentences."""
    page = render(request, "pads/preview.html", {"words": words})
    page.headers[HEADER] = spelled(PREVIEW)
    page.headers["X-Frame-Options"] = "SAMEORIGIN"
    return page


def as_picture(request: HttpRequest, entry: Entry) -> HttpResponseBase:
    """Return a picture to be shown, which is nobody and can do nothing; anything else to be kept."""
    shown, etag = entry.media_type in pictures.SHOWN, quote_etag(entry.etag)
    told = {
        "ETag": etag,
        "Cache-Control": "private, no-cache",  # whoever asks is asked who they are
        "Content-Disposition": content_disposition_header(not shown, entry.name) or "attachment",
        "X-Content-Type-Options": "nosniff",
        HEADER: CONTENT,
    }
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers=told)
    told |= {
        "Content-Length": str(entry.size),
        "Content-Type": entry.media_type if shown else "application/octet-stream",
    }
    return StreamingHttpResponse(content.content_of(entry).blocks(), headers=told)


def as_slides(page: HttpResponse, *, ancestors: str = "'none'") -> HttpResponse:
    """Return a page as slides, which these sites may show: reveal.js writes constants of its own as HTML, which Trusted Types would refuse.

    Nothing inline runs all the same.
    """
    styles = " ".join(("'self'", *(f"'sha256-{b64encode(sha256(one).digest()).decode()}'" for one in ON_PAPER)))
    framed = {"frame_src": embedding.FRAMES, "frame_ancestors": ancestors}
    return cast(HttpResponse, allow(page, style_src=styles, require_trusted_types_for="", **framed))
