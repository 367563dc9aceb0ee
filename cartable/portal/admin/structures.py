"""Pages about structures one administers: their roles, their teams, of whom a second factor is asked."""

from decimal import Decimal
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cartable.identity import delegations, demands, directory, functions, roles, teams
from cartable.identity.actors import Actor
from cartable.identity.delegations import Act
from cartable.identity.models import Person, Structure
from cartable.identity.requests import confirmed
from cartable.kernel import given
from cartable.kernel.errors import BadInput
from cartable.portal import dossier
from cartable.portal import roles as words
from cartable.portal.admin import persons
from cartable.portal.admin.answers import acts, administrator, answer, attempt
from cartable.portal.admin.forms.filled import Filled
from cartable.portal.admin.forms.structures import ALL, GIGABYTE, Demand, Naming, Room, Team, Where
from cartable.spaces import allotting


@require_safe
def given_roles(request: HttpRequest) -> HttpResponse:
    """Show the roles given in one's structures."""
    actor = administrator(request)
    rows = [(one, delegations.TITLES[one.role], words.STATES[one.state]) for one in roles.listed(actor)]
    return render(request, "portal/admin/roles.html", {"roles": rows, "heads": roles.heads(actor)})


@require_http_methods(["GET", "POST"])
def rooms(request: HttpRequest) -> HttpResponse:
    """Show the room of a structure and of its teams; a POST gives another, to a person’s space too."""
    actor = administrator(request)
    delegations.any_office(actor, Act.QUOTAS)
    return _rooms(request, actor) if request.method == "GET" else _allot(request, actor)


@confirmed
def _allot(request: HttpRequest, actor: Actor) -> HttpResponse:
    owner = request.POST.get("owner", "")
    sub = owner.removeprefix("person:") if owner.startswith("person:") else ""
    if sub and not given.is_token(sub):
        raise BadInput(owner)
    form = Room(actor, request.POST, mark="room" if sub else _mark(owner))

    def act(owner: str, gigabytes: Decimal) -> None:
        allotting.allot(actor, owner, int(gigabytes * GIGABYTE))

    again = partial(persons.show, request, actor, sub) if sub else partial(_rooms, request, actor)
    to = reverse("admin-person", args=[sub]) if sub else request.get_full_path()
    return answer(request, form, act, said=_("La place de l’espace est changée."), to=to, again=again)


def _rooms(request: HttpRequest, actor: Actor, wrong: Filled | None = None, status: int = 200) -> HttpResponse:
    few = dossier.few(actor, Act.QUOTAS)
    asked = request.GET if request.GET.get("structure") else {"structure": few[0][0]} if few else None
    where, rows = Where(actor, asked, mark="where"), []
    if where.is_valid():
        rows = allotting.rooms_at(actor, where.cleaned_data["structure"])
    elif asked:
        status = where.status
        where.focus()
    lines = [
        (name, room, wrong if wrong and wrong.mark == _mark(owner) else Room.of(actor, owner, room, mark=_mark(owner)))
        for owner, name, room in rows
    ]
    context = {"where": where, "only": len(few) == 1, "rows": lines}
    return render(request, "portal/admin/rooms.html", context, status=status)


def _mark(owner: str) -> str:
    return f"room-{owner[:100].replace(':', '-')}"


@require_http_methods(["GET", "POST"])
def all_teams(request: HttpRequest) -> HttpResponse:
    """Show the teams of one's structures; a POST forms one, by a rule or led by somebody."""
    actor = administrator(request)
    delegations.any_office(actor, Act.TEAMS)
    if request.method == "GET":
        return _teams(request, actor)
    return answer(
        request,
        Team(actor, request.POST, mark="new"),
        partial(_form, actor),
        said=_("L’équipe est formée."),
        to=reverse("admin-teams"),
        again=partial(_teams, request, actor),
    )


def _teams(request: HttpRequest, actor: Actor, wrong: Filled | None = None, status: int = 200) -> HttpResponse:
    filled = {wrong.mark: wrong} if wrong else {}
    context = {
        "teams": [
            (
                one,
                functions.title_of(one.rule.function) if hasattr(one, "rule") else "",
                filled.get(f"team-{one.pk}") or Naming(actor, mark=f"team-{one.pk}", initial={"name": one.name}),
            )
            for one in teams.administered(actor)
        ],
        "new": filled.get("new") or Team(actor, mark="new"),
    }
    return render(request, "portal/admin/teams.html", context, status=status)


def _form(
    actor: Actor, *, name: str, structure: Structure, function: str, discipline: str, leader: Person | None
) -> None:
    if leader:
        teams.form_for(actor, name, structure, leader)
        return
    function = "" if function == ALL else function
    teams.form_by_rule(actor, name, structure, function=function, discipline=discipline.upper())


@require_POST
@acts("rename", "close", "open")
def change_team(request: HttpRequest, team_id: int) -> HttpResponse:
    """Rename a team, close it, or open it again."""
    actor, do, to = administrator(request), request.POST["do"], reverse("admin-teams")
    teams.administer(actor, team_id)
    if do == "rename":
        return answer(
            request,
            Naming(actor, request.POST, mark=f"team-{team_id}"),
            partial(teams.rename, actor, team_id),
            said=_("L’équipe est renommée."),
            to=to,
            again=partial(_teams, request, actor),
        )
    said = _("L’équipe est fermée. Ses documents sont gardés.") if do == "close" else _("L’équipe est rouverte.")
    return attempt(request, to, lambda: teams.close(actor, team_id, closed=do == "close"), said)


@require_http_methods(["GET", "POST"])
def factors(request: HttpRequest) -> HttpResponse:
    """Show of whom a second factor is asked; a POST asks it of more."""
    actor = administrator(request)
    delegations.any_office(actor, Act.DEMANDS)
    return _demands(request, actor) if request.method == "GET" else _require(request, actor)


@confirmed
def _require(request: HttpRequest, actor: Actor) -> HttpResponse:
    def act(structure: Structure, function: str) -> None:
        demands.require(demands.ANY if function == ALL else function, structure, by=actor)

    return answer(
        request,
        Demand(actor, request.POST, mark="new"),
        act,
        said=_("La double authentification est demandée."),
        to=reverse("admin-demands"),
        again=partial(_demands, request, actor),
    )


def _demands(request: HttpRequest, actor: Actor, wrong: Filled | None = None, status: int = 200) -> HttpResponse:
    context = {
        "demands": [
            (one.pk, directory.title_of(one.structure) if one.structure else "–", words.demanded(one.function))
            for one in demands.made(actor)
        ],
        "new": wrong or Demand(actor, mark="new"),
    }
    return render(request, "portal/admin/demands.html", context, status=status)


@require_POST
@confirmed
def drop_demand(request: HttpRequest, demand_id: int) -> HttpResponse:
    """Ask it no longer."""
    actor = administrator(request)
    one = demands.one(actor, demand_id)
    said = _("La double authentification n’est plus demandée.")
    return attempt(request, reverse("admin-demands"), lambda: demands.drop(one.function, one.structure, by=actor), said)
