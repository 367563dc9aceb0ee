"""The account that an academy's directory made for somebody who had one already: its holder may make the two one.

Three say so, each by itself: the directory, whose facts opened a case that waits; the academy, which signed somebody in at the
address of the new account, under its name; and the person, who signed in to the old one and linked the academy's key. Nothing that is
known of the two may differ, and without their own yes nothing is changed: who judges cases has the last word then, as before.
"""

from dataclasses import dataclass

from django.db import transaction

from cartable.identity import credentials, factors, people, postings, upstreams
from cartable.identity.feeds import cases, matching, merging, turns
from cartable.identity.feeds.models import Feed, MatchCase
from cartable.identity.models import Person
from cartable.identity.postings import Held
from cartable.identity.upstreams import Claim
from cartable.kernel.errors import Conflict, NotFound


@dataclass(frozen=True, slots=True)
class Announced:
    """The account that a directory made, as who may be its holder sees it. `used`: somebody has opened it, or could."""

    name: str
    mail: str
    postings: tuple[Held, ...]
    used: bool


class Used(Conflict):
    """Somebody has opened the account, or could: that it is theirs is proved as its own sign-in asks."""


def of(person: Person, claim: Claim) -> Announced | None:
    """Return the account that the directory of an academy made for who it signed in, a person who has linked its key; else None."""
    other = _other(person, claim)
    if other is None:
        return None
    mail, held = people.primary_mail(other.pk), tuple(postings.of(other))
    return Announced(other.name, mail, held, _used(other))


@transaction.atomic
def unite(person: Person, claim: Claim) -> None:
    """Make the account that was announced to a person one with theirs, which stays: they say that it is theirs too.

    A second factor that is demanded of who is posted so is asked of them with their next page. Raises NotFound if there is none, or no
    longer; Used; and what `merging.merge` raises.
    """
    turns.take()
    found = _other(person, claim)
    if found is None:
        raise NotFound(person.pk)
    person, other = people.locked(person.pk, found.pk)
    if _used(other):
        raise Used(other.pk)
    merging.merge(person, other, by={"person": person.pk})


def _other(person: Person, claim: Claim) -> Person | None:
    """Return whom the waiting case is about, if all agree: the academy's own directory, its address there, the name, the facts."""
    upstream = next((one for one in upstreams.by_mail(claim.mail) if one.key == claim.key), None)
    if upstream is None or not upstreams.opens(person, claim):
        return None
    case = (
        MatchCase.objects.filter(
            cases.WAITS,
            candidate=person,
            source__in=Feed.objects.filter(academy=upstream.structure).values("name"),
            newcomer__addresses__mail=claim.mail.strip().lower(),
            newcomer__addresses__primary=True,
        )
        .select_related("newcomer")
        .first()
    )
    if case is None or not _same_name(case.newcomer.name, claim.name) or cases.differ(person, case.newcomer):
        return None
    return case.newcomer


def _same_name(one: str, other: str) -> bool:
    """Return whether a name is the same, be the surname written first or last."""
    return sorted(matching.normal(one).split()) == sorted(matching.normal(other).split())


def _used(other: Person) -> bool:
    """Return whether an account was opened, or could be by what somebody was given or chose."""
    opened = other.last_login is not None or other.has_usable_password()
    return opened or factors.of(other).any or bool(upstreams.of(other)) or bool(credentials.devices(other.pk))
