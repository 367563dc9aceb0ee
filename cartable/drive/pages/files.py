"""The bytes of files: sent to be kept or shown, received from a form, gathered in a zip."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from cartable.drive import archives, places
from cartable.drive.pages.selection import chosen
from cartable.drive.sending import attachment, inline, zipped
from cartable.drive.showing import content_to_show
from cartable.identity.actors import Actor
from cartable.identity.requests import actor_of
from cartable.kernel import given
from cartable.kernel.errors import BadInput, Refusal
from cartable.kernel.receiving import Received, ToStorage, forget
from cartable.kernel.reception import form_first, takes_files
from cartable.spaces import content, quota, tree
from cartable.spaces.access import Right, reach
from cartable.spaces.names import free_name, typed_name
from cartable.web.answers import done


@require_safe
def download(request: HttpRequest, node_id: int) -> HttpResponseBase:
    """Send a file, or a folder as a zip."""
    return _sent(actor_of(request), request, node_id)


@require_safe
def raw(request: HttpRequest, node_id: int) -> HttpResponseBase:
    """Send a file for its own page to show."""
    return inline(request, content_to_show(actor_of(request), node_id))


@require_http_methods(["GET", "HEAD", "POST"])  # thousands of documents do not fit in an address
def archive(request: HttpRequest) -> HttpResponseBase:
    """Send a selection: a file alone as it is, anything else as a zip."""
    actor, node_ids = actor_of(request), chosen(request)
    if len(node_ids) == 1:
        return _sent(actor, request, node_ids[0])
    return zipped(archives.archive(actor, node_ids))


@takes_files("POST")
@csrf_exempt  # checked below, once the way in is chosen: reading the token reads the form, files and all
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest, node_id: int) -> HttpResponse:
    """Ask for files; put them in a folder, or in those below it that `through` names, made where they are missing."""
    actor = actor_of(request)
    folder = reach(actor, node_id, Right.WRITE)
    if request.method == "GET":
        context = {"folder": folder.entry, "name": places.name_of(actor, folder.entry)}
        return csrf_protect(lambda request: render(request, "drive/upload.html", context))(request)
    quota.refuse_over(folder.entry.space, given.whole(request.META.get("CONTENT_LENGTH") or "0"))
    return receive(request, lambda request: _keep(request, actor, node_id))


def receive(request: HttpRequest, then: Callable[[HttpRequest], HttpResponse]) -> HttpResponse:
    """Have a form read whose files go to the storage, check where it comes from, and answer what `then` answers.

    What `then` does not mark as kept is forgotten; not after an error, which may hide that it was. Ask for rights before.
    """
    if form := form_first(request, ToStorage):
        return form
    try:
        answer: HttpResponse = csrf_protect(then)(request)
    except Refusal:
        forget(_files(request))
        raise
    forget(_files(request))
    return answer


def received(request: HttpRequest) -> list[Received]:
    """Return the files of a form read by `receive`. Raises BadInput if there is none."""
    files = [one for one in _files(request) if one.name]
    if not files:
        raise BadInput("file")
    return files


def _files(request: HttpRequest) -> list[Received]:
    return [one for name in request.FILES for one in request.FILES.getlist(name)]  # type: ignore[misc]


def _sent(actor: Actor, request: HttpRequest, node_id: int) -> HttpResponseBase:
    if reach(actor, node_id, Right.READ).entry.is_folder:
        return zipped(archives.archive(actor, [node_id]))
    return attachment(request, content.open_file(actor, node_id))


def _keep(request: HttpRequest, actor: Actor, node_id: int) -> HttpResponse:
    through = [typed_name(name) for name in request.POST.get("through", "").split("/") if name]
    files = received(request) if request.FILES or not through else []
    into = tree.make_folders(actor, node_id, through) if through else node_id
    folder = reach(actor, into, Right.WRITE).entry
    kept = []
    for one in files:
        name = typed_name(one.name)
        name = name if request.POST.get("replace") else free_name(folder, name)
        kept.append(content.write(actor, into, name, content.new_blob(one.stored))[0])
        one.kept = True
    if len(kept) == 1:
        said = _("« %(name)s » est déposé.") % {"name": kept[0].name}
    else:
        said = ngettext("%(count)s fichier déposé.", "%(count)s fichiers déposés.", len(kept)) % {"count": len(kept)}
    nodes, names = [one.id for one in kept], [one.name for one in kept]
    return done(request, said, reverse("node", args=[node_id]), nodes=nodes, names=names)
