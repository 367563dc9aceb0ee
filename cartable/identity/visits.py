"""Who reads a page: named in the line of the log, noted as a visit of their session, and told when they are leaving."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from cartable.identity import departures, sessions
from cartable.identity.models import Person
from cartable.identity.requests import actor_of, address_of
from cartable.kernel import logs


class Visits:
    """Middleware, after those that find the session and the person."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        person = request.user
        if isinstance(person, Person) and (key := request.session.session_key):
            logs.person.set(person.sub)
            sessions.seen(person, key, address_of(request), request.headers.get("User-Agent", ""))
        return self.get_response(request)


def leaving(request: HttpRequest) -> dict[str, object]:
    """Return until when an account that is read only can be read, for the frame of every page: a context processor."""
    person = getattr(request, "user", None)
    if not isinstance(person, Person) or person.left_on is None or not actor_of(request).leaving:
        return {}
    return {"leaving": departures.closes_on(person.left_on)}
