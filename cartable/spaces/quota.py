"""Room in a space. It is checked where it is counted, in the same UPDATE: two writers cannot both take the last byte.

The trash and the versions have room of their own, so that nobody loses a document's past to make room for another. What
they hold beyond it counts with the documents: to throw away is never refused, to write more then is. The oldest of it goes
by a task, and nothing that came there within a week.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.db.models import F, Q

from cartable.identity.actors import Actor
from cartable.kernel.errors import QuotaExceeded
from cartable.options import options
from cartable.spaces.access import Right, reach
from cartable.spaces.models import Space

WITHOUT_LIMIT = -1
YOUNG = timedelta(days=7)  # what came into the trash or became a version since is never taken for room


@dataclass(frozen=True, slots=True)
class Room:
    """What a space holds and may hold, in bytes. `quota` is -1 without limit."""

    quota: int
    used: int
    used_trash: int
    used_versions: int

    @property
    def free(self) -> int:
        """Bytes that can still be written; -1 without limit."""
        if self.quota < 0:
            return WITHOUT_LIMIT
        return max(0, self.quota - self.counted)

    @property
    def for_trash(self) -> int:
        """Bytes that the trash may hold without counting with the documents; -1 without limit."""
        return self.quota * options.trash_room // 100 if self.quota >= 0 else WITHOUT_LIMIT

    @property
    def for_versions(self) -> int:
        """Bytes that versions may hold without counting with the documents; -1 without limit."""
        return self.quota * options.version_room // 100 if self.quota >= 0 else WITHOUT_LIMIT

    @property
    def trash_beyond(self) -> int:
        """Bytes of the trash that its own room does not hold."""
        return max(0, self.used_trash - self.for_trash) if self.quota >= 0 else 0

    @property
    def versions_beyond(self) -> int:
        """Bytes of versions that their own room does not hold."""
        return max(0, self.used_versions - self.for_versions) if self.quota >= 0 else 0

    @property
    def counted(self) -> int:
        """Bytes that count against the quota."""
        return self.used + self.trash_beyond + self.versions_beyond


_ADD = """
UPDATE spaces_space SET used = used + %s, used_trash = used_trash + %s, used_versions = used_versions + %s WHERE id = %s
"""
_FITS = """
AND (quota < 0 OR (%s <= 0 AND (%s <= 0 OR used_versions + %s <= quota * %s / 100)) OR used + %s
    + CASE WHEN used_trash + %s > quota * %s / 100 THEN used_trash + %s - quota * %s / 100 ELSE 0 END
    + CASE WHEN used_versions + %s > quota * %s / 100 THEN used_versions + %s - quota * %s / 100 ELSE 0 END <= quota)
"""


def add(space_id: int, *, live: int = 0, trash: int = 0, versions: int = 0) -> None:
    """Count bytes (negative: uncount) of live files, of the trash, of versions.

    Raises QuotaExceeded, only for more live bytes, or for more versions than have room of their own.
    """
    if not (live or trash or versions):
        return
    t, v = options.trash_room, options.version_room
    with connection.cursor() as cursor:
        cursor.execute(
            _ADD + _FITS,
            [
                live, trash, versions, space_id,
                live, versions, versions, v, live, trash, t, trash, t, versions, v, versions, v,
            ],
        )  # fmt: skip
        if cursor.rowcount == 0:
            raise QuotaExceeded(space_id)


def carry(space_id: int, *, live: int = 0, trash: int = 0, versions: int = 0) -> None:
    """Do as `add`, and refuse nothing: they come with a folder whose room was taken when it set out."""
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [live, trash, versions, space_id])


def beyond() -> dict[int, Room]:
    """Return the spaces whose trash or versions hold more than has room there, where nothing is on its way."""
    full = Q(used_trash__gt=F("quota") * options.trash_room / 100)
    full |= Q(used_versions__gt=F("quota") * options.version_room / 100)
    return rooms_of(Space.objects.filter(full, quota__gte=0, transits=0).values_list("pk", flat=True))


def refuse_over(space_id: int, live: int) -> None:
    """Raise QuotaExceeded if this many more bytes would not fit now, before anyone sends them."""
    room = room_of(space_id)
    if room.quota >= 0 and live > room.free:
        raise QuotaExceeded(space_id)


def room(actor: Actor, node_id: int) -> Room:
    """Return the room of the space a node is in. The actor needs VIEW. Raises NotFound."""
    return room_of(reach(actor, node_id, Right.VIEW).entry.space)


def room_of(space_id: int) -> Room:
    """Return the room of a space, without asking who may know."""
    return Room(*Space.objects.values_list("quota", "used", "used_trash", "used_versions").get(pk=space_id))


def rooms_of(space_ids: Iterable[int]) -> dict[int, Room]:
    """Return the rooms of some spaces, in one query, without asking who may know."""
    rows = Space.objects.filter(pk__in=set(space_ids)).values_list("pk", "quota", "used", "used_trash", "used_versions")
    return {pk: Room(*row) for pk, *row in rows}
