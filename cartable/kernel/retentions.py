"""How long things are kept, in days: what was set on a page, else the operator's option of the same name.

Asked of the database each time, never remembered: what deletes by a number deletes by the one that is in force in that
transaction, in whichever process. If the database does not answer nothing is deleted: no number stands in for it.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from cartable.kernel import clock
from cartable.kernel.errors import Changed
from cartable.kernel.models import Retention
from cartable.options import options


@dataclass(frozen=True, slots=True)
class Setting:
    """A retention as it stands: `by` and `at` say who set it, and when; None where it is the option's."""

    days: int
    by: int | None = None
    at: datetime | None = None


def days(name: str) -> int:
    """Return how long something is kept, by the name of its option. One query."""
    found = Retention.objects.filter(pk=name).values_list("days", flat=True).first()
    return by_default(name) if found is None else found


def by_default(name: str) -> int:
    """Return what the operator's option says."""
    return int(getattr(options, name))


def in_force(names: list[str]) -> dict[str, Setting]:
    """Return how these stand, in one query."""
    rows = {row.name: Setting(row.days, row.person, row.at) for row in Retention.objects.filter(pk__in=names)}
    return {name: rows.get(name) or Setting(by_default(name)) for name in names}


def put(name: str, days: int | None, *, was: int, by: int | None = None) -> None:
    """Set how long something is kept; None: what the option says. In the caller's transaction.

    Raises Changed if it is not `was` that is in force: somebody else has just set it.
    """
    row = Retention.objects.select_for_update().filter(pk=name).first()
    if was != (by_default(name) if row is None else row.days):
        raise Changed(name)
    if days is None:
        Retention.objects.filter(pk=name).delete()
    elif row is not None:
        Retention.objects.filter(pk=name).update(days=days, person=by, at=clock.now())
    else:
        try:
            with transaction.atomic():
                Retention.objects.create(name=name, days=days, person=by)
        except IntegrityError as meanwhile:
            raise Changed(name) from meanwhile
