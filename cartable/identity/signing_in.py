"""Signing in, as allauth does it, with our people: `Address` is the only truth about who an address is."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse

from cartable.identity.models import Person
from cartable.identity.requests import address_of


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """What allauth asks of a site."""

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Nobody signs up: the directory says who is."""
        return False

    def reauthenticate(self, person: Person, password: str) -> bool:
        """Return whether it is still the same person. The library would look for an address in a table of its own."""
        return person.check_password(password)

    def get_password_change_redirect_url(self, _request: HttpRequest) -> str:
        """Return where one goes once a password is changed."""
        return reverse("me")

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the network address a request comes from."""
        return address_of(request)
