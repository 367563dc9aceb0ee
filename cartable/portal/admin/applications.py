"""Pages about applications that sign people in with their account here: registered, for whom, withdrawn."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cartable.identity import delegations, functions
from cartable.identity.delegations import Act
from cartable.identity.models import Structure
from cartable.identity.oidc import clients
from cartable.identity.oidc.claims import SCOPES
from cartable.identity.oidc.clients import Registration
from cartable.identity.requests import confirmed
from cartable.kernel import given
from cartable.kernel.errors import BadInput
from cartable.options import public_url
from cartable.portal.admin.answers import administrator, attempt
from cartable.portal.admin.persons import place_of
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
    actor, wrong = administrator(request), ""
    delegations.any_office(actor, Act.APPLICATIONS)
    if request.method == "POST":
        try:
            client, secret = clients.add(_registration(request), actor)
        except BadInput as refusal:
            wrong = str(refusal)
        else:
            return _show_once(request, client.pk, secret)
    context = {
        "scopes": [(scope, said) for scope, said in SCOPES.items() if scope != "openid"],
        "everywhere": delegations.everywhere(actor, Act.APPLICATIONS),
        "wrong": wrong,
        "form": request.POST,
        "chosen": request.POST.getlist("scope"),
    }
    return render(request, "portal/admin/register.html", context, status=400 if wrong else 200)


def _registration(request: HttpRequest) -> Registration:
    form = request.POST
    return Registration(
        name=given.text(form.get("name", ""), 100),
        redirect_uris=_lines(form.get("redirect", "")),
        after_logout=_lines(form.get("after_logout", "")),
        backchannel=form.get("backchannel", "").strip(),
        scopes=form.getlist("scope"),
        public="public" in form,
        trusted="trusted" in form,
        sector=given.text(form.get("sector", ""), 253),
        structures=_places(form.get("structures", "")),
        functions=_functions(form.get("functions", "")),
    )


@never_cache
@require_safe
def application(request: HttpRequest, client_id: str) -> HttpResponse:
    """Show an application; its secret too, once, to who has just drawn it."""
    client = clients.find(client_id, administrator(request))
    context = {
        "client": client,
        "about": client.application,
        "structures": client.application.structures.order_by("code"),
        "functions": [(code, functions.title_of(code)) for code in client.application.functions],
        "codes": " ".join(client.application.functions),
        "redirects": client.get_redirect_uris(),
        "scopes": [SCOPES[scope] for scope in SCOPES if scope in client.get_scopes()],
        "issuer": public_url(),
        "secret": request.COOKIES.get(NEW_SECRET, ""),
    }
    response = render(request, "portal/admin/application.html", context)
    response.delete_cookie(NEW_SECRET, path=reverse("admin-application", args=[client_id]), samesite="Strict")
    return response


@require_POST
@confirmed
def change_application(request: HttpRequest, client_id: str) -> HttpResponse:
    """Draw a new secret for an application, say anew whom it is for, or withdraw it."""
    actor, form, do = administrator(request), request.POST, request.POST.get("do", "")
    if do == "secret":
        return _show_once(request, client_id, clients.new_secret(client_id, actor))
    if do == "drop":
        return _done(
            request, lambda: clients.drop(client_id, actor), _("L’application est retirée."), "admin-applications"
        )
    if do != "audience":
        raise BadInput(do)

    def act() -> None:
        places, codes = _places(form.get("structures", "")), _functions(form.get("functions", ""))
        clients.change_audience(client_id, places, codes, actor)

    return attempt(
        request, reverse("admin-application", args=[client_id]), act, _("Le public de l’application est changé.")
    )


def _done(request: HttpRequest, act: Callable[[], object], said: str, page: str) -> HttpResponse:
    act()
    return done(request, said, reverse(page))


def _show_once(request: HttpRequest, client_id: str, secret: str) -> HttpResponse:
    """Go to the page of an application with its secret, which only this browser has, for a minute."""
    to = reverse("admin-application", args=[client_id])
    response = HttpResponseRedirect(to, status=303)  # a page loaded again must not draw another
    if secret:
        secure = request.is_secure()
        response.set_cookie(NEW_SECRET, secret, ON_ITS_WAY, path=to, secure=secure, httponly=True, samesite="Strict")
    return response


def _lines(text: str) -> list[str]:
    return given.text(text, 4000).split()


def _places(text: str) -> list[Structure]:
    return [place_of(one) for one in given.text(text, 4000).replace(",", " ").split()]


def _functions(text: str) -> list[str]:
    codes = given.text(text, 400).replace(",", " ").upper().split()
    if unknown := [one for one in codes if one not in functions.PROFILE_OF]:
        raise BadInput(", ".join(unknown))
    return codes
