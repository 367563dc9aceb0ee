"""The page of what there is to do in one's pads, and what is told of those whom they mention."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cartable.identity.requests import actor_of
from cartable.kernel import given
from cartable.pads.extracts import mentions, todo
from cartable.pads.extracts.wording import told_of
from cartable.pads.visits import comer
from cartable.web.answers import back, done


@require_safe
def to_do(request: HttpRequest) -> HttpResponse:
    """List what there is to do in one's pads, pad by pad."""
    return render(request, "pads/todo.html", {"listed": todo.of(actor_of(request))})


@require_POST
def mention(request: HttpRequest, node_id: int) -> HttpResponse:
    """Note whom somebody means who writes; say so if that person may not read the pad."""
    name, reads = mentions.name(comer(request, node_id), node_id, request.POST.get("person", ""))
    return done(request, told_of([] if reads else [name]), reverse("pad", args=[node_id]))


@require_POST
def tick(request: HttpRequest, node_id: int) -> HttpResponse:
    """Tick a box of a pad, or take the tick away: which one, the address says, so that undoing is a POST to another."""
    asked = request.GET
    ticked, line, mark = asked.get("done") == "1", given.whole(asked.get("line", "")), asked.get("mark", "")
    text = todo.tick(comer(request, node_id), node_id, line, mark, done=ticked)
    said = (_("Fait : %(task)s") if ticked else _("À faire de nouveau : %(task)s")) % {"task": text}
    undo = urlencode({"line": line, "mark": mark, "done": "0" if ticked else "1"})
    there = reverse("tick-pad", args=[node_id])
    return done(request, said, back(request, reverse("to-do")), undo=f"{there}?{undo}")
