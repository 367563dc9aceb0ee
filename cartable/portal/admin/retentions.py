"""Pages about how long things are kept: all that is, and one that is changed."""

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cartable.identity import retaining
from cartable.identity.actors import Actor
from cartable.identity.requests import confirmed
from cartable.identity.retaining import Shorter, Standing
from cartable.kernel.errors import Changed
from cartable.portal.admin.answers import acts, administrator
from cartable.portal.admin.forms.keeping import Retention
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
@acts("", "default")
def one(request: HttpRequest, name: str) -> HttpResponse:
    """Ask how long something is to be kept; a POST sets it, once what would be lost was agreed to."""
    actor = administrator(request)
    return _one(request, actor, name, retaining.one(actor, name))


@confirmed
def _one(request: HttpRequest, actor: Actor, name: str, found: Standing) -> HttpResponse:
    asked = request.POST if request.method == "POST" else None
    form = Retention(actor, asked, about=found.about, initial={"days": found.setting.days, "was": found.setting.days})
    if form.is_valid():
        try:
            retaining.change(actor, name, **{"days": None, **form.cleaned_data})
        except Shorter as refusal:
            return _agree(request, found, form.cleaned_data.get("days"), refusal)
        except Changed:
            found = retaining.one(actor, name)
            form = _again(actor, request.POST, found)
        else:
            return done(request, _("La durée est changée : elle vaut dès maintenant."), reverse("admin-retentions"))
    form.focus()
    context = {"one": found, "form": form}
    return render(request, "portal/admin/retention.html", context, status=form.status if form.errors else 200)


def _again(actor: Actor, asked: QueryDict, found: Standing) -> Retention:
    """Return what was typed, beside what holds by now: somebody else has just set it."""
    typed = {"days": asked.get("days") or found.setting.days, "was": found.setting.days}
    form = Retention(actor, {name: str(days) for name, days in typed.items()}, about=found.about)
    form.add_error("days", _("Quelqu’un vient de changer cette durée : voici celle qui vaut."))
    return form


def _agree(request: HttpRequest, found: Standing, days: int | None, refusal: Shorter) -> HttpResponse:
    """Say what would be lost, and ask again."""
    context = {"one": found, "days": days, "then": found.default if days is None else days, "loss": refusal}
    return render(request, "portal/admin/retention_shorter.html", context)
