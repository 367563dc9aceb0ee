"""Pages about people: one's own account, a colleague, a team."""

from typing import Any, cast

from allauth.account import views
from allauth.account.internal.flows.logout import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cartable.identity import (
    absences,
    credentials,
    directory,
    exporting,
    factors,
    people,
    postings,
    sessions,
    teams,
    upstreams,
)
from cartable.identity.requests import actor_of, confirmed, who
from cartable.kernel.errors import BadInput, NotFound
from cartable.kernel.languages import LANGUAGES
from cartable.web.answers import done

NEW_SECRET = "new-secret"  # noqa: S105 - name of a cookie
SMALL = 100 * 10**6  # bytes of earlier versions that are taken away unless one says no
ON_ITS_WAY = 60  # seconds at most, from the form of an app password to the page that shows it


@require_safe
def me(request: HttpRequest) -> HttpResponse:
    """Show the person what the site knows of them, and their settings."""
    return _account(request)


def _account(request: HttpRequest, **more: object) -> HttpResponse:
    person = who(request)
    context = {
        "postings": postings.of(person),
        "absences": absences.of(person.pk),
        "addresses": people.addresses_of(person.pk),
        "devices": credentials.devices(person.pk),
        "sessions": sessions.of(person, request.session.session_key),
        "factors": factors.of(person),
        "academies": upstreams.of(person),
        "teams": teams.of(person.pk),
        "languages": LANGUAGES.items(),
        **more,
    }
    return render(request, "identity/me.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@confirmed
def new_device(request: HttpRequest) -> HttpResponse:
    """Ask what an app password is for; make one, and go to the page that shows it."""
    label = request.POST.get("label", "").strip()
    if request.method == "GET" or not label:
        return render(request, "identity/new_device.html")
    secret, to = credentials.new_app_password(who(request).pk, label), reverse("made-device")
    response = HttpResponseRedirect(to, status=303)  # a page loaded again must not make another
    secure = request.is_secure()
    response.set_cookie(NEW_SECRET, secret, ON_ITS_WAY, path=to, secure=secure, httponly=True, samesite="Strict")
    return response


@never_cache
@require_safe
def made_device(request: HttpRequest) -> HttpResponse:
    """Show a new app password, once. Only its reader has it: their browser brings it here and is told to forget it."""
    person, secret = who(request), request.COOKIES.get(NEW_SECRET, "")
    context = {"label": credentials.label_of(person.pk, secret), "secret": secret, "sub": person.sub}
    response = render(request, "identity/made_device.html", context)
    response.delete_cookie(NEW_SECRET, path=reverse("made-device"), samesite="Strict")
    return response


def password(request: HttpRequest) -> HttpResponseBase:
    """Change the password of who has one: others sign in elsewhere."""
    if not who(request).has_usable_password():
        raise NotFound
    changed: HttpResponseBase = views.password_change(request)
    return changed


@require_POST
def revoke_device(request: HttpRequest, device_id: int) -> HttpResponse:
    """Make an app password worthless."""
    credentials.revoke(who(request).pk, device_id)
    return done(request, _("Cet appareil n’a plus accès à vos documents."), reverse("me"))


@require_POST
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """Sign another browser out."""
    sessions.end(who(request), session_id)
    return done(request, _("Ce navigateur est déconnecté."), reverse("me"))


@require_POST
@confirmed
def end_others(request: HttpRequest) -> HttpResponse:
    """Sign all other browsers out; with `here` in the form this one too, and go where one signs in."""
    count = sessions.end_others(who(request), request.session.session_key)
    if "here" in request.POST:
        logout(request, show_message=False)
        return done(request, _("Tous les navigateurs sont déconnectés."), reverse("account_login"))
    said = ngettext("%(count)s navigateur déconnecté.", "%(count)s navigateurs déconnectés.", count) % {"count": count}
    return done(request, said, reverse("me"))


@never_cache
@require_http_methods(["GET", "POST"])
@confirmed
def export(request: HttpRequest) -> HttpResponse:
    """Say what one takes away; a POST sends it, as it is made."""
    person = who(request)
    if request.method == "GET":
        weight = exporting.weigh_versions(person)
        context = {"versions": weight, "small": weight.size <= SMALL, "many": weight.count > exporting.MOST}
        return render(request, "identity/export.html", context)
    blocks = exporting.export(person, by=person.pk, versions="versions" in request.POST)
    response: Any = StreamingHttpResponse(blocks, content_type="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{exporting.name_of(person)}"'
    return cast(HttpResponse, response)


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Change the language of the pages."""
    wanted = request.POST.get("language", "")
    people.speak(who(request), wanted)
    with override(wanted):
        return done(request, _("Les pages sont en français."), reverse("me"))


@require_POST
def listing(request: HttpRequest) -> HttpResponse:
    """Enter the directory, or leave it."""
    listed = request.POST.get("listed") == "yes"
    people.list_in_directory(who(request), listed=listed)
    said = _("Vous figurez dans l’annuaire.") if listed else _("Seuls les membres de vos équipes vous trouvent.")
    return done(request, said, reverse("me"))


@require_safe
def person(request: HttpRequest, sub: str) -> HttpResponse:
    """Show a colleague: where they work, and the teams they share with the reader."""
    actor = actor_of(request)
    shown = directory.by_sub(sub)
    hit = directory.names_of([f"person:{shown.pk}"])[f"person:{shown.pk}"]
    context = {"hit": hit, "common": teams.common(actor, shown), "itself": shown.pk == actor.person}
    return render(request, "identity/person.html", context)


@require_http_methods(["GET", "POST"])
def team(request: HttpRequest, team_id: int) -> HttpResponse:
    """Show who is in a team of the reader's; a POST adds or removes somebody, or leaves it."""
    actor = actor_of(request)
    if request.method == "POST":
        return _change_team(request, team_id)
    members = teams.members(actor, team_id)
    query = request.GET.get("q", "").strip()
    there = {hit.principal for hit, _leads in members}
    hits = [hit for hit in directory.find(actor, query) if hit.principal.startswith("person:")] if query else []
    context = {
        "team": directory.names_of([f"team:{team_id}"])[f"team:{team_id}"],
        "team_id": team_id,
        "members": members,
        "stated": teams.is_stated(team_id),
        "leads": f"lead:{team_id}" in actor.principals,
        "leaders": sum(leads for _hit, leads in members),
        "me": f"person:{actor.person}",
        "query": query,
        "hits": [hit for hit in hits if hit.principal not in there],
    }
    return render(request, "identity/team.html", context)


def _change_team(request: HttpRequest, team_id: int) -> HttpResponse:
    actor = actor_of(request)
    member = directory.by_sub(request.POST.get("sub", ""))
    to = reverse("team", args=[team_id])
    if request.POST.get("do") == "add":
        teams.add(actor, team_id, member)
        return done(request, _("%(name)s est dans l’équipe.") % {"name": member.name}, to)
    if request.POST.get("do") == "lead":
        teams.add(actor, team_id, member, leads=True)
        return done(request, _("%(name)s anime l’équipe.") % {"name": member.name}, to)
    if request.POST.get("do") != "remove":
        raise BadInput
    teams.remove(actor, team_id, member)
    return done(
        request,
        _("%(name)s n’est plus dans l’équipe.") % {"name": member.name},
        reverse("me") if member == request.user else to,
    )


@require_http_methods(["GET", "POST"])
def new_team(request: HttpRequest) -> HttpResponse:
    """Ask for the name of a team; form it."""
    if request.method == "GET":
        return render(request, "identity/new_team.html")
    formed = teams.form(actor_of(request), request.POST.get("name", ""))
    return done(
        request, _("L’équipe « %(name)s » est formée.") % {"name": formed.name}, reverse("team", args=[formed.pk])
    )
