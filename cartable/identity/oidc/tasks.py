"""What the OpenID provider does later: telling applications that a session ended, and forgetting what is over."""

import logging
import secrets
from datetime import time
from functools import cache
from urllib.parse import urlencode

from django.db import transaction
from django.utils.module_loading import import_string

from cartable.identity.oidc import authorizations, keys, provisioning
from cartable.identity.oidc.models import Authorization
from cartable.kernel import clock
from cartable.kernel.errors import BadInput
from cartable.kernel.outgoing import Asked, Unreachable, ask
from cartable.kernel.tasks import enqueue_once, every, progress, task
from cartable.options import public_url

logger = logging.getLogger(__name__)

EVENT = "http://schemas.openid.net/event/backchannel-logout"
LASTS = 120  # seconds of a logout token (Back-Channel Logout §4 asks for two minutes at most)
ATTEMPTS = 40  # with the delays of tasks, an hour at most: about a day and a half
BATCH = provisioning.BATCH
DONE, REFUSED = range(200, 300), 400


@task(max_attempts=ATTEMPTS)
def tell_signed_out(authorization_id: int, sub: str) -> None:
    """Tell an application that the session in which it got an authorization ended (Back-Channel Logout §2.5): of whom, by the
    id it was told, which a merge may have made another's since.

    Raises Unreachable, to be tried again, unless it has heard; BadInput if it says that it does not understand, or if its address
    leads inside our network and an administrator of a part of the ministry wrote it.
    """
    rows = Authorization.objects.select_related("client__application")
    ended = rows.filter(pk=authorization_id).first()
    if ended is None or not (address := ended.client.application.backchannel):
        return  # the application is gone, or no longer wants to know
    form = urlencode({"logout_token": _logout_token(ended, sub)}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        answer = ask(address, Asked("POST", headers, form, inside=ended.client.application.inside))
    except BadInput:
        logger.warning("%s is not told that a session ended: its address is not public", ended.client_id)
        raise
    if answer.status == REFUSED:
        logger.warning("%s refuses to be told that a session ended: %.200r", ended.client_id, answer.body)
        raise BadInput(ended.client_id)
    if answer.status not in DONE:
        raise Unreachable(f"{ended.client_id} answers {answer.status}")


def _logout_token(ended: Authorization, sub: str) -> str:
    now = int(clock.now().timestamp())
    claims = {
        "iss": public_url(),
        "aud": ended.client_id,
        "iat": now,
        "exp": now + LASTS,
        "jti": secrets.token_hex(16),
        "sub": sub,
        "sid": ended.sid,
        "events": {EVENT: {}},
    }
    return keys.sign(claims, "logout+jwt")


@task(max_attempts=ATTEMPTS)
def provision(client_id: str, people: list[int]) -> None:
    """Tell an application what is so of these people; those whom it does not take are tried again by themselves.

    Raises Unreachable, to be tried again, if it takes none of them.
    """
    left = _tell(client_id, people)
    if len(left) == len(people):
        raise Unreachable(f"{client_id} takes none of {left}")
    if left:
        provision.enqueue(client_id, left)


@task(max_attempts=ATTEMPTS)
def provision_all(client_id: str, after: int = 0) -> None:
    """Tell an application of everybody whose id is above `after`: a batch, and the next task goes on from its last.

    What it was told already costs a look. Raises Unreachable, to be tried again.
    """
    people = provisioning.after(after) if client_id in provisioning.wanting() else []
    if not people:
        return
    left = _tell(client_id, people)
    with transaction.atomic():
        if left:
            provision.enqueue(client_id, left)
        enqueue_once(provision_all, f"scim {client_id} after {people[-1]}", client_id, people[-1])


def _tell(client_id: str, people: list[int]) -> list[int]:
    """Tell an application of people. SCIM is loaded by who speaks it: it takes longer to load than all the rest of a command."""
    left: list[int] = import_string("cartable.identity.oidc.telling.tell")(client_id, people)
    return left


@every(time(3, 50))
@task
def provision_crossing() -> None:
    """Tell applications of the people for whom a day decides, since the last that each was told of."""
    today, crossing = clock.today(), cache(provisioning.crossing)
    for client_id, since in provisioning.days_told().items():
        people = crossing(since, today)
        with transaction.atomic():
            for start in range(0, len(people), BATCH):
                provision.enqueue(client_id, people[start : start + BATCH])
            provisioning.told_until(client_id, today)


@every(time(4, 20))
@task
def forget_old_authorizations() -> None:
    """Delete codes, tokens and keys that nobody can use any more."""
    while authorizations.forget_tokens():
        progress(0)
    after = 0
    while after := authorizations.forget_over(after):
        progress(0)
    keys.forget_old()
