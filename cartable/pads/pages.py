"""The page of a pad: its text as the file has it, which the island makes an editor. The same laid out, to read; and a new pad."""

import secrets
from typing import cast

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cartable.identity.actors import Actor
from cartable.identity.requests import actor_of
from cartable.kernel import notices
from cartable.kernel.errors import BadName, NameTaken, NotFound
from cartable.pads import answers, comparing, embedding, files, hosts, mine, naming, starting
from cartable.pads.addresses import history, making, presets, uploads, wording
from cartable.pads.addresses import naming as words
from cartable.pads.answers import as_picture, as_slides
from cartable.pads.extracts import backlinks, finding
from cartable.pads.extracts.apps import Extracts
from cartable.pads.hands import signing
from cartable.pads.reading import deck_of, laid_out
from cartable.pads.visits import Come, guest_of, keep_guest, of_pad, of_pad_for_guests_too
from cartable.spaces import versions
from cartable.spaces.access import Reached, Right, reach, seen
from cartable.spaces.names import typed_name
from cartable.web.answers import back, done
from cartable.web.formats import harmless
from cartable.web.policy import allow
from cartable.web.refusals import again


@of_pad_for_guests_too
def pad(request: HttpRequest, come: Come) -> HttpResponse:
    """Show a Markdown file to be edited by several people."""
    actor, reached, guest = come
    text = files.read(reached.id).text
    history.opened(actor, reached.id, reached.entry.name, text)
    _read_notices(actor, reached)
    nonce = secrets.token_urlsafe(16)  # of the one <style> that the editor makes
    context = {
        "file": reached,
        "name": harmless(reached.entry.name),
        "text": text,
        "may_write": reached.may(Right.WRITE),
        "may_comment": reached.may(Right.COMMENT) and guest is None,
        "guest": guest,
        "me": guest.who.key if guest else actor.sub,
        "may_share": reached.may(Right.MANAGE),
        "pictures": _folder_to_fill(actor, reached),
        "hosts": " ".join(hosts.ALL),
        "nonce": nonce,
        "leading": backlinks.to(actor, reached),
    }
    return cast(
        HttpResponse,
        allow(render(request, "pads/pad.html", context), style_src=f"'self' 'nonce-{nonce}'", frame_src="'self'"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def open_pad(request: HttpRequest, node_id: int) -> HttpResponse:
    """Show the address of a pad, and to whom it is open; open it to others. Raises Denied to who may not share it."""
    actor = actor_of(request)
    if request.method == "POST":
        presets.apply(actor, node_id, request.POST.get("preset", ""))
        return done(request, _("L’adresse du pad est ouverte ainsi."), reverse("pad", args=[node_id]))
    file = reach(actor, node_id, Right.MANAGE).entry
    if file.media_type != files.MARKDOWN:
        raise NotFound(node_id)
    context = {
        "file": file,
        "name": harmless(file.name),
        "address": request.build_absolute_uri(f"/pads/{words.known(node_id).canonical}"),
        "present": presets.of(actor, node_id),
        "choices": wording.choices(),
        "share": reverse("share", args=[node_id]),
    }
    return render(request, "pads/opening.html", context)


@login_not_required
@require_POST
def name_guest(request: HttpRequest) -> HttpResponse:
    """Call a guest as they choose, at all pads; go back to where they were. Raises NotFound to who is none."""
    guest = guest_of(request)
    if guest is None:
        raise NotFound
    there = HttpResponseRedirect(back(request, reverse("home")), status=303)
    return keep_guest(request, there, guest.called(request.POST.get("name", "")))


@login_not_required  # nothing of anybody is in it: the page around gives it a text
@require_safe
def preview(request: HttpRequest) -> HttpResponse:
    """Show the frame in which a text is laid out while it is written."""
    return answers.preview(request, _words())


def _words() -> str:
    """Return the address of the sentences of islands, in the language of this request."""
    return reverse("words", args=[get_language()])


def _folder_to_fill(actor: Actor, pad: Reached) -> int | None:
    """Return the folder of a pad if who writes in the pad may put pictures there too."""
    folder = seen(actor, [pad.above]) if pad.above and pad.may(Right.WRITE) else {}
    return next((one.id for one in folder.values() if one.may(Right.WRITE)), None)


@of_pad
def read(request: HttpRequest, come: Come) -> HttpResponse:
    """Show a Markdown file laid out. What is too long for that is shown as it is written."""
    reached = come.pad
    name = harmless(reached.entry.name)
    context = {"file": reached, "name": name, "may_write": reached.may(Right.WRITE), "frame": reverse("preview-pad")}
    context["leading"] = backlinks.to(come.actor, reached)
    _read_notices(come.actor, reached)
    context |= laid_out(files.current(reached.id).text, name, reverse("beside-pad", args=[reached.id]))
    return cast(HttpResponse, allow(render(request, "pads/read.html", context), frame_src=embedding.FRAMES))


def _read_notices(actor: Actor, pad: Reached) -> None:
    """Note that somebody has seen what they were told of a pad."""
    if actor.person is not None:
        notices.read(actor.person, about=pad.id, kinds=[one.name for one in Extracts.notices])


@of_pad
def compare(request: HttpRequest, come: Come, version_id: int) -> HttpResponse:
    """Show what changed in a Markdown file since an earlier version of it."""
    node = come.pad.id
    earlier = versions.one(come.actor, node, version_id)
    parts = comparing.compared(files.text_of(earlier.blob), files.current(node).text)
    context = {
        "file": come.pad,
        "version": earlier,
        "name": harmless(come.pad.entry.name),
        "parts": parts,
        "same": all(not one.kind for one in parts),
        "may_write": come.pad.may(Right.WRITE),
    }
    return render(request, "pads/compare.html", context)


@of_pad
def slides(request: HttpRequest, come: Come) -> HttpResponse:
    """Show a Markdown file as slides. Raises TooLarge for a text that is not laid out."""
    node = come.pad.id
    shown = deck_of(files.current(node).text, come.pad.entry.name, reverse("beside-pad", args=[node]))
    around = {"leave": reverse("read-pad", args=[node]), "frame": reverse("preview-pad"), "words": _words()}
    return as_slides(render(request, "pads/slides.html", around | shown))


@of_pad_for_guests_too
def beside(request: HttpRequest, come: Come) -> HttpResponseBase:
    """Go to what a text names beside it: a picture itself, a Markdown file laid out, the page of anything else."""
    path = request.GET.get("path", "")
    found = uploads.beside(come.actor, come.pad.id, path)
    kind = found.media_type
    if path.startswith(uploads.AT):
        return as_picture(request, found)  # its own page may be closed to who reads the pad
    page = "read-pad" if kind == files.MARKDOWN else "raw" if kind.startswith("image/") else "node"
    return HttpResponseRedirect(reverse(page, args=[found.id]))


@of_pad
def named(request: HttpRequest, come: Come) -> HttpResponse:
    """Give the people, or the documents, that a text may name, by the beginning of their names: for the editor that completes it."""
    actor, asked = actor_of(request), request.GET  # by a pad's address one finds nothing more
    if "people" in asked:
        found = naming.people(actor, asked["people"])
    else:
        found = naming.documents(actor, come.pad, asked.get("documents", ""))
    return JsonResponse({"hits": [one._asdict() for one in found]})


@of_pad
def wrote(request: HttpRequest, come: Come) -> HttpResponse:
    """Tell who types as each client of a pad: for the editor, where one asks who wrote what."""
    return JsonResponse(signing.of(come.pad.id))


@require_http_methods(["GET", "POST"])
def new_pad(request: HttpRequest, node_id: int) -> HttpResponse:
    """Ask for the name of a new pad, and what it begins with; make it, and go there."""
    actor, typed, chosen = actor_of(request), request.POST.get("name", ""), request.POST.get("template", "")
    folder = reach(actor, node_id, Right.WRITE).entry
    offered = starting.offered(actor)
    context = {"folder": folder, "typed": typed, "chosen": chosen, "offered": offered, "under": "documents"}
    if request.method == "GET":
        return render(request, "pads/new_pad.html", context)
    try:
        name = typed_name(typed)
        made = files.make(actor, node_id, name, starting.text_of(actor, chosen, name))
    except (BadName, NameTaken) as refusal:
        return again(request, refusal, "pads/new_pad.html", context)
    return HttpResponseRedirect(reverse("pad", args=[made.id]), status=303)


@require_safe
def my_pads(request: HttpRequest) -> HttpResponse:
    """List the pads that a person opened: all, or those with some words, or a tag; and where the texts of all theirs say these words."""
    actor, words, tag = actor_of(request), request.GET.get("q", ""), request.GET.get("tag", "")
    shown = mine.of(actor, words, tag)
    folder = reverse("new-pad", args=[making.folder_of(actor)])
    context = {"mine": shown, "hits": finding.find(actor, words, tag), "words": words, "tag": tag, "folder": folder}
    return render(request, "pads/mine.html", context)


@require_POST
def pin_pad(request: HttpRequest, node_id: int) -> HttpResponse:
    """Pin a pad of one's list, or take the pin away."""
    history.pin(actor_of(request), node_id, pinned=request.POST.get("pinned") == "1")
    return done(request, "", back(request, reverse("my-pads")))


@require_POST
def forget_pad(request: HttpRequest, node_id: int) -> HttpResponse:
    """Take a pad out of one's list: the document stays."""
    if not history.forget(actor_of(request), node_id):
        raise NotFound(node_id)
    said = _("Retiré de vos pads. Le document reste où il est.")
    return done(request, said, back(request, reverse("my-pads")))


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """Say how Markdown is written, and what keys the editor has."""
    return render(request, "pads/help.html")
