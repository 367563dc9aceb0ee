"""The journal of all spaces together: for what is kept beside the tree and follows it, such as an index. It asks nobody who they are.

Lines are in the order of their ids, in which they are not all written: one that is begun may come to be seen after a later one. Whoever
follows goes on from what is `settled`, and so reads the last of them more than once.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from django.db import connection

from cartable.kernel import clock
from cartable.spaces.lineage import subtree
from cartable.spaces.media import suffixes
from cartable.spaces.models import Change

SETTLING = timedelta(minutes=1)  # longer than any transaction that writes a line
WHOLE = ("copy", "arrive")  # what is done to all that a folder holds, and said of the folder alone


class Followed(NamedTuple):
    """What some lines tell: the nodes that changed; the last line that was read, and the last of those that are settled."""

    nodes: list[int]
    read: int
    settled: int


def last() -> int:
    """Return the id of the last line."""
    return Change.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def follow(kinds: Sequence[str], after: int, limit: int) -> Followed:
    """Return the files of some kinds, each the beginning of a media type, that at most `limit` lines after one tell of.

    Of a folder that was copied, or came from another space, all nodes below it. Three queries at most, and one for each such folder.
    """
    rows = list(
        Change.objects.filter(pk__gt=after).order_by("pk").values_list("pk", "at", "node", "verb", "name")[:limit]
    )
    endings = suffixes(tuple(sorted(kinds)))
    nodes = {node for _pk, _at, node, _verb, name in rows if name.lower().endswith(endings)}
    for _pk, _at, node, verb, _name in rows:
        if verb in WHOLE and node not in nodes:
            nodes.update(subtree([node]))
    before = clock.now() - SETTLING
    settled = next((rows[at - 1][0] if at else after for at, row in enumerate(rows) if row[1] > before), None)
    read = rows[-1][0] if rows else after
    return Followed(sorted(nodes), read, read if settled is None else settled)


def named(kinds: Sequence[str], after: int, limit: int) -> list[int]:
    """Return the next files of some kinds, by id, in the trash or not: for who begins to follow."""
    endings = suffixes(tuple(sorted(kinds)))
    names = " OR ".join(["lower(name) LIKE %s"] * len(endings))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM spaces_node WHERE id > %s AND kind = 0 AND ({names}) ORDER BY id LIMIT %s",  # noqa: S608
            [after, *(f"%{one}" for one in endings), limit],
        )
        return [row[0] for row in cursor.fetchall()]
