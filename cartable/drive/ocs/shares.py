"""The share API of Nextcloud (nextcloud/server 31, files_sharing/lib/Controller/ShareAPIController.php), over our grants.

Its permission bits become roles: 1 reads; any of 2, 4, 8 writes; 4 alone leaves files. Bit 16, to share again, is our role
`manage`: clients ask for it by habit, so it is never given by this way, only kept.
"""

import json
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils import timezone

from cartable.drive.ocs.descriptions import LINK, described, principal_of
from cartable.drive.ocs.envelope import Answer
from cartable.identity.actors import Actor
from cartable.kernel import clock, given
from cartable.kernel.errors import BadInput, Denied, NotFound
from cartable.options import options
from cartable.spaces import paths, sharing
from cartable.spaces.access import Right, Role
from cartable.spaces.sharing import Share

READ, UPDATE, CREATE, DELETE, RESHARE = 1, 2, 4, 8, 16
TRUE = frozenset({"true", "1", "yes"})


def role_of(bits: int, before: Role | None = None) -> Role:
    """Return the role that permission bits mean. Raises BadInput if they mean none. Pure."""
    if bits & RESHARE and before == Role.MANAGE:
        return Role.MANAGE
    if bits & READ and bits & (UPDATE | CREATE | DELETE):
        return Role.WRITE
    if bits & READ:
        return Role.READ
    if bits & CREATE:
        return Role.DEPOSIT
    raise BadInput(bits)


def index(request: HttpRequest, actor: Actor) -> Answer:
    """GET shares: on a path (`reshares`: of anybody), below it (`subfiles`), given to me (`shared_with_me`), or all I gave."""
    asked, path = request.GET, request.GET.get("path", "")
    if asked.get("shared_with_me", "") in TRUE:
        found = [share for share, _ in sharing.received(actor)]
        at = paths.find(actor, path).id if path.strip("/") else None
        return Answer(described(actor, (share for share in found if at in {None, share.node})))
    if not path:
        return Answer(described(actor, (share for share, _ in sharing.given_by(actor))))
    node = paths.find(actor, path)
    if asked.get("subfiles", "") in TRUE:
        inside = (share for share, entry in sharing.given_by(actor) if entry.parent == node.id)
        return Answer(described(actor, inside))
    return Answer(described(actor, sharing.of(actor, node.id) if node.may(Right.MANAGE) else []))


def inherited(request: HttpRequest, actor: Actor) -> Answer:
    """GET shares/inherited: what is given on the folders above a path, to who manages them."""
    node = paths.find(actor, request.GET.get("path", ""))
    above = [one.id for one in node.above] if node.may(Right.MANAGE) else []
    found: list[Share] = []
    for folder in above:
        try:
            found += sharing.of(actor, folder)
        except (NotFound, Denied):
            break
    return Answer(described(actor, found))


def none(_request: HttpRequest, _actor: Actor) -> Answer:
    """GET shares/pending, remote_shares, deletedshares…: shares need no acceptance here, and come from nowhere else."""
    return Answer([])


def one(_request: HttpRequest, actor: Actor, number: str) -> Answer:
    """GET shares/NUMBER."""
    return Answer(described(actor, [sharing.one(actor, int(number))]))


def create(request: HttpRequest, actor: Actor) -> Answer:
    """POST shares: give to a person, a team or a structure, or make a link."""
    form = _form(request)
    node = paths.find(actor, form.get("path", ""))
    kind = _number(form, "shareType", -1)
    if kind == LINK:
        share = _make_link(actor, node.id, form, folder=node.entry.is_folder)
    else:
        principal = principal_of(kind, form.get("shareWith", ""))
        role = role_of(_number(form, "permissions", READ))
        share = sharing.give(
            actor, node.id, principal, role, expires_at=_expiry(form.get("expireDate")), note=form.get("note", "")
        )
    return Answer(described(actor, [share])[0])


def update(request: HttpRequest, actor: Actor, number: str) -> Answer:
    """PUT shares/NUMBER: clients send one field a call."""
    form, before = _form(request), sharing.one(actor, int(number))
    date = form.get("expireDate")
    share = sharing.change(
        actor, before.id, role=_new_role(form, before), expires_at=_expiry(date), forever=date == "",
        password=form.get("password"), label=form.get("label"), note=form.get("note"),
    )  # fmt: skip
    return Answer(described(actor, [share])[0])


def remove(_request: HttpRequest, actor: Actor, number: str) -> Answer:
    """DELETE shares/NUMBER: take back what was given, or give up what one was given by name."""
    sharing.revoke(actor, int(number))
    return Answer([])


def _make_link(actor: Actor, node: int, form: Mapping[str, str], *, folder: bool) -> Share:
    bits = _number(form, "permissions", READ)
    if form.get("publicUpload", "") in TRUE and folder:
        bits |= UPDATE | CREATE | DELETE
    date = form.get("expireDate")
    default = clock.now() + timedelta(days=options.link_days) if options.link_days and date is None else None
    role = Role.VIEW if form.get("hideDownload", "") in TRUE else role_of(bits)
    return sharing.make_link(
        actor, node, role, password=form.get("password", ""), expires_at=_expiry(date) or default,
        label=form.get("label", ""), note=form.get("note", ""),
    )  # fmt: skip


def _new_role(form: Mapping[str, str], before: Share) -> Role | None:
    if "permissions" in form:
        return role_of(_number(form, "permissions", 0), before.role)
    if "publicUpload" in form:
        return Role.WRITE if form["publicUpload"] in TRUE else Role.READ
    if "hideDownload" in form and before.role in {Role.VIEW, Role.READ}:
        return Role.VIEW if form["hideDownload"] in TRUE else Role.READ
    return None


def _form(request: HttpRequest) -> dict[str, str]:
    """Return the fields of a call, by whichever way they came. Raises BadInput."""
    if request.content_type != "application/json":
        sent = QueryDict(request.body, encoding="utf-8") if request.body else QueryDict()
        if request.content_type == "multipart/form-data":
            sent = request.POST
        return {**request.GET.dict(), **sent.dict()}
    try:
        fields = json.loads(request.body)
    except ValueError as error:
        raise BadInput(str(error)) from error
    if not isinstance(fields, dict):
        raise BadInput("no object")
    return {name: _text(value) for name, value in fields.items() if value is not None}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(form: Mapping[str, str], name: str, default: int) -> int:
    raw = form.get(name, "")
    return given.whole(raw) if raw else default


def _expiry(date: str | None) -> datetime | None:
    """Return the end of the day a client names (`2026-12-31`), in the ministry's time. Raises BadInput."""
    if not date:
        return None
    return timezone.make_aware(datetime.combine(given.day(date[:10]) + timedelta(days=1), time.min))
