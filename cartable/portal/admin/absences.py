"""Pages about absences: who is away where one administers postings, and those of one person."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cartable.identity import absences
from cartable.kernel import given
from cartable.kernel.errors import BadInput, NotFound
from cartable.portal.admin.answers import administrator, attempt
from cartable.portal.admin.persons import day_if_any
from cartable.web.answers import back


@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """Show who is away; with `who`, go to the absences of somebody."""
    actor, who, unknown = administrator(request), request.GET.get("who", ""), False
    rows = absences.listed(actor)
    if who:
        try:
            found = absences.reach(actor, given.text(who, 255))
        except NotFound:
            unknown = True
        else:
            return HttpResponseRedirect(reverse("admin-absences-of", args=[found.sub]))
    context = {"absences": rows, "who": who, "unknown": unknown}
    return render(request, "portal/admin/absences.html", context, status=404 if unknown else 200)


@never_cache
@require_safe
def of(request: HttpRequest, sub: str) -> HttpResponse:
    """Show the absences of a person."""
    person = absences.reach(administrator(request), sub)
    context = {"person": person, "absences": absences.of(person.pk), "absence_kinds": absences.TITLES.items()}
    return render(request, "portal/admin/absences_of.html", context)


@require_POST
def state(request: HttpRequest, sub: str) -> HttpResponse:
    """State that a person is away."""
    actor, form = administrator(request), request.POST

    def act() -> None:
        first_day, last_day = given.day(form.get("first", "")), day_if_any(form.get("last", ""))
        absences.state(actor, sub, form.get("kind", ""), first_day=first_day, last_day=last_day)

    return attempt(request, _page_of(request, sub), act, _("L’absence est notée."))


@require_POST
def change(request: HttpRequest, absence_id: int) -> HttpResponse:
    """State that a person is back, or give their absence other days."""
    actor, form, do = administrator(request), request.POST, request.POST.get("do", "")
    if do not in {"back", "date"}:
        raise BadInput(do)

    def act() -> None:
        first_day, last_day = given.day(form.get("first", "")), day_if_any(form.get("last", ""))
        if do == "back":
            absences.back(actor, absence_id, first_day=first_day)
        else:
            absences.date_again(actor, absence_id, first_day=first_day, last_day=last_day)

    said = _("Le retour est noté.") if do == "back" else _("Les dates sont corrigées.")
    return attempt(request, back(request, reverse("admin-absences")), act, said)


def _page_of(request: HttpRequest, sub: str) -> str:
    return back(request, reverse("admin-absences-of", args=[sub]))
