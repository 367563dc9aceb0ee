"""Who comes to a page of a pad: one way in for all of them, with what the addresses of the pad give to who came by them once."""

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from cartable.identity.actors import Actor
from cartable.identity.requests import actor_of
from cartable.pads import files
from cartable.pads.addresses import presets
from cartable.spaces.access import Reached, Right, reach


def comer(request: HttpRequest, node: int) -> Actor:
    """Return as whom somebody comes to a pad."""
    return presets.regular(actor_of(request), node)


class Come(NamedTuple):
    """Somebody who came to a pad, as whom they are there, and what they reached."""

    actor: Actor
    pad: Reached


def of_pad(page: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Make a page of a pad (`page(request, come, …)`) the view of a node, for who may read it.

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
