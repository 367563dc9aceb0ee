"""Pages of the data protection officer: who is archived, and the end of an account."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cartable.identity import delegations, erasing
from cartable.identity.actors import Actor
from cartable.identity.delegations import Act
from cartable.identity.requests import confirmed
from cartable.portal import erasures
from cartable.portal.admin.answers import administrator, answer, elsewhere, seek
from cartable.portal.admin.forms.filled import Filled
from cartable.portal.admin.forms.keeping import Erasure


@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """Show who is archived, and what became of one's erasures; with `who`, go to the page of somebody."""
    actor = administrator(request)
    delegations.any_office(actor, Act.RETENTION)
    whom, way = seek(request, actor, Act.RETENTION, erasing.reach, "admin-erasure")
    context = {"archived": erasures.archived(actor), "done": erasures.had_done(actor), "whom": whom}
    return way or render(request, "portal/admin/erasures.html", context, status=whom.status if whom.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
@confirmed
def erasure(request: HttpRequest, sub: str) -> HttpResponse:
    """Say what erasing somebody would do; a POST does it, with a reason."""
    actor = administrator(request)
    if request.method == "GET":
        return _show(request, actor, sub)
    erasing.reach(actor, sub)

    def act(reason: str, read: bool) -> None:  # noqa: FBT001 - to have read is asked by the form
        erasing.as_officer(actor, sub, reason)

    return answer(
        request,
        Erasure(actor, request.POST),
        act,
        said=_("Le compte est effacé ; ses documents le sont par une tâche, dont l’avancement est ici."),
        to=reverse("admin-erasures"),
        again=partial(_show, request, actor, sub),
    )


def _show(request: HttpRequest, actor: Actor, sub: str, wrong: Filled | None = None, status: int = 200) -> HttpResponse:
    plan = erasures.plan(actor, sub)
    if way := elsewhere(request, sub, plan.person):
        return way
    context = {"plan": plan, "stays": erasures.STAYS, "form": wrong or Erasure(actor)}
    return render(request, "portal/admin/erasure.html", context, status=status)
