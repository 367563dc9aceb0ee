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


def spaces(actor: Actor, entry: Entry) -> list[Step]:
    """Return, at the root of one of the actor's spaces, the way to each of them; nothing elsewhere, nor if there is but one."""
    found = homes.homes_of(actor) if entry.parent is None else []
    if len(found) < 2 or entry.space not in {one.space for one in found}:
        return []
    own = homes.home_of(actor)
    return [Step(title(one, own), reverse("node", args=[one.root]), one.root) for one in found]


def under(steps: list[Step]) -> str:
    """Return the entry of the menu that the end of a trail is under, by the name of its page."""
    return "shared" if steps and steps[0].node is None else "documents"


def title(home: homes.Home, own: homes.Home) -> str:
    """Return what a space is called on its owner's pages."""
    return _("Documents") if home == own else home.title


def href(entry: Entry) -> str:
    """Return the address of a document, the same for ever."""
    return reverse("node", args=[entry.id])
