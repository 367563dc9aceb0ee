"""A share as Nextcloud's clients read it, whatever their number in a fixed number of queries."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone

from cartable.identity import directory
from cartable.identity.actors import EVERYONE, Actor
from cartable.identity.directory import Hit
from cartable.kernel.errors import BadInput
from cartable.options import public_url
from cartable.spaces import homes, paths
from cartable.spaces.access import Reached, Right, Role, seen
from cartable.spaces.lineage import lineages
from cartable.spaces.sharing import Share

PERSON, GROUP, LINK = 0, 1, 3  # shareType
FILE_BITS = {Role.VIEW: 1, Role.READ: 1, Role.COMMENT: 1, Role.WRITE: 3, Role.MANAGE: 19, Role.DEPOSIT: 4}
FOLDER_BITS = {**FILE_BITS, Role.WRITE: 15, Role.MANAGE: 31}


def principal_of(kind: int, who: str) -> str:
    """Return the principal that a client calls by a share type and an id. Raises BadInput, NotFound."""
    if kind == PERSON:
        return f"person:{directory.by_sub(who).pk}"
    if kind == GROUP and (who == EVERYONE or who.partition(":")[0] in {"team", "structure"}):
        return who
    raise BadInput(kind)


def described(actor: Actor, shares: Iterable[Share]) -> list[dict[str, Any]]:
    """Return shares as clients read them; those of nodes the actor does not see are left out."""
    found = list(shares)
    reached = seen(actor, lineages({share.node for share in found}).values()) if found else {}
    if not reached:
        return []
    owners = homes.owners_of({one.entry.space for one in reached.values()})
    principals = {share.principal for share in found} | {owner for owner, _ in owners.values()}
    people = directory.names_of(principals | {f"person:{share.given_by}" for share in found})
    spelled = paths.spelled(actor, (one.chain for one in reached.values()))
    return [
        _described(actor, share, node, people, owners[node.entry.space][0], spelled.get(node.id, f"/{node.entry.name}"))
        for share in found
        if (node := reached.get(share.node))
    ]


def _described(
    actor: Actor, share: Share, node: Reached, people: Mapping[str, Hit], owner: str, path: str
) -> dict[str, Any]:
    entry = node.entry
    given_by = people.get(f"person:{share.given_by}", Hit("", "", ""))
    file_owner = people.get(owner, given_by)
    manages = node.may(Right.MANAGE)
    bits = (FOLDER_BITS if entry.is_folder else FILE_BITS)[share.role]
    return {
        "id": str(share.id),
        "share_type": _type(share.principal),
        "uid_owner": given_by.sub,
        "displayname_owner": given_by.name,
        "permissions": bits,
        "can_edit": manages,
        "can_delete": manages or share.principal == f"person:{actor.person}",
        "stime": int(share.given_at.timestamp()),
        "parent": None,
        "expiration": _last_day(share),
        "token": share.link or None,
        "uid_file_owner": file_owner.sub or owner,
        "note": share.note,
        "label": share.label,
        "displayname_file_owner": file_owner.name,
        "path": path,
        "item_type": "folder" if entry.is_folder else "file",
        "item_permissions": bits,
        "is-mount-root": False,
        "mount-type": "",
        "mimetype": entry.media_type,
        "has_preview": False,
        "storage_id": f"space::{entry.space}",
        "storage": entry.space,
        "item_source": entry.id,
        "file_source": entry.id,
        "file_parent": entry.parent or entry.id,
        "file_target": path,
        "item_size": entry.size,
        "item_mtime": entry.mtime,
        **_recipient(share, people),
        "mail_send": 0,
        "hide_download": 1 if share.role == Role.VIEW else 0,
        "attributes": None,
    }


def _recipient(share: Share, people: Mapping[str, Hit]) -> dict[str, Any]:
    if share.link:
        hidden = "***" if share.has_password else None
        name = "(Shared link)"  # as the peers' own: clients know it
        url = f"{public_url()}/s/{share.link}"
        return {
            "share_with": hidden, "share_with_displayname": name, "password": hidden, "send_password_by_talk": False,
            "url": url,
        }  # fmt: skip
    hit = people.get(share.principal, Hit(share.principal, share.principal, ""))
    who = hit.sub or share.principal
    return {
        "share_with": who, "share_with_displayname": hit.name or who, "share_with_displayname_unique": hit.place or who,
        "status": [],
    }  # fmt: skip


def _type(principal: str) -> int:
    kind = principal.partition(":")[0]
    return {"person": PERSON, "link": LINK}.get(kind, GROUP)


def _last_day(share: Share) -> str | None:
    """Return the last day a share is valid, as the peers write it."""
    if share.expires_at is None:
        return None
    return f"{timezone.localdate(share.expires_at - timedelta(seconds=1)):%Y-%m-%d} 00:00:00"
