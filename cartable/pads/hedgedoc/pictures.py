"""Pictures: `/uploadimage`, and `/uploads/…` where they are (hedgedoc 1.12, `lib/web/imageRouter`)."""

from datetime import timedelta
from urllib.parse import unquote, urlsplit

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from cartable.identity.actors import Actor
from cartable.kernel import given, rates
from cartable.kernel.errors import BadName, Denied, TooLarge
from cartable.kernel.receiving import Received, ToStorage, forget
from cartable.kernel.reception import form_first, takes_files
from cartable.pads import files, pictures
from cartable.pads.addresses import making, naming, uploads
from cartable.pads.answers import as_picture
from cartable.pads.hedgedoc.door import UNDER, Visit, door, found, said, site
from cartable.pads.hedgedoc.notes import come
from cartable.spaces import homes, quota, tree
from cartable.spaces.access import Right, reach
from cartable.spaces.names import typed_name

LARGEST = 20 << 20  # bytes of a picture
FORM = 64 << 10  # bytes of what is around it
SENT, PER = 100, timedelta(minutes=5)  # pictures of one person


def receive(visit: Visit) -> HttpResponse:
    """POST /uploadimage (`image`): make a picture a file beside the pad it is for, or in the folder Pads; say where it is."""
    rates.take(f"pictures of {visit.actor.somebody}", SENT, PER)
    sent = next(iter(_files(visit.request, "image")), None)
    if sent is None:
        raise Denied  # as HedgeDoc
    suffix = pictures.suffix_of(sent.name, sent.begins(pictures.FIRST))
    actor, folder, pad = _place(visit)
    quota.refuse_over(reach(actor, folder, Right.WRITE).entry.space, sent.size)
    word = uploads.keep(actor, folder, _name(sent.name, suffix), sent.stored, pad=pad, suffix=suffix)
    sent.kept = True
    return JsonResponse({"link": f"{visit.base}{uploads.AT}{word}"})


_door = door(POST=receive)


@takes_files("POST")
@login_not_required
@csrf_exempt  # the door looks at who sends, once the way in is chosen: reading the token reads the form
def upload(request: HttpRequest) -> HttpResponseBase:
    """Have a form read, then do as `receive`. What nobody in particular sends is not read."""
    if request.method != "POST" or not (request.COOKIES or "Authorization" in request.headers):
        return _door(request)
    try:
        if form := _form(request):
            return form
    except TooLarge as refusal:
        return said(413, refusal)
    try:
        return _door(request)
    finally:
        forget(_files(request))


def show(visit: Visit, name: str) -> HttpResponseBase:
    """GET /uploads/<name>: the picture, for who may read it, or the pad that it lies beside."""
    return as_picture(visit.request, uploads.find(visit.actor, name))


def beside(visit: Visit, name: str) -> HttpResponseBase:
    """GET /<id>/beside?path=…: what the text of a pad names beside it. Ours: HedgeDoc has no files beside a note."""
    pad = come(visit, name)
    there = uploads.beside(pad.actor, pad.entry.id, visit.request.GET.get("path", ""))
    if there.media_type in pictures.SHOWN:
        return as_picture(visit.request, there)
    if there.media_type == files.MARKDOWN:
        return visit.to(naming.known(there.id).canonical)
    return found(f"{site(visit.request)}{reverse('node', args=[there.id])}")


def _form(request: HttpRequest) -> HttpResponse | None:
    announced = request.META.get("CONTENT_LENGTH") or "0"
    if not given.is_whole(announced) or int(announced) > LARGEST + FORM:
        raise TooLarge(announced)
    return form_first(request, lambda request: ToStorage(request, LARGEST))


def _files(request: HttpRequest, field: str = "") -> list[Received]:
    fields = [field] if field else list(request.FILES)
    sent: list[object] = [one for name in fields for one in request.FILES.getlist(name)]
    return [one for one in sent if isinstance(one, Received)]


def _place(visit: Visit) -> tuple[Actor, int, int | None]:
    """Return where a picture goes: as whom, into which folder, beside which pad. Raises NotFound, Denied.

    It goes to the pad of `noteId`, else to that from whose page it comes, else to the folder Pads.
    """
    word = visit.request.GET.get("noteId") or visit.request.POST.get("noteId") or _page(visit)
    if word:
        pad = come(visit, word, need=Right.WRITE)
        return pad.actor, pad.reached.above[0].id, pad.entry.id
    return visit.actor, tree.make_folders(visit.actor, homes.home_of(visit.actor).root, [making.FOLDER]), None


def _page(visit: Visit) -> str:
    """Return the word of the pad whose page sends this (`Referer`); empty if none does."""
    page = urlsplit(visit.request.headers.get("Referer", ""))
    if page.netloc != visit.request.get_host():
        return ""
    words = [unquote(word) for word in page.path.removeprefix(f"{UNDER}/").split("/") if word]
    word = words[1] if len(words) > 1 and words[0] in {"s", "p"} else words[0] if words else ""
    return word if naming.taken([word]) else ""


def _name(sent: str, suffix: str) -> str:
    """Return the name of the file of a picture that was sent under a name."""
    try:
        return typed_name(sent)
    except BadName:
        return f"image{suffix}"
