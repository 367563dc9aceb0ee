"""GET and HEAD: a file's bytes, with what clients check them by (RFC 9110 §9.3.1, §13, §14)."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import parse_http_date_safe
from django.utils.translation import gettext_lazy as _

from cartable.drive.dav import conditions, props
from cartable.drive.dav.door import Door, refuse_unless_matched, terms_of
from cartable.drive.dav.methods import ALLOWED, identity
from cartable.drive.dav.refusals import Unanswerable, refused
from cartable.drive.sending import attachment, gives_start
from cartable.spaces import content, paths, sharing
from cartable.spaces.access import Right
from cartable.spaces.entries import Entry


def answer(request: HttpRequest, door: Door) -> HttpResponseBase:
    """GET or HEAD. Never a redirect: desktop clients would send their password to wherever it leads."""
    place = door.place()
    if place.node and place.node.entry.is_folder:
        response = refused(Unanswerable(405, "MethodNotAllowed", _("Un dossier ne se télécharge pas ainsi.")))
        response.headers["Allow"] = ALLOWED
        return response
    door, terms = terms_of(request, door)
    node = paths.needing(door.actor, place, Right.READ)
    entry = content.caught_up(node.entry)
    terms.refuse_if_untrue("", entry)
    if is_known(request, entry):
        return HttpResponse(status=304, headers=identity(entry))
    file = content.content_of(entry)
    if door.link and gives_start(request, file):
        sharing.count_download(door.link)
    return sent(request, file)


def sent(request: HttpRequest, file: content.Content) -> HttpResponseBase:
    """Return the bytes of a file, present or past, and what describes them."""
    response = attachment(request, file)
    if response.status_code in {200, 206}:
        response.headers["Content-Type"] = file.entry.media_type
    for name, value in {**identity(file.entry), "Last-Modified": props.http_date(file.entry.mtime)}.items():
        response.headers[name] = value
    if file.sha1 and file.md5 and file.sha256:
        response.headers["OC-Checksum"] = f"SHA1:{file.sha1.hex()}"
    return response


def is_known(request: HttpRequest, entry: Entry) -> bool:
    """Return whether the client has this very content already. Raises Changed if it wants another one."""
    headers = {name: value for name, value in request.headers.items() if name != "If-None-Match"}
    refuse_unless_matched(headers, entry)
    if (known := request.headers.get("If-None-Match")) is not None:
        return conditions.matches(known, entry.etag)
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    return since is not None and entry.mtime <= since
