"""Who comes to a page of a pad: one way in for all of them, with what the addresses of the pad give to who came by them once."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, NamedTuple, TypeVar

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from cartable.identity.actors import NOBODY, Actor
from cartable.identity.requests import actor_of
from cartable.kernel.errors import Denied, NotFound
from cartable.pads import files, guests
from cartable.pads.addresses import presets
from cartable.pads.guests import Guest
from cartable.spaces.access import Reached, Right, reach

Response = TypeVar("Response", bound=HttpResponseBase)

GUEST, KEPT = "pads-guest", timedelta(days=30)  # the cookie of who is not signed in


def guest_of(request: HttpRequest) -> Guest | None:
    """Return which guest a browser says it is; None if it says nothing that we sealed."""
    return guests.shown(request.COOKIES.get(GUEST, ""))


def keep_guest(request: HttpRequest, response: Response, guest: Guest) -> Response:
    """Have a browser keep which guest it is."""
    response.set_cookie(GUEST, guest.sealed(), max_age=KEPT, httponly=True, samesite="Lax", secure=request.is_secure())
    return response


def comer(request: HttpRequest, node: int) -> Actor:
    """Return as whom somebody who is signed in comes to a pad."""
    return presets.regular(actor_of(request), node)


def guest_at(request: HttpRequest, node: int) -> tuple[Actor, Guest | None]:
    """Return as whom who is not signed in comes to a pad, and which guest they are; NOBODY to who never came by an address of it."""
    guest = guest_of(request)
    if guest is None or node not in guest.pads:
        return NOBODY, None
    return presets.visitor(NOBODY, node), guest


class Come(NamedTuple):
    """Somebody who came to a pad, as whom they are there, and what they reached; which guest, if they are one."""

    actor: Actor
    pad: Reached
    guest: Guest | None = None


def of_pad(page: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Make a page of a pad (`page(request, come, …)`) the view of a node, for who is signed in and may read it.

    Of anything but a Markdown file it leads to the page of that.
    """

    @require_safe
    @wraps(page)
    def view(request: HttpRequest, node_id: int, **words: Any) -> HttpResponseBase:
        actor = comer(request, node_id)
        reached = reach(actor, node_id, Right.READ)
        if reached.entry.media_type != files.MARKDOWN:
            return HttpResponseRedirect(reverse("node", args=[node_id]))
        return page(request, Come(actor, reached), **words)

    return view


def of_pad_for_guests_too(page: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Do as `of_pad`, for guests too; who is neither is asked to sign in, whatever is there."""
    signed_in = of_pad(page)

    @login_not_required
    @require_safe
    @wraps(page)
    def view(request: HttpRequest, node_id: int, **words: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return signed_in(request, node_id=node_id, **words)
        actor, guest = guest_at(request, node_id)
        try:
            reached = reach(actor, node_id, Right.READ)
        except (NotFound, Denied):
            return redirect_to_login(request.get_full_path())
        if reached.entry.media_type != files.MARKDOWN:
            return redirect_to_login(request.get_full_path())
        return page(request, Come(actor, reached, guest), **words)

    return view
