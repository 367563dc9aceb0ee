"""What a browser lets our pages do (Content Security Policy, level 3): nothing by default, no inline code, Trusted Types.

A page that needs more says so itself, with `allow`, for itself alone.
"""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

HEADER = "Content-Security-Policy"
PAGE = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
}
CONTENT = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src 'self'; sandbox"  # a person's bytes


def spelled(directives: dict[str, str]) -> str:
    """Return the text of a policy."""
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def allow(response: HttpResponseBase, **sources: str) -> HttpResponseBase:
    """Give one page the sources it needs beside those of all: `allow(response, frame_src="'self'")`; "" takes a directive away."""
    extra = {name.replace("_", "-"): value for name, value in sources.items()}
    response.headers[HEADER] = spelled({name: value for name, value in {**PAGE, **extra}.items() if value})
    return response


class Policy:
    """Middleware: every answer has a policy; that of a page, unless the view said otherwise."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault(HEADER, spelled(PAGE))
        return response
