"""A person's root, as their sync clients see it: what is in their own space, and what was shared with them by name or team.

What shows is computed from the grants at each read, so that nothing is written when a team gains a folder; only the
name under which a node shows is kept, drawn the first time it is seen and the person's own afterwards. If the mounts
cannot be computed the answer is an error, never a shorter listing: a client would delete what it no longer lists.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connection, transaction

from cartable.identity.actors import Actor
from cartable.kernel import clock
from cartable.kernel.errors import NameTaken, NotFound
from cartable.spaces import homes
from cartable.spaces.entries import COLUMNS, Entry
from cartable.spaces.lineage import MAX_DEPTH, among, lineage, one_of
from cartable.spaces.models import Mount, Node
from cartable.spaces.names import child, clean_name


@dataclass(frozen=True, slots=True)
class Mounted:
    """A node that shows in a person's root under a name of their own."""

    entry: Entry
    name: str


def _statement(names: list[str], wide: list[str]) -> str:
    """Return the query of the live nodes that show in a root, whose folders above are live too.

    What is given by name or team shows; what is given more widely (`wide`), only where the person asked for it.
    """
    of_the_moment = "(g.expires_at IS NULL OR g.expires_at > %s) AND (g.rights & 1) = 1"
    return f"""
WITH RECURSIVE given(id) AS (
    SELECT g.node_id FROM spaces_grant g WHERE g.principal {one_of(names)} AND {of_the_moment}
    UNION
    SELECT g.node_id FROM spaces_mount m JOIN spaces_grant g ON g.node_id = m.node_id
    WHERE m.person = %s AND NOT m.hidden AND g.principal {one_of(wide)} AND {of_the_moment}
), up(id, at, parent_id, rank) AS (
    SELECT given.id, n.id, n.parent_id, 0 FROM given JOIN spaces_node n ON n.id = given.id WHERE n.trashed_at IS NULL
    UNION ALL
    SELECT up.id, n.id, n.parent_id, up.rank + 1 FROM up JOIN spaces_node n ON n.id = up.parent_id
    WHERE n.trashed_at IS NULL AND up.rank < {MAX_DEPTH}
)
SELECT {COLUMNS}, m.name, m.hidden, home.title FROM up
JOIN spaces_node n ON n.id = up.id JOIN spaces_space s ON s.id = n.space_id
JOIN spaces_node root ON root.id = up.at JOIN spaces_space home ON home.id = root.space_id
LEFT JOIN spaces_mount m ON m.node_id = n.id AND m.person = %s
WHERE up.parent_id IS NULL AND home.owner <> %s ORDER BY n.id
"""  # noqa: S608 - no text of a caller in it


def of(actor: Actor) -> list[Mounted]:
    """Return what shows in the actor's root beside what their own space holds. One query once every name is drawn.

    Structures' spaces and what is given to everyone do not show unless the person asked (`show`).
    """
    if actor.person is None:
        return []
    names = sorted(one for one in actor.principals if one.split(":")[0] in {"person", "team"})
    wide = sorted(actor.all_principals - set(names))
    width = len(Entry._fields)
    found, unnamed = [], []
    for row in _rows(actor, names, wide):
        entry, (name, hidden, title) = Entry._make(row[:width]), row[width:]
        if name is None:
            unnamed.append((entry, entry.name or title))
        elif not hidden:
            found.append(Mounted(entry, name))
    for entry, wanted in unnamed:
        found.append(Mounted(entry, _draw(actor, entry, wanted)))
    return found


def aside(actor: Actor) -> list[Mounted]:
    """Return what could show in the actor's root and does not: what they put away, then what is given widely, by name.

    What was put away bears the name it had there. Two queries beside those of `of`'s first time.
    """
    if actor.person is None:
        return []
    shown = {one.entry.id for one in of(actor)}
    width, found = len(Entry._fields), []
    for row in _rows(actor, sorted(actor.all_principals), []):
        entry, (name, _hidden, title) = Entry._make(row[:width]), row[width:]
        if entry.id not in shown:
            found.append((name is None, Mounted(entry, name or entry.name or title)))
    return [one for _wide, one in sorted(found, key=lambda pair: (pair[0], pair[1].name))]


