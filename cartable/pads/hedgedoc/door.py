"""One request to an address of HedgeDoc's: who asks, from where, and how a refusal is spelled.

The addresses are at the root of a host name of their own, and below `/pads/` of the site (decision 23). On the former nobody is
known but by an app password: a browser, which signs in on the site, is led there. What is absent and what is hidden look the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from cartable.identity.actors import NOBODY, Actor
from cartable.identity.requests import caller_of, device_of
from cartable.kernel import audit, errors, logs
from cartable.options import options, public_url
from cartable.pads import hosts
from cartable.pads.hedgedoc import sessions
from cartable.web.answers import wants_page
from cartable.web.refusals import PAGES, sentence_of

COOKIE, UNDER = "pads", "/pads"
SAFE = frozenset({"GET", "HEAD"})
STATUS: dict[type[errors.Refusal], int] = {
    **{kind: status for kind, (status, _) in PAGES.items()},
    errors.NameTaken: 409,
}


@dataclass(frozen=True, slots=True)
class Visit:
    """Who comes, and how addresses are written to them."""

    request: HttpRequest
    actor: Actor
    base: str  # of all addresses, as this one was reached, without a slash at the end
    own_host: bool

    @property
    def for_people(self) -> bool:
        """Whether a browser goes to a page."""
        return self.request.method in SAFE and wants_page(self.request)

    def to(self, *words: str, query: str = "") -> HttpResponse:
        """Lead to an address below the base, in the words of Express, which command lines take apart: the last is the address."""
        path = "/".join(quote(word, safe="~()*!.'") for word in words)
        return found(f"{self.base}/{path}{query}")

    def to_site(self) -> HttpResponse:
        """Lead to the same address on the site, where people sign in."""
        return found(f"{site(self.request)}{self.request.get_full_path()}")


View = Callable[..., HttpResponseBase]


def door(**methods: View) -> View:
    """Return the view of an address: of each method, a function that takes a Visit and the words of the address."""

    @csrf_exempt  # `_who` takes the session of the site only with its token, and ours only from its own pages
    @login_not_required
    def view(request: HttpRequest, **words: str) -> HttpResponseBase:
        answer = methods.get("GET" if request.method == "HEAD" else str(request.method))
        if answer is None:
            return said(404, errors.NotFound())  # as Express, which has no 405
        visit = _visit(request)
        if visit is None:
            return said(403, errors.Denied())
        logs.person.set(visit.actor.sub)
        try:
            response = answer(visit, **words)
        except errors.Refusal as refusal:
            audit.refused(refusal)
            response = _refused(visit, refusal)
        response.headers.setdefault("Cache-Control", "private")
        response.headers.setdefault("X-Robots-Tag", "noindex, nofollow")  # as HedgeDoc, of all that is not published
        return response

    return view


def found(url: str) -> HttpResponse:
    """Return a redirection as Express writes it."""
    return HttpResponse(
        f"Found. Redirecting to {url}", status=302, content_type="text/plain; charset=utf-8", headers={"Location": url}
    )


def said(status: int, refusal: errors.Refusal) -> HttpResponse:
    """Return a refusal in a line of text."""
    return HttpResponse(f"{sentence_of(refusal)}\n", status=status, content_type="text/plain; charset=utf-8")


def site(request: HttpRequest) -> str:
    """Return the address of the site, as people reach it."""
    if options.url or _is_own(request):
        return public_url()
    return f"{request.scheme}://{request.get_host()}"


def _visit(request: HttpRequest) -> Visit | None:
    """Return who comes; None if a page of another site sends them to change something."""
    own = _is_own(request)
    base = f"{request.scheme}://{request.get_host()}" if own else f"{site(request)}{UNDER}"
    if request.method not in SAFE and _is_foreign(request):
        return None
    return Visit(request, _who(request, own=own), base, own)


def _who(request: HttpRequest, *, own: bool) -> Actor:
    if "Authorization" in request.headers:
        return device_of(request)
    actor = sessions.actor(request.COOKIES.get(COOKIE, ""))
    return actor if own or actor is not NOBODY else caller_of(request)


def _is_own(request: HttpRequest) -> bool:
    return bool(hosts.OWN) and request.get_host().partition(":")[0].lower() == hosts.OWN


def _is_foreign(request: HttpRequest) -> bool:
    """Return whether a browser says that a page of another origin sends it (Fetch Metadata; RFC 6454 §7)."""
    came = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin")
    ours = f"{request.scheme}://{request.get_host()}"
    return came not in {"same-origin", "none"} or (origin is not None and origin != ours)


def _refused(visit: Visit, refusal: errors.Refusal) -> HttpResponseBase:
    if visit.actor is NOBODY and isinstance(refusal, errors.NotFound | errors.Denied):
        return signing_in(visit)
    response = said(next(STATUS[kind] for kind in type(refusal).__mro__ if kind in STATUS), refusal)
    if isinstance(refusal, errors.TooMany):
        response.headers["Retry-After"] = str(refusal.seconds)
    return response


def signing_in(visit: Visit) -> HttpResponseBase:
    """Lead who is not known to where they may be: a browser to the site and its page of signing in, a program to the root."""
    if not visit.for_people:
        return visit.to("")
    return visit.to_site() if visit.own_host else redirect_to_login(visit.request.get_full_path())
