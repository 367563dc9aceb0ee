"""Room in a space. It is checked where it is counted, in the same UPDATE: two writers cannot both take the last byte."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from cartable.identity.actors import Actor
from cartable.kernel.errors import QuotaExceeded
from cartable.spaces.access import Right, reach
from cartable.spaces.models import Space

WITHOUT_LIMIT = -1


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
        return max(0, self.quota - self.used) if self.quota >= 0 else WITHOUT_LIMIT


def add(space_id: int, *, live: int = 0, trash: int = 0, versions: int = 0) -> None:
    """Count bytes (negative: uncount) of live files, of the trash, of versions. Raises QuotaExceeded, only for more live bytes."""
    if not (live or trash or versions):
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE spaces_space SET used = used + %s, used_trash = used_trash + %s, used_versions = used_versions + %s "
            "WHERE id = %s AND (%s <= 0 OR quota < 0 OR used + %s <= quota)",
            [live, trash, versions, space_id, live, live],
        )
        if cursor.rowcount == 0:
            raise QuotaExceeded(space_id)


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
