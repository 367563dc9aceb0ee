"""The collection of earlier versions (nextcloud/server 31, apps/files_versions/lib/Sabre): see, read, restore, name, forget.

versions/ID/versions/FILEID/NUMBER     one version of a file
versions/ID/restore/ANYTHING           MOVE one there, and it is the present content
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from cartable.drive.dav import bodies, multistatus, propfind, props
from cartable.drive.dav.bodies import DAV, NC, Name
from cartable.drive.dav.door import Door
from cartable.drive.dav.refusals import XML
from cartable.drive.sending import attachment
from cartable.identity import directory
from cartable.kernel import given
from cartable.kernel.errors import BadInput, Denied, NotFound
from cartable.kernel.xml import escape
from cartable.spaces import content, paths, versions
from cartable.spaces.access import Right, reach
from cartable.spaces.versions import Earlier

VERSIONS, RESTORE = "versions", "restore"
FOLDER = {(DAV, "resourcetype"): "<d:collection/>"}
LABEL = (NC, "version-label")


def list_versions(request: HttpRequest, door: Door) -> HttpResponse:
    """PROPFIND of a file's versions, the latest first; or of one."""
    depth = propfind.depth_of(request)
    wanted = bodies.propfind(request.body)
    names = paths.split(door.path)
    items: list[tuple[str, dict[Name, str]]]
    if names in ([], [VERSIONS], [RESTORE]):
        items = [(f"{door.base}/{''.join(f'{name}/' for name in names)}", FOLDER)]
    elif len(names) == 2:
        node = _node(names)
        found = _items(door, node, versions.of(door.actor, node))
        items = [(f"{door.base}/{VERSIONS}/{node}/", FOLDER), *(found if depth == "1" else [])]
    else:
        node, version = _version(door)
        items = _items(door, node, [versions.one(door.actor, node, version)])
    return HttpResponse(multistatus.listing(items, wanted), status=207, content_type=XML)


def read(request: HttpRequest, door: Door) -> HttpResponseBase:
    """GET or HEAD of a version."""
    node, version = _version(door)
    earlier = versions.one(door.actor, node, version)
    entry = reach(door.actor, node, Right.READ).entry._replace(mtime=earlier.written_at)
    response = attachment(request, content.blob_content(entry, earlier.blob), tag=f"version-{version}")
    response.headers["Last-Modified"] = props.http_date(earlier.written_at)
    return response


def restore(request: HttpRequest, door: Door) -> HttpResponse:
    """MOVE or COPY to `restore/`: 201. What the file holds becomes a version."""
    node, version = _version(door)
    wanted = paths.split(door.path_of(request.headers.get("Destination", ""), request.get_host()))
    if len(wanted) != 2 or wanted[0] != RESTORE:
        raise Denied
    versions.restore(door.actor, node, version)
    return HttpResponse(status=201)


def remove(_request: HttpRequest, door: Door) -> HttpResponse:
    """DELETE of a version: 204."""
    versions.remove(door.actor, *_version(door))
    return HttpResponse(status=204)


def name(request: HttpRequest, door: Door) -> HttpResponse:
    """PROPPATCH of `nc:version-label`: what bears a name is kept."""
    patch = bodies.proppatch(request.body)
    if set(patch.wanted) != {LABEL}:
        raise BadInput("only nc:version-label")
    node, version = _version(door)
    versions.name(door.actor, node, version, patch.texts[LABEL])
    path = f"{door.base}/{VERSIONS}/{node}/{version}"
    done = multistatus.response(path, multistatus.propstat(multistatus.empty([LABEL]), "200 OK"))
    return HttpResponse(multistatus.document([done]), status=207, content_type=XML)


def _items(door: Door, node: int, found: list[Earlier]) -> list[tuple[str, dict[Name, str]]]:
    people = directory.names_of({f"person:{one.author}" for one in found if one.author})
    media = reach(door.actor, node, Right.READ).entry.media_type
    return [
        (f"{door.base}/{VERSIONS}/{node}/{one.id}", _values(one, media, people.get(f"person:{one.author}")))
        for one in found
    ]


def _values(one: Earlier, media: str, author: directory.Hit | None) -> dict[Name, str]:
    return {
        (DAV, "resourcetype"): "",
        (DAV, "getcontentlength"): str(one.size),
        (DAV, "getcontenttype"): media,
        (DAV, "getlastmodified"): props.http_date(one.written_at),
        (DAV, "getetag"): f"&quot;version-{one.id}&quot;",
        LABEL: escape(one.label),
        (NC, "version-author"): author.sub if author else "",
        (NC, "has-preview"): "false",
    }


def _node(names: list[str]) -> int:
    if names[0] != VERSIONS or not given.is_whole(names[1]):
        raise NotFound
    return int(names[1])


def _version(door: Door) -> tuple[int, int]:
    names = paths.split(door.path)
    if len(names) != 3 or not given.is_whole(names[2]):
        raise NotFound
    return _node(names), int(names[2])


METHODS: dict[str, Callable[[HttpRequest, Door], HttpResponseBase]] = {
    "PROPFIND": list_versions,
    "GET": read,
    "HEAD": read,
    "MOVE": restore,
    "COPY": restore,
    "DELETE": remove,
    "PROPPATCH": name,
}
