"""Who signed in with a program: a session of its own kind, which opens nothing but these addresses, and ends with its app password.

Django's sessions, under another cookie. What it holds is what the program showed, sealed: it is asked again at each request, in
one query, so that an app password that is revoked opens nothing any more.
"""

from datetime import timedelta

from django.contrib.sessions.backends.db import SessionStore

from cartable.identity import credentials
from cartable.identity.actors import NOBODY, Actor
from cartable.kernel import sealing
from cartable.kernel.errors import Expired

SHOWN, PURPOSE = "pads-device", "session of pads"
LIFE = timedelta(days=14)  # as HedgeDoc's `sessionLife`


def begin(login: str, secret: str) -> str:
    """Return the key of a new session of whose app password this is; empty if it is nobody's."""
    if credentials.by_app_password(login, secret) is NOBODY:
        return ""
    session = SessionStore()
    session[SHOWN] = [sealing.seal(one, PURPOSE) for one in (login, secret)]
    session.set_expiry(LIFE)
    session.create()
    return str(session.session_key)


def actor(key: str) -> Actor:
    """Return as whom a session acts now, or NOBODY."""
    shown = SessionStore(key).get(SHOWN) if key else None
    if not shown:
        return NOBODY
    try:
        login, secret = (sealing.unseal(one, PURPOSE) for one in shown)
    except Expired:
        return NOBODY
    return credentials.by_app_password(login, secret)


def end(key: str) -> None:
    """End a session of this kind, and no other."""
    session = SessionStore(key)
    if session.get(SHOWN):
        session.flush()
