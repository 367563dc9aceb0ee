"""Pads by their addresses: `/new`, `/<id>` and what is below it (hedgedoc 1.12, `lib/web/note/router.js` and `controller.js`)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import get_language

from cartable.identity.actors import NOBODY, Actor
from cartable.kernel import given, rates
from cartable.kernel.errors import BadInput, NotFound
from cartable.pads import embedding, files, guests
from cartable.pads.addresses import history, making, naming, presets, revisions, titles
from cartable.pads.addresses.naming import Known
from cartable.pads.answers import as_slides
from cartable.pads.formats.pages import sent
from cartable.pads.hedgedoc.door import UNDER, Visit, signing_in, site
from cartable.pads.reading import deck_of, laid_out
from cartable.pads.visits import Come, guest_of, keep_guest
from cartable.spaces.access import Reached, Right, reach
from cartable.spaces.entries import Entry
from cartable.web.formats import harmless
from cartable.web.policy import allow

MADE, PER = 20, timedelta(minutes=5)  # pads of one person, as HedgeDoc's `rateLimitNewNotes`
FRAME = "views/frame"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
ANYBODY = {"Access-Control-Allow-Origin": "*"}  # to read what is open to all: with a cookie, a browser takes no `*`


class Pad(NamedTuple):
    """A pad that somebody came to by one of its words."""

    known: Known
    reached: Reached
    actor: Actor  # them, with what the link of the pad gives

    @property
    def entry(self) -> Entry:
        """Its file."""
        return self.reached.entry


def come(visit: Visit, name: str, *, need: Right = Right.READ) -> Pad:
    """Return the pad that a word leads to. Raises NotFound alike where nothing is and where all is hidden; Denied."""
    node = naming.resolve(name)
    actor = presets.visitor(visit.actor, node)
    reached = reach(actor, node, need)
    if reached.entry.media_type != files.MARKDOWN:
        raise NotFound(node)
    return Pad(naming.known(node), reached, actor)


def beside(visit: Visit, pad: Pad) -> str:
    """Return the address that is asked for what the text of a pad names beside it."""
    return f"{visit.base}/{quote(pad.known.canonical)}/beside"


def drawing(visit: Visit) -> dict[str, object]:
    """Return what pages that draw need: the frame where that is done, and the sentences of islands."""
    return {"frame": f"{visit.base}/{FRAME}", "words": f"{visit.base}/views/{get_language()}.js"}


# Making one


def new(visit: Visit) -> HttpResponseBase:
    """GET /new: make an empty pad. Where a page of another site leads here, its name is asked first: it may not make one by itself."""
    if visit.own_host and visit.for_people:
        return visit.to_site()
    if visit.actor is NOBODY:
        return signing_in(visit)
    if visit.for_people and visit.request.headers.get("Sec-Fetch-Site", "cross-site") == "cross-site":
        return HttpResponseRedirect(reverse("new-pad", args=[making.folder_of(visit.actor)]))
    return _make(visit, "", "")


def create(visit: Visit, name: str = "") -> HttpResponseBase:
    """POST /new, POST /new/<alias>: make a pad of a text: the body, or the field `content` of codimd-cli."""
    if visit.actor is NOBODY:
        return signing_in(visit)
    form = visit.request.content_type in FORMS
    try:
        text = visit.request.POST.get("content", "") if form else visit.request.body.decode()
    except UnicodeDecodeError as error:
        raise BadInput from error
    return _make(visit, text, name)


def _make(visit: Visit, text: str, alias: str) -> HttpResponse:
    rates.take(f"pads of {visit.actor.somebody}", MADE, PER)
    return visit.to(making.new(visit.actor, text.replace("\r", ""), alias).canonical)


# Reading one


def show(visit: Visit, name: str) -> HttpResponse:
    """GET /<id or alias>: the text laid out; on the site, its editor to who is signed in there, and to guests who may write."""
    if visit.own_host and visit.for_people:
        return visit.to_site()
    pad = come(visit, name)
    if name != pad.known.canonical:
        return visit.to(pad.known.canonical)
    text = files.read(pad.entry.id).text
    history.opened(visit.actor, pad.entry.id, pad.entry.name, text)
    if visit.for_people and visit.actor.person is not None:
        return HttpResponseRedirect(reverse("pad", args=[pad.entry.id]))
    if visit.for_people and pad.reached.may(Right.WRITE):
        guest = guest_of(visit.request) or guests.new()
        there = HttpResponseRedirect(reverse("pad", args=[pad.entry.id]))
        return keep_guest(visit.request, there, guest.came(pad.entry.id))
    return _page(visit, pad, text)


def download(visit: Visit, name: str) -> HttpResponse:
    """GET /<id>/download: the text itself."""
    return _download(come(visit, name))


def info(visit: Visit, name: str) -> HttpResponse:
    """GET /<id>/info: title, description, views, dates."""
    pad = come(visit, name)
    said = titles.told(files.current(pad.entry.id).text)
    told = {
        "title": said.title or pad.entry.name.removesuffix(".md"),
        "description": said.description,
        "viewcount": naming.views(pad.entry.id),
        "createtime": _iso(pad.entry.created),
        "updatetime": _iso(pad.entry.mtime),
    }
    return JsonResponse(told, headers=ANYBODY)


def revision_list(visit: Visit, name: str) -> HttpResponse:
    """GET /<id>/revision: when its file was written, the last first. Lengths are bytes."""
    pad = come(visit, name)
    return JsonResponse(
        {"revision": [{"time": at, "length": size} for at, size, _ in revisions.of(pad.actor, pad.entry.id)]}
    )


def revision(visit: Visit, name: str, at: str) -> HttpResponse:
    """GET /<id>/revision/<ms>: the oldest text written at that time or after."""
    pad = come(visit, name)
    if not given.is_whole(at):
        raise NotFound
    text = revisions.text_at(pad.actor, pad.entry.id, int(at))
    return JsonResponse({"content": text, "patch": [], "authorship": []})


def publish(visit: Visit, name: str) -> HttpResponse:
    """GET /<id>/publish: lead to the published page."""
    return visit.to("s", come(visit, name).known.published)


def slide(visit: Visit, name: str) -> HttpResponse:
    """GET /<id>/slide: lead to the slides."""
    return visit.to("p", come(visit, name).known.published)


def pdf(visit: Visit, name: str) -> HttpResponse:
    """GET /<id>/pdf: the text on pages. Raises NotFound where this installation makes none."""
    return _taken(come(visit, name), "pdf")


def pandoc(visit: Visit, name: str) -> HttpResponse:
    """GET /<id>/pandoc?exportType=docx (codimd 2.6): the text in another form. Raises NotFound for one that is not made here."""
    return _taken(come(visit, name), visit.request.GET.get("exportType", ""))


def _taken(pad: Pad, ending: str) -> HttpResponse:
    return sent(Come(pad.actor, pad.reached), ending)


def other(visit: Visit, name: str, action: str) -> HttpResponse:
    """GET /<id>/<what we do not know>: lead to the pad."""
    del action
    return visit.to(come(visit, name).known.canonical)


# Published


def published(visit: Visit, name: str) -> HttpResponse:
    """GET /s/<short name or alias>: the text laid out, for whoever may read it."""
    return _opened(visit, "s", name, lambda pad: _page(visit, pad, files.current(pad.entry.id).text))


def published_download(visit: Visit, name: str) -> HttpResponse:
    """GET /s/<short name or alias>/download: the text itself."""
    return _download(come(visit, name))


def published_edit(visit: Visit, name: str) -> HttpResponse:
    """GET /s/<short name or alias>/edit: lead to the pad."""
    return visit.to(come(visit, name).known.canonical, query="?both")


def published_other(visit: Visit, name: str, action: str) -> HttpResponse:
    """GET /s/<short name or alias>/<what we do not know>: lead to the page."""
    del action
    return visit.to("s", come(visit, name).known.published)


def slides(visit: Visit, name: str) -> HttpResponse:
    """GET /p/<short name or alias>: the text as slides. Raises TooLarge for one that is not laid out."""
    return _opened(visit, "p", name, lambda pad: _slides(visit, pad))


def slides_other(visit: Visit, name: str, action: str) -> HttpResponse:
    """GET /p/<short name or alias>/<what we do not know>: lead to the slides."""
    del action
    return visit.to("p", come(visit, name).known.published)


def _opened(visit: Visit, under: str, name: str, show: Callable[[Pad], HttpResponse]) -> HttpResponse:
    """Show what is published of a pad under the word it has there, and count it; lead there from its other words."""
    pad = come(visit, name)
    if name != pad.known.published:
        return visit.to(under, pad.known.published)
    if visit.request.method == "GET":
        naming.count_views(pad.entry.id)
    return show(pad)


def _slides(visit: Visit, pad: Pad) -> HttpResponse:
    shown = deck_of(files.current(pad.entry.id).text, pad.entry.name.removesuffix(".md"), beside(visit, pad))
    context = {"leave": f"{visit.base}/s/{quote(pad.known.published)}", **drawing(visit), **shown}
    page = as_slides(render(visit.request, "pads/slides.html", context), ancestors=embedding.ANCESTORS)
    return _as_published(page)


def _download(pad: Pad) -> HttpResponse:
    text = files.current(pad.entry.id).text
    title = titles.told(text).title or pad.entry.name.removesuffix(".md")
    headers = {"Content-Disposition": content_disposition_header(True, f"{title}.md") or "attachment"}  # noqa: FBT003
    return HttpResponse(text, content_type="text/markdown; charset=UTF-8", headers=headers | ANYBODY)


def _page(visit: Visit, pad: Pad, text: str) -> HttpResponse:
    name = harmless(pad.entry.name.removesuffix(".md"))
    context: dict[str, object] = {
        "entry": pad.entry,
        "edit": f"{site(visit.request)}{UNDER}/{quote(pad.known.canonical)}",  # by its address: it may be all that lets them in
        "download": f"{visit.base}/s/{quote(pad.known.published)}/download",
    }
    context |= drawing(visit) | laid_out(text, name, beside(visit, pad))
    page = render(visit.request, "pads/published.html", context)
    frames = {"frame_src": embedding.FRAMES, "frame_ancestors": embedding.ANCESTORS}
    allow(
        page,
        script_src="'self'" if context.get("draws") else "'none'",
        connect_src="'none'",
        form_action="'none'",
        **frames,
    )
    return _as_published(page)


def _as_published(page: HttpResponse) -> HttpResponse:
    """Let the sites that its policy names show a page: an older header would say that none does."""
    page.xframe_options_exempt = bool(embedding.SITES)
    return page


def _iso(seconds: int) -> str:
    """Return a moment as JavaScript writes it."""
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
