"""Pages about absences: who is away where one administers, and those of one person."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cartable.identity import absences
from cartable.identity.absences import Away
from cartable.identity.actors import Actor
from cartable.identity.delegations import Act
from cartable.kernel.errors import NotFound
from cartable.portal.admin.answers import acts, administrator, answer, elsewhere, seek
from cartable.portal.admin.forms.filled import Filled
from cartable.portal.admin.forms.people import Absence, Back, Dates


@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """Show who is away; with `who`, go to the absences of somebody."""
    actor = administrator(request)
    rows = absences.listed(actor)
    whom, way = seek(request, actor, Act.ABSENCES, absences.reach, "admin-absences-of")
    context = {"absences": rows, "whom": whom}
    return way or render(request, "portal/admin/absences.html", context, status=whom.status if whom.errors else 200)


@never_cache
@require_safe
def of(request: HttpRequest, sub: str) -> HttpResponse:
    """Show the absences of a person."""
    actor = administrator(request)
    return _show(request, actor, sub)


@require_POST
def state(request: HttpRequest, sub: str) -> HttpResponse:
    """State that a person is away."""
    actor = administrator(request)
    absences.reach(actor, sub)

    def act(kind: str, first: date, last: date | None) -> None:
        absences.state(actor, sub, kind, first_day=first, last_day=last)

    form, to = Absence(actor, request.POST, mark="new"), reverse("admin-absences-of", args=[sub])
    again = partial(_show, request, actor, sub)
    return answer(request, form, act, said=_("L’absence est notée."), to=to, again=again)


@require_POST
@acts("back", "date")
def change(request: HttpRequest, sub: str, absence_id: int) -> HttpResponse:
    """State that a person is back, or give their absence other days."""
    actor, do = administrator(request), request.POST["do"]
    if absences.whose(actor, absence_id).sub != sub:
        raise NotFound(absence_id)

    def back(first: date) -> None:
        absences.back(actor, absence_id, first_day=first)

    def date_again(first: date, last: date | None) -> None:
        absences.date_again(actor, absence_id, first_day=first, last_day=last)

    ways: dict[str, tuple[type[Filled], Callable[..., object], Any]] = {
        "back": (Back, back, _("Le retour est noté.")),
        "date": (Dates, date_again, _("Les dates sont corrigées.")),
    }
    kind, act, said = ways[do]
    form = kind(actor, request.POST, mark=f"{do}-{absence_id}")
    to, again = reverse("admin-absences-of", args=[sub]), partial(_show, request, actor, sub)
    return answer(request, form, act, said=said, to=to, again=again)


def _show(request: HttpRequest, actor: Actor, sub: str, wrong: Filled | None = None, status: int = 200) -> HttpResponse:
    """Return the page of the absences of a person; with a form that does not suit, as it was filled in."""
    person = absences.reach(actor, sub)
    if way := elsewhere(request, sub, person):
        return way
    filled = {wrong.mark: wrong} if wrong else {}
    context = {
        "person": person,
        "absences": [(one, *_changes(actor, one, filled)) for one in absences.of(person.pk)],
        "new": filled.get("new") or Absence(actor, mark="new"),
    }
    return render(request, "portal/admin/absences_of.html", context, status=status)


def _changes(actor: Actor, one: Away, filled: dict[str, Filled]) -> tuple[Filled, Filled]:
    back, date_again = f"back-{one.id}", f"date-{one.id}"
    days = {"first": one.first_day, "last": one.last_day}
    return (
        filled.get(back) or Back(actor, mark=back),
        filled.get(date_again) or Dates(actor, mark=date_again, initial=days),
    )
