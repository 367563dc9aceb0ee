"""In which language to speak: the one a person chose, wherever they sign in; a visitor's browser says."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from cartable.identity.models import Person


class Language:
    """Middleware: the page is written in the language of who reads it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        person = request.user
        chosen = person.language if isinstance(person, Person) else translation.get_language_from_request(request)
        with translation.override(chosen):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language() or chosen)
        return response
