"""Pages about applications that one's account opens."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cartable.identity.oidc import consents, ending
from cartable.identity.oidc.claims import SCOPES
from cartable.identity.requests import actor_of
from cartable.web.answers import done


@require_safe
def applications(request: HttpRequest) -> HttpResponse:
    """Show the applications that a person signed in to, and what each knows of them."""
    known = [
        (one, [SCOPES[scope] for scope in SCOPES if scope in one.scopes])
        for one in consents.of(actor_of(request).somebody)
    ]
    return render(request, "oidc/applications.html", {"applications": known})


@require_POST
def take_away(request: HttpRequest, client_id: str) -> HttpResponse:
    """End what an application was given."""
    ending.take_away(actor_of(request).somebody, client_id)
    return done(request, _("Cette application n’a plus accès à votre compte."), reverse("applications"))
