"""PROPPATCH (RFC 4918 §9.2): all or nothing. Stars and dates are ours; the namespaces of protocols are closed; the rest is kept."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from cartable.drive.dav import bodies, multistatus
from cartable.drive.dav.bodies import DAV, OC, Name, Patch
from cartable.drive.dav.door import Door, terms_of
from cartable.drive.dav.propfind import may_be_dead
from cartable.drive.dav.putting import seconds_of
from cartable.drive.dav.refusals import XML
from cartable.spaces import properties

FAVORITE = (OC, "favorite")
DATES = frozenset({(DAV, "lastmodified"), (DAV, "getlastmodified")})  # the first is rclone's, since 1.63


def answer(request: HttpRequest, door: Door) -> HttpResponse:
    """PROPPATCH. What cannot be set makes all fail: 403 for it, 424 for the others."""
    patch = bodies.proppatch(request.body)
    door, terms = terms_of(request, door)
    node = door.find()
    terms.guard(node.entry)
    closed = [name for name in patch.wanted if not _open(name, patch)]
    if not closed:
        properties.change(
            door.actor, node.id, {name: xml for name, xml in patch.wanted.items() if may_be_dead(name)},
            starred=_starred(patch), mtime=_date(patch),
        )  # fmt: skip
    path = f"{door.base}/{door.path.strip('/')}"
    response = multistatus.response(path, *_outcomes(list(patch.wanted), closed))
    return HttpResponse(multistatus.document([response]), status=207, content_type=XML)


def _open(name: Name, patch: Patch) -> bool:
    return may_be_dead(name) or name == FAVORITE or (name in DATES and patch.wanted[name] is not None)


def _starred(patch: Patch) -> bool | None:
    return patch.texts[FAVORITE] in {"1", "true", "yes"} if FAVORITE in patch.wanted else None


def _date(patch: Patch) -> int | None:
    """Return the date to give, in seconds: clients write a number. Raises BadInput."""
    dates = [patch.texts[name] for name in patch.wanted if name in DATES]
    if not dates:
        return None
    return seconds_of(dates[-1])


def _outcomes(wanted: list[Name], closed: list[Name]) -> list[str]:
    if not closed:
        return [_outcome(wanted, HTTPStatus.OK)]
    others = [name for name in wanted if name not in closed]
    failed = [_outcome(others, HTTPStatus.FAILED_DEPENDENCY)] if others else []
    return [_outcome(closed, HTTPStatus.FORBIDDEN), *failed]


def _outcome(names: list[Name], status: HTTPStatus) -> str:
    return multistatus.propstat(multistatus.empty(names), f"{status.value} {status.phrase}")
