"""What notices say. Each package declares its kinds in its `apps.py`, as `notices`; whoever shows them asks here (`kernel/notices.py`)."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.apps import apps
from django.utils.functional import Promise
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of notice: what somebody (`%(who)s`) did to what is called `%(what)s`, and the page of it.

    `names` is the path of what says how things are called, of those that an actor may see now: the others are not told.
    """

    name: str
    said: str | Promise
    icon: str
    page: str  # name of the URL that takes the id of what it is about
    names: str

    def named(self, actor: Any, about: Collection[int]) -> Mapping[int, str]:
        """Return how those of some things are called that an actor may see, by id."""
        return cast(Callable[[Any, Collection[int]], Mapping[int, str]], import_string(self.names))(actor, about)


def kinds() -> dict[str, Kind]:
    """Return all that are declared, by name."""
    return {one.name: one for app in apps.get_app_configs() for one in getattr(app, "notices", ())}
