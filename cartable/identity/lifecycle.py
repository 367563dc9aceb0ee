"""What becomes of a person everywhere: each package says in its `apps.py` which function does its part.

    merge, unmerge = "cartable.spaces.merging.merge", "cartable.spaces.merging.unmerge"
    settle = "cartable.spaces.merging.settle"  # ends what a merge lent: takes who stayed, what `merge` returned, since when
    follow = "cartable.identity.oidc.outbox.follow"  # takes the ids of people who changed
    renamed = "cartable.spaces.homes.renamed"  # takes what those who bear another name are called now, by principal

Identity stands below and cannot call them by name. Each runs in the caller's transaction.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.apps import apps
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from cartable.kernel.bulk import among


def declared(what: str) -> dict[str, Callable[..., Any]]:
    """Return what each package does at such a moment, by its label."""
    named = {app.label: getattr(app, what, None) for app in apps.get_app_configs()}
    return {label: import_string(path) for label, path in named.items() if isinstance(path, str)}


def renamed(names: Mapping[str, str]) -> None:
    """Have each package call people, teams and structures what they are called now, by principal."""
    for follow in declared("renamed").values():
        follow(names)


def hand_over(rows: QuerySet[Any], field: str, survivor: int) -> list[int]:
    """Make rows of who is merged, whose number is in `field`, the survivor's; return which: what most `merge` do."""
    numbers = list(rows.values_list("pk", flat=True))
    rows.model._default_manager.filter(among("pk", numbers)).update(**{field: survivor})  # noqa: SLF001 - Django's own name
    return numbers


def hand_back(rows: QuerySet[Any], numbers: Iterable[int], field: str, survivor: int, loser: int) -> None:
    """Give back those of `rows` that were handed over, and that the survivor has still."""
    rows.filter(among("pk", numbers), **{field: survivor}).update(**{field: loser})
