"""What a person takes away of the audit trail: what they did, and what befell their account. Declared in `apps.py`."""

from collections.abc import Callable, Collection, Iterator
from itertools import islice

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from cartable.identity import people
from cartable.identity.actors import Actor
from cartable.identity.sheets import Column, Row, Sheet
from cartable.kernel import audit
from cartable.kernel.models import Act
from cartable.portal import deeds, leaving

LEAF = 500  # acts read by one query
Read = Callable[[int | None], list[Act]]  # the acts before one
DEED = {
    "at": Column(_("Date")),
    "verb": Column(_("Acte"), deeds.said),
    "facts": Column(_("Précisions"), " · ".join),
}


def export(person: int) -> Iterator[Sheet]:
    """Yield it, the latest first."""
    actor = people.actor_of(person)
    mine = people.once(person)
    did = _acts(actor, mine, lambda before: audit.acts_of(*mine, before=before, limit=LEAF))
    yield Sheet("activity", _("Ce que vous avez fait"), did, DEED)
    befell = _acts(actor, mine, lambda before: audit.acts_on("account", *mine, before=before, limit=LEAF), did=False)
    yield Sheet("account", _("Ce qui est arrivé à votre compte"), befell, DEED)
    yield from leaving.told(person)


def _acts(actor: Actor, mine: Collection[int], read: Read, *, did: bool = True) -> Iterator[Row]:
    """Yield acts, each once; those that a person did to their own account are of what they did."""
    each = (act for act in deeds.each_once(_all(read)) if did or act.person not in mine)
    language = people.language_of(actor.somebody)
    while acts := list(islice(each, LEAF)):
        with override(language):  # never around a `yield`: the thread serves others meanwhile
            told = deeds.told(actor, mine, acts)
        for act, deed in zip(acts, told, strict=True):
            facts = [*filter(None, [deed.name]), *deed.facts]
            address = act.address if act.person in {None, *mine} else ""  # where another was is not theirs to know
            yield {"at": act.at, "verb": act.verb, **act.detail, "address": address, "facts": facts}


def _all(read: Read) -> Iterator[Act]:
    before: int | None = None
    while acts := read(before):
        yield from acts
        before = acts[-1].pk
