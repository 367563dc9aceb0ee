"""SCIM at /scim/v2. Its library is loaded by the first request: it takes as long to load as all the rest of a server."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt  # no cookie opens it
@login_not_required
@never_cache
def scim(request: HttpRequest, path: str | None = None) -> HttpResponse:
    """Answer a SCIM request."""
    answered: HttpResponse = import_string("cartable.identity.scim.application.answer")(request, path)
    return answered
