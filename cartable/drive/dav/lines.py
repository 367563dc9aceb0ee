"""What a listing shows: one line for each resource, and the facts about many of them that are worth one query, if asked for."""

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from cartable.drive.dav.multistatus import href
from cartable.identity import directory
from cartable.identity.actors import Actor
from cartable.spaces import content, homes, listing, locks, mounts, quota
from cartable.spaces.access import Reached, Right, seen
from cartable.spaces.entries import FOLDER, Entry
from cartable.spaces.lineage import lineages
from cartable.spaces.locks import Held
from cartable.spaces.paths import Place


class Line(NamedTuple):
    """A node as one actor sees it in one place. Its name and ETag there may not be its own: those of a mount, of a root."""

    href: str
    name: str
    etag: str
    entry: Entry
    rights: Right
    letters: str  # of oc:permissions
    mounted: bool
    shared_with: tuple[str, ...] | None  # kinds of principals; None: not known yet


class Need(enum.Flag):
    """Facts that cost a query for the whole listing."""

    NOTHING = 0
    ROOM = enum.auto()
    OWNER = enum.auto()
    STARRED = enum.auto()
    CHECKSUMS = enum.auto()
    LOCKS = enum.auto()
    SHARES = enum.auto()
    SHAREES = enum.auto()


@dataclass(slots=True)
class Facts:
    """What was found out about the lines of one listing."""

    rooms: dict[int, quota.Room] = field(default_factory=dict)  # by space
    owners: dict[int, tuple[str, str]] = field(default_factory=dict)  # by space: id as clients know it, name
    starred: set[int] = field(default_factory=set)
    checksums: dict[int, bytes] = field(default_factory=dict)  # SHA-1, by blob
    locks: dict[int, list[Held]] = field(default_factory=dict)
    roots: dict[int, str] = field(default_factory=dict)  # where a locked node is
    shares: dict[int, list[str]] = field(default_factory=dict)  # principals
    people: dict[str, directory.Hit] = field(default_factory=dict)
    caller: str = ""  # the principal who asks


def letters(rights: Right, *, folder: bool, movable: bool, foreign: bool, mounted: bool) -> str:
    """Return `oc:permissions`: what clients let their users do (sabre's DavUtil, in its order). Pure.

    `movable`: the actor may write in the folder it is in. A mount can be renamed and put away, whatever is allowed inside.
    """
    writes = Right.WRITE in rights
    marks = (
        ("S", foreign),
        ("R", Right.MANAGE in rights),
        ("M", mounted),
        ("G", Right.READ in rights),
        ("D", movable or mounted),
        ("N", movable or mounted),
        ("V", movable),
        ("W", writes and not folder),
        ("CK", writes and folder),
    )
    return "".join(letter for letter, true in marks if true)


def of_place(place: Place, base: str) -> Line:
    """Return the line of what a place holds, at the path of the request."""
    node = place.node
    assert node is not None  # noqa: S101 - the caller made sure
    movable = place.folder is not None and not place.mounted and place.folder.may(Right.WRITE)
    path = base.rstrip("/") + ("/" if node.entry.is_folder else "")
    return _line(node, path, place.name, movable=movable, mounted=place.mounted, foreign=place.foreign)


def of_reached(reached: Reached, path: str, *, foreign: bool) -> Line:
    """Return the line of a node reached by other ways than its path, which is given."""
    movable = len(reached.chain) > 1 and reached.may(Right.WRITE)
    path = f"{path}/" if reached.entry.is_folder else path
    return _line(reached, path, reached.entry.name, movable=movable, mounted=False, foreign=foreign)


def root(actor: Actor, place: Place, base: str, mounted: Sequence[mounts.Mounted]) -> Line:
    """Return the line of an actor's root, whose ETag tells of the mounts too."""
    line = of_place(place, base)
    return line._replace(etag=mounts.root_etag(actor, line.entry, list(mounted)))


