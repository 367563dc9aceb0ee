"""Pictures, films, sounds: what one has of a kind, wherever it is, the latest first. What a phone's gallery shows.

The kind of a file is what its name says, so that no content is opened to list them.
"""

import mimetypes
from collections.abc import Iterable
from functools import lru_cache

from django.db import connection

from cartable.identity.actors import Actor
from cartable.spaces.entries import MORE_TYPES
from cartable.spaces.finding import spaces_of
from cartable.spaces.lineage import among, one_of

LATEST = 1 << 62  # later than any date of a file


@lru_cache(100)
def suffixes(kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Return the endings of names of some kinds, each the beginning of a media type: `image/`. Pure."""
    known = {**mimetypes.common_types, **mimetypes.types_map, **MORE_TYPES}
    return tuple(sorted(suffix for suffix, media in known.items() if media.startswith(kinds)))


def dated(actor: Actor, kinds: Iterable[str], *, after: int = -1, before: int = LATEST, limit: int = 1000) -> list[int]:
    """Return files of some kinds in the actor's spaces and in what was shared with them, dated between two moments, the latest first.

    Who may see each is the caller's to ask. `after` and `before` are seconds since 1970, left out themselves.
    """
    endings = suffixes(tuple(sorted(kinds)))
    spaces = spaces_of(actor)
    if not endings or not spaces:
        return []
    named = " OR ".join(["lower(n.name) LIKE %s"] * len(endings))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT n.id FROM spaces_node n WHERE n.space_id {one_of(spaces)} AND n.trashed_at IS NULL "  # noqa: S608
            f"AND n.kind = 0 AND n.mtime > %s AND n.mtime < %s AND ({named}) ORDER BY n.mtime DESC, n.id DESC LIMIT %s",
            [*among(spaces), after, before, *(f"%{ending}" for ending in endings), limit],
        )
        return [row[0] for row in cursor.fetchall()]
