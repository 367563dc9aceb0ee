"""Who is to be told to applications by SCIM, before they sign in (decision 15); how they are told is in `telling.py`."""

from datetime import date, timedelta

from django.db.models import Q

from cartable.identity.models import Person, Posting
from cartable.identity.oidc.models import Application
from cartable.kernel import clock, retentions
from cartable.options import options

BATCH = 100  # people of one task
SEALED = "token of a SCIM server"


def wanting() -> list[str]:
    """Return the applications that want to know."""
    return list(Application.objects.exclude(scim_url="").order_by("pk").values_list("pk", flat=True))


def days_told() -> dict[str, date]:
    """Return the applications that want to know, each with the day up to which it was told of whom a date decides."""
    days = Application.objects.exclude(scim_url="").order_by("pk").values_list("pk", "scim_day")
    return {client_id: day or clock.today() for client_id, day in days}


def told_until(client_id: str, day: date) -> None:
    """Keep that an application is told of whom a date decides, up to this day."""
    Application.objects.filter(pk=client_id).update(scim_day=day)


def crossing(since: date, today: date) -> list[int]:
    """Return the people for whom one of these days decides: it is the first that a posting opens something, or no longer does.

    `since` was looked at when it was still the day before overseas: it is looked at again.
    """
    early, grace = timedelta(days=options.early_days), timedelta(days=retentions.days("grace_days"))
    opens = Q(start__range=(since + early, today + early))
    closes = Q(end__range=(since - grace, today - grace))
    return sorted(set(Posting.objects.filter(opens | closes).values_list("person_id", flat=True)))


def after(person_id: int) -> list[int]:
    """Return the next BATCH people by id, for a walk through all of them."""
    return list(Person.objects.filter(pk__gt=person_id).order_by("pk").values_list("pk", flat=True)[:BATCH])
