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
from cartable.kernel.errors import BadInput, BadName, Denied, NotFound, Refusal
from cartable.kernel.receiving import Received
from cartable.kernel.reception import takes_files
from cartable.options import public_url
from cartable.spaces import content, listing, quota, sharing
from cartable.spaces.access import Reached, Right, Role, reach, seen_above
from cartable.spaces.content import Content
from cartable.spaces.names import free_name, typed_name
from cartable.web.answers import done, wants_json
from cartable.web.formats import harmless
from cartable.web.policy import allow
from cartable.web.refusals import sentence_of

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
    file = content.content_of(content.caught_up(reached.entry))
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
    if share.role == Role.DEPOSIT:
        return render(request, "drive/link_deposit.html", _deposit(actor, share))
    reached = reach(actor, node_id or share.node, Right.VIEW)
    context: dict[str, object] = {
        "share": share,
        "by": _giver(share),
        "deposit": False,
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


def _deposit(actor: Actor, share: sharing.Share) -> dict[str, object]:
    return {"share": share, "by": _giver(share), "folder": reach(actor, share.node, Right.DEPOSIT).entry}


def _giver(share: sharing.Share) -> directory.Hit | None:
    giver = f"person:{share.given_by}"
    return directory.names_of([giver]).get(giver) if share.given_by else None


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


class Unnamed(BadInput):
    """What is left cannot be named so: at which field of the form, and why."""

    def __init__(self, field: str, why: Refusal, sentence: str) -> None:
        super().__init__(field)
        self.field, self.why, self.sentence = field, why, sentence


def _named(request: HttpRequest, by: str) -> list[tuple[Received, str]]:
    """Return the files of a form with the name each is to have, before the first is kept. Raises Unnamed."""
    try:
        by = by and typed_name(by)
    except BadName as refusal:
        raise Unnamed("wrong_by", refusal, str(sentence_of(refusal))) from refusal
    try:
        files = received(request)
    except BadInput as refusal:
        raise Unnamed("wrong_file", refusal, _("Choisissez un fichier au moins.")) from refusal
    named = []
    for one in files:
        try:
            named.append((one, typed_name(f"{by} – {one.name}" if by else one.name)))
        except BadName as refusal:
            said = _("« %(name)s » : %(why)s") % {"name": harmless(one.name), "why": sentence_of(refusal)}
            raise Unnamed("wrong_file", refusal, said) from refusal
    return named


def _leave(request: HttpRequest, actor: Actor, share: sharing.Share, node_id: int) -> HttpResponse:
    """Keep the files that somebody leaves; what they left is said, what others left is not shown."""
    deposit = share.role == Role.DEPOSIT
    by = " ".join(request.POST.get("by", "").split()) if deposit else ""
    reached = reach(actor, node_id, Right.DEPOSIT if deposit else Right.WRITE)
    try:
        files = _named(request, by)
    except Unnamed as refusal:
        if not deposit or wants_json(request):
            raise refusal.why from refusal
        wrong = {"typed": by, refusal.field: refusal.sentence}
        return render(request, "drive/link_deposit.html", {**_deposit(actor, share), **wrong}, status=400)
    kept = []
    for one, typed in files:
        name = typed if deposit else free_name(reached.entry, typed)
        made = content.write(actor, node_id, name, content.new_blob(one.stored), deposit=deposit)[0]
        one.kept = True
        kept.append(
            name if deposit else made.name
        )  # where one only leaves, the number a name got would tell that it was taken
    _note(request, share, "deposit", node_id)
    said = _("Bien reçu : %(names)s.") % {"names": ", ".join(f"« {name} »" for name in kept)}
    to = reverse("link", args=[share.link]) if deposit else reverse("link-node", args=[share.link, node_id])
    return done(request, said, to)
