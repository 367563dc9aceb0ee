"""Who has left, and what is still open to them: computed from dates at each door, so that no job has to turn anything.

A person leaves with their last posting, if none goes on or is announced, and no absence holds them here. For `grace_days`
they sign in and read; then the account is archived: nobody gets in, and nothing is deleted. A new posting, on any day,
restores everything at once, app passwords too: nothing had been taken away (decision 18). Who never had a posting never leaves.
"""

from collections.abc import Collection, Iterable
from datetime import date, timedelta

from django.db.models import DateField, F, Max, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Greatest, Least, NullIf

from cartable.identity.models import Absence, Person, Posting
from cartable.kernel import clock, retentions

OPEN = frozenset({"active", "grace"})  # states of who gets in
STAYS, LONG_AGO = date(9999, 12, 31), date(1, 1, 1)


def has_left(left_on: date | None, day: date) -> bool:
    """Return whether somebody who leaves on a day, if any, has left by another."""
    return left_on is not None and left_on <= day


def closes_on(left_on: date) -> date:
    """Return the first day on which who left no longer gets in."""
    return left_on + timedelta(days=retentions.days("grace_days"))


def is_closed(left_on: date | None) -> bool:
    """Return whether an account is archived today. No query for who has not left."""
    return left_on is not None and left_on <= clock.today() and closes_on(left_on) <= clock.today()


def present() -> Q:
    """Return what selects the people who get in today, or would: neither closed by hand, merged, erased nor archived."""
    edge = clock.today() - timedelta(days=retentions.days("grace_days"))
    return Q(is_active=True) & (Q(left_on=None) | Q(left_on__gt=edge))


def would_close(was: int, days: int) -> int:
    """Return how many accounts would be archived at once if the grace lasted `days` and not `was`."""
    nearer, farther = (clock.today() - timedelta(days=one) for one in (days, was))
    return Person.objects.filter(is_active=True, left_on__lte=nearer, left_on__gt=farther).count()


def among(people: Iterable[int]) -> set[int]:
    """Return those of some people who get in today, or would."""
    return set(Person.objects.filter(present(), pk__in=list(people)).values_list("pk", flat=True))


def of(person: Person) -> str:
    """Return where a person stands today: active, grace (they left, and read), archived, dead, erased, merged, or suspended by hand."""
    if person.erased_at is not None:
        return "erased"
    if person.merged_into_id is not None:
        return "merged"
    if person.died_on is not None:
        return "dead"
    if not person.is_active:
        return "suspended"
    if not has_left(person.left_on, clock.today()):
        return "active"
    return "archived" if is_closed(person.left_on) else "grace"


def last_day_here() -> Combinable:
    """Return, as a query of a person, the first day that nothing holds them here; None while something does, or nothing ever did.

    Whatever their feed still states: the day of their death at the latest.
    """
    rows = Posting.objects.filter(person=OuterRef("pk"), cancelled=False)
    away = Absence.objects.filter(person=OuterRef("pk"))
    stays, never = Value(STAYS, DateField()), Value(LONG_AGO, DateField())
    last = Greatest(Coalesce(_last_end(rows), stays), Coalesce(_last_end(away), never))
    return NullIf(Least(last, Coalesce(F("died_on"), stays)), stays)


def recompute(people: Collection[int]) -> None:
    """Write when these people leave, of whom nobody has computed anything yet; `people.changed` does it for all others."""
    if people:
        Person.objects.filter(pk__in=people).update(left_on=last_day_here())


def amiss() -> list[int]:
    """Return of whom it is written wrongly when they leave: nobody, unless their postings were written behind our back."""
    fresh = Person.objects.filter(merged_into=None, erased_at=None).annotate(due=last_day_here())
    one_alone = Q(left_on=None, due__isnull=False) | Q(left_on__isnull=False, due=None)
    both = Q(left_on__isnull=False, due__isnull=False)
    return list(fresh.filter(one_alone | both & ~Q(left_on=F("due"))).values_list("pk", flat=True))


def _last_end(rows: QuerySet[Posting] | QuerySet[Absence]) -> Subquery:
    ends = rows.order_by().values("person").annotate(last=Max(Coalesce(F("end"), Value(STAYS, DateField()))))
    return Subquery(ends.values("last"), output_field=DateField())
