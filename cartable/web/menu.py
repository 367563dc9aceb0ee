"""The main menu. Each package declares its entries in its `apps.py`, as `menu`; the frame of every page asks here."""

from dataclasses import dataclass

from django.apps import apps
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from cartable.options import options


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the main menu. `also` are the pages, by URL name, that are under it; `shown` is the path of a function that
    takes a request and says whether its reader has it: without one, everybody has."""

    rank: int
    label: str | Promise
    icon: str
    page: str  # name of a URL without arguments
    also: frozenset[str] = frozenset()
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as one page shows it."""

    entry: Entry
    here: bool


def frame(request: HttpRequest) -> dict[str, object]:
    """Return what the frame of a page needs: a context processor. A page that is under another entry says so, as `under`."""
    page = request.resolver_match.url_name if request.resolver_match else None
    return {"menu": _lines(request, page), "support": options.support}


def _lines(request: HttpRequest, page: str | None) -> list[Line]:
    every = [entry for app in apps.get_app_configs() for entry in getattr(app, "menu", ())]
    declared = [one for one in every if not one.shown or import_string(one.shown)(request)]
    return [Line(one, page in {one.page, *one.also}) for one in sorted(declared, key=lambda entry: entry.rank)]
