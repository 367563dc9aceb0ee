"""A Markdown file as it reads: laid out, with its table of contents, and nothing to load but the page."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from cartable.identity.requests import actor_of
from cartable.kernel.errors import TooLarge
from cartable.pads import files, markdown
from cartable.spaces.access import Right, reach
from cartable.web.formats import harmless

CONTENTS = 3  # headings from which on a table of contents helps


@require_safe
def read(request: HttpRequest, node_id: int) -> HttpResponse:
    """Show a Markdown file laid out; go to the page of anything else. What is too long for that is shown as it is written."""
    reached = reach(actor_of(request), node_id, Right.READ)
    if reached.entry.media_type != files.MARKDOWN:
        return HttpResponseRedirect(reverse("node", args=[node_id]))
    text = files.read(node_id).text
    name = harmless(reached.entry.name)
    context = {"file": reached, "name": name, "title": name, "may_write": reached.may(Right.WRITE)}
    try:
        rendered = markdown.render(text)
    except TooLarge:
        context["text"] = text
    else:
        context |= {"rendered": rendered, "title": harmless(rendered.title) or name}
        context["contents"] = rendered.headings if len(rendered.headings) >= CONTENTS else ()
    return render(request, "pads/read.html", context)
