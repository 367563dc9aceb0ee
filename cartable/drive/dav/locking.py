"""LOCK and UNLOCK (RFC 4918 §9.10, §9.11), and the locks that people take for themselves (nextcloud/files_lock, `X-User-Lock`)."""

import re
from contextlib import suppress

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from cartable.drive.dav import bodies, lines, multistatus, props
from cartable.drive.dav.bodies import DAV, NC, Name
from cartable.drive.dav.door import Door, terms_of
from cartable.drive.dav.lines import Need
from cartable.drive.dav.refusals import XML, Unanswerable
from cartable.kernel.errors import BadInput, Changed, Denied, Locked, NoSuchFolder
from cartable.kernel.storage import storage
from cartable.spaces import content, locks
from cartable.spaces.access import Reached
from cartable.spaces.entries import Entry
from cartable.spaces.locks import Held

SECONDS = re.compile(r"Second-(\d{1,10})", re.I)
OF_PEOPLE: tuple[Name, ...] = (
    *((NC, name) for name in ("lock", "lock-owner-type", "lock-owner", "lock-owner-displayname", "lock-owner-editor")),
    *((NC, name) for name in ("lock-time", "lock-timeout", "lock-token")),
    (DAV, "getetag"),
)


def lock(request: HttpRequest, door: Door) -> HttpResponse:
    """LOCK: a new lock, or without a body a longer life of one that is shown. A name that nothing has gets an empty file (201)."""
    if request.headers.get("X-User-Lock") == "1":
        return _lock_for_person(request, door)
    door, terms = terms_of(request, door)
    if not request.body.strip():
        node = door.find()
        terms.refuse_if_untrue("", node.entry)
        return _described(door, node, locks.refresh(door.actor, node.id, seconds=_seconds(request)))
    info = bodies.lockinfo(request.body)
    depth = request.headers.get("Depth", "infinity").lower()
    if depth not in {"0", "infinity"}:
        raise BadInput(depth)
    place = door.locate()
    terms.guard(place.node.entry if place.node else None)
    node, made = (place.node, False) if place.node else (_make_empty(door), True)
    held = locks.take(
        door.actor, node.id, shared=info.shared, deep=depth == "infinity", owner=info.owner, seconds=_seconds(request)
    )
    response = _described(door, node, held, status=201 if made else 200)
    response.headers["Lock-Token"] = f"<{held.token}>"
    return response


def unlock(request: HttpRequest, door: Door) -> HttpResponse:
    """UNLOCK: 204; 409 without a lock of this token there (§9.11.1). Of a person's own lock: 200, or 412 without one."""
    if request.headers.get("X-User-Lock") == "1":
        return _unlock_for_person(door)
    token = request.headers.get("Lock-Token", "").strip()
    if not (token.startswith("<") and token.endswith(">")):
        raise BadInput(token)
    door, terms = terms_of(request, door)
    node = door.find()
    terms.refuse_if_untrue("", node.entry)
    try:
        locks.release(door.actor.showing(door.actor.tokens | {token[1:-1]}), node.id, token[1:-1])
    except Changed as unknown:
        raise Unanswerable(
            409, "LockTokenMatchesRequestUri", _("Ce verrou n’est pas posé ici."), "<d:lock-token-matches-request-uri/>"
        ) from unknown
    return HttpResponse(status=204)


def _lock_for_person(request: HttpRequest, door: Door) -> HttpResponse:
    door, terms = terms_of(request, door)
    node = door.find()
    terms.guard(node.entry)
    try:
        locks.take(door.actor, node.id, seconds=_seconds(request), by_person=True)
    except Locked:
        mine = [held for held in locks.over(node.chain) if held.by_person and held.holder == door.actor.itself]
        if not mine:
            return _facts(door, node, status=423)
        locks.refresh(door.actor, node.id, seconds=_seconds(request))
    return _facts(door, node)


def _unlock_for_person(door: Door) -> HttpResponse:
    node = door.find()
    held = [one for one in locks.over(node.chain) if one.by_person and one.node == node.id]
    if not held:
        raise Changed
    if held[0].holder != door.actor.itself:
        return _facts(door, node, status=423)
    locks.release(door.actor, node.id, held[0].token)
    return _facts(door, node)


def _facts(door: Door, node: Reached, status: int = 200) -> HttpResponse:
    """Return the state of a person's lock, as desktop clients keep it."""
    line = lines.of_reached(node, door.base, foreign=False)
    facts = lines.facts(door.actor, [line], Need.LOCKS, node.above)
    values = "".join(
        f"{before}{props.LIVE[name].write(line, facts)}{after}"
        for name, (before, after) in ((name, multistatus.tags(name)) for name in OF_PEOPLE)
    )
    return _prop(values, status)


def _described(door: Door, node: Reached, held: Held, status: int = 200) -> HttpResponse:
    path = f"{door.base}/{door.path.strip('/')}"
    for one in node.chain:
        if one.id == held.node:
            break
        path = path.rpartition("/")[0]
    written = props.active_lock(held, multistatus.href(path), lines.Facts(caller=door.actor.itself))
    return _prop(f"<d:lockdiscovery>{written}</d:lockdiscovery>", status)


def _prop(values: str, status: int) -> HttpResponse:
    return HttpResponse(multistatus.properties(values), status=status, content_type=XML)


def _make_empty(door: Door) -> Reached:
    """Make the empty file that a lock on a free name stands for (§7.3); return what another just put there. Raises NoSuchFolder."""
    place = door.locate()
    if place.folder is None:
        raise Denied
    blob = content.new_blob(storage().begin().finish())
    with suppress(Changed):
        content.write(door.actor, place.folder.id, place.name, blob, guard=_free)
    node = door.locate().node
    if node is None:
        raise NoSuchFolder
    return node


def _free(there: Entry | None) -> None:
    if there is not None:
        raise Changed


def _seconds(request: HttpRequest) -> int:
    """Return how long a lock is asked for, in seconds; what is asked for first and understood counts (§10.7)."""
    for wanted in request.headers.get("Timeout", "").split(","):
        if wanted.strip().lower() == "infinite":
            return locks.LONGEST
        if found := SECONDS.fullmatch(wanted.strip()):
            return int(found[1])
    return locks.LIFE
