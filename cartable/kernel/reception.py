"""How the bytes of an upload reach whoever keeps them, without holding a thread for as long as the client takes.

An early view looks at the request alone (who, where, how much) and answers a `Reception`; the server then gathers
the body itself and hands it over in large blocks, each in a thread, one after the other, never two at once.

A page takes files by a form, which Django reads by waiting for its client. It looks at the request alone too, and answers
a `Form`: the server has the form read by a thread that may wait, and asks the page again.

Who takes neither gets small bodies only, whole before a thread is taken: nobody holds one by being slow.
"""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.http.response import HttpResponseBase

View = TypeVar("View", bound=Callable[..., Any])
WayIn = Callable[[HttpRequest], FileUploadHandler]

FORM = "cartable.form"  # in META: COMING, or what reading the form raised, or None; absent if it is there to be read
COMING = "coming"


def takes_files(method: str) -> Callable[[View], View]:
    """Mark a view that answers a Reception or a Form to this method, and so takes bodies of any length."""

    def mark(view: View) -> View:
        view.takes_files = method  # type: ignore[attr-defined]
        return view

    return mark


def may_take(view: Callable[..., Any], method: str) -> bool:
    """Return whether a view takes bodies of any length, sent by this method."""
    return getattr(view, "takes_files", None) == method


class Reception(Protocol):
    """One body being received. Exactly one of `finish` and `abort` is called, last and once."""

    def write(self, block: bytes) -> HttpResponseBase | None:
        """Keep the next bytes; use no database here. An answer, a refusal, ends the upload: `abort` follows."""
        ...

    def finish(self) -> HttpResponseBase:
        """Make visible what was received: the whole body is there. The answer is sent to the client."""
        ...

    def abort(self) -> None:
        """Leave nothing: the client left, the body was cut, `write` refused or raised, or the server is stopping."""
        ...


class Form(HttpResponse):
    """What a page answers, having looked at who sends what where, to a form that is COMING; it is never sent."""

    def __init__(self, way_in: WayIn) -> None:
        super().__init__(status=202)
        self.way_in = way_in


def form_first(request: HttpRequest, way_in: WayIn) -> Form | None:
    """Return what to answer to have a form read first; None once its files are in `request.FILES`.

    Raises what reading it raised: TooLarge, MultiPartParserError…
    """
    if request.META.get(FORM) == COMING:
        return Form(way_in)
    error = request.META[FORM] if FORM in request.META else read_form(request, way_in)
    if error is not None:
        raise error
    return None


def read_form(request: HttpRequest, way_in: WayIn) -> Exception | None:
    """Read a form, its files by a way in; return what that raised, for the page to raise. Uses no database.

    Raises UnreadablePostError if the client left: there is nobody to answer. What is not whole leaves nothing.
    """
    handler = way_in(request)
    request.upload_handlers = [handler]
    try:
        request.POST  # noqa: B018 - reads it
    except UnreadablePostError:
        handler.upload_interrupted()
        raise
    except Exception as error:  # noqa: BLE001 - the page raises it
        handler.upload_interrupted()
        return error
    return None
