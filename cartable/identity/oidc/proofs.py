"""How a person proved who they are in this session, in the words of OpenID Connect (Core §2; RFC 8176).

`acr` are the profiles that federations of education and research share (refeds.org): one factor, or several.
"""

import secrets
from datetime import UTC, datetime

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest

from cartable.identity.models import Person
from cartable.identity.oidc.authorizations import Proof
from cartable.identity.oidc.ending import SID
from cartable.kernel import clock

ONE_FACTOR, SEVERAL = "https://refeds.org/profile/sfa", "https://refeds.org/profile/mfa"
ACRS = (ONE_FACTOR, SEVERAL)
ACADEMY = "academy"  # vouched for the person: as good as a password, but no name of RFC 8176
FIRST = frozenset({"pwd", ACADEMY})  # beside which a code is a second factor
MEANS = {"password": "pwd", "socialaccount": ACADEMY, "totp": "otp", "recovery_codes": "otp", "webauthn": "hwk"}


def proof_of(request: HttpRequest, person: Person) -> Proof:
    """Return how the person of a session has proved who they are; gives the session an id if it has none."""
    records = get_authentication_records(request, person)
    means = {MEANS[name] for one in records if (name := one.get("type") or one.get("method")) in MEANS}
    coded = "otp" in means and not means.isdisjoint(FIRST)
    several = coded or "hwk" in means  # a passkey is held, and asks for a finger or a code
    last = max((one["at"] for one in records), default=None)
    at = datetime.fromtimestamp(last, UTC) if last else person.last_login or clock.now()
    amr = tuple(sorted(means - {ACADEMY} | ({"mfa"} if several else set())))
    return Proof(sid_of(request), at, SEVERAL if several else ONE_FACTOR, amr)


def sid_of(request: HttpRequest) -> str:
    """Return the id that applications know this session by."""
    if SID not in request.session:
        request.session[SID] = secrets.token_hex(16)
    return str(request.session[SID])
