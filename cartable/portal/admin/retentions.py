"""Pages about how long things are kept: all that is, and one that is changed."""

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cartable.identity import retaining
from cartable.identity.requests import confirmed
from cartable.identity.retaining import Shorter, Standing
from cartable.kernel import given
from cartable.kernel.errors import BadInput, Changed
from cartable.portal.admin.answers import Misread, administrator
from cartable.web import register
from cartable.web.answers import done


@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """Show how long what is kept; also what no page sets."""
    actor = administrator(request)
    context = {
        "retentions": retaining.listed(actor),
        "fixed": [one for one in register.every() if not one.days],
        "may_set": retaining.may_set(actor),
    }
    return render(request, "portal/admin/retentions.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@confirmed
def one(request: HttpRequest, name: str) -> HttpResponse:
    """Ask how long something is to be kept; a POST sets it, once what would be lost was agreed to."""
    actor = administrator(request)
    found, wrong = retaining.one(actor, name), ""
    if request.method == "POST":
        try:
            days, was, agreed = _read(request.POST, found)
            retaining.change(actor, name, days, was=was, agreed=agreed)
        except Shorter as refusal:
            return _agree(request, found, days, refusal)
        except Changed:
            wrong = _("Quelqu’un vient de changer cette durée : voici celle qui vaut.")
            found = retaining.one(actor, name)
        except Misread as refusal:
            wrong = str(refusal.sentence)
        else:
            return done(request, _("La durée est changée : elle vaut dès maintenant."), reverse("admin-retentions"))
    context = {"one": found, "wrong": wrong, "form": request.POST}
    return render(request, "portal/admin/retention.html", context, status=400 if wrong else 200)


def _agree(request: HttpRequest, found: Standing, days: int | None, refusal: Shorter) -> HttpResponse:
    """Say what would be lost, and ask again."""
    context = {"one": found, "days": days, "then": found.default if days is None else days, "loss": refusal}
    return render(request, "portal/admin/retention_shorter.html", context)


def _read(form: QueryDict, found: Standing) -> tuple[int | None, int, int | None]:
    """Return the days wanted (None: the option's), those the reader saw, and how much they agreed to lose. Raises Misread."""
    try:
        agreed = given.whole(form.get("agreed", "")) if form.get("agreed") else None
        was = given.whole(form.get("was", ""))
        days = None if form.get("do") == "default" else given.whole(form.get("days", "").strip())
    except BadInput as refusal:
        raise Misread("days", _("Un nombre entier de jours, s’il vous plaît.")) from refusal
    if days is not None and not found.about.least <= days <= found.about.most:
        said = _("De %(least)s à %(most)s jours.") % {"least": found.about.least, "most": found.about.most}
        raise Misread("days", said)
    return days, was, agreed
