"""Nextcloud's login flow v2: a client gets its app password through the browser, where the person signs in as ever.

The client starts, opens a page in the browser, and polls until the person allows it there (nextcloud/server 31,
core/Controller/ClientFlowLoginV2Controller.php). Every address is built from the site's own: desktop clients refuse one
that is less secure than the page (flow2auth.cpp).
"""

from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from cartable.identity import credentials
from cartable.identity.requests import actor_of, confirmed
from cartable.kernel import rates
from cartable.kernel.errors import NotFound, TooMany
from cartable.options import public_url

STARTS, AN_HOUR = 1000, timedelta(hours=1)  # of one address: a whole school may be behind it


@csrf_exempt  # a client has no cookie yet
@login_not_required
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Answer where the browser is to go, and where to poll. The client is called what it calls itself."""
    try:
        rates.take(f"device {rates.network(request.META.get('REMOTE_ADDR', ''))}", STARTS, AN_HOUR)
    except TooMany as refusal:
        return HttpResponse(status=429, headers={"Retry-After": str(refusal.seconds)})
    flow, poll = credentials.start_device_login(request.headers.get("User-Agent", "").strip())
    site = public_url()
    return JsonResponse(
        {
            "poll": {"token": poll, "endpoint": f"{site}{reverse('device-poll')}"},
            "login": f"{site}{reverse('device-allow', args=[flow])}",
        }
    )


@csrf_exempt
@login_not_required
@require_POST
def poll(request: HttpRequest) -> HttpResponse:
    """Answer the app password, once; 404 with an empty list while nobody has allowed it."""
    try:
        person, secret = credentials.collect_device(request.POST.get("token", ""))
    except NotFound:
        return JsonResponse([], safe=False, status=404)
    return JsonResponse({"server": public_url(), "loginName": person.sub, "appPassword": secret})


@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
def allow(request: HttpRequest, flow: str) -> HttpResponse:
    """Ask whether a client may have an app password; a POST says yes."""
    client = credentials.pending_device(flow)
    if request.method != "POST":
        return render(request, "drive/device.html", {"client": client, "flow": flow})
    credentials.allow_device(actor_of(request).somebody, flow)
    return HttpResponseRedirect(reverse("device-allowed"), status=303)


@require_http_methods(["GET", "HEAD"])
def allowed(request: HttpRequest) -> HttpResponse:
    """Say that it is done, and that the window may be closed."""
    return render(request, "drive/device_allowed.html")


@csrf_exempt
@login_not_required
def wipe(_request: HttpRequest) -> HttpResponse:
    """Answer a client that was refused and asks whether to erase what it holds: no, as for one that is not lost."""
    return JsonResponse([], safe=False, status=404)


@login_not_required
def absent(_request: HttpRequest, **_: object) -> HttpResponse:
    """Answer that there is no such picture: clients then draw initials, or an icon."""
    return HttpResponse(status=404)
