"""Middleware: a form that one fills on the way to an application may lead to it.

A browser follows a form only where the policy of its page allows, through every redirection (`form-action`): signing in,
a second factor and consent each end at the application's address. `authorize` notes it in the session, and the pages of
signing in allow it while it is there.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from cartable.web import policy

TO = "going-to"  # in the session: where the person is going, an origin or a scheme
PAGES = (
    "account_",
    "mfa_",
    "socialaccount_",
    "link-academy",
    "oidc-authorize",
    "oidc-logout",
)  # how the names of pages on the way begin


def note(request: HttpRequest, redirect_uri: str) -> None:
    """Keep where a person is going; the address is one that is registered."""
    parts = urlsplit(redirect_uri)
    origin = f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"
    if request.session.get(TO) != origin:
        request.session[TO] = origin


class Leaving:
    """Registered in `config/settings.py`, after the session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        page = (request.resolver_match.url_name or "") if request.resolver_match else ""
        if page.startswith(PAGES) and response.status_code == 200 and (to := request.session.get(TO)):
            policy.allow(response, form_action=f"'self' {to}")
        return response
