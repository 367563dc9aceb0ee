"""Signing in, as allauth does it, with our people: `Address` is the only truth about who an address is."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from cartable.options import options


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """What allauth asks of a site."""

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Nobody signs up: the directory says who is."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address a request comes from; the bridge has believed a front server's word already, or not."""
        return str(request.META.get("REMOTE_ADDR") or options.host)
