"""The collection of what was deleted (nextcloud/server 31, apps/files_trashbin/lib/Sabre): see, restore, delete for good.

trashbin/ID/trash/NAME.dNUMBER     one thing; the number is its id: two of one name never meet
trashbin/ID/restore/ANYTHING       MOVE one there, and it is back where it was
"""

from collections.abc import Callable, Iterable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from cartable.drive.dav import bodies, multistatus, propfind, props
from cartable.drive.dav.bodies import DAV, NC, OC, Name
from cartable.drive.dav.door import Door
from cartable.drive.dav.refusals import XML, Unanswerable
from cartable.identity import directory
from cartable.identity.actors import Actor
from cartable.kernel import given
from cartable.kernel.errors import Denied, NotFound
from cartable.kernel.xml import escape
from cartable.spaces import homes, paths, trash
from cartable.spaces.trash import Trashed

TRASH, RESTORE = "trash", "restore"
FOLDER = {(DAV, "resourcetype"): "<d:collection/>"}


def list_trash(request: HttpRequest, door: Door) -> HttpResponse:
    """PROPFIND: what is in the trash of the spaces the actor belongs to, where they may write; the latest first."""
    depth = propfind.depth_of(request)
    wanted = bodies.propfind(request.body)
    names = paths.split(door.path)
    if not names:
        below = [(f"{door.base}/{name}/", FOLDER) for name in (TRASH, RESTORE)]
        items: list[tuple[str, dict[Name, str]]] = [(f"{door.base}/", FOLDER), *(below if depth == "1" else [])]
    elif names == [TRASH]:
        items = [(f"{door.base}/{TRASH}/", FOLDER), *(_items(door, _everything(door.actor)) if depth == "1" else [])]
    elif names == [RESTORE]:
        items = [(f"{door.base}/{RESTORE}/", FOLDER)]
    else:
        number = _number(door)
        items = _items(door, (one for one in _everything(door.actor) if one.entry.id == number))
        if not items:
            raise NotFound
    return HttpResponse(multistatus.listing(items, wanted), status=207, content_type=XML)


def restore(request: HttpRequest, door: Door) -> HttpResponse:
    """MOVE to `restore/`: 201. It goes back to its folder, under its name or the next free one."""
    number = _number(door)
    wanted = paths.split(door.path_of(request.headers.get("Destination", ""), request.get_host()))
    if len(wanted) != 2 or wanted[0] != RESTORE:
        raise Denied
    trash.restore(door.actor, number)
    return HttpResponse(status=201)


def remove(_request: HttpRequest, door: Door) -> HttpResponse:
    """DELETE: one thing, for good; with the trash itself, all that is in one's own: never what belongs to others too. 204."""
    if paths.split(door.path) == [TRASH]:
        trash.empty(door.actor, homes.home_of(door.actor).space)
    else:
        trash.purge(door.actor, _number(door))
    return HttpResponse(status=204)


def _everything(actor: Actor) -> list[Trashed]:
    found = [one for home in homes.homes_of(actor) for one in trash.contents(actor, home.space)]
    return sorted(found, key=lambda one: one.at, reverse=True)


def _items(door: Door, trashed: Iterable[Trashed]) -> list[tuple[str, dict[Name, str]]]:
    found = list(trashed)
    people = directory.names_of({f"person:{one.by}" for one in found if one.by})
    return [_item(door, one, people.get(f"person:{one.by}")) for one in found]


def _item(door: Door, one: Trashed, by: directory.Hit | None) -> tuple[str, dict[Name, str]]:
    entry = one.entry
    place = "/".join([*(name for name in one.place if name), entry.name])
    values = {
        (DAV, "resourcetype"): "<d:collection/>" if entry.is_folder else "",
        (DAV, "displayname"): escape(entry.name),
        (DAV, "getlastmodified"): props.http_date(entry.mtime),
        (DAV, "getetag"): f"&quot;{entry.etag}&quot;",
        (OC, "id"): props.file_id(entry),
        (OC, "fileid"): str(entry.id),
        (OC, "size"): str(entry.size),
        (OC, "permissions"): "GD",
        (NC, "trashbin-filename"): escape(entry.name),
        (NC, "trashbin-title"): escape(entry.name),
        (NC, "trashbin-original-location"): escape(place),
        (NC, "trashbin-deletion-time"): str(int(one.at.timestamp())),
        (NC, "trashbin-deleted-by-id"): by.sub if by else "",
        (NC, "trashbin-deleted-by-display-name"): escape(by.name) if by else "",
        (NC, "has-preview"): "false",
    }
    if not entry.is_folder:
        values |= {(DAV, "getcontentlength"): str(entry.size), (DAV, "getcontenttype"): entry.media_type}
    slash = "/" if entry.is_folder else ""
    return f"{door.base}/{TRASH}/{entry.name}.d{entry.id}{slash}", values


def _number(door: Door) -> int:
    """Return the id at the end of the name of something in the trash. Raises NotFound, Unanswerable for what is below one."""
    names = paths.split(door.path)
    if len(names) > 2:
        raise Unanswerable(405, "MethodNotAllowed", _("Restaurez d’abord le dossier entier."))
    number = names[-1].rpartition(".d")[2] if len(names) == 2 and names[0] == TRASH else ""
    if not given.is_whole(number):
        raise NotFound
    return int(number)


METHODS: dict[str, Callable[[HttpRequest, Door], HttpResponse]] = {
    "PROPFIND": list_trash,
    "MOVE": restore,
    "DELETE": remove,
}
