"""Pages about structures one administers: their roles, their teams, of whom a second factor is asked."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cartable.identity import delegations, demands, functions, roles, teams
from cartable.identity.actors import Actor
from cartable.identity.delegations import Act
from cartable.kernel import given
from cartable.kernel.errors import BadInput
from cartable.portal import dossier
from cartable.portal import roles as words
from cartable.portal.admin.answers import administrator, attempt
from cartable.portal.admin.persons import place_of, somebody
from cartable.spaces import allotting
from cartable.web.answers import back

GIGABYTE = 10**9


@require_safe
def given_roles(request: HttpRequest) -> HttpResponse:
    """Show the roles given in one's structures."""
    actor = administrator(request)
    rows = [(one, words.TITLES[one.role], words.STATES[one.state]) for one in roles.listed(actor)]
    return render(request, "portal/admin/roles.html", {"roles": rows, "heads": roles.heads(actor)})


@require_http_methods(["GET", "POST"])
def rooms(request: HttpRequest) -> HttpResponse:
    """Show the room of a structure and of its teams; a POST gives another, to a person’s space too."""
    actor, form = administrator(request), request.POST
    if request.method == "POST":
        owner, size = given.text(form.get("owner", ""), 100), form.get("gigabytes", "")
        said = _("La place de l’espace est changée.")
        to = back(request, reverse("admin-rooms"))
        return attempt(request, to, lambda: allotting.allot(actor, owner, given.whole(size) * GIGABYTE), said)
    delegations.any_office(actor, Act.QUOTAS)
    places, code = dossier.few(actor, Act.QUOTAS), request.GET.get("structure", "")
    code = code or (places[0][0] if places else "")
    context = {"places": places, "code": code, "rows": allotting.rooms_at(actor, place_of(code)) if code else []}
    return render(request, "portal/admin/rooms.html", context)


@require_http_methods(["GET", "POST"])
def all_teams(request: HttpRequest) -> HttpResponse:
    """Show the teams of one's structures; a POST forms one, by a rule or led by somebody."""
    actor = administrator(request)
    if request.method == "POST":
        return attempt(request, reverse("admin-teams"), lambda: _form(actor, request), _("L’équipe est formée."))
    context = {
        "teams": [
            (one, functions.title_of(one.rule.function)) if hasattr(one, "rule") else (one, "")
            for one in teams.administered(actor)
        ],
        "places": dossier.few(actor, Act.TEAMS),
        "functions": functions.by_profile(),
    }
    return render(request, "portal/admin/teams.html", context)


def _form(actor: Actor, request: HttpRequest) -> None:
    form = request.POST
    at, name, leader = place_of(form.get("structure", "")), form.get("name", ""), form.get("leader", "").strip()
    if leader:
        teams.form_for(actor, name, at, somebody(leader))
        return
    function, discipline = (
        given.text(form.get("function", ""), 10).upper(),
        given.text(form.get("discipline", ""), 10).upper(),
    )
    teams.form_by_rule(actor, name, at, function=function, discipline=discipline)


@require_POST
def change_team(request: HttpRequest, team_id: int) -> HttpResponse:
    """Rename a team, close it, or open it again."""
    actor, do, to = administrator(request), request.POST.get("do", ""), reverse("admin-teams")
    if do == "rename":
        return attempt(
            request, to, lambda: teams.rename(actor, team_id, request.POST.get("name", "")), _("L’équipe est renommée.")
        )
    if do not in {"close", "open"}:
        raise BadInput(do)
    said = _("L’équipe est fermée. Ses documents sont gardés.") if do == "close" else _("L’équipe est rouverte.")
    return attempt(request, to, lambda: teams.close(actor, team_id, closed=do == "close"), said)


@require_http_methods(["GET", "POST"])
def factors(request: HttpRequest) -> HttpResponse:
    """Show of whom a second factor is asked; a POST asks it of more."""
    actor, form = administrator(request), request.POST
    if request.method == "POST":
        function = given.text(form.get("function", ""), 10).upper()
        return attempt(
            request,
            reverse("admin-demands"),
            lambda: demands.require(function, place_of(form.get("structure", "")), by=actor),
            _("La double authentification est demandée."),
        )
    context = {
        "demands": [(one, functions.title_of(one.function)) for one in demands.made(actor)],
        "places": dossier.few(actor, Act.DEMANDS),
        "profiles": [(code, title) for code, (title, _codes) in functions.PROFILES.items()],
    }
    return render(request, "portal/admin/demands.html", context)


@require_POST
def drop_demand(request: HttpRequest, demand_id: int) -> HttpResponse:
    """Ask it no longer."""
    actor = administrator(request)
    one = demands.one(actor, demand_id)
    said = _("La double authentification n’est plus demandée.")
    return attempt(request, reverse("admin-demands"), lambda: demands.drop(one.function, one.structure, by=actor), said)
