"""What time it is. The only place that asks, so that tests can stop it."""

from datetime import date, datetime, time

from django.utils import timezone


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return timezone.now()


def today() -> date:
    """Return the present day where the ministry is (Europe/Paris)."""
    return timezone.localdate(now())


def morning(day: date) -> datetime:
    """Return the first moment of a day, there."""
    return timezone.make_aware(datetime.combine(day, time()))
