"""Who did what: one row for each act that changes who may do what, or that somebody may have to answer for.

Rows are added and read, nothing else: the database refuses to change them, and to delete those younger than a year.
"""

from datetime import timedelta

from django.db import transaction

from cartable.kernel import clock, logs
from cartable.kernel.models import Act

KEPT = timedelta(days=366)  # one day more than the database insists on


def record(verb: str, *, person: int | None = None, **detail: object) -> None:
    """Keep that `person` (None: nobody known, or a command) did `verb`, with the current transaction.

    `detail` names objects by id, never contents or secrets; the first of them is what the act is about: `node=12`.
    A refusal undoes its transaction: record it outside.
    """
    kind, about = next(iter(detail.items()), ("", None))
    number = about if isinstance(about, int) else None
    Act.objects.create(
        at=clock.now(),
        person=person,
        verb=verb,
        kind="" if number is None else kind,
        object=number,
        detail={name: value if isinstance(value, int | float | None) else str(value) for name, value in detail.items()},
        address=logs.address.get(),
        request=logs.request_id.get(),
    )


def acts_on(kind: str, about: int, limit: int = 100) -> list[Act]:
    """Return what was done to an object, the latest first."""
    return list(Act.objects.filter(kind=kind, object=about).order_by("-id")[:limit])


def acts_of(person: int, limit: int = 100) -> list[Act]:
    """Return what a person did, the latest first."""
    return list(Act.objects.filter(person=person).order_by("-id")[:limit])


def forget_old() -> int:
    """Delete what is older than KEPT, and return how many rows that were."""
    with transaction.atomic():
        return Act.objects.filter(at__lt=clock.now() - KEPT).delete()[0]
