"""What a person takes away of the tree: their documents, with what became of them, what they share and what they are given.

Their own space is walked a batch of folders at a time, in the order things came: three queries a batch, whoever it is.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cartable.identity import directory, people
from cartable.identity.actors import EVERYONE, Actor
from cartable.identity.sheets import Column, File, Row, Sheet, Weight
from cartable.kernel import clock
from cartable.spaces import content, sharing, wording
from cartable.spaces.access import Right, Role, seen
from cartable.spaces.entries import FOLDER
from cartable.spaces.lineage import lineages
from cartable.spaces.models import Change, Favorite, Grant, Link, Node, Space, Version
from cartable.web import formats

AT_ONCE = 200  # folders, or rows, of one batch
NAME, SIZE = Column(_("Nom")), Column(_("Taille"), formats.size)
SHARED = {
    "role": Column(_("Droit"), lambda name: wording.ROLES[Role[name.upper()]]),
    "given_at": Column(_("Donné le")),
    "expires_at": Column(_("Expire le")),
    "note": Column(_("Mot")),
}
DOCUMENT = {
    "path": Column(_("Chemin")),
    "size": SIZE,
    "written_at": Column(_("Écrit le")),
    "versions": Column(_("Versions antérieures"), len),
}
TRASHED = {"name": NAME, "size": SIZE, "trashed_at": Column(_("Mis à la corbeille le"))}
GIVEN = {"name": NAME, "to": Column(_("À qui")), **SHARED}
RECEIVED = {"name": NAME, "given_by": Column(_("Par")), "by_way_of": GIVEN["to"], **SHARED}
LINK = {
    "name": NAME,
    "label": Column(_("Libellé")),
    "has_password": Column(_("Mot de passe")),
    "downloads": Column(_("Téléchargements")),
    "downloads_max": Column(_("Téléchargements au plus")),
    "given_at": SHARED["given_at"],
    "expires_at": SHARED["expires_at"],
}
FAVORITE = {"name": NAME}
CHANGE = {"at": Column(_("Date")), "verb": Column(_("Ce qui est arrivé"), wording.CHANGES.get), "name": NAME}

Walked = tuple[str, Node]  # the path in the space, and the node


def export(person: int) -> Iterator[Sheet | File]:
    """Yield what a person has here. Declared in `apps.py`."""
    actor = people.actor_of(person)
    space = Space.objects.filter(owner=f"person:{person}").first()
    yield Sheet("documents", _("Documents de votre espace"), _documents(space), DOCUMENT)
    yield Sheet("trash", _("Corbeille de votre espace"), _trash(space), TRASHED)
    yield Sheet("shares-given", _("Ce que vous partagez"), _given(actor, person), GIVEN)
    yield Sheet("shares-received", _("Ce qui est partagé avec vous"), _received(actor, person), RECEIVED)
    yield Sheet("links", _("Liens que vous avez faits (sans le mot de passe)"), _links(actor, person), LINK)
    yield Sheet("favorites", _("Favoris"), _favorites(actor, person), FAVORITE)
    yield Sheet("changes", _("Ce que vous avez changé dans les documents"), _changes(person), CHANGE)
    for top, walk in (("files", _walk(space)), ("trash", _walk_trash(space))):
        for batch in walk:
            yield from (_file(path, node, top) for path, node in batch if node.kind != FOLDER)


def export_versions(person: int) -> Iterator[File]:
    """Yield the earlier versions of the documents of a person's own space, the bytes too. Declared in `apps.py`."""
    for batch in _walk(Space.objects.filter(owner=f"person:{person}").first()):
        paths = {node.pk: path for path, node in batch if node.kind != FOLDER}
        for some in _batches(Version.objects.filter(node__in=list(paths)).select_related("blob")):
            yield from (_version(paths[one.node_id], one) for one in some)


def weigh_versions(person: int) -> Weight:
    """Return how much these are, at most: those of what is in the trash are counted, and not taken."""
    space = Space.objects.filter(owner=f"person:{person}").exclude(root=None).first()
    if space is None:
        return Weight(0, 0)
    kept = Version.objects.filter(node__space=space).aggregate(count=Count("pk"), size=Sum("size"))
    return Weight(kept["count"], kept["size"] or 0)


def _version(path: str, one: Version) -> File:
    written = datetime.fromtimestamp(one.mtime, tz=UTC)
    name = f"{_moment(written)} {one.pk}{PurePosixPath(path).suffix}"
    return File(f"{path}/{name}", written, one.size, lambda: content.blob_blocks(one.blob), "versions")


def _file(path: str, node: Node, top: str) -> File:
    return File(path, datetime.fromtimestamp(node.mtime, tz=UTC), node.size, lambda: _bytes(node), top)


def _moment(at: datetime | None) -> str:
    """Return a moment as the name of a file has it."""
    return f"{formats.local(at):%Y-%m-%d %Hh%M}" if at else ""


def _bytes(node: Node) -> Iterator[bytes]:
    if node.blob is not None:
        yield from content.blob_blocks(node.blob)


def _walk(space: Space | None) -> Iterator[list[Walked]]:
    """Yield what is live in a space, a batch of folders at a time, each with its path; no batch is larger than AT_ONCE."""
    yield from _below([("", space.root_id)] if space and space.root_id else [])


