"""Pages about applications that sign people in with their account here: registered, for whom, withdrawn."""

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cartable.identity import functions
from cartable.identity.actors import Actor
from cartable.identity.models import Structure
from cartable.identity.oidc import clients
from cartable.identity.oidc.claims import OF_AGENTS
from cartable.identity.oidc.clients import Registration
from cartable.identity.requests import confirmed
from cartable.options import public_url
from cartable.portal.admin.answers import acts, administrator, answer, refused
from cartable.portal.admin.forms.applications import Application, Audience
from cartable.portal.admin.forms.filled import Filled
from cartable.web.answers import done

NEW_SECRET = "new-client-secret"  # noqa: S105 - name of a cookie
ON_ITS_WAY = 60  # seconds at most, from the form to the page that shows it


@require_safe
def applications(request: HttpRequest) -> HttpResponse:
    """Show the applications one administers."""
    actor = administrator(request)
    return render(request, "portal/admin/applications.html", {"applications": clients.every(actor)})


@never_cache
@require_http_methods(["GET", "POST"])
@confirmed
def register(request: HttpRequest) -> HttpResponse:
    """Ask about an application; register it, and go to the page that shows its secret once."""
    actor = administrator(request)
    own = clients.own_places(actor)
    if request.method == "GET":
        new = Application(actor)
        new.begin(own)
        return render(request, "portal/admin/register.html", {"form": new})
    form, made = Application(actor, request.POST), list[tuple[str, str]]()

    def act(**asked: Any) -> None:
        client, secret = clients.add(_registration(**asked), actor)
        made.append((client.pk, secret))

    if status := refused(form, act):
        return render(request, "portal/admin/register.html", {"form": form}, status=status)
    return _show_once(request, *made[0])


def _registration(**asked: Any) -> Registration:
    redirect, after_logout, scope = (asked.pop(name) for name in ("redirect", "after_logout", "scope"))
    return Registration(redirect_uris=redirect.split(), after_logout=after_logout.split(), scopes=scope, **asked)


@never_cache
@require_safe
def application(request: HttpRequest, client_id: str) -> HttpResponse:
    """Show an application; its secret too, once, to who has just drawn it."""
    actor = administrator(request)
    response = _application(request, actor, client_id)
    response.delete_cookie(NEW_SECRET, path=reverse("admin-application", args=[client_id]), samesite="Strict")
    return response


def _application(
    request: HttpRequest, actor: Actor, client_id: str, wrong: Filled | None = None, status: int = 200
) -> HttpResponse:
    client = clients.find(client_id, actor)
    about = client.application
    places = list(about.structures.select_related("parent").order_by("code"))
    now = Audience(actor, initial={"functions": " ".join(about.functions)})
    now.begin(places)
    context = {
        "client": client,
        "structures": places,
        "functions": [(code, functions.title_of(code)) for code in about.functions],
        "form": wrong or now,
        "redirects": client.get_redirect_uris(),
        "scopes": [said for scope, said in OF_AGENTS.items() if scope in client.get_scopes()],
        "issuer": public_url(),
        "secret": request.COOKIES.get(NEW_SECRET, ""),
    }
    return render(request, "portal/admin/application.html", context, status=status)


@require_POST
@acts("audience", "secret", "drop")
@confirmed
def change_application(request: HttpRequest, client_id: str) -> HttpResponse:
    """Draw a new secret for an application, say anew whom it is for, or withdraw it."""
    actor, do = administrator(request), request.POST["do"]
    clients.find(client_id, actor)
    if do == "secret":
        return _show_once(request, client_id, clients.new_secret(client_id, actor))
    if do == "drop":
        clients.drop(client_id, actor)
        return done(request, _("L’application est retirée."), reverse("admin-applications"))

    def act(structures: list[Structure], functions: list[str]) -> None:
        clients.change_audience(client_id, structures, functions, actor)

    return answer(
        request,
        Audience(actor, request.POST),
        act,
        said=_("Le public de l’application est changé."),
        to=reverse("admin-application", args=[client_id]),
        again=partial(_application, request, actor, client_id),
    )


def _show_once(request: HttpRequest, client_id: str, secret: str) -> HttpResponse:
    """Go to the page of an application with its secret, which only this browser has, for a minute."""
    to = reverse("admin-application", args=[client_id])
    response = HttpResponseRedirect(to, status=303)  # a page loaded again must not draw another
    if secret:
        secure = request.is_secure()
        response.set_cookie(NEW_SECRET, secret, ON_ITS_WAY, path=to, secure=secure, httponly=True, samesite="Strict")
    return response
