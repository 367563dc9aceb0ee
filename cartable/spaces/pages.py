"""The share dialog, one for all services: who has access and why, whom to give it to, links.

It is a page with forms; islands open it as a dialog, find people as one types, and change roles at once.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cartable.identity import directory
from cartable.identity.actors import EVERYONE, Actor
from cartable.identity.directory import Hit
from cartable.identity.requests import actor_of
from cartable.kernel import clock, given
from cartable.kernel.errors import BadInput, NotFound, Past, TooFar
from cartable.kernel.given import LAST_DAY
from cartable.options import options, public_url
from cartable.spaces import access, homes, sharing, tree, wording
from cartable.spaces.access import Reached, Reason, Right, Role, reach
from cartable.spaces.sharing import Share
from cartable.web.answers import done
from cartable.web.formats import harmless

LINK_ROLES = (Role.READ, Role.VIEW, Role.WRITE, Role.DEPOSIT)


@dataclass(frozen=True, slots=True)
class Access:
    """One grant as the dialog shows it: whose, what it allows, and whether it is given here or comes from above."""

    grant: int
    principal: str
    name: str
    face: str  # whose initials stand beside it
    place: str
    role: Role
    said: str | Promise
    expires_at: datetime | None
    here: bool
    owner: bool
    above: str  # the folder it comes from
    node: int
    by: str  # who gave it; empty: it comes with the space
    given_at: datetime


@require_http_methods(["GET", "POST"])
def share(request: HttpRequest, node_id: int) -> HttpResponse:
    """Show who has access to a document, and why; a POST gives it to somebody."""
    actor = actor_of(request)
    if request.method == "POST":
        return _give(request, actor, node_id)
    reached = reach(actor, node_id, Right.VIEW)
    if not reached.may(Right.MANAGE):
        return render(request, "spaces/why.html", _why(actor, reached))
    query = request.GET.get("q", "").strip()
    found = directory.find(actor, query, limit=8) if query else []
    lines = _access(actor, reached, access.everyone_on(actor, node_id))
    held = {line.principal for line in lines if line.here}
    context = {
        "node": reached.entry,
        "name": _title(actor, reached),
        "lines": [line for line in lines if not line.principal.startswith("link:")],
        "links": _links(actor, node_id),
        "query": query,
        "hits": [(hit, _known(actor, hit, held)) for hit in found],
        "offered": any(not _known(actor, hit, held) for hit in found),
        "short": len(query) < directory.SHORTEST,
        "sure": _to_confirm(request),
        "now": clock.now(),
        "roles": [(int(role), wording.ROLES[role]) for role in wording.OFFERED],
        "link_roles": [
            (int(role), wording.ROLES[role]) for role in LINK_ROLES if role != Role.DEPOSIT or reached.entry.is_folder
        ],
        "site": public_url() if options.url else f"{request.scheme}://{request.get_host()}",
        "today": clock.today(),
        "last_day": LAST_DAY,
        "link_until": clock.today() + timedelta(days=options.link_days) if options.link_days else None,
    }
    return render(request, "spaces/share.html", context)


@require_POST
def link(request: HttpRequest, node_id: int) -> HttpResponse:
    """Make a link to a document."""
    made = sharing.make_link(
        actor_of(request),
        node_id,
        _role(request, LINK_ROLES),
        password=request.POST.get("password", ""),
        expires_at=_until(request),
        downloads_max=_count(request),
        label=request.POST.get("label", "").strip(),
    )
    return done(request, _("Le lien est créé."), f"{reverse('share', args=[node_id])}#link-{made.id}")


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, node_id: int, grant_id: int) -> HttpResponse:
    """Show what is given, to be changed; a POST changes what its form names: role, end, name, password, downloads."""
    actor = actor_of(request)
    given = _of_node(actor, node_id, grant_id)
    if request.method == "GET":
        return _changing(request, reach(actor, node_id, Right.MANAGE), given)
    form, until, downloads = request.POST, _until(request), _count(request)
    sharing.change(
        actor,
        grant_id,
        role=_role(request, _offered(given)) if "role" in form else None,
        expires_at=until,
        forever="until" in form and until is None,
        password="" if form.get("open") else form.get("password") or None,
        downloads_max=downloads,
        unlimited="downloads" in form and downloads is None,
        label=form["label"].strip() if "label" in form else None,
    )
    said = _("Le lien est modifié.") if given.link else _("Le partage est modifié.")
    return done(request, said, f"{reverse('share', args=[node_id])}#grant-{grant_id}")


@require_http_methods(["GET", "POST"])
def revoke(request: HttpRequest, node_id: int, grant_id: int) -> HttpResponse:
    """Ask whether to take back what was given; take it back, or give up what one was given."""
    actor = actor_of(request)
    given = _of_node(actor, node_id, grant_id)
    if request.method == "GET":
        return render(request, "spaces/revoke.html", {"node_id": node_id, "given": given, "name": _name(given)})
    sharing.revoke(actor, grant_id)
    to = reverse("shared") if given.principal == f"person:{actor.person}" else reverse("share", args=[node_id])
    return done(request, _("Le lien est supprimé.") if given.link else _("Le partage est retiré."), to)


@require_POST
def close(request: HttpRequest, node_id: int) -> HttpResponse:
    """Close a folder to those who have access to what is above it, or open it again."""
    closed = request.POST.get("closed") == "1"
    tree.close(actor_of(request), node_id, closed=closed)
    said = (
        _("L’accès au dossier est restreint aux personnes invitées ici.")
        if closed
        else _("L’accès au dossier suit de nouveau celui des dossiers du dessus.")
    )
    return done(request, said, reverse("share", args=[node_id]))


# What they share


def _of_node(actor: Actor, node_id: int, grant_id: int) -> Share:
    """Return a share of this very node that the actor manages, or was given. Raises NotFound."""
    reach(actor, node_id, Right.VIEW)
    found = sharing.one(actor, grant_id)
    if found.node != node_id:
        raise NotFound(grant_id)
    return found


def _give(request: HttpRequest, actor: Actor, node_id: int) -> HttpResponse:
    principal, to = request.POST.get("principal", ""), reverse("share", args=[node_id])
    role, until = _role(request, wording.OFFERED), _until(request)
    if not request.POST.get("sure") and directory.is_wide(principal):
        asked = urlencode({"principal": principal, "role": int(role), "until": request.POST.get("until", "")})
        return done(request, "", f"{to}?{asked}#sure")
    given = sharing.give(actor, node_id, principal, role, expires_at=until)
    return done(request, _("%(name)s a maintenant accès.") % {"name": _name(given)}, to)


def _to_confirm(request: HttpRequest) -> dict[str, str]:
    """Return what a form asked to give to very many people, for another to confirm; empty if there is nothing to confirm."""
    asked = {name: request.GET.get(name, "") for name in ("principal", "role", "until")}
    role = next((one for one in wording.OFFERED if asked["role"] == str(int(one))), None)
    if role is None or not directory.is_wide(asked["principal"]):
        return {}
    return {**asked, "name": _called(asked["principal"]), "said": str(wording.ROLES[role])}


def _known(actor: Actor, hit: Hit, held: Collection[str]) -> str:
    """Return why one who was found need not be given anything, in a sentence that tells them from homonyms; empty if they may."""
    who = {"who": ", ".join(one for one in (hit.name, hit.place) if one)}
    if hit.principal == f"person:{actor.person}":
        return _("%(who)s : c’est vous") % who
    return _("%(who)s : a déjà accès") % who if hit.principal in held else ""


def _changing(request: HttpRequest, reached: Reached, given: Share) -> HttpResponse:
    offered = (role for role in _offered(given) if role != Role.DEPOSIT or reached.entry.is_folder)
    roles = [(int(role), wording.ROLES[role]) for role in offered]
    context = {
        "node": reached.entry,
        "given": given,
        "name": _name(given),
        "roles": roles,
        "today": clock.today(),
        "last_day": LAST_DAY,
    }
    return render(request, "spaces/change.html", context)


def _offered(given: Share) -> list[Role]:
    """Return the roles it may be changed to, with its own: a client may have given one that pages do not offer."""
    return list(dict.fromkeys([*(LINK_ROLES if given.link else wording.OFFERED), given.role]))


def _name(given: Share) -> str:
    return (given.label or _("Lien")) if given.link else _called(given.principal)


def _called(principal: str) -> str:
    return str(wording.EVERYONE) if principal == EVERYONE else directory.name_of(principal)


def _links(actor: Actor, node_id: int) -> list[tuple[Share, list[tuple[str | Promise, datetime]]]]:
    """Return the links to a document, each with what it served to lately, in words."""
    links = [one for one in sharing.of(actor, node_id) if one.link]
    uses = sharing.uses_of(links)
    return [(one, [(wording.USES[verb], at) for verb, at in uses[one.number]]) for one in links]


def _title(actor: Actor, reached: Reached) -> str:
    return harmless(reached.entry.name) or _of_space(actor, reached.entry.space)


def _of_space(actor: Actor, space: int) -> str:
    """Return what a space is called, as on the pages of its documents."""
    owner, title = homes.owners_of([space])[space]
    return _("Documents") if owner == f"person:{actor.person}" else title


def _why(actor: Actor, reached: Reached) -> dict[str, object]:
    lines = _access(actor, reached, access.explain(actor, reached.id))
    mine = f"person:{actor.person}"
    given_up = next((line.grant for line in lines if line.here and line.principal == mine), None)
    return {"node": reached.entry, "name": _title(actor, reached), "lines": lines, "given_up": given_up}


def _access(actor: Actor, reached: Reached, reasons: Iterable[Reason]) -> list[Access]:
    """Return grants as lines: those given here first, whose space it is last, names found in a fixed number of queries."""
    found = list(reasons)
    names = directory.names_of(
        {one.principal for one in found} | {f"person:{one.given_by}" for one in found if one.given_by}
    )
    seen = {reached.id, *(one.id for one in access.seen_above(actor, reached))}
    space = _of_space(actor, reached.entry.space)
    lines = [_line(actor, reached, one, names, seen, space) for one in found]
    return sorted(lines, key=lambda line: (line.owner, not line.here))


def _line(actor: Actor, reached: Reached, one: Reason, names: Mapping[str, Hit], seen: set[int], space: str) -> Access:
    hit = names.get(one.principal)
    here, owner = one.node == reached.id, one.given_by is None
    above = "" if here or one.node not in seen else (harmless(one.name) or space)
    role = sharing.nearest_role(one.rights)
    name, place = wording.principal(one.principal, hit, me=actor.person)
    said = wording.OWNER if owner else wording.ROLES[role]
    by = "" if owner else wording.principal(giver := f"person:{one.given_by}", names.get(giver), me=actor.person)[0]
    return Access(
        one.grant, one.principal, name, hit.name if hit else name, place, role, said, one.expires_at, here and not owner,
        owner, above, one.node, by, one.given_at,
    )  # fmt: skip


def _role(request: HttpRequest, allowed: Iterable[Role]) -> Role:
    value = request.POST.get("role", "")
    role = next((one for one in allowed if value == str(int(one))), None)
    if role is None:
        raise BadInput(value)
    return role


def _until(request: HttpRequest) -> datetime | None:
    """Return the end of the day a form names; None if it names none. Raises BadInput if it is no day, Past if it has passed, TooFar."""
    value = request.POST.get("until", "").strip()
    if not value:
        return None
    if given.is_beyond(value):
        raise TooFar(value)
    last = given.day(value)
    if last < clock.today():
        raise Past(value)
    return timezone.make_aware(datetime.combine(last, time(23, 59, 59)))


def _count(request: HttpRequest) -> int | None:
    value = request.POST.get("downloads", "").strip()
    if not value:
        return None
    count = given.whole(value, 1_000_000)
    if not count:
        raise BadInput(value)
    return count
