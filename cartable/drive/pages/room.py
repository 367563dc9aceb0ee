"""What fills a space, and what to do about it: documents, trash, versions, what is on its way."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cartable.drive import uploads
from cartable.drive.places import title
from cartable.drive.rows import query
from cartable.identity.actors import Actor
from cartable.identity.requests import actor_of
from cartable.kernel.errors import NotFound
from cartable.spaces import homes, quota, transit, versions
from cartable.spaces.access import Right, reach
from cartable.spaces.homes import Home
from cartable.web.answers import done
from cartable.web.formats import size


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Show what fills a space of the person's: their own, unless the address names another of theirs.

    A space that is not theirs, or that is not, is told in the same words: it is for others to make room there.
    """
    actor = actor_of(request)
    own, spaces = homes.home_of(actor), homes.homes_of(actor)
    wanted = request.GET.get("space", "")
    home = next((one for one in spaces if str(one.space) == wanted), own)
    awaited, room = transit.awaited(home.space), quota.room_of(home.space)
    count, waiting = uploads.waiting(actor) if home == own else (0, 0)
    context = {
        "home": home,
        "tabs": [{"space": one.space, "name": title(one, own), "here": one == home} for one in spaces],
        "foreign": bool(wanted) and wanted != str(home.space),
        "room": room,
        "live": room.used - awaited,
        "awaited": awaited,
        "spare": versions.spare(home.space) if room.used_versions else 0,
        "may_clear": reach(actor, home.root, Right.VIEW).may(Right.MANAGE),
        "uploads": count,
        "waiting": waiting,
    }
    return render(request, "drive/room.html", context)


@require_http_methods(["GET", "POST"])
def clear_versions(request: HttpRequest) -> HttpResponse:
    """Ask whether to forget the earlier versions of a space; forget those that may go."""
    actor = actor_of(request)
    home = _mine(actor, request.POST.get("space") or request.GET.get("space") or "")
    if request.method == "GET":
        reach(actor, home.root, Right.MANAGE)
        return render(request, "drive/clear_versions.html", {"home": home, "spare": versions.spare(home.space)})
    freed = versions.clear(actor, home.space)
    if freed is None:
        said = _("Les versions se suppriment. La place revient peu à peu.")
    else:
        said = _("Versions supprimées : %(size)s.") % {"size": size(freed)}
    return done(request, said, f"{reverse('room')}?{query(space=home.space)}")


@require_POST
def give_up_uploads(request: HttpRequest) -> HttpResponse:
    """Forget what the person's uploads under way have sent so far."""
    count = uploads.give_up_all(actor_of(request))
    said = ngettext("%(count)s envoi abandonné.", "%(count)s envois abandonnés.", count) % {"count": count}
    return done(request, said, reverse("room"))


def _mine(actor: Actor, wanted: str) -> Home:
    """Return the space of the actor's that a form names. Raises NotFound."""
    home = next((one for one in homes.homes_of(actor) if str(one.space) == wanted), None)
    if home is None:
        raise NotFound(wanted)
    return home
