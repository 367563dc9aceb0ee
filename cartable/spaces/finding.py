"""Search by name among what one may see: in the actor's spaces, and in what was shared with them."""

from django.db import connection

from cartable.identity.actors import Actor
from cartable.kernel import given
from cartable.kernel.letters import plain, plain_sql
from cartable.spaces import homes, mounts, transit
from cartable.spaces.lineage import among, one_of
from cartable.spaces.listing import Found, found

TRIED = 500  # names that match, looked at before the answer is cut


def by_name(actor: Actor, text: str, limit: int = 50) -> list[Found]:
    """Return nodes whose name holds `text`, in any case and with any accents, that the actor may see.

    At most `limit`, folders first, then those it begins.
    """
    wanted = plain(given.text(text, 255))
    if len(wanted) < 2:
        return []
    spaces = spaces_of(actor)
    if not spaces:
        return []
    pattern = "%" + wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    name = plain_sql("n.name")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT n.id FROM spaces_node n WHERE n.space_id {one_of(spaces)} AND n.trashed_at IS NULL "  # noqa: S608
            f"AND n.parent_id IS NOT NULL AND {name} LIKE %s ESCAPE '\\' "
            f"ORDER BY n.kind DESC, CASE WHEN {name} LIKE %s ESCAPE '\\' THEN 0 ELSE 1 END, n.name LIMIT %s",
            [*among(spaces), pattern, pattern[1:], TRIED],
        )
        ids = [row[0] for row in cursor.fetchall()]
    return found(actor, ids)[:limit]


def spaces_of(actor: Actor) -> list[int]:
    """Return the spaces where searches of the actor look: those they belong to, those of what was shared with them. Three queries."""
    seen = {home.space for home in homes.homes_of(actor)} | {one.entry.space for one in mounts.of(actor)}
    return transit.reaching(seen)
