"""What a person's devices show beside their own documents: what is shown, what was put away, what they may add.

What was given is not touched here: it is read on the site whether it shows on a device or not.
"""

from collections.abc import Sequence

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cartable.drive import looks
from cartable.drive.places import Step
from cartable.identity.requests import actor_of
from cartable.spaces import homes, mounts, wording
from cartable.spaces.mounts import Mounted
from cartable.web.answers import done
from cartable.web.formats import harmless

LEAF = 100


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """List what shows on the person's devices, and what could."""
    actor = actor_of(request)
    shown = sorted(mounts.of(actor), key=lambda one: one.name)
    leaf = Paginator(mounts.aside(actor), LEAF).get_page(request.GET.get("page"))
    lines = _lines([*shown, *leaf])
    context = {
        "shown": lines[: len(shown)],
        "aside": lines[len(shown) :],
        "leaf": leaf,
        "trail": [Step(_("Partagés avec moi"), reverse("shared"))],
        "under": "shared",
    }
    return render(request, "drive/mounts.html", context)


@require_POST
def add(request: HttpRequest, node_id: int) -> HttpResponse:
    """Make a document show on the person's devices."""
    name = mounts.show(actor_of(request), node_id)
    said = _("« %(name)s » s’affiche sur vos appareils.") % {"name": name}
    return done(request, said, reverse("mounts"), undo=reverse("put-away", args=[node_id]))


@require_POST
def put_away(request: HttpRequest, node_id: int) -> HttpResponse:
    """Make a document show on the person's devices no more."""
    name = mounts.hide(actor_of(request), node_id)
    said = _("« %(name)s » ne s’affiche plus sur vos appareils. Vous y avez toujours accès.") % {"name": name}
    return done(request, said, reverse("mounts"), undo=reverse("mount", args=[node_id]))


def _lines(mounted: Sequence[Mounted]) -> list[dict[str, object]]:
    """Return mounts as lines, with whose they are: what kind of space, or in whose it is."""
    owners = homes.owners_of({one.entry.space for one in mounted})
    lines = []
    for one in mounted:
        owner, title = owners[one.entry.space]
        place = title if one.entry.parent else wording.SPACES[owner.partition(":")[0]]
        lines.append(
            {"id": one.entry.id, "name": harmless(one.name), "family": looks.family(one.entry), "place": place}
        )
    return lines
