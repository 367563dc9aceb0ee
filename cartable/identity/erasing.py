"""The end of an account: what is known of a person is erased, once the legal period is over, or because the law asks it.

The row stays, blank, so that its ids are nobody else's, ever: what the person wrote in the spaces of teams and structures
stays there, by "ancien agent", and the audit trail keeps their number, which means nothing by itself. Each package erases
its part, in one transaction with the rest; what is much (documents) is cut off in it and goes by a task, so that whoever
kills it finds the same end.
"""

from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import date, timedelta

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from cartable.identity import (
    dated,
    delegations,
    departures,
    inheriting,
    lifecycle,
    people,
    quarantine,
    sessions,
    structures,
)
from cartable.identity.actors import Actor
from cartable.identity.delegations import Act
from cartable.identity.feeds import turns
from cartable.identity.models import (
    Absence,
    Address,
    AppPassword,
    Delegation,
    DeviceLogin,
    Farewell,
    Membership,
    Person,
    Posting,
)
from cartable.identity.names import fold
from cartable.kernel import audit, clock, given, retentions
from cartable.kernel.bulk import batches
from cartable.kernel.errors import BadInput, Conflict, NotFound
from cartable.kernel.tasks import progress, task

UNUSABLE = UNUSABLE_PASSWORD_PREFIX  # of who never signs in again
SHORT = 2  # letters: shorter words of a name are in any sentence
NAME = "Ancien agent"  # as `spaces/wording.py` has it
MINE = (Posting, Absence, Membership, Delegation, AppPassword, DeviceLogin, Farewell)


def due_on(left_on: date) -> date:
    """Return the first day on which who left may be erased: the account was archived for as long as the law wants."""
    return departures.closes_on(left_on) + timedelta(days=retentions.days("archive_days"))


def due_days(left_on: Collection[date]) -> dict[date, date]:
    """Return that day for each of these days of departure. Two queries."""
    days = timedelta(days=retentions.days("grace_days") + retentions.days("archive_days"))
    return {day: day + days for day in left_on}


def is_due(person: Person) -> bool:
    """Return whether the legal period of a person's archive is over."""
    return person.left_on is not None and due_on(person.left_on) <= clock.today()


@transaction.atomic
def erase(person: Person, *, by: int | None = None, reason: str = "") -> None:
    """Erase a person, and those who were merged into them. Without a `reason`, which the law may give, not before it is due.

    Who was erased already is again: what was left would go. Raises Conflict before its time, and for who was merged into
    another: that one is to be erased.
    """
    reason = " ".join(reason.split()) if reason else ""
    turns.take()
    person = people.locked(person.pk)[0]
    if person.merged_into_id is not None:
        raise Conflict(person.pk)
    if person.erased_at is None and not reason and not is_due(person):
        raise Conflict(person.pk)
    numbers = people.once(person.pk)
    for number in numbers:
        _erase(number)
    people.changed(numbers)
    audit.record("person.erase", person=by, account=person.pk, reason=reason or "period")


class SaysWho(BadInput):
    """The reason for an erasure says who was erased."""


class StillHere(Conflict):
    """A posting or an absence holds somebody here: it ends first."""


def reach(actor: Actor, sub: str) -> Person:
    """Return whom an actor may erase as the data protection officer of where they work, or worked last; who never worked, of
    the ministry. Raises Denied to who is none, NotFound alike for who is elsewhere, for oneself and for nobody."""
    delegations.any_office(actor, Act.RETENTION)
    person = people.find(sub)
    if not delegations.was_over(actor, Act.RETENTION, person):
        raise NotFound(sub)
    return person


def is_held(person: Person) -> bool:
    """Return whether a posting or an absence holds a person here today, or will: who never had any is not."""
    if departures.has_left(person.left_on, clock.today()):
        return False
    if person.left_on is not None or Posting.objects.filter(person=person, cancelled=False).exists():
        return True
    return Absence.objects.filter(dated.not_over(clock.today()), person=person).exists()


