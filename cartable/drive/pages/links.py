"""What a link opens to whoever holds it: a file, a folder, a place to leave files in. No account, at most one cookie.

Absent, ended and used-up links look the same.
"""

from typing import cast

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from cartable.drive import archives, looks, order, rows
from cartable.drive.pages.files import receive, received
from cartable.drive.pages.selection import chosen
from cartable.drive.places import Step
from cartable.drive.sending import attachment, gives_start, inline, zipped
from cartable.drive.showing import HIDDEN, content_to_show, shown
from cartable.identity import directory
from cartable.identity.actors import Actor
from cartable.identity.requests import actor_of, address_of
from cartable.kernel import given
from cartable.kernel.errors import Denied, NotFound
from cartable.kernel.reception import takes_files
from cartable.options import public_url
from cartable.spaces import content, listing, quota, sharing
from cartable.spaces.access import Reached, Right, Role, reach, seen_above
from cartable.spaces.content import Content
from cartable.spaces.names import free_name, typed_name
from cartable.web.answers import done
from cartable.web.policy import allow

COOKIE = "link"  # on the link's own path: proves that its password was typed
LEAF = 200


@takes_files("POST")
@csrf_exempt  # `_deposit` and `_unlock` check it themselves
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, token: str, node_id: int | None = None) -> HttpResponse:
    """Show what a link gives; a POST types its password, or leaves files."""
    try:
        actor, share = sharing.follow(token, proof=request.COOKIES.get(COOKIE, ""))
    except Denied:
        response: HttpResponse = csrf_protect(_unlock)(request, token)
        return response
    if request.method == "POST":
        _refuse(request, actor, share, node_id or share.node)
        return receive(request, lambda request: _leave(request, actor, share, node_id or share.node))
    _note(request, share, "open", node_id)
    page: HttpResponse = csrf_protect(_show)(request, actor, share, node_id)
    return page


@login_not_required
@require_safe
def download(request: HttpRequest, token: str, node_id: int | None = None) -> HttpResponseBase:
    """Send a file, or a folder as a zip."""
    actor, share = _follow(request, token)
    reached = reach(actor, node_id or share.node, Right.READ)
    if reached.entry.is_folder:
        made = archives.archive(actor, [reached.id])
        if request.method == "GET":
            sharing.count_download(token)
        _note(request, share, "download", reached.id)
        return zipped(made)
    file = content.content_of(reached.entry)
    _count(request, token, file)
    _note(request, share, "download", reached.id)
    return attachment(request, file)


@login_not_required
@require_safe
def archive(request: HttpRequest, token: str) -> HttpResponseBase:
    """Send a selection as a zip."""
    actor, share = _follow(request, token)
    made = archives.archive(actor, chosen(request))
    if request.method == "GET":
        sharing.count_download(token)
    _note(request, share, "download")
    return zipped(made)


@login_not_required
@require_safe
def raw(request: HttpRequest, token: str, node_id: int) -> HttpResponseBase:
    """Send a file for the link's page to show."""
    actor, _share = _follow(request, token)
    file = content_to_show(actor, node_id)
    _count(request, token, file)
    return inline(request, file)


def _count(request: HttpRequest, token: str, file: Content) -> None:
    if gives_start(request, file):
        sharing.count_download(token)


def _follow(request: HttpRequest, token: str) -> tuple[Actor, sharing.Share]:
    return sharing.follow(token, proof=request.COOKIES.get(COOKIE, ""))


def _note(request: HttpRequest, share: sharing.Share, verb: str, node_id: int | None = None) -> None:
    sharing.note_use(share, verb, by=actor_of(request).person, node=node_id)


def _unlock(request: HttpRequest, token: str) -> HttpResponse:
    """Ask for a link's password; remember, in this browser only, that it was typed."""
    if request.method != "POST":
        return render(request, "drive/link_password.html", status=200)
    password = request.POST.get("password", "")
    try:
        sharing.follow(token, password, address=address_of(request))
    except Denied:
        return render(request, "drive/link_password.html", {"wrong": True}, status=403)
    path = reverse("link", args=[token])
    response = HttpResponseRedirect(path, status=303)
    response.set_cookie(
        COOKIE,
        sharing.proof_of(token),
        path=path,
        httponly=True,
        samesite="Lax",
        secure=public_url().startswith("https:"),
    )
    return response


def _show(request: HttpRequest, actor: Actor, share: sharing.Share, node_id: int | None) -> HttpResponse:
    by = directory.names_of([f"person:{share.given_by}"]).get(f"person:{share.given_by}") if share.given_by else None
    context: dict[str, object] = {"share": share, "by": by, "deposit": share.role == Role.DEPOSIT}
    if share.role == Role.DEPOSIT:
        return render(
            request, "drive/link_deposit.html", {**context, "folder": reach(actor, share.node, Right.DEPOSIT).entry}
        )
    reached = reach(actor, node_id or share.node, Right.VIEW)
    context |= {
        "reached": reached,
        "trail": _trail(actor, share, reached),
        "may_read": reached.may(Right.READ),
        "may_write": reached.may(Right.WRITE),
        "family": looks.family(reached.entry),
        **(shown(reached) if share.downloads_max is None else HIDDEN),  # to look would be a download
    }
    if reached.entry.is_folder:
        children = order.in_order(listing.below(actor, reached))
        leaf = Paginator(children, LEAF).get_page(request.GET.get("page"))
        context |= {"rows": [rows.row(one, frozenset()) for one in leaf], "leaf": leaf, "total": len(children)}
    return cast(
        HttpResponse, allow(render(request, "drive/link.html", context), **looks.sources(str(context["shown"])))
    )


def _trail(actor: Actor, share: sharing.Share, reached: Reached) -> list[Step]:
    above = seen_above(actor, reached)
    return [
        Step(one.name or _("Documents"), reverse("link-node", args=[share.link, one.id]), one.id)
        for one in reversed(above)
    ]


def _refuse(request: HttpRequest, actor: Actor, share: sharing.Share, node_id: int) -> None:
    """Refuse, before a byte of it is kept, what may not be left or has no room. Raises NotFound, Denied, QuotaExceeded."""
    deposit = share.role == Role.DEPOSIT
    if deposit and node_id != share.node:
        raise NotFound(node_id)
    folder = reach(actor, node_id, Right.DEPOSIT if deposit else Right.WRITE).entry
    quota.refuse_over(folder.space, given.whole(request.META.get("CONTENT_LENGTH") or "0"))


def _leave(request: HttpRequest, actor: Actor, share: sharing.Share, node_id: int) -> HttpResponse:
    """Keep the files that somebody leaves; what they left is said, what others left is not shown."""
    deposit = share.role == Role.DEPOSIT
    files = received(request)
    by = " ".join(request.POST.get("by", "").split()) if deposit else ""
    reached = reach(actor, node_id, Right.DEPOSIT if deposit else Right.WRITE)
    kept = []
    for one in files:
        name = typed_name(f"{by} – {one.name}" if by else one.name)
        name = name if deposit else free_name(reached.entry, name)
        made = content.write(actor, node_id, name, content.new_blob(one.stored), deposit=deposit)[0]
        one.kept = True
        kept.append(
            name if deposit else made.name
        )  # where one only leaves, the number a name got would tell that it was taken
    _note(request, share, "deposit", node_id)
    said = _("Bien reçu : %(names)s.") % {"names": ", ".join(f"« {name} »" for name in kept)}
    to = reverse("link", args=[share.link]) if deposit else reverse("link-node", args=[share.link, node_id])
    return done(request, said, to)
