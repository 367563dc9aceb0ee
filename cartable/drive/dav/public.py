"""What a link opens, for clients: `/public.php/dav/files/TOKEN/…`, and `/public.php/webdav/…` where the token is the login.

A link that asks for a password takes it by HTTP Basic.
"""

from collections.abc import Callable, Mapping

from django.http import HttpRequest, HttpResponse

from cartable.drive.dav import bodies, multistatus, propfind
from cartable.drive.dav.bodies import DAV, OC
from cartable.drive.dav.door import Door
from cartable.drive.dav.methods import identity
from cartable.drive.dav.putting import Incoming, announced
from cartable.drive.dav.refusals import XML
from cartable.identity.requests import address_of, basic
from cartable.kernel.errors import Denied, NotFound
from cartable.kernel.storage import Stored
from cartable.spaces import content, paths, sharing
from cartable.spaces.access import Right, Role, reach
from cartable.spaces.sharing import Share

FILES, WEBDAV = "/public.php/dav/files", "/public.php/webdav"
USES = {"GET": "download", "PUT": "deposit"}  # what a method is to the audit trail; any other one opens the link


def open_link(request: HttpRequest) -> tuple[Door, Share]:
    """Return the door a link opens, and what it gives. Raises Denied without its password, Expired, NotFound, TooMany."""
    path, (login, password) = request.path_info, basic(request)
    if path.startswith(f"{FILES}/"):
        token, _, below = path[len(FILES) + 1 :].partition("/")
        base = f"{FILES}/{token}"
    elif path == WEBDAV or path.startswith(f"{WEBDAV}/"):
        token, below, base = login, path[len(WEBDAV) :], WEBDAV
    else:
        raise NotFound
    if not token:
        raise Denied
    actor, share = sharing.follow(token, password or None, address=address_of(request))
    return Door(actor, base, below, top=share.node, link=token), share


def is_deposit(share: Share) -> bool:
    """Return whether a link lets leave files, and see nothing."""
    return share.role == Role.DEPOSIT


# A place to leave files in


def show_deposit(request: HttpRequest, door: Door) -> HttpResponse:
    """PROPFIND of such a place: the folder alone, whatever is in it."""
    propfind.depth_of(request)
    if paths.split(door.path):
        raise NotFound
    values = {(DAV, "resourcetype"): "<d:collection/>", (OC, "permissions"): "CK"}
    body = multistatus.listing([(f"{door.base}/", values)], bodies.propfind(request.body))
    return HttpResponse(body, status=207, content_type=XML)


def leave(request: HttpRequest, door: Door) -> Incoming:
    """PUT into such a place: 201 always. A name that is taken gets a number, and nothing is told of what is there."""
    names = paths.split(door.path)
    if len(names) != 1 or door.top is None:
        raise NotFound
    folder = reach(door.actor, door.top, Right.DEPOSIT)
    said = announced(request)

    def keep(stored: Stored) -> HttpResponse:
        blob = content.new_blob(stored)
        made, _ = content.write(door.actor, folder.id, names[0], blob, mtime=said.mtime, deposit=True)
        return HttpResponse(status=201, headers=identity(made))

    return Incoming(said, keep)


DEPOSIT: Mapping[str, Callable[[HttpRequest, Door], HttpResponse | Incoming]] = {"PROPFIND": show_deposit, "PUT": leave}
