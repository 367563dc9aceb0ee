"""Where a document is, as pages say it: the folders above it that the reader may see, each with its address."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from cartable.identity.actors import Actor
from cartable.spaces import homes
from cartable.spaces.access import Reached, seen_above
from cartable.spaces.entries import Entry
from cartable.web.formats import harmless


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a trail. `node` is the folder's id; None for a page that is not one."""

    name: str
    href: str
    node: int | None = None


def name_of(actor: Actor, entry: Entry) -> str:
    """Return what a document is called: its name; for the root of a space, whose it is."""
    if entry.parent is not None:
        return harmless(entry.name)
    home = homes.home_of(actor) if actor.person is not None else None
    return _("Documents") if home and home.root == entry.id else homes.title_of(entry.space)


def trail(actor: Actor, reached: Reached) -> list[Step]:
    """Return the way to a document from the furthest folder above it that the actor may see; from "shared" if not a root."""
    above = seen_above(actor, reached)
    steps = [Step(name_of(actor, one), reverse("node", args=[one.id]), one.id) for one in reversed(above)]
    top = above[-1] if above else reached.entry
    return steps if top.parent is None else [Step(_("Partagés avec moi"), reverse("shared")), *steps]


def href(entry: Entry) -> str:
    """Return the address of a document, the same for ever."""
    return reverse("node", args=[entry.id])
