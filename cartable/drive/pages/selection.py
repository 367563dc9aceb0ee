"""What is done with several documents at once: move, copy, throw away, restore, purge, download. Each has its own fate.

A selection comes as `node=1&node=2`, or as `nodes=1,2` where there are thousands. One refused does not stop the others;
if all are refused, the refusal is the answer.
"""

from collections.abc import Callable, Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from cartable.drive import order, places, rows
from cartable.identity.requests import actor_of
from cartable.kernel import audit, given
from cartable.kernel.errors import BadInput, Denied, NotFound, Refusal
from cartable.spaces import homes, lineage, listing, sharing, taking, trash, tree
from cartable.spaces.access import Reached, Right, reach
from cartable.spaces.entries import Entry
from cartable.spaces.names import free_name
from cartable.web.answers import back, done
from cartable.web.refusals import sentence_of

UNDONE_AT_ONCE = 100  # documents: more would not fit in an address


@require_http_methods(["GET", "POST"])
def discard(request: HttpRequest) -> HttpResponse:
    """Ask whether to throw documents away; put them in the trash."""
    actor, node_ids = actor_of(request), chosen(request)
    if request.method == "GET":
        found = [reach(actor, node_id, Right.VIEW).entry for node_id in node_ids]
        return render(request, "drive/discard.html", {"nodes": found, "back": _folder_of(found[0].parent)})
    first = reach(actor, node_ids[0], Right.VIEW).entry
    gone, refused = each(node_ids, lambda node_id: trash.discard(actor, node_id))
    said = _many(gone, first.name, _("« %(name)s » est à la corbeille."), _discarded)
    undo = _undo("restore", gone)
    return done(request, said, back(request, _folder_of(first.parent)), undo=undo, done=gone, refused=refused)


@require_http_methods(["GET", "POST"])
def move(request: HttpRequest) -> HttpResponse:
    """Let the person choose a folder; put documents into it."""
    if request.method == "GET":
        return _choose(request, "move")
    actor, node_ids, into = actor_of(request), chosen(request), _number(request, "into")
    first = reach(actor, node_ids[0], Right.VIEW).entry
    arrived: list[int] = []

    def move_one(node_id: int) -> None:
        arrived.extend(taking.take(actor, node_id, into=into))

    moved, refused = each(node_ids, move_one)
    moved = list(dict.fromkeys([*moved, *arrived]))  # with what went along
    target = reach(actor, into, Right.VIEW).entry
    if not set(moved) <= set(arrived):
        gone = [one for one in moved if one not in arrived]
        said, undo = _under_way(len(gone)), _recall(gone)
        return done(request, said, _folder_of(first.parent), undo=undo, done=moved, refused=refused)
    said = _many(
        moved, first.name, _("« %(name)s » est dans « %(folder)s »."), _moved, folder=places.name_of(actor, target)
    )
    undo = _undo("move", moved, into=first.parent)
    return done(request, said, _folder_of(into), undo=undo, done=moved, refused=refused)


@require_http_methods(["GET", "POST"])
def copy(request: HttpRequest) -> HttpResponse:
    """Let the person choose a folder; copy documents into it, under a free name if theirs is taken."""
    if request.method == "GET":
        return _choose(request, "copy")
    actor, node_ids, into = actor_of(request), chosen(request), _number(request, "into")
    target = reach(actor, into, Right.WRITE).entry
    made: list[Entry] = []

    def copy_one(node_id: int) -> None:
        entry = reach(actor, node_id, Right.READ).entry
        name = free_name(target, entry.name or homes.title_of(entry.space))
        made.append(tree.copy(actor, node_id, into=into, name=name))

    copied, refused = each(node_ids, copy_one)
    ids = [one.id for one in made if one.parent == into]
    if len(ids) < len(made):
        growing = [one.id for one in made if one.id not in ids]
        said, undo = _copies_under_way(len(growing)), _recall(growing)
        return done(request, said, _folder_of(into), undo=undo, done=ids, refused=refused)
    said = _many(
        copied,
        made[0].name,
        _("« %(name)s » est copié dans « %(folder)s »."),
        _copied,
        folder=places.name_of(actor, target),
    )
    return done(request, said, _folder_of(into), undo=_undo("discard", ids), done=ids, refused=refused)


@require_POST
def restore(request: HttpRequest) -> HttpResponse:
    """Bring documents back from the trash to where they were."""
    actor, node_ids = actor_of(request), chosen(request)
    names = {one.id: one.name for one in lineage.entries(node_ids)}
    returned, refused = each(node_ids, lambda node_id: trash.restore(actor, node_id))
    said = _many(returned, names.get(returned[0], ""), _("« %(name)s » est de retour."), _restored)
    there = reach(actor, returned[0], Right.VIEW).entry.parent
    to = _folder_of(there) if "next" not in request.POST else back(request, reverse("trash"))
    return done(request, said, to, done=returned, refused=refused)


@require_http_methods(["GET", "POST"])
def purge(request: HttpRequest) -> HttpResponse:
    """Ask whether to delete documents for good; delete them."""
    actor, node_ids = actor_of(request), chosen(request)
    if request.method == "GET":
        return render(request, "drive/purge.html", {"nodes": node_ids, "count": len(node_ids)})
    gone, refused = each(node_ids, lambda node_id: trash.purge(actor, node_id))
    said = ngettext("%(count)s document supprimé.", "%(count)s documents supprimés.", len(gone)) % {"count": len(gone)}
    return done(request, said, back(request, reverse("trash")), done=gone, refused=refused)


# What they share


