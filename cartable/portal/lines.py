"""Documents as lines of lists that cross folders and spaces: where each is, and why it is there. A fixed number of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from cartable.drive import looks
from cartable.identity import directory
from cartable.identity.actors import EVERYONE, Actor
from cartable.identity.directory import Hit
from cartable.spaces import homes, sharing, wording
from cartable.spaces.entries import Entry
from cartable.spaces.listing import Found
from cartable.spaces.sharing import Share
from cartable.web.formats import harmless


@dataclass(frozen=True, slots=True)
class Line:
    """A document in a list. `place` says where it is or whose, `note` what one may do with it."""

    entry: Entry
    name: str
    family: str
    place: str
    note: str = ""


def located(actor: Actor, found: Sequence[Found]) -> list[Line]:
    """Return documents with where they are: the space, then the folders that the actor may see."""
    titles = _titles(actor, [one.entry for one in found])
    return [
        Line(
            one.entry,
            harmless(one.entry.name),
            looks.family(one.entry),
            " › ".join([titles[one.entry.space], *(name for name in reversed(one.place) if name)]),
        )
        for one in found
    ]


def received(actor: Actor, limit: int = 500) -> list[Line]:
    """Return what others gave to the actor, each document once, the latest first."""
    latest: dict[int, tuple[Share, Entry]] = {}
    for share, entry in sharing.received(actor):
        latest.setdefault(entry.id, (share, entry))
    pairs = list(latest.values())[:limit]
    names = directory.names_of({f"person:{share.given_by}" for share, _entry in pairs})
    return _shared(actor, pairs, [_by(names, share) for share, _entry in pairs])


def given(actor: Actor) -> list[Line]:
    """Return what the actor gave, the latest first."""
    pairs = sharing.given_by(actor)
    names = directory.names_of({share.principal for share, _entry in pairs})
    return _shared(actor, pairs, [_to(names, share) for share, _entry in pairs])


def _shared(actor: Actor, pairs: Sequence[tuple[Share, Entry]], places: Sequence[str]) -> list[Line]:
    titles = _titles(actor, [entry for _share, entry in pairs])
    return [
        Line(
            entry,
            harmless(entry.name) or titles[entry.space],
            looks.family(entry),
            place,
            str(wording.ROLES[share.role]),
        )
        for (share, entry), place in zip(pairs, places, strict=True)
    ]


def _titles(actor: Actor, entries: Sequence[Entry]) -> dict[int, str]:
    """Return what the space of each of these documents is called on the actor's pages."""
    owners = homes.owners_of({one.space for one in entries})
    mine = f"person:{actor.person}"
    return {space: _("Documents") if owner == mine else title for space, (owner, title) in owners.items()}


def _by(names: Mapping[str, Hit], share: Share) -> str:
    hit = names.get(f"person:{share.given_by}")
    return _("Partagé par %(name)s") % {"name": hit.name} if hit else ""


def _to(names: Mapping[str, Hit], share: Share) -> str:
    if share.link:
        return share.label or _("Lien")
    if share.principal == EVERYONE:
        return str(wording.EVERYONE)
    hit = names.get(share.principal)
    return hit.name if hit else str(wording.FORMER)