@transaction.atomic
def as_officer(actor: Actor, sub: str, reason: str) -> None:
    """Erase somebody, also before it is due, as the data protection officer: of who has left, or never was posted.

    Raises what `reach` raises, StillHere, BadInput without a reason, SaysWho, and what `erase` raises. It is asked in turn, of the
    person as they then are: a feed that was first may have posted them.
    """
    delegations.any_office(actor, Act.RETENTION)
    turns.take()
    person = people.locked(people.find(sub).pk)[0]
    if not delegations.was_over(actor, Act.RETENTION, person):
        raise NotFound(sub)
    if not (reason := given.text(reason, 200)):
        raise BadInput(reason)
    if _says_who(person, reason):
        raise SaysWho(person.pk)
    if is_held(person):
        raise StillHere(person.pk)
    erase(person, by=actor.person, reason=reason)


def _says_who(person: Person, reason: str) -> bool:
    """Return whether a reason, which is kept for longer than the account, has a name of theirs or an address."""
    names = {word for word in fold(person.name).split() if len(word) > SHORT}
    return "@" in reason or not names.isdisjoint(fold(reason).split())


def archived(actor: Actor, *, limit: int = 50) -> list[Person]:
    """Return who is archived, or died, and may be erased by an actor, those who left first before. Raises Denied. Two queries more."""
    roots = delegations.any_office(actor, Act.RETENTION)
    away = _left(retentions.days("grace_days")).filter(is_active=True) | _left(0).exclude(died_on=None)
    left = away.order_by("left_on", "pk")
    if not delegations.everywhere(actor, Act.RETENTION):
        last = delegations.worked_last(OuterRef("pk"), Act.RETENTION).values("structure")[:1]
        left = left.alias(place=Subquery(last)).filter(place__in=structures.below(roots))
    return list(left[:limit])


def _erase(number: int) -> None:
    sessions.end_others(people.by_id(number), None)
    Person.objects.filter(pk=number).update(is_active=False)  # so that nothing is handed over to them
    inheriting.inherit(number)
    for act in lifecycle.declared("erase").values():
        act(number)
    _erase_own(number)
    row = Person.objects.filter(pk=number)
    row.filter(erased_at=None).update(erased_at=clock.now())
    row.update(name=NAME, folded="", language="fr", is_active=False, listed=False, last_login=None, password=UNUSABLE)


def _erase_own(number: int) -> None:
    """Erase what identity itself keeps of a person; last, for packages may look for theirs by it."""
    addresses = Address.objects.filter(person=number)
    quarantine.keep(list(addresses.values_list("mail", flat=True)))
    addresses.delete()
    for model in MINE:
        model.objects.filter(person=number).delete()
    Authenticator.objects.filter(user=number).delete()
    SocialAccount.objects.filter(user=number).delete()


def due() -> Iterator[int]:
    """Return whose legal period is over, by id."""
    days = retentions.days("grace_days") + retentions.days("archive_days")
    for some in batches(_left(days)):
        yield from some


def would_go(was: int, days: int) -> int:
    """Return how many accounts would be erased tonight if the archive lasted `days` and not `was`."""
    grace = retentions.days("grace_days")
    return _left(grace + days).count() - _left(grace + was).count()


def would_go_by_grace(was: int, days: int) -> int:
    """Return how many accounts would be erased tonight if the grace before the archive lasted `days` and not `was`."""
    archive = retentions.days("archive_days")
    return _left(days + archive).count() - _left(was + archive).count()


def _left(days: int) -> QuerySet[Person]:
    """Return who left so many days ago, or before, and is not erased."""
    last = clock.today() - timedelta(days=days)
    return Person.objects.filter(erased_at=None, merged_into=None, left_on__lte=last)


@task
def erase_due() -> None:
    """Erase those whose legal period is over; whose documents are on their way to another space, the next night."""
    for number in due():
        with suppress(Conflict):
            erase(people.by_id(number))
        progress(0)
