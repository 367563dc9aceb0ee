"""The page of a pad: its text as the file has it, which the island makes an editor. The same laid out, to read; and a new pad."""

import json
import secrets
from typing import cast

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_safe

from cartable.identity.actors import Actor
from cartable.identity.requests import actor_of
from cartable.kernel.errors import BadName, NameTaken
from cartable.pads import files, naming
from cartable.pads.addresses import history, presets
from cartable.pads.markdown.slides import deck
from cartable.pads.reading import laid_out
from cartable.spaces.access import Reached, Right, reach, seen
from cartable.spaces.names import typed_name
from cartable.web.formats import harmless
from cartable.web.policy import HEADER, allow, spelled
from cartable.web.refusals import again

PREVIEW = {  # decision 22: a document without an origin, that can reach nobody
    "sandbox": "allow-scripts allow-popups allow-popups-to-escape-sandbox",
    "default-src": "'none'",
    "script-src": "'self' 'wasm-unsafe-eval'",  # Graphviz is WebAssembly
    "style-src": "'self' 'unsafe-inline'",  # diagrams are measured in their own styles
    "img-src": "data: blob:",  # the page around fetches those beside the text, for who reads
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'self'",
}


@require_safe
def pad(request: HttpRequest, node_id: int) -> HttpResponse:
    """Show a Markdown file to be edited by several people; go to the page of anything else."""
    actor = presets.regular(actor_of(request), node_id)
    reached = reach(actor, node_id, Right.READ)
    if reached.entry.media_type != files.MARKDOWN:
        return HttpResponseRedirect(reverse("node", args=[node_id]))
    text = files.read(node_id).text
    history.opened(actor, node_id, reached.entry.name, text)
    nonce = secrets.token_urlsafe(16)  # of the one <style> that the editor makes
    context = {
        "file": reached,
        "name": harmless(reached.entry.name),
        "text": text,
        "may_write": reached.may(Right.WRITE),
        "may_share": reached.may(Right.MANAGE),
        "pictures": _folder_to_fill(actor, reached),
        "nonce": nonce,
    }
    return cast(
        HttpResponse,
        allow(render(request, "pads/pad.html", context), style_src=f"'self' 'nonce-{nonce}'", frame_src="'self'"),
    )


@login_not_required  # nothing of anybody is in it: the page around gives it a text
@xframe_options_sameorigin
@require_safe
def preview(request: HttpRequest) -> HttpResponse:
    """Show the frame in which a text is laid out while it is written."""
    response = render(request, "pads/preview.html")
    response.headers[HEADER] = spelled(PREVIEW)
    return response


def _folder_to_fill(actor: Actor, pad: Reached) -> int | None:
    """Return the folder of a pad if who writes in the pad may put pictures there too."""
    folder = seen(actor, [pad.above]) if pad.above and pad.may(Right.WRITE) else {}
    return next((one.id for one in folder.values() if one.may(Right.WRITE)), None)


@require_safe
def read(request: HttpRequest, node_id: int) -> HttpResponse:
    """Show a Markdown file laid out; go to the page of anything else. What is too long for that is shown as it is written."""
    reached = reach(presets.regular(actor_of(request), node_id), node_id, Right.READ)
    if reached.entry.media_type != files.MARKDOWN:
        return HttpResponseRedirect(reverse("node", args=[node_id]))
    text = files.read(node_id).text
    name = harmless(reached.entry.name)
    context = {"file": reached, "name": name, "may_write": reached.may(Right.WRITE)}
    context |= laid_out(text, name, reverse("beside-pad", args=[node_id]))
    return cast(HttpResponse, allow(render(request, "pads/read.html", context), frame_src="'self'"))


@require_safe
def slides(request: HttpRequest, node_id: int) -> HttpResponse:
    """Show a Markdown file as slides; go to the page of anything else. Raises TooLarge for a text that is not laid out."""
    reached = reach(actor_of(request), node_id, Right.READ)
    if reached.entry.media_type != files.MARKDOWN:
        return HttpResponseRedirect(reverse("node", args=[node_id]))
    shown = deck(files.read(node_id).text, reverse("beside-pad", args=[node_id]))
    title = harmless(shown.title) or harmless(reached.entry.name)
    context = {"file": reached, "deck": shown, "title": title, "options": json.dumps(dict(shown.front.options))}
    response = render(request, "pads/slides.html", context)
    # reveal.js writes constants of its own as HTML, which Trusted Types would refuse; nothing inline runs all the same
    return cast(HttpResponse, allow(response, frame_src="'self'", require_trusted_types_for=""))


@require_safe
def beside(request: HttpRequest, node_id: int) -> HttpResponse:
    """Go to what a text names beside it: a picture itself, a Markdown file laid out, the page of anything else."""
    found = files.beside(actor_of(request), node_id, request.GET.get("path", ""))
    kind = found.media_type
    page = "read-pad" if kind == files.MARKDOWN else "raw" if kind.startswith("image/") else "node"
    return HttpResponseRedirect(reverse(page, args=[found.id]))


@require_safe
def named(request: HttpRequest, node_id: int) -> HttpResponse:
    """Give the people, or the documents, that a text may name, by the beginning of their names: for the editor that completes it."""
    actor, asked = actor_of(request), request.GET
    reached = reach(presets.regular(actor, node_id), node_id, Right.READ)
    if "people" in asked:
        found = naming.people(actor, asked["people"])
    else:
        found = naming.documents(actor, reached, asked.get("documents", ""))
    return JsonResponse({"hits": [one._asdict() for one in found]})


@require_http_methods(["GET", "POST"])
def new_pad(request: HttpRequest, node_id: int) -> HttpResponse:
    """Ask for the name of a new pad; make it, and go there."""
    actor, typed = actor_of(request), request.POST.get("name", "")
    folder = reach(actor, node_id, Right.WRITE).entry
    context = {"folder": folder, "typed": typed, "under": "documents"}
    if request.method == "GET":
        return render(request, "pads/new_pad.html", context)
    try:
        made = files.make(actor, node_id, typed_name(typed))
    except (BadName, NameTaken) as refusal:
        return again(request, refusal, "pads/new_pad.html", context)
    return HttpResponseRedirect(reverse("pad", args=[made.id]), status=303)


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """Say how Markdown is written, and what keys the editor has."""
    return render(request, "pads/help.html")
