"""The bytes of a file as an answer to a browser: whole or a range, never able to act as the site.

What people put here is theirs, not ours: it is sent as an attachment, or, for the few types that a browser shows by
itself, in a sandbox of its own origin. The type is never guessed by the browser.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header, quote_etag

from cartable.drive.archives import Archive
from cartable.drive.looks import shown_as
from cartable.options import options
from cartable.spaces.content import Content
from cartable.web.policy import CONTENT, HEADER

RANGE = re.compile(r"bytes=(\d{0,16})-(\d{0,16})", re.ASCII)
PDF = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'"  # viewers refuse a sandbox


def attachment(request: HttpRequest, content: Content, *, tag: str = "") -> HttpResponseBase:
    """Send a file to be kept on the reader's disk."""
    return _send(request, content, tag or content.entry.etag, "application/octet-stream", inline=False)


def inline(request: HttpRequest, content: Content) -> HttpResponseBase:
    """Send a file to be shown in the page, if it is of a type that can be; else as an attachment."""
    shown = shown_as(content.entry)
    if not shown:
        return attachment(request, content)
    media = "text/plain; charset=utf-8" if shown == "text" else content.entry.media_type
    response = _send(request, content, content.entry.etag, media, inline=True)
    response.headers[HEADER] = PDF if shown == "pdf" else f"{CONTENT}; frame-ancestors 'self'"
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def zipped(archive: Archive) -> HttpResponseBase:
    """Send a zip as it is made; its length is known."""
    response = StreamingHttpResponse(archive.blocks, content_type="application/zip")
    response.headers["Content-Length"] = str(archive.size)
    _keep_apart(response, archive.name, inline=False)
    return response


def _send(request: HttpRequest, content: Content, tag: str, media: str, *, inline: bool) -> HttpResponseBase:
    etag = quote_etag(tag)
    if request.headers.get("If-None-Match") == etag:
        response: HttpResponseBase = HttpResponse(status=304)
    elif options.accel and content.file():
        response = HttpResponse(content_type=media)
        response.headers["X-Accel-Redirect"] = f"{options.accel.rstrip('/')}/{content.segments[0][0]}"
    else:
        response = _bytes(request, content, etag, media)
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Accept-Ranges"] = "bytes"
    _keep_apart(response, content.entry.name, inline=inline)
    return response


def _keep_apart(response: HttpResponseBase, name: str, *, inline: bool) -> None:
    response.headers["Content-Disposition"] = content_disposition_header(not inline, name) or "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers[HEADER] = CONTENT
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"


def gives_start(request: HttpRequest, content: Content) -> bool:
    """Return whether the answer begins at the first byte: a download, and not one that goes on where it stopped."""
    if request.method != "GET":
        return False
    span = _span(_asked(request, quote_etag(content.entry.etag)), content.size)
    return span is None or span[0] == 0


def _asked(request: HttpRequest, etag: str) -> str:
    return request.headers.get("Range", "") if request.headers.get("If-Range", etag) == etag else ""


def _bytes(request: HttpRequest, content: Content, etag: str, media: str) -> HttpResponseBase:
    span = _span(_asked(request, etag), content.size)
    if span is not None:
        start, end = span
        if start >= end:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{content.size}"})
        response: HttpResponseBase = StreamingHttpResponse(_blocks(content, start, end - start), media, 206)
        response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{content.size}"
        response.headers["Content-Length"] = str(end - start)
        return response
    if file := content.file():
        response = FileResponse(Path(file).open("rb"), content_type=media)  # noqa: SIM115 - the response closes it
    else:
        response = StreamingHttpResponse(_blocks(content, 0, content.size), media)
    response.headers["Content-Length"] = str(content.size)
    return response


def _blocks(content: Content, start: int, length: int) -> Iterator[bytes]:
    yield from content.blocks(start, length)


def _span(asked: str, size: int) -> tuple[int, int] | None:
    """Return the one range of bytes asked for, as [start, end); None if there is none we understand (RFC 9110 §14.2). Pure."""
    found = RANGE.fullmatch(asked.strip())
    if not found or found.group(0) == "bytes=-":
        return None
    first, last = found.groups()
    if not first:
        return max(0, size - int(last)), size if int(last) else 0
    end = min(size, int(last) + 1) if last else size
    return (int(first), end) if not last or int(first) <= int(last) else None
