"""The applications that may sign people in: registered by an administrator, each with its addresses and whom it is for."""

import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.contrib.auth.hashers import make_password
from django.db import transaction

from cartable.identity.models import Structure
from cartable.identity.oidc.claims import SCOPES
from cartable.identity.oidc.library import Client
from cartable.identity.oidc.models import Application
from cartable.kernel import audit
from cartable.kernel.errors import BadInput, NotFound
from cartable.options import public_url

HASHER = "machine"
PLACE = re.compile(r"[A-Za-z0-9.:\[\]_-]+")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What an administrator says of an application."""

    name: str
    redirect_uris: Sequence[str]
    after_logout: Sequence[str] = ()  # addresses a browser may be sent to once signed out
    backchannel: str = ""
    scopes: Collection[str] = tuple(SCOPES)
    public: bool = False  # it runs where it can keep no secret
    trusted: bool = False  # people are not asked: it is ours
    sector: str = ""  # people have ids of their own in it
    structures: Sequence[Structure] = ()
    functions: Sequence[str] = field(default_factory=tuple)


@transaction.atomic
def add(wanted: Registration) -> tuple[Client, str]:
    """Register an application; return its client and its secret (empty for a public one), which cannot be read again.

    Raises BadInput: its only argument is what does not fit.
    """
    name = " ".join(wanted.name.split())
    if not name or not wanted.redirect_uris:
        raise BadInput("a name and an address to come back to are needed")
    for uri in (*wanted.redirect_uris, *wanted.after_logout):
        check_address(uri, public=wanted.public)
    if wanted.backchannel:
        check_address(wanted.backchannel)
    if unknown := set(wanted.scopes) - set(SCOPES):
        raise BadInput(f"no such scope: {', '.join(sorted(unknown))}")
    secret = "" if wanted.public else secrets.token_urlsafe(32)
    client = Client(name=name[:100], secret=_hashed(secret), skip_consent=wanted.trusted)
    client.type = Client.Type.PUBLIC if wanted.public else Client.Type.CONFIDENTIAL
    client.set_redirect_uris(list(wanted.redirect_uris))
    client.set_post_logout_redirect_uris(list(wanted.after_logout))
    client.set_scopes(sorted({"openid", *wanted.scopes}))
    client.set_grant_types(["authorization_code", "refresh_token"])
    client.set_response_types(["code"])
    client.save()
    application = Application.objects.create(
        client=client, sector=wanted.sector, functions=list(wanted.functions), backchannel=wanted.backchannel
    )
    application.structures.set(wanted.structures)
    audit.record("client.add", client=client.pk)
    return client, secret


def every() -> list[Client]:
    """Return all applications, by name."""
    return list(Client.objects.select_related("application").order_by("name", "pk"))


def find(client_id: str) -> Client:
    """Return an application. Raises NotFound."""
    client = Client.objects.select_related("application").filter(pk=client_id).first()
    if client is None:
        raise NotFound(client_id)
    return client


@transaction.atomic
def new_secret(client_id: str) -> str:
    """Give an application a new secret, and return it; the former one opens nothing. Raises NotFound, BadInput if it is public."""
    client = find(client_id)
    if client.type == Client.Type.PUBLIC:
        raise BadInput("it is a public client: it has no secret")
    secret = secrets.token_urlsafe(32)
    Client.objects.filter(pk=client_id).update(secret=_hashed(secret))
    audit.record("client.secret", client=client_id)
    return secret


@transaction.atomic
def drop(client_id: str) -> None:
    """Forget an application, and end all it was given. Raises NotFound."""
    find(client_id)
    Client.objects.filter(pk=client_id).delete()
    audit.record("client.drop", client=client_id)


def check_address(uri: str, *, public: bool = False) -> None:
    """Raise BadInput unless codes may be sent to this address: https, this machine, or an app's own scheme (RFC 8252 §7).

    A site that is itself reached by http, to be tried out, also takes http.
    """
    try:
        parts = urlsplit(uri)
        host = parts.hostname
    except ValueError as malformed:
        raise BadInput(f"no address: {uri}") from malformed
    if "#" in uri or "*" in uri or any(c <= " " for c in uri):
        raise BadInput(f"an address has no fragment, no * and no space: {uri}")
    if host and not PLACE.fullmatch(parts.netloc):  # it goes into a policy too (leaving.py)
        raise BadInput(f"an address names nobody, and its host is written in ASCII: {uri}")
    web = bool(host) and parts.scheme == "https"
    near = bool(host) and parts.scheme == "http" and (host in LOOPBACK or public_url().startswith("http:"))
    own = public and "." in parts.scheme  # org.example.app:/callback
    if not (web or near or own):
        raise BadInput(f"an address begins with https:// : {uri}")


def _hashed(secret: str) -> str:
    return make_password(secret or None, hasher=HASHER)
