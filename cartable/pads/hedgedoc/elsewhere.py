"""What belongs to no pad: the root, `/config`, `/status`, CodiMD's `/api/notes`, and addresses that answer that they are not served."""

import json

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.html import format_html

from cartable.kernel.errors import BadInput, Denied, NotFound
from cartable.pads import answers, files
from cartable.pads.addresses import exporting, naming
from cartable.pads.hedgedoc.door import Visit, site
from cartable.pads.hedgedoc.notes import come, drawing
from cartable.spaces import trash
from cartable.spaces.access import Right

VERSION = "1.12.0"  # of HedgeDoc, whose addresses these are
PLAIN = "text/plain; charset=utf-8"


def root(visit: Visit) -> HttpResponse:
    """GET /: one's pads on the site, to a browser; to a program, a page with the word that codimd-cli looks for."""
    if visit.for_people:
        return HttpResponseRedirect(f"{site(visit.request)}{reverse('my-pads')}")
    title = "Cartable"
    page = format_html('<!doctype html>\n<meta name="csrf-token" content=""><title>{}</title>\n', title)
    return HttpResponse(page)


def config(visit: Visit) -> HttpResponse:
    """GET /config: constants, as a script (hedgedoc 1.12, `lib/web/statusRouter.js`)."""
    said = {
        "domain": visit.request.get_host(),
        "urlpath": "" if visit.own_host else "pads",
        "debug": False,
        "version": VERSION,
        "DROPBOX_APP_KEY": "",
        "userToken": "",
    }
    # json.dumps of plain ASCII: `</script>` cannot come of a host name that Django let by
    script = "\n".join(f"window.{name} = {json.dumps(value)}" for name, value in said.items())
    return HttpResponse(f"{script}\n", content_type="application/javascript; charset=utf-8")


def health(_visit: Visit) -> HttpResponse:
    """GET /_health."""
    return JsonResponse({"ready": True})


def off(_visit: Visit) -> HttpResponse:
    """GET /status, /metrics: off, as with `enableStatsApi: false`; operators have /readyz and /metrics of the site."""
    return HttpResponse("403 Forbidden\n", status=403, content_type=PLAIN)


def robots(_visit: Visit) -> HttpResponse:
    """GET /robots.txt: a pad is for those to whom it is open."""
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type=PLAIN)


def frame(visit: Visit) -> HttpResponse:
    """GET /views/frame, ours: where the diagrams of published pages and slides are drawn."""
    return answers.preview(visit.request, str(drawing(visit)["words"]))


def gone(_visit: Visit, rest: str = "") -> HttpResponse:
    """/socket.io/: HedgeDoc's own pages spoke there, and no other client."""
    del rest
    said = "410 Gone: the editor of pads is at the site; programs read and write them by WebDAV.\n"
    return HttpResponse(said, status=410, content_type=PLAIN)


def absent(_visit: Visit, rest: str = "") -> HttpResponse:
    """What there is not."""
    del rest
    raise NotFound


# CodiMD 2.x


def my_notes(visit: Visit) -> HttpResponse:
    """GET /api/notes/myNotes."""
    entries = exporting.mine(visit.actor)
    known = naming.known_of([one.id for one in entries])
    notes = [
        {
            "id": known[one.id].canonical,
            "text": one.name.removesuffix(".md"),
            "tags": [],
            "createdAt": one.created * 1000,
            "lastchangeAt": one.mtime * 1000,
            "shortId": known[one.id].short,
        }
        for one in entries
    ]
    return JsonResponse({"myNotes": notes})


def write(visit: Visit, name: str) -> HttpResponse:
    """PUT /api/notes/<id> ({"content"}): the text of the pad; where it is being typed in, both are joined."""
    try:
        told = json.loads(visit.request.body)
    except (ValueError, RecursionError) as error:
        raise BadInput from error
    if not isinstance(told, dict) or not isinstance(told.get("content"), str):
        raise BadInput
    pad = come(visit, name, need=Right.WRITE)
    files.rewrite(pad.actor, pad.entry.id, told["content"])
    return JsonResponse({"status": "ok"})


def discard(visit: Visit, name: str) -> HttpResponse:
    """DELETE /api/notes/<id>: into the trash."""
    if visit.actor.person is None:
        raise Denied
    trash.discard(visit.actor, come(visit, name).entry.id)
    return JsonResponse({"status": "ok"})
