"""The library's application, asked by a request of Django's, and its answer back."""

import json

from django.http import HttpRequest, HttpResponse
from scim2_models import UnauthorizedException
from scim2_server.applications.wsgi import WSGIApplication
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse

from cartable.identity.feeds.models import Feed
from cartable.identity.scim import tokens
from cartable.identity.scim.answering import Service
from cartable.identity.scim.provider import BULK_BYTES, provider
from cartable.identity.scim.storage import Storage
from cartable.options import public_url, secret_key

ROOT = "/scim/v2"


class _Application(WSGIApplication):
    """The library's application for one request, of a source whose token was shown; None: of nobody."""

    def __init__(self, feed: Feed | None) -> None:
        super().__init__(Storage(feed or Feed()), provider(), Service(provider(), secret=secret_key()))
        self._feed = feed

    def check_auth(self, request: ScimRequest) -> None:
        """Refuse who shows no token of ours. Raises UnauthorizedException."""
        if self._feed is None:
            raise UnauthorizedException(detail="a bearer token of a source is needed")


def answer(request: HttpRequest, path: str | None) -> HttpResponse:
    """Answer a SCIM request."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    application = _Application(tokens.feed_of(token.strip()) if scheme.lower() == "bearer" else None)
    asked = ScimRequest(
        method=str(request.method),
        base_url=public_url() + ROOT,
        path=application.split_path(path or ""),
        query=request.GET.dict(),
        headers=dict(request.headers),
        body=request.read(BULK_BYTES + 1),  # more is answered by 413
    )
    return _answered(application.serve(asked))


def _answered(response: ScimResponse) -> HttpResponse:
    answer = HttpResponse(b"" if response.body is None else json.dumps(response.body).encode(), status=response.status)
    del answer.headers["Content-Type"]
    for name, value in response.headers.items():
        answer.headers[name] = value
    return answer