def _walk_trash(space: Space | None) -> Iterator[list[Walked]]:
    """Yield what is in the trash of a space so, each in a folder named by when it was thrown away, and its number."""
    for batch in _batches(_trashed(space).select_related("blob")):
        found = [(f"{_moment(one.trashed_at)} {one.pk}/{one.name}", one) for one in batch]
        yield found
        yield from _below([(f"{path}/", one.pk) for path, one in found if one.kind == FOLDER])


def _below(waiting: list[tuple[str, int]]) -> Iterator[list[Walked]]:
    """Yield what is live in these folders, and below, of paths that end with a slash."""
    while waiting:
        some, waiting = {pk: path for path, pk in waiting[:AT_ONCE]}, waiting[AT_ONCE:]
        inside = Node.objects.filter(parent__in=list(some), trashed_at=None).select_related("blob")
        for batch in _batches(inside):
            found = [(f"{some[node.parent_id or 0]}{node.name}", node) for node in batch]
            waiting += [(f"{path}/", node.pk) for path, node in found if node.kind == FOLDER]
            yield found


def _documents(space: Space | None) -> Iterator[Row]:
    for batch in _walk(space):
        kept: dict[int, list[Row]] = {}
        rows = Version.objects.filter(node__in=[node.pk for _, node in batch]).order_by("pk")
        for file, pk, size, replaced_at, label in rows.values_list("node_id", "pk", "size", "replaced_at", "label"):
            kept.setdefault(file, []).append({"id": pk, "size": size, "replaced_at": replaced_at, "label": label})
        for path, node in batch:
            yield {
                "path": f"{path}/" if node.kind == FOLDER else path,
                "id": node.pk,
                "size": node.size,
                "written_at": datetime.fromtimestamp(node.mtime, tz=UTC),
                "versions": kept.get(node.pk, []),
            }


def _trash(space: Space | None) -> Iterator[Row]:
    for batch in _batches(_trashed(space)):
        yield from ({"name": one.name, "id": one.pk, "size": one.size, "trashed_at": one.trashed_at} for one in batch)


def _trashed(space: Space | None) -> QuerySet[Node]:
    return Node.objects.filter(space=space, trashed_at__isnull=False) if space else Node.objects.none()


def _given(actor: Actor, person: int) -> Iterator[Row]:
    to_nobody_else = Q(principal__startswith="link:") | Q(principal=f"person:{person}")  # two accounts were made one
    mine = Grant.objects.filter(given_by=person).exclude(to_nobody_else)
    yield from _shares(actor, mine, lambda _giver, whom: {"to": whom})


def _received(actor: Actor, person: int) -> Iterator[Row]:
    theirs = (
        Grant.objects.filter(principal__in=sorted(actor.all_principals)).exclude(given_by=None).exclude(given_by=person)
    )
    live = theirs.exclude(expires_at__lte=clock.now())
    yield from _shares(actor, live, lambda giver, whom: {"given_by": giver, "by_way_of": whom})


def _shares(
    actor: Actor, grants: QuerySet[Grant], parties: Callable[[str | Promise, str | Promise], Row]
) -> Iterator[Row]:
    """Yield grants, with what `parties` says of who gave them, and of the person, team or structure they are given to, by name."""
    for batch in _batches(grants):
        named = _names(actor, (one.node_id for one in batch))
        hits = directory.names_of(who for one in batch for who in (one.principal, f"person:{one.given_by}"))
        called: dict[str, str | Promise] = {who: hit.name for who, hit in hits.items()}
        called[EVERYONE] = wording.EVERYONE
        for one in batch:
            role = sharing.nearest_role(Right(one.rights)).name.lower()
            between = parties(called.get(f"person:{one.given_by}", ""), called.get(one.principal, wording.FORMER))
            row = {"node": one.node_id, "name": named.get(one.node_id, ""), **between}
            yield row | {"role": role, "given_at": one.given_at, "expires_at": one.expires_at, "note": one.note}


def _links(actor: Actor, person: int) -> Iterator[Row]:
    for batch in _batches(Grant.objects.filter(given_by=person, principal__startswith="link:")):
        numbers = {one.pk: int(one.principal.partition(":")[2]) for one in batch}
        links = Link.objects.in_bulk(list(numbers.values()))
        named = _names(actor, (one.node_id for one in batch))
        for one in batch:
            link = links.get(numbers[one.pk])
            if link is None:
                continue  # it goes at this very moment
            yield {
                "node": one.node_id, "name": named.get(one.node_id, ""), "label": link.label,
                "has_password": bool(link.password), "downloads": link.downloads, "downloads_max": link.downloads_max,
                "given_at": one.given_at, "expires_at": one.expires_at,
            }  # fmt: skip


def _favorites(actor: Actor, person: int) -> Iterator[Row]:
    for batch in _batches(Favorite.objects.filter(person=person)):
        named = _names(actor, (one.node_id for one in batch))
        yield from ({"node": one.node_id, "name": named.get(one.node_id, "")} for one in batch)


def _changes(person: int) -> Iterator[Row]:
    for batch in _batches(Change.objects.filter(person=person)):
        yield from ({"at": one.at, "verb": one.verb, "node": one.node, "name": one.name} for one in batch)


def _names(actor: Actor, nodes: Iterable[int]) -> dict[int, str]:
    """Return what those nodes are called that the person may see."""
    return {pk: reached.entry.name for pk, reached in seen(actor, lineages(set(nodes)).values()).items()}


def _batches(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    """Yield rows by their ids, a batch by one query."""
    after = 0
    while batch := list(rows.filter(pk__gt=after).order_by("pk")[:AT_ONCE]):
        yield batch
        after = batch[-1].pk
