"""What is said about a pad, for the island that shows it beside the text: in JSON, each act a form of its own."""

from dataclasses import asdict

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from cartable.pads.comments import talking
from cartable.pads.visits import comer
from cartable.web.answers import done


@require_http_methods(["GET", "HEAD", "POST"])
def comments(request: HttpRequest, node_id: int) -> HttpResponse:
    """Tell what is said; or say something about a passage."""
    actor, said = comer(request, node_id), request.POST
    if request.method != "POST":
        return JsonResponse({"threads": [asdict(one) for one in talking.of(actor, node_id)]})
    about = said.get("anchor", ""), said.get("quote", "")
    made = talking.begin(actor, node_id, *about, said.get("text", ""), said.get("proposed"))
    return _done(request, node_id, thread=made)


@require_POST
def answer_comment(request: HttpRequest, node_id: int, comment_id: int) -> HttpResponse:
    """Answer in a thread."""
    talking.answer(comer(request, node_id), comment_id, request.POST.get("text", ""))
    return _done(request, node_id)


@require_POST
def change_comment(request: HttpRequest, node_id: int, comment_id: int) -> HttpResponse:
    """Say a remark of one's own otherwise."""
    talking.change(comer(request, node_id), comment_id, request.POST.get("text", ""))
    return _done(request, node_id)


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


def _done(request: HttpRequest, node: int, **more: int) -> HttpResponse:
    return done(request, "", reverse("pad", args=[node]), undo="", **more)
