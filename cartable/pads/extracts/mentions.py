"""Naming somebody in a pad tells them, once the file says so: `@` and their name, as it was chosen while writing (decision 26).

Two people may have one name: so who is meant is kept beside the text when it is chosen, by the id of the person. What they are told shows
once they may read the pad, at once or later (`portal/notices.py`).
"""

from contextlib import suppress

from cartable.identity import directory, people
from cartable.identity.actors import Actor
from cartable.kernel import clock, notices
from cartable.kernel.errors import NotFound, Refusal
from cartable.pads.addresses import presets
from cartable.pads.extracts.models import Mention
from cartable.spaces.access import Right, reach

KIND = "mention"


def name(actor: Actor, node: int, sub: str) -> tuple[str, bool]:
    """Note that the actor names somebody in a text, whom they may find; return their name and whether they may read it.

    The actor needs WRITE. Raises NotFound, Denied.
    """
    reach(actor, node, Right.WRITE)
    person = directory.by_sub(sub)
    if not directory.may_name(actor, person.pk):
        raise NotFound(sub)
    row = Mention(node=node, person=person.pk, name=person.name, by=actor.somebody, at=clock.now(), told=False)
    fields = ["name", "by", "at", "told"]
    Mention.objects.bulk_create([row], update_conflicts=True, unique_fields=["node", "person"], update_fields=fields)
    return person.name, _may_read(person.pk, node)


def tell(node: int, text: str) -> None:
    """Tell those whom a text names now, and who were not told since they were named. One query where nobody was."""
    for row in Mention.objects.filter(node=node, told=False):
        if f"@{row.name}" in text:
            notices.tell([row.person], KIND, node, row.by)
            Mention.objects.filter(pk=row.pk).update(told=True)


def _may_read(person: int, node: int) -> bool:
    with suppress(Refusal):
        return bool(reach(presets.regular(people.actor_of(person), node), node, Right.READ))
    return False
