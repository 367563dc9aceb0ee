"""To whom a pad is open, in the six words of HedgeDoc: each is two grants, to everyone and to who has its address (decision 23).

They are ordinary grants, shown and changed in the share dialog like any other; people and teams named there come on top.
"""

from dataclasses import replace

from django.db import transaction
from django.utils.translation import gettext as _

from cartable.identity.actors import EVERYONE, Actor
from cartable.kernel.errors import BadInput, Denied, Expired
from cartable.options import options
from cartable.pads.addresses.models import Pad
from cartable.spaces import sharing
from cartable.spaces.access import Role
from cartable.spaces.sharing import Share

Roles = tuple[Role | None, Role | None]  # of every agent; of whoever has the address, signed in or not

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
    everyone, link = _given(actor, node)
    roles = (everyone and everyone.role, link and link.role)
    return next((preset for preset, wanted in PRESETS.items() if wanted == roles), "")


@transaction.atomic
def apply(actor: Actor, node: int, preset: str) -> None:
    """Open a pad to whom a preset says. The actor needs MANAGE. Raises NotFound, Denied, BadInput.

    Where the site opens pads to nobody who is not signed in, there is no link.
    """
    if preset not in PRESETS:
        raise BadInput(preset)
    (everyone, link), (to_all, to_holders) = _given(actor, node), PRESETS[preset]
    if everyone and to_all is None:
        sharing.revoke(actor, everyone.id)
    elif to_all is not None and (everyone is None or everyone.role != to_all):
        sharing.give(actor, node, EVERYONE, to_all)
    _open(actor, node, link, to_holders if options.pads_guests else None)


def visitor(actor: Actor, node: int) -> Actor:
    """Return as whom somebody who has an address of a pad comes to it: themselves, with what its link gives, if it has one."""
    token = Pad.objects.filter(node=node).values_list("link", flat=True).first() if options.pads_guests else ""
    if not token:
        return actor
    try:
        holder, _share = sharing.follow(token)
    except (Denied, Expired):  # its owner gave it a password, or took it back
        return actor
    return replace(actor, principals=actor.principals | holder.principals)


def _given(actor: Actor, node: int) -> tuple[Share | None, Share | None]:
    """Return what a pad gives to everyone, and the link of its addresses."""
    shares = sharing.of(actor, node)
    token = Pad.objects.filter(node=node).exclude(link="").values_list("link", flat=True).first()
    everyone = next((one for one in shares if one.principal == EVERYONE), None)
    return everyone, next((one for one in shares if token and one.link == token), None)


def _open(actor: Actor, node: int, link: Share | None, role: Role | None) -> None:
    if link and role is None:
        sharing.revoke(actor, link.id)
        Pad.objects.filter(node=node).update(link="")
    elif link and link.role != role:
        sharing.change(actor, link.id, role=role)
    elif link is None and role is not None:
        made = sharing.make_link(actor, node, role, label=_("Adresse du pad"))
        Pad.objects.update_or_create(node=node, defaults={"link": made.link})
