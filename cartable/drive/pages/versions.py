"""The earlier versions of a file: read one, name it, bring it back, forget it."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cartable.drive.sending import attachment
from cartable.identity import directory
from cartable.identity.requests import actor_of
from cartable.spaces import content, kinds, versions
from cartable.spaces.access import Right, reach
from cartable.web.answers import done


@require_safe
def show(request: HttpRequest, node_id: int) -> HttpResponse:
    """List the versions of a file, the latest first."""
    actor = actor_of(request)
    reached = reach(actor, node_id, Right.READ)
    earlier = versions.of(actor, node_id)
    authors = [reached.entry.author, *(one.author for one in earlier)]
    names = directory.names_of({f"person:{one}" for one in authors if one})
    lines = [{"version": one, "author": names.get(f"person:{one.author}")} for one in earlier]
    author = names.get(f"person:{reached.entry.author}")
    context = {
        "file": reached,
        "lines": lines,
        "author": author,
        "may_write": reached.may(Right.WRITE),
        "actions": kinds.version_actions_for(reached.entry.media_type),
    }
    return render(request, "drive/versions.html", context)


@require_safe
def download(request: HttpRequest, node_id: int, version_id: int) -> HttpResponseBase:
    """Send the bytes of a version."""
    actor = actor_of(request)
    earlier = versions.one(actor, node_id, version_id)
    entry = reach(actor, node_id, Right.READ).entry
    return attachment(request, content.blob_content(entry, earlier.blob), tag=f"{earlier.blob:x}")


@require_POST
def restore(request: HttpRequest, node_id: int, version_id: int) -> HttpResponse:
    """Make a version the present content; what was there becomes a version."""
    entry = versions.restore(actor_of(request), node_id, version_id)
    said = _("La version choisie de « %(name)s » est rétablie.") % {"name": entry.name}
    return done(request, said, f"{reverse('versions', args=[node_id])}#present")


@require_POST
def name(request: HttpRequest, node_id: int, version_id: int) -> HttpResponse:
    """Name a version: it is then kept."""
    versions.name(actor_of(request), node_id, version_id, request.POST.get("label", ""))
    return done(
        request,
        _("Le nom de la version est enregistré."),
        f"{reverse('versions', args=[node_id])}#version-{version_id}",
    )


@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, node_id: int, version_id: int) -> HttpResponse:
    """Ask whether to forget a version; forget it."""
    actor = actor_of(request)
    if request.method == "GET":
        version = versions.one(actor, node_id, version_id)
        return render(request, "drive/remove_version.html", {"node_id": node_id, "version": version})
    versions.remove(actor, node_id, version_id)
    return done(request, _("La version est supprimée."), reverse("versions", args=[node_id]))
