"""A folder, and a file, each on its page; what a folder holds, as one compact JSON for the grid.

The first rows stand in the HTML, as links in a form; the grid then asks for all of them, and shows them in the order received.
"""

import gzip
import hashlib
import json
from typing import cast

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from cartable.drive import looks, order, places, rows
from cartable.drive.showing import shown
from cartable.identity.actors import Actor
from cartable.identity.requests import actor_of
from cartable.kernel import clock
from cartable.kernel.errors import BadName, NameTaken, NoSuchFolder, NotFound
from cartable.spaces import homes, kinds, listing, locks, paths, recalling, tree
from cartable.spaces.access import Reached, Right, reach
from cartable.spaces.names import typed_name
from cartable.web.answers import back, done
from cartable.web.policy import allow
from cartable.web.refusals import again

LEAF = 40  # rows in the page; the others are on the next ones, or come with the JSON


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """Go to the root of the person's own space."""
    return HttpResponseRedirect(reverse("node", args=[homes.home_of(actor_of(request)).root]))


@require_safe
def of_team(request: HttpRequest, team_id: int) -> HttpResponse:
    """Go to the root of the space of a team the person is in."""
    if f"team:{team_id}" not in actor_of(request).principals:
        raise NotFound(team_id)
    return HttpResponseRedirect(reverse("node", args=[homes.home(f"team:{team_id}").root]))


@require_safe
def node(request: HttpRequest, node_id: int) -> HttpResponse:
    """Show a document, wherever it is: its address never changes."""
    actor = actor_of(request)
    reached = reach(actor, node_id, Right.VIEW)
    return _folder(request, actor, reached) if reached.entry.is_folder else _file(request, actor, reached)


def _folder(request: HttpRequest, actor: Actor, folder: Reached) -> HttpResponse:
    sort = request.GET.get("sort", "name")
    sort = sort if sort.removeprefix("-") in order.SORTS else "name"
    wanted = request.GET.get("filter", "")
    children = order.in_order(listing.below(actor, folder), sort)
    kept = [child for child in children if order.matches(child.entry.name, wanted)]
    leaf = Paginator(kept, LEAF).get_page(request.GET.get("page"))
    starred = listing.starred(actor, [child.entry.id for child in leaf])
    ways = recalling.ways(actor, folder.chain)
    may_write = folder.may(Right.WRITE) and all(way.arrives for way in ways)
    trail = places.trail(actor, folder)
    return render(
        request,
        "drive/folder.html",
        {
            "folder": folder,
            "name": places.name_of(actor, folder.entry),
            "trail": trail,
            "under": places.under(trail),
            "spaces": places.spaces(actor, folder.entry),
            "rows": [rows.row(child, starred) for child in leaf],
            "leaf": leaf,
            "total": len(children),
            "sort": sort,
            "filter": wanted,
            "room": rows.room(actor, folder.entry.space),
            "ways": ways,
            "may_write": may_write,
            "makers": kinds.makers() if may_write else [],
            "may_share": folder.may(Right.MANAGE),
            "is_root": folder.entry.parent is None,
            "target": _upload_target(actor, folder) if may_write else "",
        },
    )


def _file(request: HttpRequest, actor: Actor, reached: Reached) -> HttpResponse:
    view, trail = shown(reached), places.trail(actor, reached)
    response = render(
        request,
        "drive/file.html",
        {
            "file": reached,
            "family": looks.family(reached.entry),
            "kind": looks.WORDS[looks.family(reached.entry)],
            "trail": trail,
            "under": places.under(trail),
            **view,
            "starred": bool(listing.starred(actor, [reached.id])),
            "ways": recalling.ways(actor, reached.chain),
            "actions": kinds.actions_for(reached.entry.media_type) if reached.may(Right.READ) else [],
            **rows.facts(actor, reached),
        },
    )
    return cast(HttpResponse, allow(response, **looks.sources(view["shown"])))


def _upload_target(actor: Actor, folder: Reached) -> str:
    """Return the path under which sync clients see a folder; empty if it does not show in the person's root."""
    try:
        return paths.path_of(actor, folder.id)
    except (NotFound, NoSuchFolder):
        return ""


@require_GET
def rows_of(request: HttpRequest, node_id: int) -> HttpResponse:
    """Give all a folder holds, as rows of [id, name, picture, size, changed, rights, shared with, starred]; 304 if nothing changed.

    The order is that of the names. The tag also turns with what the person is and with the hour: a grant that ends
    changes no counter.
    """
    actor = actor_of(request)
    folder = reach(actor, node_id, Right.VIEW)
    etag = _tag(actor, folder)
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(content_type="application/json")
        children = order.in_order(listing.below(actor, folder))
        stars = listing.all_starred(actor)
        told = {"rights": int(folder.rights), "room": rows.room(actor, folder.entry.space)}
        _fill(request, response, {**told, "rows": [rows.tuple_of(one, stars) for one in children]})
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Cookie", "Accept-Encoding"])
    return response


