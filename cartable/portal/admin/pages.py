"""Pages of delegated administration: what one may do, whom one administers, roles, the audit trail."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cartable.identity import delegations, directory, functions
from cartable.identity.delegations import Act
from cartable.kernel import given
from cartable.kernel.errors import NotFound
from cartable.portal import dossier, roles, trail
from cartable.portal.admin.answers import administrator
from cartable.portal.deeds import VERBS


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Say which roles one has, where, and what they open."""
    actor = administrator(request)
    held = delegations.offices(actor)
    names = directory.names_of({f"structure:{one.structure}" for one in held})
    mine = [(_title(one), names[f"structure:{one.structure}"].name) for one in held]
    sections = [section for act, *section in roles.SECTIONS if delegations.roots(actor, act)]
    return render(request, "portal/admin/home.html", {"mine": mine, "sections": sections})


def _title(office: delegations.Office) -> str:
    return str(roles.TITLES[office.role] if office.delegation else roles.HEADSHIP)


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Find a person one administers."""
    actor, query = administrator(request), request.GET.get("q", "").strip()
    hits = directory.find_administered(actor, query)
    context = {
        "wanted": query,
        "functions": functions.by_profile(),
        "places": dossier.few(actor, Act.POSTINGS),
        "hits": hits if query else [],
        "short": bool(query) and len(query) < directory.SHORTEST,
        "may_post": bool(delegations.roots(actor, Act.POSTINGS)),
    }
    return render(request, "portal/admin/people.html", context)


@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """Show who did what, in the structures one audits."""
    actor, asked = administrator(request), request.GET
    what, unknown = asked.get("what", ""), False
    wanted = trail.Asked(
        who=given.text(asked.get("who", ""), 255),
        what=what if what in VERBS else "",
        since=given.day(asked["since"]) if asked.get("since") else None,
        until=given.day(asked["until"]) if asked.get("until") else None,
        before=given.whole(asked["before"]) if asked.get("before") else None,
    )
    try:
        lines, older = trail.of(actor, wanted)
    except NotFound:
        lines, older, unknown = [], None, True
    kept = request.GET.copy()
    kept.pop("before", None)
    context = {
        "lines": lines,
        "older": older,
        "asked": asked,
        "kept": kept.urlencode(),
        "verbs": sorted(((verb, str(said)) for verb, (_icon, said) in VERBS.items()), key=lambda one: one[1]),
        "title": _("Journal des actes"),
        "unknown": unknown,
    }
    return render(request, "portal/admin/audit.html", context, status=404 if unknown else 200)
