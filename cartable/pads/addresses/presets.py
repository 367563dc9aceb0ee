"""To whom a pad is open, in the six words of HedgeDoc: each is two links of the tree that its addresses are (decision 23).

One is to an agent who is signed in and has an address of the pad, one to anybody who has. Both are grants, shown and changed in the
share dialog like any other; people and teams named there come on top. The first opens nothing by its own URL: it is used up.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from django.db import transaction
from django.utils.translation import gettext as _

from cartable.identity.actors import EVERYONE, Actor, holder
from cartable.kernel.errors import BadInput
from cartable.options import options
from cartable.pads.addresses.models import Pad, Visit
from cartable.spaces import sharing
from cartable.spaces.access import Role
from cartable.spaces.sharing import Share

Roles = tuple[Role | None, Role | None]  # of an agent who has the address; of anybody who has

PRESETS: dict[str, Roles] = {
    "freely": (Role.WRITE, Role.WRITE),
    "editable": (Role.WRITE, Role.READ),
    "limited": (Role.WRITE, None),
    "locked": (Role.READ, Role.READ),
    "protected": (Role.READ, None),
    "private": (None, None),
}
if options.pads_preset not in PRESETS:
    raise ValueError(f"CARTABLE_PADS_PRESET: {options.pads_preset!r} is none of {', '.join(PRESETS)}")


def of(actor: Actor, node: int) -> str:
    """Return the preset of a pad; empty if what is given is none of the six. The actor needs MANAGE. Raises NotFound, Denied."""
    agents, anybody = _given(actor, node)
    roles = (agents and agents.role, anybody and anybody.role)
    return next((preset for preset, wanted in PRESETS.items() if wanted == roles), "")


@transaction.atomic
def apply(actor: Actor, node: int, preset: str) -> None:
    """Open a pad to whom a preset says. The actor needs MANAGE. Raises NotFound, Denied, BadInput.

    Where the site opens pads to nobody who is not signed in, there is no link for these.
    """
    if preset not in PRESETS:
        raise BadInput(preset)
    (agents, anybody), (to_agents, to_anybody) = _given(actor, node), PRESETS[preset]

    def open_to_agents(role: Role) -> None:
        made = sharing.make_link(
            actor, node, role, downloads_max=0, label=_("Adresse du pad, pour les agents connectés")
        )
        Pad.objects.update_or_create(node=node, defaults={"agents": made.number})

    def open_to_anybody(role: Role) -> None:
        made = sharing.make_link(actor, node, role, label=_("Adresse du pad"))
        Pad.objects.update_or_create(node=node, defaults={"link": made.link})

    _have(actor, agents, to_agents, open_to_agents)
    _have(actor, anybody, to_anybody if options.pads_guests else None, open_to_anybody)


def visitor(actor: Actor, *nodes: int) -> Actor:
    """Return as whom somebody who has an address of some pads comes to them: themselves, with what their links give. Three queries.

    Who is not signed in writes only where the operator says so; else they read, whatever a link gives.
    """
    rows = list(Pad.objects.filter(node__in=nodes).values_list("agents", "link"))
    numbers = [agents for agents, _ in rows if agents is not None] if EVERYONE in actor.principals else []
    if options.pads_guests:
        numbers += sharing.open_links([token for _, token in rows if token])
    came = _with(actor, numbers)
    if actor.person is None and not options.pads_guests_write:
        return replace(came, principals=actor.principals, fading=came.principals)
    return came


def regular(actor: Actor, node: int) -> Actor:
    """Do as `visitor` for who came by an address once, and has the pad in their history; others come as themselves."""
    has = actor.person is not None and Visit.objects.filter(person=actor.person, node=node).exists()
    return visitor(actor, node) if has else actor


def agent(actor: Actor, nodes: Collection[int]) -> Actor:
    """Return the actor with what the addresses of these pads are to an agent. One query."""
    if EVERYONE not in actor.principals:
        return actor
    numbers = Pad.objects.filter(node__in=list(nodes)).values_list("agents", flat=True)
    return _with(actor, [number for number in numbers if number is not None])


def _with(actor: Actor, links: Iterable[int]) -> Actor:
    return replace(actor, principals=actor.principals.union(*(holder(number).principals for number in links)))


def _given(actor: Actor, node: int) -> tuple[Share | None, Share | None]:
    """Return the links that the addresses of a pad are: to agents, to anybody."""
    shares = [one for one in sharing.of(actor, node) if one.link]
    number, token = _links(node)
    agents = next((one for one in shares if one.number == number), None)
    return agents, next((one for one in shares if one.link == token), None)


def _links(node: int) -> tuple[int | None, str]:
    """Return the number of the link to agents, and the token of that to anybody; None and empty where there is none."""
    return Pad.objects.filter(node=node).values_list("agents", "link").first() or (None, "")


def _have(actor: Actor, share: Share | None, role: Role | None, make: Callable[[Role], None]) -> None:
    """See that a link gives a role, or that there is none."""
    if share and role is None:
        sharing.revoke(actor, share.id)
    elif share and role is not None and share.role != role:
        sharing.change(actor, share.id, role=role)
    elif share is None and role is not None:
        make(role)
