"""Pages of the data protection officer: who is archived, and the end of an account."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cartable.identity import delegations, erasing
from cartable.identity.delegations import Act
from cartable.identity.erasing import StillHere
from cartable.identity.requests import confirmed
from cartable.kernel import given
from cartable.kernel.errors import BadInput, Conflict, NotFound
from cartable.portal import erasures
from cartable.portal.admin.answers import Misread, administrator
from cartable.portal.admin.forms import AT
from cartable.web.answers import done


@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """Show who is archived, and what became of one's erasures; with `who`, go to the page of somebody."""
    actor, who, unknown = administrator(request), request.GET.get("who", ""), False
    delegations.any_office(actor, Act.RETENTION)
    if who:
        try:
            found = erasing.reach(actor, given.text(who, 255))
        except NotFound:
            unknown = True
        else:
            return HttpResponseRedirect(reverse("admin-erasure", args=[found.sub]))
    context = {
        "archived": erasures.archived(actor),
        "done": erasures.had_done(actor),
        "who": who,
        "unknown": unknown,
    }
    return render(request, "portal/admin/erasures.html", context, status=404 if unknown else 200)


@never_cache
@require_http_methods(["GET", "POST"])
@confirmed
def erasure(request: HttpRequest, sub: str) -> HttpResponse:
    """Say what erasing somebody would do; a POST does it, with a reason."""
    actor, wrong, status = administrator(request), {}, 200
    plan = erasures.plan(actor, sub)
    if request.method == "POST":
        try:
            if "read" not in request.POST:
                raise Misread("read", _("Cochez, si c’est bien ce que vous voulez."))
            erasing.as_officer(actor, sub, _reason(request))
        except Misread as refusal:
            wrong, status = {refusal.field: refusal.sentence}, 400
        except Conflict as refusal:
            moving = _("Un grand dossier quitte son espace, ou y arrive : recommencez une fois qu’il est arrivé.")
            wrong, status = {"act": AT[StillHere][1] if isinstance(refusal, StillHere) else moving}, 409
        else:
            said = _("Le compte est effacé ; ses documents le sont par une tâche, dont l’avancement est ici.")
            return done(request, said, reverse("admin-erasures"))
    context = {"plan": plan, "stays": erasures.STAYS, "wrong": wrong, "form": request.POST}
    return render(request, "portal/admin/erasure.html", context, status=status)


def _reason(request: HttpRequest) -> str:
    try:
        reason = given.text(request.POST.get("reason", ""), 200)
    except BadInput as refusal:
        raise Misread("reason", _("Ce texte est trop long, ou un caractère n’y a pas sa place.")) from refusal
    if not reason:
        raise Misread("reason", _("Il faut une raison : elle est gardée au journal des actes."))
    return reason
