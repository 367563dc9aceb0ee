"""What is said about a pad, for the island that shows it beside the text: in JSON, each act a form of its own."""

from collections.abc import Sequence
from dataclasses import asdict

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from cartable.pads.comments import talking
from cartable.pads.extracts import mentions
from cartable.pads.extracts.wording import told_of
from cartable.pads.visits import comer
from cartable.web.answers import done


@require_http_methods(["GET", "HEAD", "POST"])
def comments(request: HttpRequest, node_id: int) -> HttpResponse:
    """Tell what is said; or say something about a passage."""
    actor, said = comer(request, node_id), request.POST
    if request.method != "POST":
        return JsonResponse({"threads": [asdict(one) for one in talking.of(actor, node_id)]})
    about = said.get("anchor", ""), said.get("quote", "")
    text, named = _words(request)
    made = talking.begin(actor, node_id, *about, text, said.get("proposed"), named=named)
    return _done(request, node_id, mentions.unaware(actor, node_id, text, named), thread=made)


@require_POST
def answer_comment(request: HttpRequest, node_id: int, comment_id: int) -> HttpResponse:
    """Answer in a thread."""
    actor, (text, named) = comer(request, node_id), _words(request)
    talking.answer(actor, comment_id, text, named=named)
    return _done(request, node_id, mentions.unaware(actor, node_id, text, named))


@require_POST
def change_comment(request: HttpRequest, node_id: int, comment_id: int) -> HttpResponse:
    """Say a remark of one's own otherwise."""
    actor, (text, named) = comer(request, node_id), _words(request)
    talking.change(actor, comment_id, text, named=named)
    return _done(request, node_id, mentions.unaware(actor, node_id, text, named))


@require_POST
def remove_comment(request: HttpRequest, node_id: int, comment_id: int) -> HttpResponse:
    """Take a remark back."""
    talking.remove(comer(request, node_id), comment_id)
    return _done(request, node_id)


@require_POST
def judge_comment(request: HttpRequest, node_id: int, comment_id: int) -> HttpResponse:
    """Close a thread, or open it again."""
    talking.judge(comer(request, node_id), comment_id, request.POST.get("verdict", ""))
    return _done(request, node_id)


def _words(request: HttpRequest) -> tuple[str, list[str]]:
    """Return what somebody says, and the ids of those whom they chose to name in it."""
    return request.POST.get("text", ""), request.POST.get("named", "").split()


def _done(request: HttpRequest, node: int, unaware: Sequence[str] = (), **more: int) -> HttpResponse:
    return done(request, told_of(unaware), reverse("pad", args=[node]), undo="", **more)
