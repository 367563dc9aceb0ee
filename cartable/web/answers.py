"""How a page says that something is done: to a browser, a redirect whose page says it; to our islands, the same in JSON.

What was done may be undone by one POST: its address goes with the sentence.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme

from cartable.web.formats import harmless


def wants_json(request: HttpRequest) -> bool:
    """Return whether an island asks, and not a browser that goes to a page."""
    return request.headers.get("Accept", "").startswith("application/json")


def wants_page(request: HttpRequest) -> bool:
    """Return whether a browser goes to a page, and not a program to an address of a protocol."""
    return "text/html" in request.headers.get("Accept", "")


def done(request: HttpRequest, said: str | Promise, to: str, *, undo: str = "", **more: object) -> HttpResponse:
    """Say what was done, if anything is to be said, and go to the page `to`. `undo`: where a POST undoes it. `more` is for islands only."""
    said = harmless(str(said))
    if wants_json(request):
        return JsonResponse({"said": said, "undo": undo, "to": to, **more})
    if said:
        messages.success(request, said, extra_tags=undo)
    return HttpResponseRedirect(to, status=303)


def back(request: HttpRequest, otherwise: str) -> str:
    """Return the page of ours that a form says to go back to, in `next`."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe and wanted.startswith("/") else otherwise