def root_etag(actor: Actor, root: Entry, mounted: list[Mounted]) -> str:
    """Return the ETag of the actor's root: it changes when their space does, or anything mounted in it, or what is mounted."""
    if not mounted:
        return root.etag
    seen = [root.etag, *sorted(f"{one.entry.id}/{one.name}/{one.entry.seq}/{one.entry.etag}" for one in mounted)]
    return hashlib.blake2b("\n".join(seen).encode(), digest_size=12).hexdigest()


def named(actor: Actor, name: str) -> Mounted | None:
    """Return what shows under a name in the actor's root, beside what their own space holds."""
    mounted = of(actor)
    return next((one for one in mounted if name == one.name), None) or next(
        (Mounted(one.entry, name) for one in mounted if name == _stable(one)), None
    )


def apart(mounted: Iterable[Mounted], taken: Iterable[str]) -> list[Mounted]:
    """Return mounts under names that differ from those taken since by what the person's own space holds. Pure."""
    names = set(taken)
    return [Mounted(one.entry, _stable(one)) if one.name in names else one for one in mounted]


def _stable(one: Mounted) -> str:
    return f"{one.name[:200]} ({one.entry.id})"


@transaction.atomic
def rename(actor: Actor, node_id: int, name: str) -> None:
    """Give a mount another name in the actor's own root; the node keeps its own. Raises NotFound, BadName, NameTaken."""
    name = clean_name(name)
    if node_id not in {one.entry.id for one in of(actor)}:
        raise NotFound(node_id)
    root = lineage(homes.home_of(actor).root)[0]
    if child(root, name):
        raise NameTaken(name)
    try:
        with transaction.atomic():
            Mount.objects.filter(person=actor.active, node=node_id).update(name=name)
    except IntegrityError as taken:
        raise NameTaken(name) from taken


def hide(actor: Actor, node_id: int) -> str:
    """Put a mount away: it no longer shows in the actor's root, what was given stays. Returns its name. Raises NotFound."""
    name = next((one.name for one in of(actor) if one.entry.id == node_id), None)
    if name is None:
        raise NotFound(node_id)
    Mount.objects.filter(person=actor.active, node=node_id).update(hidden=True)
    return name


@transaction.atomic
def show(actor: Actor, node_id: int) -> str:
    """Make what was given to the actor show in their root, and return its name: the one it had there, if it is free.

    Raises NotFound.
    """
    chain, shown = lineage(node_id), _rows(actor, sorted(actor.all_principals), [])
    if not chain or node_id not in {row[0] for row in shown}:
        raise NotFound(node_id)
    known = Mount.objects.filter(person=actor.active, node=node_id)
    name, hidden = known.values_list("name", "hidden").first() or ("", True)
    if not hidden:
        return name
    known.delete()
    return _draw(actor, chain[0], name or chain[0].name or homes.title_of(chain[0].space))


def _rows(actor: Actor, names: list[str], wide: list[str]) -> list[tuple[Any, ...]]:
    now, narrow, wider = clock.now(), names or [""], wide or [""]
    with connection.cursor() as cursor:
        cursor.execute(
            _statement(narrow, wider),
            [*among(narrow), now, actor.person, *among(wider), now, actor.person, f"person:{actor.person}"],
        )
        return list(cursor.fetchall())


def _draw(actor: Actor, entry: Entry, wanted: str) -> str:
    """Keep and return a name for a node in the actor's root: the wanted one, or with the node's number if it is taken."""
    root = homes.home_of(actor).root
    stable = f"{wanted[:200]} ({entry.id})"
    taken = Node.objects.filter(parent=root, name=wanted, trashed_at=None).exists()
    for name in (stable,) if taken else (wanted, stable):
        try:
            with transaction.atomic():
                made, _ = Mount.objects.get_or_create(person=actor.somebody, node_id=entry.id, defaults={"name": name})
                return made.name
        except IntegrityError:
            continue
    raise NameTaken(wanted)
