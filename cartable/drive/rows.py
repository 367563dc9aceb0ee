"""A document as one row of a list, for templates and for the grid; and the facts that its page tells."""

from collections import Counter
from collections.abc import Set
from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cartable.drive import looks
from cartable.identity import directory
from cartable.identity.actors import Actor
from cartable.kernel.errors import Denied, NotFound
from cartable.spaces import homes, locks, quota, wording
from cartable.spaces.access import Reached, Right, admit
from cartable.spaces.entries import Entry
from cartable.spaces.listing import Child
from cartable.web.formats import harmless, size


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list, as a template shows it."""

    entry: Entry
    family: str
    kind: str | Promise
    shared: str  # in words, empty if not shared
    by_people: bool
    by_link: bool
    starred: bool


def row(child: Child, starred: Set[int]) -> Row:
    """Return a child of a folder as a line."""
    family = looks.family(child.entry)
    return Row(
        looks.named(child.entry),
        family,
        looks.WORDS[family],
        shared_with(child),
        any(kind != "link" for kind in child.shared_with),
        "link" in child.shared_with,
        child.entry.id in starred,
    )


def tuple_of(child: Child, starred: Set[int]) -> tuple[object, ...]:
    """Return a child of a folder as the grid takes it."""
    entry = child.entry
    links = child.shared_with.count("link")
    people = len(child.shared_with) - links
    return (
        entry.id, harmless(entry.name), looks.family(entry), entry.size, entry.mtime, int(child.rights), people, links,
        int(entry.id in starred),
    )  # fmt: skip


def shared_with(child: Child) -> str:
    """Return in words with how many a document is shared by grants of its own."""
    counts = Counter("link" if kind == "link" else "share" for kind in child.shared_with)
    said = []
    if shares := counts["share"]:
        said.append(ngettext("%(count)s partage", "%(count)s partages", shares) % {"count": shares})
    if links := counts["link"]:
        said.append(ngettext("%(count)s lien", "%(count)s liens", links) % {"count": links})
    return ", ".join(said)


def room(actor: Actor, space: int) -> str:
    """Return how much of a space is used, in words, to whom it belongs; empty to others: it is not theirs to mind."""
    if space not in {home.space for home in homes.homes_of(actor)}:
        return ""
    found = quota.room_of(space)
    if found.quota < 0:
        return _("%(used)s utilisés") % {"used": size(found.used)}
    return _("%(used)s sur %(quota)s") % {"used": size(found.used), "quota": size(found.quota)}


def query(**values: object) -> str:
    """Return values as the query of an address; a list gives one parameter for each."""
    return urlencode(values, doseq=True)


def facts(actor: Actor, reached: Reached) -> dict[str, object]:
    """Return what the page of a document tells beside its name: by whom, in whose space, and what the reader may do."""
    author, held = reached.entry.author, locks.over(reached.chain)
    wanted = [*([f"person:{author}"] if author else ()), *(one.holder for one in held)]
    known = directory.names_of(wanted) if wanted else {}
    in_folder = _rights_on(actor, reached)
    return {
        "author": known.get(f"person:{author}"),
        "locks": [
            (wording.principal(one.holder, known.get(one.holder), me=actor.person)[0], one.expires_at) for one in held
        ],
        "may_unlock": reached.may(Right.WRITE) and any(locks.may_end(actor, reached, one) for one in held),
        "space_title": _space(actor, reached.entry.space),
        "may_read": reached.may(Right.READ),
        "may_write": reached.may(Right.WRITE),
        "may_share": reached.may(Right.MANAGE),
        "may_move": Right.WRITE in in_folder,
    }


def _space(actor: Actor, space: int) -> str:
    own = actor.person is not None and homes.home_of(actor).space == space
    return _("Documents") if own else homes.title_of(space)


def _rights_on(actor: Actor, reached: Reached) -> Right:
    """Return what the actor may do in the folder that holds a node: that decides on its name and its place."""
    try:
        return admit(actor, reached.above, Right.VIEW).rights
    except (NotFound, Denied):
        return Right.NONE


def named(entry: Entry) -> str:
    """Return a document's name between quotes, as sentences say it."""
    return _("« %(name)s »") % {"name": entry.name}
