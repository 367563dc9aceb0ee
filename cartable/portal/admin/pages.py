"""Pages of delegated administration: what one may do, whom one administers, roles, the audit trail."""

from functools import partial

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cartable.identity import delegations, directory
from cartable.identity.actors import Actor
from cartable.identity.delegations import Act
from cartable.identity.directory import Hit
from cartable.identity.requests import confirmed
from cartable.kernel import given
from cartable.kernel.errors import BadInput, NotFound
from cartable.portal import roles, trail
from cartable.portal.admin.answers import administrator, answer
from cartable.portal.admin.forms.fields import of_people, of_places
from cartable.portal.admin.forms.filled import Filled
from cartable.portal.admin.forms.keeping import Trail
from cartable.portal.admin.forms.people import Arrival, Seek
from cartable.portal.admin.persons import give

AT_ONCE = 20  # people that a form offers
MOST_PAGES = 1000  # of a list that is read


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Say which roles one has, where, and what they open."""
    actor = administrator(request)
    held = delegations.offices(actor)
    names = directory.names_of({f"structure:{one.structure}" for one in held})
    mine = [(_title(one), names[f"structure:{one.structure}"].name) for one in held]
    sections = roles.sections([act for act in Act if delegations.roots(actor, act)])
    return render(request, "portal/admin/home.html", {"mine": mine, "sections": sections})


def _title(office: delegations.Office) -> str:
    return str(delegations.TITLES[office.role] if office.delegation else roles.HEADSHIP)


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Find a person one administers."""
    actor = administrator(request)
    return _people(request, actor)


def _people(request: HttpRequest, actor: Actor, wrong: Filled | None = None, status: int = 200) -> HttpResponse:
    asked = Seek(actor, request.GET, mark="seek")
    query, hits, listed, more = "", list[Hit](), False, False
    page = max(given.whole(request.GET.get("page", "1"), MOST_PAGES), 1)
    may_post = bool(delegations.roots(actor, Act.POSTINGS))
    if asked.is_valid():
        query = asked.cleaned_data["q"]
        if query:
            hits = directory.find_administered(actor, query)
        elif staff := directory.staff(actor, page):
            listed, (hits, more) = True, staff
    else:
        delegations.any_office(actor, Act.PEOPLE)
        status = asked.status
        asked.focus()
    context = {
        "asked": asked,
        "wanted": query,
        "hits": hits,
        "listed": listed,
        "before": page - 1,
        "after": page + 1 if more else 0,
        "nobody": not query and not delegations.whom_may(actor, Act.PEOPLE).exists(),
        "short": bool(query) and len(query) < directory.SHORTEST,
        "oneself": directory.is_called(actor, query),
        "arrival": wrong or (Arrival(actor, mark="arrival") if may_post else None),
    }
    return render(request, "portal/admin/people.html", context, status=status)


@require_POST
@confirmed
def post(request: HttpRequest) -> HttpResponse:
    """Post somebody who comes from elsewhere, of whom one has an address."""
    actor = administrator(request)
    delegations.any_office(actor, Act.POSTINGS)
    return answer(
        request,
        Arrival(actor, request.POST, mark="arrival"),
        partial(give, actor),
        said=_("L’affectation est donnée."),
        to=reverse("admin-people"),
        again=partial(_people, request, actor),
    )


@require_safe
def places(request: HttpRequest) -> HttpResponse:
    """Give the structures that a form may name, by the beginning of their words or of their code: for the island of a form."""
    actor, act = administrator(request), _act(request)
    return _hits(of_places(directory.find_places(actor, act, request.GET.get("q", ""))))


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Give the people whom a form may name, by the beginning of the words of their name: for the island of a form."""
    actor, act = administrator(request), _act(request)
    return _hits(of_people(directory.find_administered(actor, request.GET.get("q", ""), AT_ONCE, act=act)))


def _act(request: HttpRequest) -> Act:
    """Return what the form is for. Raises BadInput."""
    act = request.GET.get("act", Act.POSTINGS)
    if act not in list(Act):
        raise BadInput(act[:100])
    return Act(act)


def _hits(found: list[tuple[str, str, str]]) -> HttpResponse:
    return JsonResponse({"hits": [{"code": code, "name": name, "place": place} for code, name, place in found]})


@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """Show who did what, in the structures one audits."""
    actor, asked = administrator(request), request.GET
    delegations.any_office(actor, Act.AUDIT)
    form = Trail(actor, asked)
    lines, older = list[trail.Line](), None
    before = given.whole(asked["before"]) if asked.get("before") else None
    if form.is_valid():
        try:
            who = form.cleaned_data.pop("who")
            asked_for = trail.Asked(who=who.sub if who else "", **form.cleaned_data, before=before)
            lines, older = trail.of(actor, asked_for)
        except NotFound:
            form.find_nobody("who")
    form.focus()
    kept = asked.copy()
    kept.pop("before", None)
    context = {
        "lines": lines,
        "older": older,
        "form": form,
        "kept": kept.urlencode(),
        "title": _("Journal des actes"),
        "partly": not asked.get("who") and not delegations.everywhere(actor, Act.AUDIT),  # they have no place any more
    }
    return render(request, "portal/admin/audit.html", context, status=form.status if form.errors else 200)
