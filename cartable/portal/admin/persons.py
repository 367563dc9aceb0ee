"""Pages about one person: postings by hand, help to get in, room of their space, roles."""

from datetime import date
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cartable.identity import appointing, dated, delegations, roles, support
from cartable.identity.actors import Actor
from cartable.identity.delegations import BY_HAND, Act
from cartable.identity.models import Person, Structure
from cartable.identity.requests import confirmed
from cartable.kernel.errors import NotFound
from cartable.portal import dossier
from cartable.portal import roles as words
from cartable.portal.admin.answers import acts, administrator, answer, attempt, elsewhere
from cartable.portal.admin.forms.filled import Filled
from cartable.portal.admin.forms.people import Dates, Ending, Freeing, Posting, Role
from cartable.portal.admin.forms.structures import Room
from cartable.portal.dossier import Dossier
from cartable.web.answers import back


@never_cache
@require_safe
def person(request: HttpRequest, sub: str) -> HttpResponse:
    """Show a person one administers, and what one may do for them."""
    actor = administrator(request)
    return show(request, actor, sub)


def show(request: HttpRequest, actor: Actor, sub: str, wrong: Filled | None = None, status: int = 200) -> HttpResponse:
    """Return the page of a person; with a form that does not suit, as it was filled in."""
    found = dossier.of(actor, sub)
    if way := elsewhere(request, sub, found.person):
        return way
    filled = {wrong.mark: wrong} if wrong else {}
    context = {
        "dossier": found,
        "here": reverse("admin-person", args=[sub]),
        "postings": [(one, mine, _days(actor, one, filled) if mine else None) for one, mine in found.postings],
        "roles_held": [(one, delegations.TITLES[one.role], words.STATES[one.state]) for one in found.roles or ()],
        **_forms(actor, found, filled),
    }
    return render(request, "portal/admin/person.html", context, status=status)


def _forms(actor: Actor, found: Dossier, filled: dict[str, Filled]) -> dict[str, Filled]:
    """Return the forms of the page, for what the reader may do."""
    kinds: dict[str, tuple[type[Filled], bool]] = {
        "posting": (Posting, found.may_post),
        "freeing": (Freeing, found.may_free),
        "role": (Role, found.roles is not None),
    }
    shown = {name: filled.get(name) or kind(actor, mark=name) for name, (kind, wanted) in kinds.items() if wanted}
    if found.room:
        owner = f"person:{found.person.sub}"
        shown["room"] = filled.get("room") or Room.of(actor, owner, found.room, mark="room")
    return shown


def _days(actor: Actor, one: Any, filled: dict[str, Filled]) -> Filled:
    mark = f"posting-{one.id}"
    kind = Dates if one.source == BY_HAND else Ending
    return filled.get(mark) or kind(actor, mark=mark, initial={"first": one.first_day, "last": one.last_day})


@require_POST
@confirmed
def post(request: HttpRequest, sub: str) -> HttpResponse:
    """Post a person to a structure."""
    actor = administrator(request)
    whom = delegations.reach(actor, Act.POSTINGS, sub)
    return answer(
        request,
        Posting(actor, request.POST, mark="posting"),
        partial(give, actor, whom),
        said=_("L’affectation est donnée."),
        to=reverse("admin-person", args=[sub]),
        again=partial(show, request, actor, sub),
    )


def give(actor: Actor, person: Person, *, structure: Structure, function: str, first: date, last: date | None) -> None:
    """Post a person, as a form asks it."""
    appointing.give(actor, person, structure, function, first_day=first, last_day=last)


@require_POST
@acts("end", "date", "cancel")
@confirmed
def change_posting(request: HttpRequest, sub: str, posting_id: int) -> HttpResponse:
    """End a posting, cancel it, or give it other days."""
    actor = administrator(request)
    one = appointing.one(actor, posting_id)
    if one.person.sub != sub:
        raise NotFound(posting_id)
    to = reverse("admin-person", args=[sub])
    if request.POST["do"] == "cancel":
        return attempt(request, to, lambda: appointing.cancel(actor, posting_id), _("L’affectation est annulée."))

    def date_again(first: date, last: date | None) -> None:
        appointing.date_again(actor, posting_id, first_day=first, last_day=last)

    def end(last: date) -> None:
        appointing.end(actor, posting_id, last_day=last)

    kind, act, said = (
        (Dates, date_again, _("Les dates sont corrigées."))
        if request.POST["do"] == "date"
        else (Ending, end, _("La fin est notée."))
    )
    form = kind(actor, request.POST, mark=f"posting-{posting_id}")
    return answer(request, form, act, said=said, to=to, again=partial(show, request, actor, sub))


@require_POST
@acts("link", "factors", "sessions")
@confirmed
def reset(request: HttpRequest, sub: str) -> HttpResponse:
    """Help a person in: a link by mail, their second factors taken away, all browsers signed out."""
    actor, do, to = administrator(request), request.POST["do"], reverse("admin-person", args=[sub])
    delegations.reach(actor, Act.RESET, sub)
    if do == "factors":
        return answer(
            request,
            Freeing(actor, request.POST, mark="freeing"),
            lambda checked: support.take_factors(actor, sub),
            said=_("La double authentification est retirée ; la personne en est prévenue."),
            to=to,
            again=partial(show, request, actor, sub),
        )
    if do == "sessions":
        return attempt(request, to, lambda: support.sign_out(actor, sub), _("Tous les navigateurs sont déconnectés."))
    mail = request.POST.get("mail", "")
    return attempt(
        request, to, lambda: support.send_link(actor, sub, mail), _("Le lien est envoyé à %(mail)s.") % {"mail": mail}
    )


@require_POST
@confirmed
def give_role(request: HttpRequest, sub: str) -> HttpResponse:
    """Give a person a role, until a day."""
    actor = administrator(request)
    whom = delegations.reach(actor, Act.DELEGATIONS, sub)

    def act(role: str, structure: Structure, last: date) -> None:
        roles.give(actor, whom, role, structure, until=dated.day_after(last))

    return answer(
        request,
        Role(actor, request.POST, mark="role"),
        act,
        said=_("Le rôle est donné."),
        to=reverse("admin-person", args=[sub]),
        again=partial(show, request, actor, sub),
    )


@require_POST
@confirmed
def end_role(request: HttpRequest, delegation_id: int) -> HttpResponse:
    """End a role."""
    actor = administrator(request)
    to = back(request, reverse("admin-roles"))
    return attempt(request, to, lambda: roles.end(actor, delegation_id), _("Le rôle est terminé."))
