"""Pages about one person: postings by hand, help to get in, room of their space, roles."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cartable.identity import absences, appointing, functions, people, roles, structures, support
from cartable.identity.models import Person, Structure
from cartable.identity.requests import confirmed
from cartable.kernel import given
from cartable.kernel.errors import BadInput, NotFound
from cartable.portal import dossier
from cartable.portal import roles as words
from cartable.portal.admin.answers import administrator, attempt
from cartable.web.answers import back


@never_cache
@require_safe
def person(request: HttpRequest, sub: str) -> HttpResponse:
    """Show a person one administers, and what one may do for them."""
    actor = administrator(request)
    found = dossier.of(actor, sub)
    context = {
        "dossier": found,
        "functions": functions.by_profile(),
        "absence_kinds": absences.TITLES.items(),
        "givable": [(role, words.TITLES[role]) for role in roles.givable(actor)],
        "roles_held": [(one, words.TITLES[one.role], words.STATES[one.state]) for one in found.roles or ()],
    }
    return render(request, "portal/admin/person.html", context)


@require_POST
def post(request: HttpRequest) -> HttpResponse:
    """Post somebody, of whom one has the id or an address, to a structure."""
    actor, form = administrator(request), request.POST

    def act() -> None:
        first_day, last_day = given.day(form.get("first", "")), day_if_any(form.get("last", ""))
        whom = somebody(form.get("person", ""))
        function = given.text(form.get("function", ""), 10).upper()
        appointing.give(
            actor, whom, place_of(form.get("structure", "")), function, first_day=first_day, last_day=last_day
        )

    return attempt(request, back(request, reverse("admin-people")), act, _("L’affectation est donnée."))


@require_POST
def change_posting(request: HttpRequest, posting_id: int) -> HttpResponse:
    """End a posting, cancel it, or give it other days."""
    actor, form, do = administrator(request), request.POST, request.POST.get("do", "")

    def act() -> None:
        if do == "cancel":
            appointing.cancel(actor, posting_id)
        elif do == "date":
            first_day, last_day = given.day(form.get("first", "")), day_if_any(form.get("last", ""))
            appointing.date_again(actor, posting_id, first_day=first_day, last_day=last_day)
        else:
            appointing.end(actor, posting_id, last_day=given.day(form.get("last", "")))

    said = {"cancel": _("L’affectation est annulée."), "date": _("Les dates sont corrigées.")}
    return attempt(request, back(request, reverse("admin-people")), act, said.get(do, _("La fin est notée.")))


@require_POST
@confirmed
def reset(request: HttpRequest, sub: str) -> HttpResponse:
    """Help a person in: a link by mail, their second factors taken away, all browsers signed out."""
    actor, do, to = administrator(request), request.POST.get("do", ""), reverse("admin-person", args=[sub])
    if do == "factors":
        if "checked" not in request.POST:
            raise BadInput(do)
        return attempt(
            request,
            to,
            lambda: support.take_factors(actor, sub),
            _("La double authentification est retirée ; la personne en est prévenue."),
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
    actor, form = administrator(request), request.POST

    def act() -> None:
        last_day = day_if_any(form.get("last", ""))
        until = last_day + roles.DAY if last_day else None
        roles.give(actor, somebody(sub), form.get("role", ""), place_of(form.get("structure", "")), until=until)

    return attempt(request, reverse("admin-person", args=[sub]), act, _("Le rôle est donné."))


@require_POST
def end_role(request: HttpRequest, delegation_id: int) -> HttpResponse:
    """End a role."""
    actor = administrator(request)
    to = back(request, reverse("admin-roles"))
    return attempt(request, to, lambda: roles.end(actor, delegation_id), _("Le rôle est terminé."))


def place_of(text: str) -> Structure:
    """Return the structure a form names. Raises BadInput."""
    try:
        return structures.named(given.text(text, 100))
    except NotFound as unknown:
        raise BadInput(text[:100]) from unknown


def somebody(id_or_mail: str) -> Person:
    """Return the person a form names. Raises BadInput."""
    try:
        return people.find(given.text(id_or_mail, 255))
    except NotFound as unknown:
        raise BadInput(id_or_mail[:100]) from unknown


def day_if_any(text: str) -> date | None:
    """Return the day a form names; None where it is left empty. Raises BadInput."""
    return given.day(text) if text else None
