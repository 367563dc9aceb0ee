"""Room as administrators give it: of a person on whom they may act, of a structure, of a team that a structure formed.

They read how much is there, and nothing of what it is. An owner is written as `person:` and their opaque id, `structure:` or
`team:` and its number.
"""

from collections.abc import Collection
from typing import Any

from django.db import transaction

from cartable.identity import delegations, teams
from cartable.identity.actors import Actor
from cartable.identity.delegations import Act
from cartable.identity.models import Structure
from cartable.kernel import audit, given
from cartable.kernel.errors import BadInput, Conflict, NotFound
from cartable.spaces import homes
from cartable.spaces.models import Space
from cartable.spaces.quota import Room

MOST = 10**13  # bytes that an administrator may allot to one space


class TooNarrow(Conflict):
    """What a space holds would no longer fit."""


def room_of(actor: Actor, owner: str) -> Room:
    """Return the room of an owner's space, or what it would be: none is opened for this. Raises Denied, NotFound."""
    principal = _reach(actor, owner)[0]
    return _rooms([principal])[principal]


def rooms_at(actor: Actor, structure: Structure) -> list[tuple[str, str, Room]]:
    """Return the owner, the name and the room of the space of a structure, and of each team it formed. Raises Denied."""
    delegations.office(actor, Act.QUOTAS, structure.pk)
    owners = {f"structure:{structure.pk}": structure.name}
    owners |= {f"team:{one.pk}": one.name for one in teams.formed_by(structure)}
    return [(owner, owners[owner], room) for owner, room in _rooms(owners).items()]


def _rooms(owners: Collection[str]) -> dict[str, Room]:
    rows = Space.objects.filter(owner__in=owners).values_list("owner", "quota", "used", "used_trash", "used_versions")
    known = {owner: Room(*row) for owner, *row in rows}
    return {one: known.get(one) or Room(homes.QUOTAS[one.partition(":")[0]], 0, 0, 0) for one in owners}


@transaction.atomic
def allot(actor: Actor, owner: str, quota: int) -> None:
    """Give the space of an owner another room, in bytes.

    Raises Denied, NotFound; BadInput beyond MOST or below nothing; TooNarrow if what is there, in the trash or among versions would
    no longer fit: nothing is thrown away by this.
    """
    principal, about = _reach(actor, owner)
    if not 0 < quota <= MOST:
        raise BadInput(quota)
    number = homes.home(principal).space
    space = Space.objects.select_for_update().get(pk=number)
    room = Room(quota, space.used, space.used_trash, space.used_versions)
    if room.used > quota or room.trash_beyond or room.versions_beyond:
        raise TooNarrow(owner)
    Space.objects.filter(pk=number).update(quota=quota)
    audit.record("quota.allot", **about, quota=quota, before=space.quota)


def _reach(actor: Actor, owner: str) -> tuple[str, dict[str, Any]]:
    """Return the principal of an owner, and what the audit trail keeps of whose room it is and who changes it."""
    kind, _, name = owner.partition(":")
    if kind == "person":
        person = delegations.reach(actor, Act.QUOTAS, name)
        by = delegations.office_over(actor, Act.QUOTAS, person)
        return f"person:{person.pk}", {"account": person.pk, **delegations.signed(actor, by)}
    number = given.whole(name)
    if kind == "team":
        team, by = teams.administer(actor, number, Act.QUOTAS)
        return owner, {"team": team.pk, **delegations.signed(actor, by)}
    if kind != "structure":
        raise NotFound(owner)
    return owner, {"structure": number, **delegations.signed(actor, delegations.office(actor, Act.QUOTAS, number))}
