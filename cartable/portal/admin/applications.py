"""Pages about applications that sign people in with their account here: registered, for whom, withdrawn."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cartable.identity import delegations, functions
from cartable.identity.delegations import Act
from cartable.identity.models import Structure
from cartable.identity.oidc import clients
from cartable.identity.oidc.claims import SCOPES
from cartable.identity.oidc.clients import Registration, Unfit
from cartable.identity.requests import confirmed
from cartable.kernel import given
from cartable.kernel.errors import BadInput, Denied
from cartable.options import public_url
from cartable.portal.admin.answers import Misread, administrator, attempt
from cartable.portal.admin.persons import place_of
from cartable.web.answers import done

NEW_SECRET = "new-client-secret"  # noqa: S105 - name of a cookie
ON_ITS_WAY = 60  # seconds at most, from the form to the page that shows it
FIELDS = {"redirect_uris": "redirect", "scopes": "scope"}  # of the form, where it calls them otherwise
BEYOND = _("Choisissez parmi vos structures : l’application n’est que pour leurs agents.")
SENTENCES: dict[str, str | Promise] = {  # why a registration does not fit
    "name": _("Il faut un nom."),
    "missing": _("Il faut au moins une adresse."),
    "malformed": _("« %(text)s » n’est pas une adresse."),
    "marks": _("« %(text)s » : une adresse n’a ni « # », ni « * », ni espace."),
    "host": _("« %(text)s » : une adresse ne nomme personne, et son domaine s’écrit sans accent."),
    "plain": _("« %(text)s » : une adresse commence par https:// ; http:// ne va qu’à la machine elle-même."),
    "inside": _("« %(text)s » : une adresse à prévenir commence par https:// et n’est pas de notre réseau."),
    "scope": _("« %(text)s » n’est pas proposé."),
}


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
    actor, wrong, status = administrator(request), {}, 200
    own = clients.own_places(actor)
    if request.method == "POST":
        try:
            client, secret = clients.add(_registration(request), actor)
        except Misread as refusal:
            wrong, status = {refusal.field: refusal.sentence}, 400
        except Unfit as refusal:
            said = str(SENTENCES[refusal.why]) % {"text": refusal.text}
            wrong, status = {FIELDS.get(refusal.field, refusal.field): said}, 400
        except Denied:
            wrong, status = {"structures": BEYOND}, 403
        else:
            return _show_once(request, client.pk, secret)
    context = {
        "scopes": [(scope, said) for scope, said in SCOPES.items() if scope != "openid"],
        "everywhere": delegations.everywhere(actor, Act.APPLICATIONS),
        "wrong": wrong,
        "form": request.POST if wrong else {"structures": " ".join(own)},
        "chosen": request.POST.getlist("scope"),
    }
    return render(request, "portal/admin/register.html", context, status=status)


def _registration(request: HttpRequest) -> Registration:
    form = request.POST
    return Registration(
        name=_text(form, "name", 100),
        redirect_uris=_text(form, "redirect", 4000).split(),
        after_logout=_text(form, "after_logout", 4000).split(),
        backchannel=_text(form, "backchannel", 2000),
        scopes=form.getlist("scope"),
        public="public" in form,
        trusted="trusted" in form,
        sector=_text(form, "sector", 253),
        structures=_places(form),
        functions=_functions(form),
    )


@never_cache
@require_safe
def application(request: HttpRequest, client_id: str) -> HttpResponse:
    """Show an application; its secret too, once, to who has just drawn it."""
    actor = administrator(request)
    client = clients.find(client_id, actor)
    context = {
        "client": client,
        "about": client.application,
        "structures": client.application.structures.order_by("code"),
        "functions": [(code, functions.title_of(code)) for code in client.application.functions],
        "everywhere": delegations.everywhere(actor, Act.APPLICATIONS),
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
        clients.drop(client_id, actor)
        return done(request, _("L’application est retirée."), reverse("admin-applications"))
    if do != "audience":
        raise BadInput(do)

    def act() -> None:
        places, codes = _places(form), _functions(form)
        if not places and clients.own_places(actor):
            raise Misread("structures", BEYOND)
        clients.change_audience(client_id, places, codes, actor)

    return attempt(
        request, reverse("admin-application", args=[client_id]), act, _("Le public de l’application est changé.")
    )


def _show_once(request: HttpRequest, client_id: str, secret: str) -> HttpResponse:
    """Go to the page of an application with its secret, which only this browser has, for a minute."""
    to = reverse("admin-application", args=[client_id])
    response = HttpResponseRedirect(to, status=303)  # a page loaded again must not draw another
    if secret:
        secure = request.is_secure()
        response.set_cookie(NEW_SECRET, secret, ON_ITS_WAY, path=to, secure=secure, httponly=True, samesite="Strict")
    return response


def _text(form: QueryDict, field: str, most: int) -> str:
    try:
        return given.text(form.get(field, ""), most)
    except BadInput as refusal:
        raise Misread(field, _("Ce texte est trop long, ou un caractère n’y a pas sa place.")) from refusal


def _places(form: QueryDict) -> list[Structure]:
    return [_place(one) for one in _text(form, "structures", 4000).replace(",", " ").split()]


def _place(text: str) -> Structure:
    try:
        return place_of(text)
    except BadInput as refusal:
        raise Misread("structures", _("« %(text)s » n’est pas une structure connue.") % {"text": text}) from refusal


def _functions(form: QueryDict) -> list[str]:
    codes = _text(form, "functions", 400).replace(",", " ").upper().split()
    if unknown := [one for one in codes if one not in functions.PROFILE_OF]:
        said = _("Code de fonction inconnu : %(codes)s.") % {"codes": ", ".join(unknown)}
        raise Misread("functions", said)
    return codes
