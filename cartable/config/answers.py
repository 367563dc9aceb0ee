"""A Django response as messages of ASGI: headers, blocks of a stream, and files that the server sends by itself."""

import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

Send = Callable[[Mapping[str, Any]], Awaitable[None]]

BLOCK = 128 * 1024  # bytes at least in each message of a stream: one hop into a thread for each


def head(response: HttpResponseBase, request_id: str) -> dict[str, Any]:
    """Return the first message. The server adds `Date`: both of ours do."""
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.items()]
    cookies = [(b"set-cookie", cookie.OutputString().encode("latin-1")) for cookie in response.cookies.values()]
    identity = [(b"x-request-id", request_id.encode("latin-1"))]
    return {"type": "http.response.start", "status": response.status_code, "headers": headers + cookies + identity}


def part(body: bytes, *, more: bool) -> dict[str, Any]:
    """Return a message of the body."""
    return {"type": "http.response.body", "body": body, "more_body": more}


def blocks(response: StreamingHttpResponse) -> Iterator[bytes]:
    """Yield the stream of a response in blocks of at least BLOCK, but the last."""
    gathered = bytearray()
    for piece in response:
        gathered += piece
        if len(gathered) >= BLOCK:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)


def whole_file(response: HttpResponseBase) -> str | None:
    """Return the path of the file that is the body, from its first byte to its last; None if it is anything else."""
    if not isinstance(response, FileResponse):
        return None
    file: Any = response.file_to_stream
    name = getattr(file, "name", None)
    if not isinstance(name, str) or not hasattr(file, "fileno") or file.tell():
        return None
    same = response.headers.get("Content-Length") == str(os.fstat(file.fileno()).st_size)
    return str(Path(name).absolute()) if same else None
