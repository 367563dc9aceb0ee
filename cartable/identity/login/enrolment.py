"""Who must have a second factor and has none goes where one is added, from any page, and then on; devices with an app password go on.

Where applications sign in is open to all: `oidc/authorize.py` asks for itself.
"""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext

from cartable.identity import demands
from cartable.identity.models import Person
from cartable.web.answers import wants_json

STILL_OPEN = frozenset({"account_reauthenticate", "account_logout", "language"})  # and all that is about factors


class Enrolment:
    """Middleware, after those that find the person and before the view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], _args: Sequence[Any], _kwargs: Mapping[str, Any]
    ) -> HttpResponse | None:
        """Return the way to the page of second factors, unless the view may be seen without."""
        name = (request.resolver_match and request.resolver_match.url_name) or ""
        may = not getattr(view, "login_required", True) or name in STILL_OPEN or name.startswith("mfa_")
        if may or not isinstance(request.user, Person) or not demands.unmet(request.user):
            return None
        if wants_json(request):
            sentence = gettext("Votre compte demande une double authentification. Rechargez la page.")
            return JsonResponse({"sentence": sentence}, status=HTTPStatus.FORBIDDEN)
        on = f"?{urlencode({'next': request.get_full_path()})}" if request.method == "GET" else ""
        return HttpResponseRedirect(f"{reverse('mfa_index')}{on}", status=HTTPStatus.SEE_OTHER)
