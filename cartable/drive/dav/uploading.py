"""The collection of uploads: chunked upload v2 of Nextcloud, in the dialects of its clients and of rclone.

    MKCOL uploads/ID/TRANSFER         201; opens the upload
    PUT   uploads/ID/TRANSFER/PIECE   201; any name, ordered as numbers are: 0000, 00001, 1, 000000-000099
    MOVE  uploads/ID/TRANSFER/.file   to files/ID/PATH: 201 or 204, with the identity of the file

Conditions of a MOVE are about its destination: `If` says so (desktop), `If-Match` is meant so (iOS).
(nextcloud/server 31, apps/dav/lib/Upload; desktop 3.7 and 3.16; rclone 1.63.)
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from cartable.drive import uploads
from cartable.drive.dav import bodies, multistatus, propfind, props
from cartable.drive.dav.bodies import DAV, Name
from cartable.drive.dav.door import Door, files_of, terms_of
from cartable.drive.dav.putting import Announced, Incoming, announced, checksum_of, date_of, target_of
from cartable.drive.dav.refusals import XML, Unanswerable
from cartable.drive.uploads import Opened
from cartable.kernel import given
from cartable.kernel.errors import BadInput, NameTaken, NotFound, Refusal
from cartable.kernel.storage import Stored
from cartable.spaces import paths

TARGET = ".file"  # the name under which the whole is moved away


def begin(request: HttpRequest, door: Door) -> HttpResponse:
    """MKCOL: 201, and nothing else; 405 if it is open already. What can't fit where it goes is refused now."""
    transfer = _only(door)
    size = _total(request)
    if "Destination" in request.headers:
        target, terms = terms_of(request, _destination(request, door))
        target_of(request, target).refuse_early(terms, size)
    try:
        uploads.begin(door.actor, transfer, size)
    except NameTaken as taken:
        raise Unanswerable(405, "MethodNotAllowed", _("Cet envoi a déjà commencé.")) from taken
    return HttpResponse(status=201)


def receive(request: HttpRequest, door: Door) -> Incoming:
    """PUT of a piece: 201, 204 if it replaces one. 404 without MKCOL: the client begins anew. 507 as soon as the whole has no room."""
    transfer, piece = _both(door)
    said, into = announced(request), _into(request, door)
    uploads.make_room(door.actor, transfer, piece, said.length, into)

    def keep(stored: Stored) -> HttpResponse:
        new = uploads.keep(door.actor, transfer, piece, stored, into)
        etag = f'"{stored.sha1.hex()}"'
        return HttpResponse(status=201 if new else 204, headers={"ETag": etag, "OC-ETag": etag})

    return Incoming(Announced(said.length, said.checksum, None), keep)


def finish(request: HttpRequest, door: Door) -> HttpResponse:
    """MOVE of `.file`: the file appears, whole and verified, or nothing changes and the pieces stay."""
    transfer, name = _both(door)
    if name != TARGET:
        raise BadInput(name)
    uploads.one(door.actor, transfer)
    target_door, terms = terms_of(request, _destination(request, door))
    target = target_of(request, target_door)
    target.refuse_early(terms, None)
    checksum, mtime = checksum_of(request.headers.get("OC-Checksum", "")), date_of(request)
    return uploads.join(
        door.actor, transfer, lambda blob: target.write(terms, blob, mtime), size=_total(request), checksum=checksum
    )


def remove(_request: HttpRequest, door: Door) -> HttpResponse:
    """DELETE of a piece, or of the whole upload: 204."""
    names = _names(door)
    if len(names) == 1:
        uploads.give_up(door.actor, names[0])
    else:
        uploads.drop(door.actor, *_both(door))
    return HttpResponse(status=204)


def list_pieces(request: HttpRequest, door: Door) -> HttpResponse:
    """PROPFIND: what is here, so that a client can go on (Android sums the lengths)."""
    depth = propfind.depth_of(request)
    wanted = bodies.propfind(request.body)
    items = _items(door, deep=depth == "1")
    return HttpResponse(multistatus.listing(items, wanted), status=207, content_type=XML)


def _items(door: Door, *, deep: bool) -> list[tuple[str, dict[Name, str]]]:
    names = _names(door)
    if not names:
        inside = [_as_folder(f"{door.base}/{one.name}/", one) for one in uploads.all_of(door.actor)] if deep else []
        return [(f"{door.base}/", {(DAV, "resourcetype"): "<d:collection/>"}), *inside]
    opened = uploads.one(door.actor, names[0])
    at = f"{door.base}/{opened.name}"
    pieces = [_as_file(f"{at}/{part.name}", part) for part in opened.parts]
    if len(names) == 1:
        return [_as_folder(f"{at}/", opened), *(pieces if deep else [])]
    found = [item for item in pieces if item[0] == f"{at}/{names[1]}"]
    if not found:
        raise NotFound
    return found


def _as_folder(path: str, opened: Opened) -> tuple[str, dict[Name, str]]:
    return path, {
        (DAV, "resourcetype"): "<d:collection/>",
        (DAV, "getlastmodified"): props.http_date(int(opened.used_at.timestamp())),
    }


def _as_file(path: str, part: uploads.Part) -> tuple[str, dict[Name, str]]:
    return path, {
        (DAV, "resourcetype"): "",
        (DAV, "getcontentlength"): str(part.size),
        (DAV, "getcontenttype"): "application/octet-stream",
        (DAV, "getetag"): f"&quot;{part.stored.sha1.hex()}&quot;",
    }


def _destination(request: HttpRequest, door: Door) -> Door:
    """Return the door to where the file goes. Raises BadInput, Unanswerable."""
    files = files_of(door)
    return files.at(files.path_of(request.headers.get("Destination", ""), request.get_host()))


def _into(request: HttpRequest, door: Door) -> uploads.Into | None:
    """Return where the file goes, if the client says it with each piece. What is wrong with that is for the end to refuse."""
    if "Destination" not in request.headers:
        return None
    try:
        target = target_of(request, _destination(request, door))
    except Refusal:
        return None
    node = target.place.node
    there = node.entry if node else target.folder.entry
    return uploads.Into(there.space, node.entry.size if node else 0, _total(request))


def _names(door: Door) -> list[str]:
    names = paths.split(door.path)
    if len(names) > 2:
        raise NotFound
    return names


def _only(door: Door) -> str:
    names = _names(door)
    if len(names) != 1:
        raise Unanswerable(405, "MethodNotAllowed", _("Un envoi n’a pas de dossiers."))
    return names[0]


def _both(door: Door) -> tuple[str, str]:
    names = _names(door)
    if len(names) != 2:
        raise Unanswerable(405, "MethodNotAllowed", _("Un envoi se fait par morceaux."))
    return names[0], names[1]


def _total(request: HttpRequest) -> int | None:
    """Return the bytes announced in all, or None. Raises BadInput."""
    raw = request.headers.get("OC-Total-Length", "")
    return given.whole(raw) if raw else None


METHODS: dict[str, Callable[[HttpRequest, Door], HttpResponse | Incoming]] = {
    "MKCOL": begin,
    "PUT": receive,
    "MOVE": finish,
    "DELETE": remove,
    "PROPFIND": list_pieces,
}
