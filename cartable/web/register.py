"""The register of processing: what is kept of people. Each package declares its entries in its `apps.py`, as `register`.

It is made of the code, so that it says what the code does: a test fails where a table is in no entry.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.apps import apps
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cartable.options import options

ACCOUNT = ("grace_days", "archive_days")  # what hangs from an account goes with it, so long after the last posting


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that is kept of people. `tables` are the labels of its models; `days` the options that say how long, added up."""

    title: str | Promise
    purpose: str | Promise
    what: str | Promise
    tables: tuple[str, ...]
    readers: str | Promise
    until: str | Promise = _("Après la dernière affectation")
    days: tuple[str, ...] = ACCOUNT

    @property
    def duration(self) -> str:
        """How long, in words; empty where `until` says all."""
        count = sum(getattr(options, name) for name in self.days)
        return ngettext("%(count)s jour", "%(count)s jours", count) % {"count": count} if self.days else ""


def every() -> list[Kept]:
    """Return all that is declared, people first."""
    declared: Iterable[tuple[Kept, ...]] = (
        getattr(app, "register", ()) for app in reversed(list(apps.get_app_configs()))
    )
    return sorted((one for entries in declared for one in entries), key=lambda one: "identity.Person" not in one.tables)
