"""The words that lead to a pad: its id and its short name, drawn at random, and those that somebody chose for it.

Who has a word has no right by it: it leads to a node, and the tree says what they may do there.
"""

import secrets
import string
import unicodedata
from collections.abc import Collection
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import F

from cartable.kernel.errors import BadName, Denied, NameTaken, NotFound
from cartable.pads.addresses.models import Name, Pad
from cartable.spaces.names import typed_name

ID, SHORT, ALIAS = Name.Kind.ID, Name.Kind.SHORT, Name.Kind.ALIAS
LONGEST = 100  # characters of an alias
LETTERS, SHORT_LENGTH = string.ascii_letters + string.digits, 10  # of a short name: 59 bits, as HedgeDoc's
RESERVED = frozenset({
    "_health", "api", "auth", "build", "config", "css", "docs", "favicon.ico", "features", "fonts", "history", "js", "login",
    "logout", "me", "metrics", "new", "p", "pads", "robots.txt", "s", "socket.io", "static", "status", "uploadimage", "uploads",
    "vendor", "views",
})  # fmt: skip


class Known(NamedTuple):
    """The words that lead to a pad. `alias` is the first that was chosen, empty if none was."""

    node: int
    id: str
    short: str
    alias: str

    @property
    def canonical(self) -> str:
        """The one that is shown, of the pad."""
        return self.alias or self.id

    @property
    def published(self) -> str:
        """The one that is shown, of its published page."""
        return self.alias or self.short


def resolve(name: str) -> int:
    """Return the node that a word leads to. Raises NotFound."""
    wanted = unicodedata.normalize("NFC", name)
    if len(wanted) > LONGEST or not wanted.isprintable():
        raise NotFound
    node = Name.objects.filter(name=wanted).values_list("node", flat=True).first()
    if node is None:
        raise NotFound
    return node


def known(node: int) -> Known:
    """Return the words of a pad; those it has by itself are drawn the first time they are asked for."""
    return known_of([node])[node]


def known_of(nodes: Collection[int]) -> dict[int, Known]:
    """Return the words of each of these pads, in one query; a few more if some have none yet."""
    held = _held(nodes)
    missing = [(node, kind) for node in set(nodes) for kind in (ID, SHORT) if (node, kind) not in held]
    if missing:
        drawn = [Name(name=_drawn(kind), node=node, kind=kind) for node, kind in missing]
        Name.objects.bulk_create(drawn, ignore_conflicts=True)  # another may just have drawn them
        held = _held(nodes)
    return {node: Known(node, held[node, ID], held[node, SHORT], held.get((node, ALIAS), "")) for node in set(nodes)}


def taken(names: Collection[str]) -> set[str]:
    """Return which of some words lead somewhere already, or did, in one query."""
    return set(Name.objects.filter(name__in=list(names)).values_list("name", flat=True))


@transaction.atomic
def claim(name: str, node: int) -> None:
    """Let a chosen word lead to a pad. Raises BadName, Denied if it is none of theirs to choose, NameTaken."""
    name = typed_name(name)
    if len(name) > LONGEST:
        raise BadName(name, "long")
    if name.lower() in RESERVED:
        raise Denied
    keep(name, node, ALIAS)


def keep(name: str, node: int, kind: Name.Kind) -> None:
    """Let a word lead to a pad, as it does elsewhere. Raises BadName, NameTaken."""
    if not name or len(name) > LONGEST or not name.isprintable():
        raise BadName(name)
    try:
        with transaction.atomic():
            Name.objects.create(name=name, node=node, kind=kind)
    except IntegrityError as taken:
        raise NameTaken(name) from taken


def count_views(node: int, views: int = 1) -> None:
    """Count that the published page of a pad was read, so often more."""
    if not Pad.objects.filter(node=node).update(views=F("views") + views):
        Pad.objects.bulk_create([Pad(node=node, views=views)], ignore_conflicts=True)


def views(node: int) -> int:
    """Return how often the published page of a pad was read."""
    return Pad.objects.filter(node=node).values_list("views", flat=True).first() or 0


def _held(nodes: Collection[int]) -> dict[tuple[int, int], str]:
    rows = Name.objects.filter(node__in=set(nodes)).order_by("-name").values_list("node", "kind", "name")
    return {(node, kind): name for node, kind, name in rows}


def _drawn(kind: int) -> str:
    if kind == ID:
        return secrets.token_urlsafe(16)  # 22 characters, as HedgeDoc writes a UUID
    return "".join(secrets.choice(LETTERS) for _ in range(SHORT_LENGTH))
