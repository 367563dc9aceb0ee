"""What a text may name while it is written: people, as the directory finds them; documents, as the tree does. For who writes alone."""

from typing import NamedTuple
from urllib.parse import quote

from django.urls import reverse

from cartable.identity import directory
from cartable.identity.actors import Actor
from cartable.options import public_url
from cartable.spaces import finding
from cartable.spaces.access import Reached
from cartable.spaces.listing import Found

OFFERED = 8  # at most


class Named(NamedTuple):
    """Somebody, or a document and the address of a link to it; `place` tells homonyms apart."""

    name: str
    place: str
    address: str = ""
    sub: str = ""  # of somebody


def people(actor: Actor, text: str) -> list[Named]:
    """Return the people whose name begins so, as any search of the actor finds them."""
    found = directory.find(actor, text, OFFERED)
    return [Named(one.name, one.place, sub=one.sub) for one in found if one.principal.startswith("person:")]


def documents(actor: Actor, pad: Reached, text: str) -> list[Named]:
    """Return the documents whose name holds a text. Of one beside the pad the address is relative: it holds wherever the folder goes."""
    found = finding.by_name(actor, text, OFFERED + 1)
    return [_document(pad, one) for one in found if one.entry.id != pad.id][:OFFERED]


def _document(pad: Reached, found: Found) -> Named:
    entry = found.entry
    beside = entry.parent == pad.entry.parent and not entry.is_folder
    address = quote(entry.name, safe="") if beside else public_url() + reverse("node", args=[entry.id])
    return Named(entry.name, " › ".join(filter(None, reversed(found.place))), address)
