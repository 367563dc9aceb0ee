"""The applications that may sign people in: registered by an administrator, each with its addresses and whom it is for."""

import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.contrib.auth.hashers import make_password
from django.db import transaction

from cartable.identity import delegations
from cartable.identity.actors import Actor
from cartable.identity.delegations import Act
from cartable.identity.models import Structure
from cartable.identity.oidc import tasks
from cartable.identity.oidc.claims import SCOPES
from cartable.identity.oidc.library import Client
from cartable.identity.oidc.models import Application
from cartable.kernel import audit, outgoing
from cartable.kernel.errors import BadInput, Denied, NotFound

HASHER = "machine"
PLACE = re.compile(r"[A-Za-z0-9.:\[\]_-]+")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
WHY = {  # for the command line; pages have their own sentences
    "name": "a name is needed",
    "missing": "an address to come back to is needed",
    "malformed": "no address",
    "marks": "an address has no fragment, no * and no space",
    "host": "an address names nobody, and its host is written in ASCII",
    "plain": "an address begins with https:// ",
    "inside": "an address to be told begins with https://, and is not of our own network",
    "scope": "no such scope",
}


class Unfit(BadInput):
    """What does not fit in a registration: in which `field` of it, and `why`, a key of WHY; `text` is what was said there."""

    def __init__(self, field: str, why: str, text: str = "") -> None:
        super().__init__(f"{WHY[why]}: {text}" if text else WHY[why])
        self.field, self.why, self.text = field, why, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What an administrator says of an application."""

    name: str
    redirect_uris: Sequence[str]
    after_logout: Sequence[str] = ()  # addresses a browser may be sent to once signed out
    backchannel: str = ""  # in our own network only if an operator says so, or who administers the whole ministry
    scopes: Collection[str] = tuple(SCOPES)
    public: bool = False  # it runs where it can keep no secret
    trusted: bool = False  # people are not asked: it is ours
    sector: str = ""  # people have ids of their own in it
    structures: Sequence[Structure] = ()
    functions: Sequence[str] = field(default_factory=tuple)


@transaction.atomic
def add(wanted: Registration, by: Actor | None = None) -> tuple[Client, str]:
    """Register an application; return its client and its secret (empty for a public one), which cannot be read again.

    Raises Unfit; Denied to an actor whose people are not all it is for.
    """
    _refuse_beyond(by, wanted.structures, trusted=wanted.trusted)
    name = " ".join(wanted.name.split())
    _check(name, wanted)
    inside = by is None or delegations.everywhere(by, Act.APPLICATIONS)
    if wanted.backchannel and not inside and not outgoing.may_be_public(wanted.backchannel):
        raise Unfit("backchannel", "inside", wanted.backchannel)
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
        client=client,
        sector=wanted.sector,
        functions=list(wanted.functions),
        backchannel=wanted.backchannel,
        inside=inside,
    )
    application.structures.set(wanted.structures)
    audit.record("client.add", client=client.pk, name=name, person=by.person if by else None)
    return client, secret


def _check(name: str, wanted: Registration) -> None:
    if not name:
        raise Unfit("name", "name")
    if not wanted.redirect_uris:
        raise Unfit("redirect_uris", "missing")
    for uri in wanted.redirect_uris:
        check_address(uri, "redirect_uris", public=wanted.public)
    for uri in wanted.after_logout:
        check_address(uri, "after_logout", public=wanted.public)
    if wanted.backchannel:
        check_address(wanted.backchannel, "backchannel")
    if unknown := set(wanted.scopes) - set(SCOPES):
        raise Unfit("scopes", "scope", ", ".join(sorted(unknown)))


def own_places(by: Actor) -> list[Structure]:
    """Return the structures for whose people an actor registers applications: none for all. Raises Denied."""
    mine = delegations.any_office(by, Act.APPLICATIONS)
    if delegations.everywhere(by, Act.APPLICATIONS):
        return []
    return list(Structure.objects.filter(pk__in=mine).select_related("parent").order_by("code"))


def every(by: Actor | None = None) -> list[Client]:
    """Return all applications, by name; those an actor administers: of the ministry all, else those for none but their people.

    Raises Denied to who administers none.
    """
    found = Client.objects.select_related("application").order_by("name", "pk")
    if by:
        delegations.any_office(by, Act.APPLICATIONS)
        if not delegations.everywhere(by, Act.APPLICATIONS):
            mine = delegations.where_may(by, Act.APPLICATIONS)
            through = Application.structures.through.objects
            beyond = through.exclude(structure__in=mine).values("application_id")
            found = found.filter(application__structures__in=mine).exclude(pk__in=beyond).distinct()
    return list(found)


def find(client_id: str, by: Actor | None = None) -> Client:
    """Return an application, one that the actor administers. Raises NotFound, Denied."""
    if by:
        client = next((one for one in every(by) if one.pk == client_id), None)
    else:
        client = Client.objects.select_related("application").filter(pk=client_id).first()
    if client is None:
        raise NotFound(client_id)
    return client


@transaction.atomic
def new_secret(client_id: str, by: Actor | None = None) -> str:
    """Give an application a new secret, and return it; the former one opens nothing. Raises NotFound, Denied, BadInput if it is public."""
    client = find(client_id, by)
    if client.type == Client.Type.PUBLIC:
        raise BadInput("it is a public client: it has no secret")
    secret = secrets.token_urlsafe(32)
    Client.objects.filter(pk=client_id).update(secret=_hashed(secret))
    audit.record("client.secret", client=client_id, name=client.name, person=by.person if by else None)
    return secret


@transaction.atomic
def change_audience(
    client_id: str, structures: Sequence[Structure], functions: Sequence[str], by: Actor | None = None
) -> None:
    """Say anew whom an application is for. Raises NotFound, Denied as `add` does."""
    client = find(client_id, by)
    application = client.application
    _refuse_beyond(by, structures, trusted=False)
    application.structures.set(structures)
    Application.objects.filter(pk=application.pk).update(functions=list(functions))
    if application.scim_url:
        tasks.provision_all.enqueue(client_id)
    audit.record("client.audience", client=client_id, name=client.name, person=by.person if by else None)


@transaction.atomic
def drop(client_id: str, by: Actor | None = None) -> None:
    """Forget an application, and end all it was given. Raises NotFound, Denied."""
    client = find(client_id, by)
    Client.objects.filter(pk=client_id).delete()
    audit.record("client.drop", client=client_id, name=client.name, person=by.person if by else None)


def _refuse_beyond(by: Actor | None, structures: Sequence[Structure], *, trusted: bool) -> None:
    """Raise Denied if an actor would register an application for others than the people they administer."""
    if by is None:
        return
    delegations.any_office(by, Act.APPLICATIONS)
    if delegations.everywhere(by, Act.APPLICATIONS):
        return
    if trusted or not structures or not all(delegations.may(by, Act.APPLICATIONS, one.pk) for one in structures):
        raise Denied(by.person)


def check_address(uri: str, field: str = "", *, public: bool = False) -> None:
    """Raise Unfit unless codes may be sent to this address: https, this machine, or an app's own scheme (RFC 8252 §7)."""
    try:
        parts = urlsplit(uri)
        host = parts.hostname
    except ValueError as malformed:
        raise Unfit(field, "malformed", uri) from malformed
    if "#" in uri or "*" in uri or any(c <= " " for c in uri):
        raise Unfit(field, "marks", uri)
    if host and not PLACE.fullmatch(parts.netloc):  # it goes into a policy too (leaving.py)
        raise Unfit(field, "host", uri)
    web = bool(host) and parts.scheme == "https"
    near = parts.scheme == "http" and host in LOOPBACK
    own = public and "." in parts.scheme  # org.example.app:/callback
    if not (web or near or own):
        raise Unfit(field, "plain", uri)


def _hashed(secret: str) -> str:
    return make_password(secret or None, hasher=HASHER)