def _tag(actor: Actor, folder: Reached) -> str:
    stars = sorted(listing.all_starred(actor))
    seen = f"{folder.entry.etag} {int(folder.rights)} {sorted(actor.all_principals)} {stars} {clock.now():%Y%m%d%H}"
    return quote_etag(f"{folder.entry.etag}-{hashlib.blake2b(seen.encode(), digest_size=8).hexdigest()}")


def _fill(request: HttpRequest, response: HttpResponse, value: object) -> None:
    """Write JSON, compressed if the browser takes it: names and numbers shrink fourfold, and hold no secret of ours."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        response.content = gzip.compress(body, compresslevel=3, mtime=0)
        response.headers["Content-Encoding"] = "gzip"
    else:
        response.content = body


def new_folder(request: HttpRequest, node_id: int) -> HttpResponse:
    """Ask for the name of a new folder; make it."""
    actor, name = actor_of(request), request.POST.get("name", "")
    if request.method == "POST":
        try:
            made = tree.make_folder(actor, node_id, typed_name(name))
        except (BadName, NameTaken) as refusal:
            return again(request, refusal, "drive/new_folder.html", {**_naming(actor, node_id), "typed": name})
        said = _("Dossier « %(name)s » créé.") % {"name": made.name}
        return done(request, said, reverse("node", args=[node_id]), node=made.id)
    return render(request, "drive/new_folder.html", _naming(actor, node_id))


def _naming(actor: Actor, node_id: int) -> dict[str, object]:
    folder = reach(actor, node_id, Right.WRITE)
    return {"folder": folder, "name": places.name_of(actor, folder.entry)}


def rename(request: HttpRequest, node_id: int) -> HttpResponse:
    """Ask for another name; give it."""
    actor = actor_of(request)
    reached = reach(actor, node_id, Right.VIEW)
    parent = reached.entry.parent
    if parent is None:
        raise NotFound(node_id)
    if request.method != "POST":
        reach(actor, parent, Right.WRITE)
        return render(request, "drive/rename.html", {"node": reached.entry, "typed": reached.entry.name})
    was = reached.entry.name
    undone = "name" in request.GET  # then it is given back what it was called
    typed = request.GET["name"] if undone else request.POST.get("name", "")
    try:
        moved = tree.move(actor, node_id, into=parent, name=typed if undone else typed_name(typed))
    except (BadName, NameTaken) as refusal:
        return again(request, refusal, "drive/rename.html", {"node": reached.entry, "typed": typed})
    undo = f"{reverse('rename', args=[node_id])}?{rows.query(name=was)}"
    said = _("« %(was)s » s’appelle maintenant « %(name)s ».") % {"was": was, "name": moved.name}
    return done(request, said, reverse("node", args=[parent]), undo=undo, node=node_id)


@require_POST
def star(request: HttpRequest, node_id: int) -> HttpResponse:
    """Put a document among the person's favourites, or take it out."""
    actor = actor_of(request)
    on = request.POST.get("on") == "1"
    listing.star(actor, node_id, on=on)
    said = _("Ajouté aux favoris.") if on else _("Retiré des favoris.")
    return done(request, said, reverse("node", args=[node_id]))


@require_POST
def unlock(request: HttpRequest, node_id: int) -> HttpResponse:
    """End a lock that somebody left on a document."""
    locks.end(actor_of(request), node_id)
    return done(request, _("Le document est déverrouillé."), reverse("node", args=[node_id]))


@require_POST
def recall(request: HttpRequest, node_id: int) -> HttpResponse:
    """Give up a large move or copy that is on its way."""
    if recalling.recall(actor_of(request), node_id):
        said = _("La copie est abandonnée. Ce qui en était fait s’efface.")
    else:
        said = _("Le déplacement est abandonné. Le dossier reste où il était.")
    return done(request, said, back(request, reverse("documents")))


@require_safe
def about(request: HttpRequest, node_id: int) -> HttpResponse:
    """Say what a document is, and offer what can be done with it."""
    actor = actor_of(request)
    reached = reach(actor, node_id, Right.VIEW)
    return render(
        request,
        "drive/about.html",
        {
            "file": reached,
            "name": places.name_of(actor, reached.entry),
            "family": looks.family(reached.entry),
            "kind": looks.WORDS[looks.family(reached.entry)],
            "starred": bool(listing.starred(actor, [node_id])),
            **rows.facts(actor, reached),
        },
    )
