"""What the OpenID provider does later: telling applications that a session ended, and forgetting what is over."""

import logging
import secrets
from datetime import time
from urllib.parse import urlencode

from cartable.identity.oidc import authorizations, keys
from cartable.identity.oidc.models import Authorization
from cartable.identity.oidc.subjects import subject
from cartable.kernel import clock
from cartable.kernel.errors import BadInput
from cartable.kernel.outgoing import Asked, Unreachable, ask
from cartable.kernel.tasks import every, task
from cartable.options import public_url

logger = logging.getLogger(__name__)

EVENT = "http://schemas.openid.net/event/backchannel-logout"
LASTS = 120  # seconds of a logout token (Back-Channel Logout §4 asks for two minutes at most)
ATTEMPTS = 40  # with the delays of tasks, an hour at most: about a day and a half
DONE, REFUSED = range(200, 300), 400


@task(max_attempts=ATTEMPTS)
def tell_signed_out(authorization_id: int) -> None:
    """Tell an application that the session in which it got an authorization ended (Back-Channel Logout §2.5).

    Raises Unreachable, to be tried again, unless it has heard, or says that it does not understand.
    """
    rows = Authorization.objects.select_related("person", "client__application")
    ended = rows.filter(pk=authorization_id).first()
    if ended is None or not (address := ended.client.application.backchannel):
        return  # the application is gone, or no longer wants to know
    form = urlencode({"logout_token": _logout_token(ended)}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = ask(address, Asked("POST", headers, form, inside=True))  # an administrator wrote the address
    if answer.status == REFUSED:
        logger.warning("%s refuses to be told that a session ended: %.200r", ended.client_id, answer.body)
        raise BadInput(ended.client_id)
    if answer.status not in DONE:
        raise Unreachable(f"{ended.client_id} answers {answer.status}")


def _logout_token(ended: Authorization) -> str:
    now = int(clock.now().timestamp())
    claims = {
        "iss": public_url(),
        "aud": ended.client_id,
        "iat": now,
        "exp": now + LASTS,
        "jti": secrets.token_hex(16),
        "sub": subject(ended.person, ended.client.application.sector),
        "sid": ended.sid,
        "events": {EVENT: {}},
    }
    return keys.sign(claims, "logout+jwt")


@every(time(4, 20))
@task
def forget_old_authorizations() -> None:
    """Delete codes, tokens and keys that nobody can use any more."""
    authorizations.forget_old()
    keys.forget_old()
