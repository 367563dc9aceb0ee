"""Dead properties: XML that clients keep with a node and that means nothing to us (RFC 4918 §4).

They are no part of a file's content: to change one changes no ETag.
"""

from collections.abc import Collection, Iterable, Mapping

from django.db import transaction

from cartable.identity.actors import Actor
from cartable.kernel.errors import TooLarge
from cartable.spaces import changes, content, listing, locks
from cartable.spaces.access import Right
from cartable.spaces.models import Property

Name = tuple[str, str]  # namespace, local name

MAX_SIZE = 64 * 1024  # characters of one value
MAX_COUNT = 200  # on one node


def of(node_ids: Iterable[int], names: Collection[Name] | None = None) -> dict[int, dict[Name, str]]:
    """Return the properties of nodes one has reached, those of these names or all, by node, in one query."""
    rows = Property.objects.filter(node__in=list(node_ids)).order_by("pk")
    if names is not None:
        rows = rows.filter(name__in={name for _, name in names})
    found: dict[int, dict[Name, str]] = {}
    for node, namespace, name, xml in rows.values_list("node_id", "namespace", "name", "xml"):
        if names is None or (namespace, name) in names:
            found.setdefault(node, {})[namespace, name] = xml
    return found


@transaction.atomic
def change(
    actor: Actor,
    node_id: int,
    wanted: Mapping[Name, str | None],
    *,
    starred: bool | None = None,
    mtime: int | None = None,
) -> None:
    """Keep properties of a node (None: forget one), star it or not, and date it, all or nothing.

    The actor needs WRITE, or only VIEW to star. Raises NotFound, Denied, Locked, TooLarge.
    """
    if starred is not None:
        listing.star(actor, node_id, on=starred)
    if mtime is not None:
        content.date(actor, node_id, mtime)
    if not wanted:
        return
    reached, _ = changes.enter(actor, node_id, Right.WRITE)
    locks.respect(actor, reached.chain)
    for (namespace, name), xml in wanted.items():
        kept = Property.objects.filter(node=node_id, namespace=namespace, name=name)
        if xml is None:
            kept.delete()
        elif len(xml) > MAX_SIZE:
            raise TooLarge(name)
        else:
            Property.objects.update_or_create(node_id=node_id, namespace=namespace, name=name, defaults={"xml": xml})
    if Property.objects.filter(node=node_id).count() > MAX_COUNT:
        raise TooLarge(node_id)
