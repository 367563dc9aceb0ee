"""Who reads a page: named in the line of the log, and noted as a visit of their session."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from cartable.identity import sessions
from cartable.identity.models import Person
from cartable.identity.requests import address_of
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
