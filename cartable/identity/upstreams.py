"""Academies where people sign in before they come here: which there are, and whose key each subject is.

A person is known by the key of an academy (its row and the subject it states), never by a mail address, which another may
hold next year. Linking a key is an act of the person's, who shows that the account is theirs. The rows are the library's
(allauth.socialaccount); what is ours is in their settings.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.socialaccount.models import SocialAccount, SocialApp
from django.db import IntegrityError, transaction
from django.urls import reverse

from cartable.identity import letters, lifecycle, people, postings, principals, structures
from cartable.identity.models import Domain, Person, Structure
from cartable.kernel import audit, rates, sealing
from cartable.kernel.errors import BadInput, Conflict, Denied, NameTaken, NotFound

OIDC, SAML = "openid_connect", "saml"
SEALED = "upstream secret"
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Upstream:
    """An academy where people sign in. `key` is its name in addresses and rows; `arrivals`: whom it sends may be new here."""

    key: str
    kind: str
    name: str
    structure: int
    arrivals: bool
    issuer: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What an academy says of who just signed in there."""

    key: str
    subject: str
    name: str
    mail: str


@dataclass(frozen=True, slots=True)
class Link:
    """A key of a person's, as they see it."""

    id: int
    name: str
    since: datetime
    used_at: datetime


# Which there are


def add_oidc(
    key: str, structure: Structure, *, issuer: str, client_id: str, secret: str, arrivals: bool = False, scope: str = ""
) -> Upstream:
    """Record an OpenID provider. Raises BadInput if its address is not https://, NameTaken if the key is."""
    refuse_plain(issuer)
    more: dict[str, Any] = {"server_url": issuer.rstrip("/")} | ({"scope": scope.split()} if scope else {})
    sealed = sealing.seal(secret, SEALED)
    return _add(OIDC, key, structure, issuer, arrivals=arrivals, client_id=client_id, sealed=sealed, **more)


def add_saml(
    key: str,
    structure: Structure,
    *,
    entity_id: str,
    sso_url: str,
    certificate: str,
    arrivals: bool = False,
    subject: str = "",
) -> Upstream:
    """Record a SAML identity provider, by what its metadata says. `subject` names the attribute that is the key, if the
    standard one (subject-id) or the NameID is not. Raises BadInput, NameTaken."""
    refuse_plain(sso_url)
    mapping = {"uid": [subject]} if subject else {}
    idp = {"entity_id": entity_id, "sso_url": sso_url, "x509cert": certificate}
    advanced = {"want_assertion_signed": True, "want_name_id": True, "allow_single_label_domains": True}
    return _add(
        SAML, key, structure, entity_id, arrivals=arrivals, client_id=key, idp=idp, advanced=advanced, ours=mapping
    )


def _add(
    kind: str,
    key: str,
    structure: Structure,
    issuer: str,
    *,
    arrivals: bool,
    client_id: str,
    **more: Any,
) -> Upstream:
    if not key.isascii() or not key.replace("-", "").isalnum():
        raise BadInput(key)
    if SocialApp.objects.filter(provider_id=key).exists():
        raise NameTaken(key)
    settings = {"structure": structure.pk, "arrivals": arrivals, "issuer": issuer, **more}
    app = SocialApp.objects.create(
        provider=kind, provider_id=key, name=structure.name[:40], client_id=client_id, settings=settings
    )
    audit.record("upstream.add", structure=structure.pk, key=key)
    return _read(app)


def secret_of(app: SocialApp) -> str:
    """Return the secret that an OpenID provider gave us. Raises Expired if the site's key has changed since."""
    return sealing.unseal(app.settings["sealed"], SEALED)


@transaction.atomic
def give_secret(key: str, secret: str) -> None:
    """Keep another secret of an OpenID provider; the keys it gave stay. Raises NotFound."""
    app = SocialApp.objects.select_for_update().filter(provider_id=key, provider=OIDC).first()
    if app is None:
        raise NotFound(key)
    app.settings["sealed"] = sealing.seal(secret, SEALED)
    app.save(update_fields=["settings"])
    audit.record("upstream.secret", structure=app.settings["structure"], key=key)


def refuse_plain(address: str) -> None:
    """Raise BadInput unless an address is https://, or of this machine."""
    url = urlsplit(address)
    if not url.hostname or not (url.scheme == "https" or (url.scheme == "http" and url.hostname in LOCAL)):
        raise BadInput(address)


@transaction.atomic
def drop(key: str) -> int:
    """Forget an academy and the keys it gave; return how many. Raises NotFound."""
    app = SocialApp.objects.filter(provider_id=key).first()
    if app is None:
        raise NotFound(key)
    gone: int = SocialAccount.objects.filter(provider=key).delete()[0]
    app.delete()
    audit.record("upstream.drop", key=key)
    return gone


def known() -> list[Upstream]:
    """Return the academies where people sign in, by name."""
    return [_read(app) for app in SocialApp.objects.order_by("name", "pk")]


def by_key(key: str) -> Upstream:
    """Return the academy of a key. Raises NotFound."""
    app = SocialApp.objects.filter(provider_id=key).first()
    if app is None:
        raise NotFound(key)
    return _read(app)


