"""Two people became one: what becomes of their documents and of what they were given. Declared in `apps.py`."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import transaction

from cartable.identity.actors import Actor
from cartable.kernel import audit, clock
from cartable.kernel.errors import NotFound
from cartable.spaces import crossing, departing, homes, lineage, trash, tree
from cartable.spaces.models import Favorite, Grant, Lock, Mount, Node, Space
from cartable.spaces.quota import Room

Log = dict[str, Any]


@transaction.atomic
def merge(survivor: int, loser: int) -> Log:
    """Put what the other had into a folder of the survivor's space, of that day; give the survivor what they were given.

    What is in the other's trash is in the survivor's, for as long as it had left. Ids, links and what was shared stay. Room is
    that of both, until `settle`. Returns what `unmerge` and `settle` need.
    """
    log = {"folder": None, "nodes": [], "trash": [], "quota": 0, **_move_grants(survivor, loser)}
    Mount.objects.filter(person=loser).delete()  # their names are drawn anew
    log |= _move_stars(survivor, loser)
    Lock.objects.filter(holder=f"person:{loser}").update(holder=f"person:{survivor}")
    space = Space.objects.filter(owner=f"person:{loser}").first()
    if space is None or space.root_id is None:
        return log
    if space.asleep:
        departing.wake(space.pk)  # its owner is back, as the survivor
    home = homes.home(f"person:{survivor}")
    list(
        Space.objects.select_for_update().filter(pk__in=[space.pk, home.space]).order_by("pk")
    )  # nothing arrives meanwhile
    log |= _lend(home.space, space)
    log |= _move_files(survivor, loser, space)
    log["trash"] = _move_trash(space.root_id, log["folder"] or home.root)
    log["joined"] += _close(space.root_id, loser)
    return log


@transaction.atomic
def unmerge(survivor: int, loser: int, log: Log) -> None:
    """Give back what `merge` moved, wherever it is now in the survivor's space, its trash too; what came since stays."""
    for node, rights, given_by in log["joined"]:
        if Node.objects.filter(pk=node).exists():
            Grant.objects.get_or_create(
                node_id=node, principal=f"person:{loser}", defaults={"rights": rights, "given_by": given_by}
            )
    _move_files_back(survivor, loser, log)
    for grant, rights in log["widened"]:
        Grant.objects.filter(pk=grant).update(rights=rights)
    Grant.objects.filter(pk__in=log["grants"]).update(principal=f"person:{loser}")
    Grant.objects.filter(pk__in=log["given"]).update(given_by=loser)
    _move_stars_back(survivor, loser, log)


def settle(survivor: int, log: Log, since: datetime) -> bool:
    """End the room that a merge lent, and return whether there was any: that of the larger of the two stays, and never less than what is there.

    Where somebody has given the space another room `since`, it is that one.
    """
    lent, space = log.get("quota", 0), Space.objects.select_for_update().filter(owner=f"person:{survivor}").first()
    if not lent or space is None or space.quota < lent:
        return False
    given = audit.acts_on("account", survivor, verbs=["quota.allot"], limit=1)
    room = Room(space.quota, space.used, space.used_trash, space.used_versions)
    own = min(space.quota - lent, log.get("before", space.quota))
    lender = Space.objects.filter(pk=log.get("lender", 0)).values_list("quota", flat=True)
    theirs = min([lent, *lender])  # its own is settled first
    since_lent = space.quota - lent - own  # by merges that came after: each is settled in its turn
    least = max(max(own, theirs) + since_lent, room.used + room.used_trash + room.used_versions)
    if least >= space.quota or (given and given[0].at > since):
        return False
    Space.objects.filter(pk=space.pk).update(quota=least)
    audit.record("quota.settle", account=survivor, quota=least, before=space.quota)
    return True


def _lend(home: int, space: Space) -> Log:
    """Give the survivor's space the room of the other's beside its own, if anything is there, also what merges lent that one."""
    if space.quota <= 0 or not Node.objects.filter(parent_id=space.root_id).exists():
        return {}
    before = _quota(home)
    Space.objects.filter(pk=home).exclude(quota=-1).update(quota=before + space.quota)
    return {"quota": space.quota, "before": before, "lender": space.pk}


def _move_stars(survivor: int, loser: int) -> Log:
    """Let the survivor have starred what the other had; what both had keeps one star."""
    both = list(Favorite.objects.filter(person=survivor).values_list("node_id", flat=True))
    stars = Favorite.objects.filter(person=loser)
    doubles = stars.filter(node_id__in=both)
    log = {"stars": list(stars.exclude(node_id__in=both).values_list("pk", flat=True))}
    log["starred"] = list(doubles.values_list("node_id", flat=True))
    doubles.delete()
    stars.update(person=survivor)
    return log


