"""The trash of each space the person writes in: who put what there, when, from where, and until when it stays."""

from datetime import timedelta

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from cartable.drive import looks
from cartable.drive.places import title
from cartable.identity import directory
from cartable.identity.requests import actor_of
from cartable.kernel import retentions
from cartable.kernel.errors import BadInput
from cartable.spaces import homes, quota, trash
from cartable.web.answers import done

LEAF = 100
MANY = 1000  # documents that are shown; of more, the number is not said


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Show what is in the trash of a space: the person's own, unless the address names another of theirs."""
    actor = actor_of(request)
    own = homes.home_of(actor)
    spaces = homes.homes_of(actor)
    wanted = request.GET.get("space", "")
    home = next((one for one in spaces if str(one.space) == wanted), own)
    found = trash.contents(actor, home.space)
    days = retentions.days("trash_days")
    leaf = Paginator(found, LEAF).get_page(request.GET.get("page"))
    names = directory.names_of({f"person:{one.by}" for one in leaf if one.by})
    lines = [
        {
            "entry": one.entry,
            "family": looks.family(one.entry),
            "place": " › ".join([title(home, own), *one.place[1:]]),
            "at": one.at,
            "by": names.get(f"person:{one.by}"),
            "mine": one.by == actor.person,
            "until": one.at + timedelta(days=days),
        }
        for one in leaf
    ]
    tabs = [{"space": one.space, "name": title(one, own), "here": one == home} for one in spaces]
    context: dict[str, object] = {"lines": lines, "leaf": leaf, "home": home, "tabs": tabs, "days": days}
    context |= {"room": quota.room_of(home.space), "emptied": trash.is_emptied(actor, home.space), "total": len(found)}
    return render(request, "drive/trash.html", context)


@require_http_methods(["GET", "POST"])
def empty(request: HttpRequest) -> HttpResponse:
    """Ask whether to empty the trash of a space; empty it."""
    actor = actor_of(request)
    value = request.POST.get("space") or request.GET.get("space") or ""
    home = next((one for one in homes.homes_of(actor) if str(one.space) == value), None)
    if home is None:
        raise BadInput(value)
    if request.method == "GET":
        count = len(trash.contents(actor, home.space, MANY))
        return render(request, "drive/empty_trash.html", {"home": home, "count": count, "many": count == MANY})
    emptied = trash.empty(actor, home.space)
    if emptied is None:
        return done(request, _("La corbeille se vide. La place revient peu à peu."), reverse("trash"))
    said = ngettext("%(count)s document supprimé.", "%(count)s documents supprimés.", emptied) % {"count": emptied}
    return done(request, said, reverse("trash"))
