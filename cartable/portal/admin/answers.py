"""How pages of administration answer: what was done, or in a sentence why it cannot be, on the page where it was asked."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cartable.identity.actors import Actor
from cartable.identity.delegations import Act, Oneself, offices
from cartable.identity.models import Person
from cartable.identity.requests import actor_of
from cartable.kernel import audit, errors
from cartable.portal.admin.forms.filled import AT, Filled
from cartable.portal.admin.forms.people import Whom
from cartable.web.answers import done
from cartable.web.formats import harmless
from cartable.web.refusals import PAGES, TITLES, WAYS, sentence_of

PAGES[Oneself] = (
    403,
    _(
        "C’est de votre propre compte qu’il s’agit : on ne l’administre pas soi-même. Qui administre au-dessus de vous peut vous aider."
    ),
)
TITLES[Oneself] = _("C’est vous")
WAYS[Oneself] = (_("Voir mon compte"), "me")

View = TypeVar("View", bound=Callable[..., HttpResponse])


def acts(*names: str) -> Callable[[View], View]:
    """Say what the buttons of a page ask of it, by their `do`; empty: a button without a name. Anything else is not found, as what it would be done to may not be.

    To who has no role each page reads the same: they are refused first. Tests read from a page what it does (`acts`).
    """

    def of(page: View) -> View:
        @wraps(page)
        def asked(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
            do = request.POST.get("do", "")
            if request.method == "POST" and administrator(request) and do not in names:
                raise errors.NotFound(do[:100])
            return page(request, *args, **named)

        asked.acts = names  # type: ignore[attr-defined]
        return cast(View, asked)

    return of


def answer(
    request: HttpRequest,
    form: Filled,
    act: Callable[..., object],
    *,
    said: str | Promise,
    to: str,
    again: Callable[[Filled, int], HttpResponse],
) -> HttpResponse:
    """Do what a form asks (`act` takes its fields), say so and go to a page; or show `again` the form, and its page's status.

    Who may not at all gets the page of a refusal.
    """
    if status := refused(form, act):
        return again(form, status)
    return done(request, said, to)


def refused(form: Filled, act: Callable[..., object]) -> int:
    """Do what a form asks. Return 0 once it is done; else the status of the page that shows it again, each refusal at its field."""
    status = 0
    if not form.is_valid():
        status = form.status
    else:
        try:
            act(**form.cleaned_data)
        except errors.Refusal as refusal:
            status = form.take(refusal)
            if not status:
                raise
            audit.refused(refusal)
    if status:
        form.focus()
    return status


def attempt(request: HttpRequest, to: str, act: Callable[[], object], said: str | Promise) -> HttpResponse:
    """Do what a button asks, say so and go to a page; or say there why it cannot be. Who may not gets the page of a refusal."""
    try:
        act()
    except (errors.Conflict, errors.BadInput, errors.TooMany) as refusal:
        messages.error(request, harmless(str(_why(refusal))))
        return HttpResponseRedirect(to, status=303)
    return done(request, said, to)


def _why(refusal: errors.Refusal) -> Any:
    kind = next((one for one in type(refusal).__mro__ if one in AT), None)
    return AT[kind][1] if kind else sentence_of(refusal)


def seek(
    request: HttpRequest, actor: Actor, act: Act, reach: Callable[[Actor, str], Person], page: str
) -> tuple[Whom, HttpResponse | None]:
    """Return the form by which somebody is sought, and the way to their page (that of this name), once they are found."""
    form = Whom(actor, request.GET, act=act)
    if form.is_valid() and (who := form.cleaned_data["who"]):
        try:
            return form, HttpResponseRedirect(reverse(page, args=[reach(actor, who.sub).sub]))
        except errors.NotFound:
            form.find_nobody("who")
    form.focus()
    return form, None


def elsewhere(request: HttpRequest, sub: str, person: Person) -> HttpResponse | None:
    """Return, to who reads a page, the way to the same of who has the account now, reached by the id of one that was merged; else None."""
    here = request.resolver_match
    if person.sub == sub or here is None or request.method == "POST":
        return None
    return HttpResponseRedirect(reverse(here.view_name, kwargs={**here.kwargs, "sub": person.sub}))


def administrator(request: HttpRequest) -> Actor:
    """Return the reader. Raises Denied to who has no role: before anything is looked at."""
    actor = actor_of(request)
    if not offices(actor):
        raise errors.Denied(actor.person)
    return actor
