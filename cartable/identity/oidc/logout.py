"""Where an application sends a person to sign out here too (OpenID Connect RP-Initiated Logout 1.0)."""

from dataclasses import dataclass

from allauth.account.internal.flows.logout import logout as sign_out
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from oauthlib.common import add_params_to_uri

from cartable.identity.oidc import clients, ending, keys, leaving
from cartable.identity.oidc.library import Client
from cartable.identity.requests import forged
from cartable.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class Wish:
    """Who asks, and where the person goes then; `sid` is that of the session they were signed in to it from."""

    client: Client | None
    sid: str | None
    then: str  # empty: to a page of ours


@csrf_exempt  # an application may ask by POST; the answer to our own page is checked below
@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def logout(request: HttpRequest) -> HttpResponse:
    """Sign the person out, and send them where the application asked, if it may be; ask them first unless it is theirs."""
    if request.method == "POST" and not request.GET:
        return HttpResponseRedirect(f"{request.path}?{request.POST.urlencode()}")
    wish = _wish(request)
    here = request.session.get(ending.SID)
    if request.user.is_authenticated and not (here and wish.sid == here):
        answered = request.method == "POST" and request.POST.get("action")
        if answered and (refused := forged(request)):
            return refused
        if not answered:
            return _ask(request, wish)
        if answered != "logout":
            return _to(wish.then or reverse("home"))
    if request.user.is_authenticated:
        sign_out(request, show_message=not wish.then)
    return _to(wish.then or reverse("account_login"))


def _wish(request: HttpRequest) -> Wish:
    """Return what is asked for; what does not fit together is left out (§2: "MUST NOT be used")."""
    query = request.GET
    hint = keys.read(query.get("id_token_hint", "")) or {}
    client_id = hint.get("aud") or query.get("client_id", "")
    if query.get("client_id", client_id) != client_id:
        return Wish(None, None, "")
    try:
        client = clients.find(client_id)
    except NotFound:
        return Wish(None, None, "")
    then = query.get("post_logout_redirect_uri", "")
    if then not in client.get_post_logout_redirect_uris():
        then = ""
    if then and query.get("state"):
        then = add_params_to_uri(then, [("state", query["state"])])
    return Wish(client, hint.get("sid"), then)


def _ask(request: HttpRequest, wish: Wish) -> HttpResponse:
    if wish.then:
        leaving.note(request, wish.then)
    return render(request, "oidc/logout.html", {"client": wish.client, "here": request.get_full_path()})


def _to(address: str) -> HttpResponse:
    """Go to an address that was registered: not all are of the web."""
    return HttpResponse(status=302, headers={"Location": address})
