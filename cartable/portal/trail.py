"""The audit trail, for who may read that of a structure and all below it: who did what to whom, and when. No contents, no names of documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.functional import Promise

from cartable.identity import dated, delegations, directory, people
from cartable.identity.actors import Actor
from cartable.identity.delegations import Act
from cartable.identity.directory import Hit
from cartable.identity.models import Person
from cartable.kernel import audit, clock
from cartable.kernel.errors import NotFound
from cartable.kernel.models import Act as Done
from cartable.portal import deeds

LEAF = 50  # lines of a page


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for: whose acts, by address or id; how their verb begins; between which days; before which act."""

    who: str = ""
    what: str = ""
    since: date | None = None
    until: date | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """An act as an auditor reads it."""

    at: datetime
    icon: str
    said: str | Promise
    who: str
    facts: tuple[str, ...]


def of(actor: Actor, asked: Asked) -> tuple[list[Line], int | None]:
    """Return what was done by people of the structures an actor may audit, to them, and to those structures, the latest first.

    And from where to go on, if there is more. Reading is itself kept, once an hour. Raises Denied; NotFound of nobody.
    A fixed number of queries.
    """
    roots = delegations.any_office(actor, Act.AUDIT)
    everywhere = delegations.everywhere(actor, Act.AUDIT)
    person = people.find(asked.who) if asked.who else None
    if person and person.pk != actor.person and not delegations.is_over(actor, Act.AUDIT, person):
        raise NotFound(asked.who)
    mine, who = delegations.whom_may(actor, Act.AUDIT), people.once(person.pk) if person else []
    theirs = (
        person is not None and person.pk != actor.person
    )  # may be read whole: who they once were has no place any more
    found = audit.search(
        people=None if everywhere or theirs else mine.values("pk"),
        places=None if everywhere else delegations.where_may(actor, Act.AUDIT).values("pk"),
        who=who,
        verb=asked.what,
        since=clock.morning(asked.since) if asked.since else None,
        until=clock.morning(asked.until + dated.DAY) if asked.until else None,
        before=asked.before,
        limit=LEAF + 1,
    )
    audit.record_once("audit.read", person=actor.person, structure=min(roots))
    near = None if everywhere else _near(mine, found) | {*who}
    hits = directory.names_of({one for act in found for one in (*deeds.principals(act), f"person:{act.person}")})
    older = found[LEAF - 1].pk if len(found) > LEAF else None
    located = (near is None or act.person is None or act.person in {*near, actor.person} for act in found[:LEAF])
    return [_line(act, hits, located=one) for act, one in zip(found, located, strict=False)], older


def _near(mine: QuerySet[Person], found: Sequence[Done]) -> set[int]:
    """Return who did some acts, of those one may read."""
    return set(mine.filter(pk__in={act.person for act in found}).values_list("pk", flat=True))


def _line(act: Done, hits: Mapping[str, Hit], *, located: bool) -> Line:
    icon, said = deeds.spelled(act.verb)
    who = deeds.called(f"person:{act.person}", hits) if act.person else ""
    office = [deeds.by_office(act, hits)] if "office" in act.detail else []
    named = [deeds.called(one, hits) for one in deeds.about(act)]
    address = [act.address] if act.address and located else []
    return Line(act.at, icon, said, who, (*named, *deeds.details(act), *office, *address))
