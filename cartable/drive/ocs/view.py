"""One OCS call: who asks, which route, and the envelope. What is unknown answers in OCS too, never with a page."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _

from cartable.drive.ocs import capabilities, envelope, sharees, shares, users
from cartable.drive.ocs.envelope import Answer
from cartable.identity.actors import NOBODY, Actor
from cartable.identity.requests import CHALLENGE, caller_of
from cartable.kernel import audit, errors, logs
from cartable.web.refusals import PAGES

STATUS: dict[type[errors.Refusal], int] = {
    errors.BadInput: 400,
    errors.BadName: 400,
    errors.Past: 400,
    errors.TooFar: 400,
    errors.BadChecksum: 400,
    errors.TooLarge: 400,
    errors.WeakPassword: 400,
    errors.Unmakeable: 400,
    errors.NotFound: 404,
    errors.Denied: 403,
    errors.ReadOnly: 403,
    errors.Conflict: 400,
    errors.NameTaken: 403,
    errors.NotAFolder: 400,
    errors.NotAFile: 400,
    errors.NoSuchFolder: 404,
    errors.WouldLoop: 400,
    errors.TooDeep: 400,
    errors.Changed: 412,
    errors.Locked: 423,
    errors.Moving: 423,
    errors.Arriving: 423,
    errors.QuotaExceeded: 507,
    errors.Expired: 404,
    errors.TooMany: 429,
    errors.Busy: 503,
}


@dataclass(frozen=True, slots=True)
class Route:
    """A method and the path below `/ocs/vN.php/` of a call. Groups of the pattern are given to it."""

    method: str
    path: re.Pattern[str]
    call: Callable[..., Answer]
    open: bool = False  # to whoever did not say who they are


def route(method: str, path: str, call: Callable[..., Answer], *, open: bool = False) -> Route:  # noqa: A002
    """Return a route. `path` is a regular expression, matched whole."""
    return Route(method, re.compile(path), call, open)


def _capabilities(_request: HttpRequest, actor: Actor) -> Answer:
    """GET cloud/capabilities: a part of them before signing in."""
    return Answer(capabilities.capabilities(known=actor is not NOBODY))


SHARES = "apps/files_sharing/api/v1/shares"
ROUTES = (
    route("GET", "cloud/capabilities", _capabilities, open=True),
    route("GET", "cloud/user", users.me),
    route("GET", "cloud/users/([^/]+)", users.someone),
    route("GET", "config", users.config, open=True),
    route("GET", "core/getapppassword", users.app_password),
    route("DELETE", "core/apppassword", users.forget_app_password),
    route("GET", SHARES, shares.index),
    route("POST", SHARES, shares.create),
    route("GET", f"{SHARES}/inherited", shares.inherited),
    route("GET", f"{SHARES}/pending", shares.none),
    route("GET", f"{SHARES}/([0-9]{{1,15}})", shares.one),
    route("PUT", f"{SHARES}/([0-9]{{1,15}})", shares.update),
    route("DELETE", f"{SHARES}/([0-9]{{1,15}})", shares.remove),
    route("GET", "apps/files_sharing/api/v1/(?:remote_shares|deletedshares)(?:/pending)?", shares.none),
    route("GET", "apps/files_sharing/api/v1/sharees", sharees.search),
    route("GET", "apps/files_sharing/api/v1/sharees_recommended", sharees.recommended),
)
PATH = re.compile(r"/ocs/v([12])\.php/(.*?)/?")


def ocs(request: HttpRequest) -> HttpResponse:
    """Serve `/ocs/v1.php/…` and `/ocs/v2.php/…`."""
    found = PATH.fullmatch(request.path_info)
    version, path = (int(found[1]), found[2]) if found else (2, "")
    as_json = request.GET.get("format") == "json" or "application/json" in request.headers.get("Accept", "")
    try:
        answer = _answer(request, path)
    except errors.Refusal as refusal:
        audit.refused(refusal)
        answer = Answer([], STATUS[type(refusal)], PAGES[type(refusal)][1])
    response = HttpResponse(
        envelope.sealed(answer, version, as_json=as_json),
        status=envelope.http_status(answer, version),
        content_type=envelope.JSON if as_json else envelope.XML,
    )
    if answer.status == 401:
        response.headers["WWW-Authenticate"] = CHALLENGE
    return response


def _answer(request: HttpRequest, path: str) -> Answer:
    for one in ROUTES:
        if one.method == request.method and (words := one.path.fullmatch(path)):
            actor = caller_of(request)
            logs.person.set(actor.sub)
            if actor is NOBODY and not one.open:
                return Answer([], 401, _("Identifiez-vous."))
            return one.call(request, actor, *words.groups())
    return Answer([], 404, _("Cette opération n’existe pas."), envelope.UNKNOWN)


def status(_request: HttpRequest) -> HttpResponse:
    """Serve `/status.php`: what clients ask before anything."""
    return JsonResponse(capabilities.status(), json_dumps_params={"separators": (",", ":")})


def nothing(_request: HttpRequest) -> HttpResponse:
    """Serve `/index.php/204`: by which clients tell that no hotel's portal stands between us."""
    return HttpResponse(status=204)
