"""The page of the forms in which a text may be taken away, and each of them."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header

from cartable.kernel import rates
from cartable.pads.formats import converting
from cartable.pads.visits import Come, of_pad
from cartable.web.formats import harmless
from cartable.web.policy import CONTENT, HEADER

MADE, PER = (
    30,
    timedelta(minutes=5),
)  # of one person, or of one pad for all who have only its address: each takes seconds


@of_pad
def take(request: HttpRequest, come: Come) -> HttpResponse:
    """Show the forms in which one may take a text away."""
    context = {"file": come.pad, "name": harmless(come.pad.entry.name), "forms": converting.offered()}
    return render(request, "pads/take.html", context)


@of_pad
def taken(request: HttpRequest, come: Come, ending: str) -> HttpResponse:
    """Send a text in a form, as a file to keep."""
    del request
    return sent(come, ending)


def sent(come: Come, ending: str) -> HttpResponse:
    """Return the answer that gives a text in a form. Raises TooMany, and what `converting.made` raises."""
    person = come.actor.person
    rates.take(f"forms of {f'pad {come.pad.id}' if person is None else person}", MADE, PER)
    name = come.pad.entry.name.removesuffix(".md")
    form, data = converting.made(come.actor, come.pad.id, name, ending)
    told = {
        "Content-Disposition": content_disposition_header(True, f"{harmless(name)}.{ending}") or "attachment",  # noqa: FBT003
        HEADER: CONTENT,
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(data, content_type=form.media_type, headers=told)
