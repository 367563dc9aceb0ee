"""What a person is told, in sentences: of what they may see now, and nothing of what was hidden from them since."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from cartable.identity import directory
from cartable.identity.actors import Actor
from cartable.kernel import notices
from cartable.web import notices as declared
from cartable.web.formats import harmless

MOST, FIRST = 200, 5


@dataclass(frozen=True, slots=True)
class Line:
    """A notice as a page shows it."""

    said: str
    icon: str
    page: str
    about: int
    at: datetime
    is_new: bool


def of(actor: Actor, *, unread: bool = False) -> list[Line]:
    """Return what the actor was told, the latest first. One query where there is nothing, else a fixed number for each kind."""
    told = notices.of(actor.somebody, MOST, unread=unread)
    if not told:
        return []
    known = declared.kinds()
    about = {
        kind: {one.about for one in told if one.kind == kind} for kind in {one.kind for one in told} & known.keys()
    }
    named: Mapping[tuple[str, int], str] = {
        (kind, thing): name
        for kind, things in about.items()
        for thing, name in known[kind].named(actor, things).items()
    }
    who = directory.names_of({f"person:{one.by}" for one in told if one.by})
    return [
        Line(
            str(known[one.kind].said)
            % {
                "who": who[f"person:{one.by}"].name if f"person:{one.by}" in who else _("Quelqu’un"),
                "what": harmless(named[one.kind, one.about]),
            },
            known[one.kind].icon,
            known[one.kind].page,
            one.about,
            one.at,
            one.is_new,
        )
        for one in told
        if (one.kind, one.about) in named
    ]


def read_all(actor: Actor) -> None:
    """Note that the actor has read all of it."""
    notices.read(actor.somebody)