def below(actor: Actor, folder: Reached, base: str, *, foreign: bool) -> list[Line]:
    """Return the lines of what a folder holds, in two queries."""
    movable, prefix = folder.may(Right.WRITE), href(f"{base.rstrip('/')}/")
    known: dict[tuple[int, int], str] = {}
    lines = []
    for entry, rights, shared in listing.below(actor, folder):
        is_folder = entry.kind == FOLDER
        kind = (rights.value, entry.kind)
        if kind not in known:
            known[kind] = letters(rights, folder=is_folder, movable=movable, foreign=foreign, mounted=False)
        at = f"{prefix}{href(entry.name)}/" if is_folder else prefix + href(entry.name)
        lines.append(Line(at, entry.name, entry.etag, entry, rights, known[kind], mounted=False, shared_with=shared))
    return lines


def of_mounts(actor: Actor, mounted: Iterable[mounts.Mounted], base: str, taken: Iterable[str]) -> list[Line]:
    """Return the lines of the mounts of the actor's root, in two queries whatever their number."""
    named = mounts.apart(mounted, taken)
    reached = seen(actor, lineages(one.entry.id for one in named).values()) if named else {}
    prefix = f"{base.rstrip('/')}/"
    lines = []
    for one in named:
        if node := reached.get(one.entry.id):
            path = f"{prefix}{one.name}/" if one.entry.is_folder else prefix + one.name
            lines.append(_line(node, path, one.name, movable=False, mounted=True, foreign=True))
    return lines


def _line(node: Reached, path: str, name: str, *, movable: bool, mounted: bool, foreign: bool) -> Line:
    entry = node.entry
    may = letters(node.rights, folder=entry.is_folder, movable=movable, foreign=foreign, mounted=mounted)
    return Line(href(path), name, entry.etag, entry, node.rights, may, mounted, None)


def facts(actor: Actor, lines: Sequence[Line], need: Need, chain: Sequence[Entry] = ()) -> Facts:
    """Find out what is needed about some lines, one query or so for each need. `chain`: the folders above them all."""
    found = Facts(caller=actor.itself)
    ids = [line.entry.id for line in lines]
    spaces = {line.entry.space for line in lines}
    if need & Need.ROOM:
        found.rooms = quota.rooms_of(spaces)
    if need & Need.OWNER:
        found.owners = _owners(spaces)
    if need & Need.STARRED and actor.person is not None:
        found.starred = listing.starred(actor, ids)
    if need & Need.CHECKSUMS:
        found.checksums = content.sha1_of(line.entry.blob for line in lines if line.entry.blob is not None)
    if need & Need.LOCKS:
        _find_locks(found, lines, chain)
    if need & Need.SHAREES or (need & Need.SHARES and any(line.shared_with is None for line in lines)):
        found.shares = listing.shared_with(ids if need & Need.SHAREES else [lines[0].entry.id])
    if need & Need.SHAREES and found.shares:
        found.people |= directory.names_of({one for principals in found.shares.values() for one in principals})
    return found


def _owners(spaces: Iterable[int]) -> dict[int, tuple[str, str]]:
    owners = homes.owners_of(spaces)
    people = directory.names_of(owner for owner, _ in owners.values() if owner.startswith("person:"))
    return {
        space: (people[owner].sub, people[owner].name) if owner in people else (owner, title)
        for space, (owner, title) in owners.items()
    }


def _find_locks(found: Facts, lines: Sequence[Line], chain: Sequence[Entry]) -> None:
    """Find the locks on some lines: their own, and deep ones of the folders above."""
    taken = locks.on({line.entry.id for line in lines} | {one.id for one in chain})
    if not taken:
        return
    path = lines[0].href.rstrip("/")
    for one in chain:
        path = path.rpartition("/")[0]
        found.roots[one.id] = f"{path}/"
    found.roots |= {line.entry.id: line.href for line in lines}
    inherited = [held for one in chain for held in taken.get(one.id, ()) if held.deep]
    for line in lines:
        own = taken.get(line.entry.id, [])
        found.locks[line.entry.id] = [*own, *(held for held in inherited if held.node != line.entry.id)]
    owners = {held.holder for some in taken.values() for held in some}
    found.people |= directory.names_of(owners)
