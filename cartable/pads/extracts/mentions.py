"""Naming somebody in a pad tells them, once the file says so: `@` and their name, as it was chosen while writing (decision 27).

Two people may have one name: so who is meant is kept beside the text when it is chosen, by the id of the person. A remark about the text says
whom it means as it is sent, and they are told then. What they are told shows once they may read the pad, at once or later
(`portal/notices.py`).
"""

from collections.abc import Collection
from contextlib import suppress

from cartable.identity import directory, people
from cartable.identity.actors import Actor
from cartable.identity.models import Person
from cartable.kernel import clock, notices
from cartable.kernel.errors import NotFound, Refusal
from cartable.pads.addresses import presets
from cartable.pads.extracts.models import Mention
from cartable.spaces.access import Right, reach

KIND = "mention"
MOST = 50  # people whom one remark names


def name(actor: Actor, node: int, sub: str) -> tuple[str, bool]:
    """Note that the actor names somebody in a text, whom they may find; return their name and whether they may read it.

    The actor needs WRITE. Raises NotFound, Denied.
    """
    reach(actor, node, Right.WRITE)
    person = _found(actor, sub)
    row = Mention(node=node, person=person.pk, name=person.name, by=actor.somebody, at=clock.now(), told=False)
    fields = ["name", "by", "at", "told"]
    Mention.objects.bulk_create([row], update_conflicts=True, unique_fields=["node", "person"], update_fields=fields)
    return person.name, _may_read(person.pk, node)


def tell(node: int, text: str) -> None:
    """Tell those whom a text names now, and who were not told since they were named. One query where nobody was."""
    for row in Mention.objects.filter(node=node, told=False):
        if _names(text, row.name):
            notices.tell([row.person], KIND, node, row.by)
            Mention.objects.filter(pk=row.pk).update(told=True)


def say(actor: Actor, node: int, said: str, subs: Collection[str]) -> set[int]:
    """Tell those whom a remark about a text names, of those whom the actor chose while they wrote it; return who that is."""
    named = {one.pk for one in _meant(actor, said, subs)}
    notices.tell(named, KIND, node, actor.somebody)
    return named


def unaware(actor: Actor, node: int, said: str, subs: Collection[str]) -> list[str]:
    """Return the names of those whom a remark names and who may not read the text that it is about."""
    return [one.name for one in _meant(actor, said, subs) if not _may_read(one.pk, node)]


def _meant(actor: Actor, said: str, subs: Collection[str]) -> list[Person]:
    found = []
    for sub in [*dict.fromkeys(subs)][:MOST]:
        with suppress(NotFound):
            found.append(_found(actor, sub))
    return [one for one in found if _names(said, one.name)]


def _found(actor: Actor, sub: str) -> Person:
    """Return somebody whom the actor may find. Raises NotFound."""
    person = directory.by_sub(sub)
    if not directory.may_name(actor, person.pk):
        raise NotFound(sub)
    return person


def _names(text: str, name: str) -> bool:
    return f"@{name}" in text


def _may_read(person: int, node: int) -> bool:
    with suppress(Refusal):
        return bool(reach(presets.regular(people.actor_of(person), node), node, Right.READ))
    return False
