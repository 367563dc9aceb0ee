"""The register of processing: what is kept of people. Each package declares its entries in its `apps.py`, as `register`,
and the retentions that its entries name, as `retentions`.

It is made of the code, so that it says what the code does: a test fails where a table is in no entry, or a retention in none.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

ACCOUNT = ("grace_days", "archive_days")  # what hangs from an account goes with it, so long after the last posting


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that is kept of people. `tables` are the labels of its models; `days` the retentions that say how long, added up."""

    title: str | Promise
    purpose: str | Promise
    what: str | Promise
    tables: tuple[str, ...]
    readers: str | Promise
    until: str | Promise = _("Après la dernière affectation")
    days: tuple[str, ...] = ACCOUNT

    def duration(self, known: Mapping[str, int]) -> str:
        """How long, in words, by the days of each retention in force; empty where `until` says all."""
        return in_days(sum(known[name] for name in self.days)) if self.days else ""


@dataclass(frozen=True, slots=True)
class Toll:
    """What a shorter retention costs: `said` of a `%d`, and the path of the function that counts: (days now, days then)."""

    said: Any  # ngettext_lazy
    count: str


@dataclass(frozen=True, slots=True)
class Retention:
    """How long something is kept, in days, by the name of the option that is its default; from `least` to `most`, and why.

    `after` is the path of what has to follow a change: it takes the days there were and those there are.
    """

    name: str
    title: str | Promise
    why: str | Promise
    least: int
    most: int
    tolls: tuple[Toll, ...]
    after: str = ""

    def costs(self, was: int, days: int) -> list[tuple[int, str | Promise]]:
        """Return what would go by `days` that stays by `was`: how many, and in words. What costs nothing is left out."""
        counted = ((import_string(toll.count)(was, days), toll) for toll in self.tolls)
        return [(count, toll.said % count) for count, toll in counted if count > 0]


def every() -> list[Kept]:
    """Return all that is declared, people first."""
    return sorted(_declared("register"), key=lambda one: "identity.Person" not in one.tables)


def every_retention() -> list[Retention]:
    """Return all that may be set, those of accounts first."""
    return sorted(_declared("retentions"), key=lambda one: one.name not in ACCOUNT)


def in_days(count: int) -> str:
    """Return a number of days in words."""
    return ngettext("%(count)s jour", "%(count)s jours", count) % {"count": count}


def _declared(what: str) -> list[Any]:
    declared: Iterable[tuple[Any, ...]] = (getattr(app, what, ()) for app in reversed(list(apps.get_app_configs())))
    return [one for entries in declared for one in entries]
