"""Which entries of the main menu a reader has."""

from django.http import HttpRequest

from cartable.identity import delegations
from cartable.identity.models import Person
from cartable.identity.requests import actor_of


def administers(request: HttpRequest) -> bool:
    """Return whether the reader has a role. No query for nearly everybody."""
    return isinstance(getattr(request, "user", None), Person) and bool(delegations.offices(actor_of(request)))
