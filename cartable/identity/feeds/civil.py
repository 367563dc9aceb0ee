"""The names somebody bears: as a record states them, and as a person comes to bear them.

A record that means a person beside another keeps what it says of them (`Row.said`): so they are called as that says which speaks for
them (`naming.py`), and each of two who are parted again what their own records say, also what they said since.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Q

from cartable.identity import lifecycle
from cartable.identity.feeds import matching
from cartable.identity.feeds.facts import Agent, spoken
from cartable.identity.feeds.matching import Likeness
from cartable.identity.feeds.models import Civil
from cartable.identity.models import Person
from cartable.identity.names import fold
from cartable.kernel.bulk import among

NAMES = frozenset({"usage_name", "birth_name", "first_name", "born"})
NOBODY = Likeness("", "", "", None)


class Named(NamedTuple):
    """What somebody is called, and what tells them apart; None: no feed ever spoke of them."""

    name: str
    likeness: Likeness | None


def likeness(agent: Agent) -> Likeness:
    """Return what a record says that tells its person apart."""
    return matching.likeness(agent.usage_name, agent.birth_name, agent.first_name, agent.born)


def display(agent: Agent) -> str:
    """Return what a record calls its person."""
    return " ".join(f"{spoken(agent.first_name)} {spoken(agent.usage_name or agent.birth_name)}".split())[:200]


def stated(agent: Agent, before: Named) -> Named:
    """Return the names as a record states them, of who had others before; changes leave what they do not state."""
    what = NAMES if agent.stated is None else agent.stated & NAMES
    if not what:
        return before
    said, was = likeness(agent), before.likeness or NOBODY
    now = Likeness(
        said.usage_name if "usage_name" in what and agent.usage_name else was.usage_name,
        said.birth_name if "birth_name" in what and agent.birth_name else was.birth_name or said.birth_name,
        said.first_name if "first_name" in what and agent.first_name else was.first_name,
        said.born if "born" in what and said.born else was.born,
    )
    half = agent.stated is not None and not {"usage_name", "first_name"} <= what
    return Named(_half(agent, before.name, was.first_name) if half else display(agent), now)


def _half(agent: Agent, name: str, first: str) -> str:
    """Return a name of which a record changes the first names or the surname alone; as it is, where they cannot be told apart in it."""
    words = name.split()
    cut = next((at for at in range(1, len(words)) if matching.normal(" ".join(words[:at])) == first), 0)
    if not cut:
        return name
    given = spoken(agent.first_name) or " ".join(words[:cut])
    family = spoken(agent.usage_name) or " ".join(words[cut:])
    return f"{given} {family}"[:200]


def row_of(person: int, like: Likeness) -> Civil:
    """Return what is kept of what tells a person apart, not saved."""
    by_name, by_first, by_names = matching.marks(like)
    return Civil(
        person_id=person,
        usage_name=like.usage_name[:100],
        birth_name=like.birth_name[:100],
        first_name=like.first_name[:100],
        born=like.born,
        by_name=by_name,
        by_first=by_first,
        by_names=by_names,
    )


def of(person: Person) -> Named:
    """Return what somebody is called now."""
    return of_all([person])[person]


def of_all(some: Iterable[Person]) -> dict[Person, Named]:
    """Return the same of several, at once."""
    people = list(some)
    rows = Civil.objects.filter(among("person", [one.pk for one in people]))
    facts = rows.values_list("pk", "usage_name", "birth_name", "first_name", "born")
    kept = {pk: Likeness(usage, birth, first, born) for pk, usage, birth, first, born in facts}
    return {one: Named(one.name, kept.get(one.pk)) for one in people}


def likenesses(people: Q, names: Mapping[int, str]) -> dict[int, Likeness]:
    """Return what tells some people apart, of each by the number of the person; of who came without a feed, by their name alone."""
    kept = Civil.objects.filter(people).values_list("pk", "usage_name", "birth_name", "first_name", "born")
    stated = {pk: Likeness(usage, birth, first, born) for pk, usage, birth, first, born in kept}
    return {pk: stated.get(pk) or matching.by_name(name) for pk, name in names.items()}


def give(person: Person, named: Named) -> None:
    """Call a person so from now on. Who may find them as that is told by `people.changed`."""
    if named.likeness:
        row_of(person.pk, named.likeness).save()
    else:
        Civil.objects.filter(person=person).delete()
    if named.name != person.name:
        Person.objects.filter(pk=person.pk).update(name=named.name, folded=fold(named.name)[:200])
        lifecycle.renamed({f"person:{person.pk}": named.name})
        person.name = named.name


def kept(named: Named) -> dict[str, Any]:
    """Return names as JSON has them."""
    like = named.likeness
    if like is None:
        return {"name": named.name, "civil": None}
    born = like.born.isoformat() if like.born else None
    return {"name": named.name, "civil": [like.usage_name, like.birth_name, like.first_name, born]}


def read(said: Any) -> Named:
    """Return names as they were kept."""
    if said["civil"] is None:
        return Named(said["name"], None)
    usage, birth, first, born = said["civil"]
    return Named(said["name"], Likeness(usage, birth, first, date.fromisoformat(born) if born else None))