def _move_stars_back(survivor: int, loser: int, log: Log) -> None:
    Favorite.objects.filter(pk__in=log.get("stars", ()), person=survivor).update(person=loser)
    there = Node.objects.filter(pk__in=log.get("starred", ()))
    for node in there.values_list("pk", flat=True):
        Favorite.objects.get_or_create(person=loser, node_id=node)


def _move_grants(survivor: int, loser: int) -> Log:
    """Give the survivor what the other was given: of two grants on one node, the rights of both."""
    log: Log = {"grants": [], "widened": [], "joined": []}
    log["given"] = list(Grant.objects.filter(given_by=loser).values_list("pk", flat=True))
    Grant.objects.filter(given_by=loser).update(given_by=survivor)
    own = Space.objects.filter(owner=f"person:{loser}").values("root_id")
    theirs = Grant.objects.filter(principal=f"person:{loser}").exclude(node_id__in=own)
    held = {one.node_id: one for one in Grant.objects.filter(principal=f"person:{survivor}")}
    for grant in list(theirs):
        same = held.get(grant.node_id)
        if same is None:
            log["grants"].append(grant.pk)
            Grant.objects.filter(pk=grant.pk).update(principal=f"person:{survivor}")
            continue
        log["joined"].append([grant.node_id, grant.rights, grant.given_by])
        if same.rights | grant.rights != same.rights:
            log["widened"].append([same.pk, same.rights])
            Grant.objects.filter(pk=same.pk).update(rights=same.rights | grant.rights)
        grant.delete()
    return log


def _move_files(survivor: int, loser: int, space: Space) -> Log:
    nodes = list(
        Node.objects.filter(parent_id=space.root_id, trashed_at=None).order_by("pk").values_list("pk", flat=True)
    )
    if not nodes:
        return {}
    both, home = _both(survivor, loser), homes.home(f"person:{survivor}")
    wanted = name = f"Ancien compte ({clock.today()})"
    number = 1
    while Node.objects.filter(parent_id=home.root, name=name, trashed_at=None).exists():
        number += 1
        name = f"{wanted} {number}"
    folder = tree.make_folder(both, home.root, name)
    for node in nodes:
        tree.move(both, node, into=folder.id)
    return {"folder": folder.id, "nodes": nodes}


def _move_files_back(survivor: int, loser: int, log: Log) -> None:
    moved = [*log["nodes"], *log.get("trash", ())]
    if not moved:
        return
    both, home = _both(survivor, loser), homes.home(f"person:{loser}")
    mine = homes.home(f"person:{survivor}").space
    folder = Node.objects.filter(pk=log["folder"]).first()
    if folder and folder.trashed_at:
        trash.restore(both, folder.pk)  # thrown away whole, it kept what was the other's
    for node in Node.objects.filter(pk__in=moved, space_id=mine, trashed_at=None).order_by("pk"):
        with suppress(NotFound):  # in a folder that was thrown away: it stays there
            tree.move(both, node.pk, into=home.root)
    _bring_trash(moved, mine, home.root)
    Space.objects.filter(pk=mine).exclude(quota=-1).update(quota=max(0, _quota(mine) - log["quota"]))
    if folder and not Node.objects.filter(parent=folder, trashed_at=None).exists():
        trash.discard(both, folder.pk)


def _move_trash(root: int, into: int) -> list[int]:
    """Put what is in the trash of the other's space, and was at its root, into that of the survivor's; the rest went with its folder."""
    space = lineage.entry(root)
    held = Node.objects.filter(parent_id=root).exclude(trashed_at=None).order_by("pk")
    return _bring_trash(list(held.values_list("pk", flat=True)), space.space, into) if space else []


def _bring_trash(nodes: list[int], source: int, into: int) -> list[int]:
    """Put those of some nodes that are in the trash of a space into that of the folder `into`, and return them."""
    held = Node.objects.filter(pk__in=nodes, space_id=source).exclude(trashed_at=None)
    thrown, folder = list(held.order_by("pk").values_list("pk", flat=True)), lineage.entry(into)
    if thrown and folder:
        crossing.bring_trash(source, folder, thrown)
    return thrown


def _close(root: int, loser: int) -> list[list[Any]]:
    """Take the other's own space from them, so that what they were sending is refused and not kept where nobody looks."""
    own = Grant.objects.filter(node=root, principal=f"person:{loser}")
    kept = [[one.node_id, one.rights, one.given_by] for one in own]
    own.delete()
    return kept


def _both(survivor: int, loser: int) -> Actor:
    return Actor(frozenset({f"person:{survivor}", f"person:{loser}"}), person=survivor)


def _quota(space: int) -> int:
    found = Space.objects.filter(pk=space).values_list("quota", flat=True).first()
    if found is None:
        raise NotFound(space)
    return found
