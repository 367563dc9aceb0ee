"""Who just signed in at an academy and is nobody here yet: kept by the session of their browser until they say who they are."""

from dataclasses import asdict

from django.http import HttpRequest

from cartable.identity.upstreams import Claim
from cartable.kernel import clock
from cartable.kernel.errors import Expired

WAITING, LIFE = "upstream-waiting", 1800  # seconds


def keep(request: HttpRequest, claim: Claim, to: str) -> None:
    """Keep what an academy said, and where the person was going."""
    request.session[WAITING] = {"claim": asdict(claim), "to": to, "at": clock.now().timestamp()}


def waiting(request: HttpRequest) -> tuple[Claim, str]:
    """Return it. Raises Expired if there is nothing, or no longer."""
    kept = request.session.get(WAITING)
    if not kept or kept["at"] < clock.now().timestamp() - LIFE:
        raise Expired
    return Claim(**kept["claim"]), kept["to"]


def forget(request: HttpRequest) -> None:
    """Forget it."""
    request.session.pop(WAITING, None)
