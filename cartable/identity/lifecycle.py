"""What becomes of a person everywhere: each package says in its `apps.py` which function does its part.

    merge, unmerge = "cartable.spaces.merging.merge", "cartable.spaces.merging.unmerge"
    settle = "cartable.spaces.merging.settle"  # ends what a merge lent: takes who stayed, what `merge` returned, since when
    follow = "cartable.identity.oidc.outbox.follow"  # takes the ids of people who changed
    renamed = "cartable.spaces.homes.renamed"  # takes what those who bear another name are called now, by principal

Identity stands below and cannot call them by name. Each runs in the caller's transaction.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.apps import apps
from django.utils.module_loading import import_string


def declared(what: str) -> dict[str, Callable[..., Any]]:
    """Return what each package does at such a moment, by its label."""
    named = {app.label: getattr(app, what, None) for app in apps.get_app_configs()}
    return {label: import_string(path) for label, path in named.items() if isinstance(path, str)}


def renamed(names: Mapping[str, str]) -> None:
    """Have each package call people, teams and structures what they are called now, by principal."""
    for follow in declared("renamed").values():
        follow(names)