def by_mail(mail: str) -> list[Upstream]:
    """Return where who holds an address signs in: by its domain, also a former one of an academy that has a successor."""
    found = (
        Domain.objects.select_related("structure__successor")
        .filter(name=mail.strip().lower().rpartition("@")[2])
        .first()
    )
    if found is None:
        return []
    places = {found.structure_id, found.structure.successor_id}
    return [one for one in known() if one.structure in places]


def way_to(upstream: Upstream, to: str, **more: str) -> str:
    """Return the address that leads to an academy's own sign-in, and then to the page `to`."""
    page = "openid_connect_login" if upstream.kind == OIDC else "saml_login"
    return f"{reverse(page, args=[upstream.key])}?{urlencode({'next': to, **more})}"


def _read(app: SocialApp) -> Upstream:
    ours = app.settings
    return Upstream(app.provider_id, app.provider, app.name, ours["structure"], ours["arrivals"], ours["issuer"])


# Whose key it is


def link(person: Person, claim: Claim) -> None:
    """Make a key open the account of a person, who has shown that it is theirs. Raises NameTaken if it opens another's.

    An academy knows a person by one subject: a former one of theirs opens nothing any more, nor does the key of an academy
    where they have no posting left, not even a late one.
    """
    by_key(claim.key)
    held = SocialAccount.objects.filter(provider=claim.key, uid=claim.subject).first()
    if held is None:
        try:
            with transaction.atomic():
                held = SocialAccount.objects.create(user=person, provider=claim.key, uid=claim.subject)
                audit.record("key.link", person=person.pk, key=claim.key)
                letters.tell(person, "key.link")
                _close_former(person, held)
        except IntegrityError:  # two at once
            held = SocialAccount.objects.get(provider=claim.key, uid=claim.subject)
    if held.user_id != person.pk:
        raise NameTaken(claim.key)


def opens(person: Person, claim: Claim) -> bool:
    """Return whether the key that an academy states opens the account of a person."""
    return bool(SocialAccount.objects.filter(user=person, provider=claim.key, uid=claim.subject).exists())


def _close_former(person: Person, new: SocialAccount) -> None:
    """Close the keys that this one takes the place of: of the same academy, and of those the person has left."""
    there = {place for one in principals.held_by(person.pk) for place in one.above}
    ever = {
        place
        for one in person.postings.values_list("structure", flat=True).distinct()
        for place in structures.chain(one)
    }
    left = [one.key for one in known() if one.structure in ever - there]
    former = SocialAccount.objects.filter(user=person, provider__in=[new.provider, *left]).exclude(pk=new.pk)
    for key in former.values_list("provider", flat=True):
        audit.record("key.unlink", person=person.pk, key=key)
    former.delete()


@transaction.atomic
def arrive(claim: Claim) -> Person:
    """Record a person whom an academy sends and nobody here is, with what it says of them, and link the key.

    Raises Denied if the academy may not, the address is of a domain not its own, or the mailbox is a school's: those who use
    it have their own accounts; NameTaken if somebody holds, or held, the address: then it is to them to link the key.
    """
    upstream = by_key(claim.key)
    if not upstream.arrivals or upstream not in by_mail(claim.mail) or people.is_functional(claim.mail):
        raise Denied
    person = people.arrive(claim.name or claim.mail, claim.mail)
    postings.begin(person, Structure.objects.get(pk=upstream.structure))
    link(person, claim)
    return person


def of(person: Person) -> list[Link]:
    """Return the keys that open the account of a person, the oldest first."""
    names = {one.key: one.name for one in known()}
    rows = SocialAccount.objects.filter(user=person).order_by("pk")
    return [Link(one.pk, names.get(one.provider, one.provider), one.date_joined, one.last_login) for one in rows]


@transaction.atomic
def unlink(person: Person, link_id: int, ways_left: Sequence[bool]) -> None:
    """Make a key open the account no longer. Raises NotFound, and Conflict if no other way in would be left."""
    mine = SocialAccount.objects.select_for_update().filter(user=person)
    if not mine.filter(pk=link_id).exists():
        raise NotFound(link_id)
    if not any(ways_left) and mine.count() == 1:
        raise Conflict(link_id)
    mine.filter(pk=link_id).delete()
    audit.record("key.unlink", person=person.pk)
    letters.tell(person, "key.unlink")


def merge(survivor: int, loser: int) -> list[int]:
    """Make the keys of one person open the account of another, whom they became one with; return which (`lifecycle.py`)."""
    return lifecycle.hand_over(SocialAccount.objects.filter(user_id=loser), "user_id", survivor)


def unmerge(survivor: int, loser: int, moved: Sequence[int]) -> None:
    """Give them back."""
    lifecycle.hand_back(SocialAccount.objects.all(), moved, "user_id", survivor, loser)


def refused(claim: Claim, about: Iterable[str]) -> None:
    """Keep, once an hour for each academy, that somebody it sent was not let in."""
    if rates.once(f"upstream {claim.key} refused", audit.AN_HOUR):
        audit.record("upstream.refused", key=claim.key, why=", ".join(about))