def chosen(request: HttpRequest) -> list[int]:
    """Return the ids of a selection, wherever the form or the address put them. Raises BadInput if there is none."""
    values = [*request.GET.getlist("node"), *request.POST.getlist("node")]
    for joined in (*request.GET.getlist("nodes"), *request.POST.getlist("nodes")):
        values += joined.split(",")
    found = list(dict.fromkeys(given.whole(value) for value in values if value))
    if not found:
        raise BadInput("nothing chosen")
    return found


def each(node_ids: Sequence[int], verb: Callable[[int], object]) -> tuple[list[int], list[dict[str, object]]]:
    """Do something with each node; return those it was done with, and why not with the others. Raises if none."""
    ended: list[int] = []
    refused: list[dict[str, object]] = []
    last: Refusal | None = None
    for node_id in node_ids:
        try:
            verb(node_id)
            ended.append(node_id)
        except Refusal as refusal:
            last = refusal
            audit.refused(refusal)
            refused.append({"node": node_id, "sentence": str(sentence_of(refusal))})
    if last is not None and not ended:
        raise last
    return ended, refused


def _choose(request: HttpRequest, verb: str) -> HttpResponse:
    """Show the folders at a place, with a button to put the selection there."""
    actor, node_ids = actor_of(request), chosen(request)
    first = reach(actor, node_ids[0], Right.VIEW)
    at = given.whole(request.GET["at"]) if request.GET.get("at") else first.entry.parent
    context: dict[str, object] = {
        "verb": verb,
        "nodes": node_ids,
        "first": places.name_of(actor, first.entry),
        "keep": rows.query(nodes=",".join(map(str, node_ids))) + "&",
        "back": _folder_of(first.entry.parent),
        "own": homes.home_of(actor).root,
    }
    try:
        here = reach(actor, at, Right.VIEW)
    except (NotFound, Denied):
        here = None
    if here is None or "everywhere" in request.GET:
        shared = {entry.id: entry for _share, entry in sharing.received(actor) if entry.is_folder and entry.parent}
        return render(
            request, "drive/choose.html", {**context, "homes": homes.homes_of(actor), "shared": list(shared.values())}
        )
    inside = [one.entry for one in order.in_order(listing.below(actor, here)) if one.entry.is_folder]
    return render(
        request,
        "drive/choose.html",
        {
            **context,
            "here": here.entry,
            "name": places.name_of(actor, here.entry),
            "trail": [step for step in places.trail(actor, here) if step.node],
            "folders": [one for one in inside if one.id not in node_ids],
            "seen_by": _seen_by(here, first),
            "may_write": here.may(Right.WRITE) and (verb == "copy" or here.id != first.entry.parent),
        },
    )


def _seen_by(here: Reached, first: Reached) -> str:
    """Return who will see a document in a space that is not the one it is in, in a sentence; empty if it stays."""
    if here.entry.space == first.entry.space:
        return ""
    owner, title = homes.owners_of([here.entry.space])[here.entry.space]
    said = {
        "person": _("Ce dossier est dans l’espace de %(name)s, qui y verra ce que vous y mettez."),
        "team": _("Toute l’équipe « %(name)s » verra ce que vous y mettez."),
        "structure": _("Toutes les personnes de « %(name)s » verront ce que vous y mettez."),
    }
    return said[owner.partition(":")[0]] % {"name": title}


def _number(request: HttpRequest, name: str) -> int:
    return given.whole(request.POST.get(name) or request.GET.get(name) or "")


def _folder_of(node_id: int | None) -> str:
    return reverse("shared") if node_id is None else reverse("node", args=[node_id])


def _undo(verb: str, node_ids: Sequence[int], **more: object) -> str:
    """Return where a POST undoes what was done; empty if it can't be said in an address."""
    if not node_ids or len(node_ids) > UNDONE_AT_ONCE:
        return ""
    return f"{reverse(verb)}?{rows.query(nodes=','.join(map(str, node_ids)), **more)}"


def _recall(node_ids: Sequence[int]) -> str:
    """Return where a POST gives up the one large move or copy that has just begun; empty if there are several: each has its button."""
    return reverse("recall", args=node_ids) if len(node_ids) == 1 else ""


def _many(ended: Sequence[int], name: str, one: str, several: Callable[[int], str], **more: object) -> str:
    """Return the sentence of what was done: with the document's name if it is alone."""
    text = one if len(ended) == 1 else several(len(ended))
    return text % {"name": name, "count": len(ended), **more}


def _discarded(count: int) -> str:
    return ngettext("%(count)s document à la corbeille.", "%(count)s documents à la corbeille.", count)


def _under_way(count: int) -> str:
    return ngettext(
        "Un grand dossier part pour un autre espace. D’ici là il se lit, sans se modifier.",
        "%(count)s grands dossiers partent pour un autre espace. D’ici là ils se lisent, sans se modifier.",
        count,
    ) % {"count": count}


def _copies_under_way(count: int) -> str:
    return ngettext(
        "Un grand dossier se copie. Il paraîtra ici une fois entier.",
        "%(count)s grands dossiers se copient. Ils paraîtront ici une fois entiers.",
        count,
    ) % {"count": count}


def _moved(count: int) -> str:
    return ngettext("%(count)s document dans « %(folder)s ».", "%(count)s documents dans « %(folder)s ».", count)


def _copied(count: int) -> str:
    return ngettext(
        "%(count)s document copié dans « %(folder)s ».", "%(count)s documents copiés dans « %(folder)s ».", count
    )


def _restored(count: int) -> str:
    return ngettext("%(count)s document de retour.", "%(count)s documents de retour.", count)
