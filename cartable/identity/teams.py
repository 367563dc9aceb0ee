"""Teams: people from anywhere who work together."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from cartable.identity import directory, people
from cartable.identity.actors import Actor
from cartable.identity.directory import Hit
from cartable.identity.models import Membership, Person, Team
from cartable.identity.names import fold
from cartable.kernel import audit, given
from cartable.kernel.errors import BadInput, Denied, NotFound


@transaction.atomic
def form(actor: Actor, name: str, members: Iterable[Person] = ()) -> Team:
    """Form a team that the actor leads, and return it. Raises BadInput if the name is blank, Denied to a link."""
    name = given.text(" ".join(name.split()), 200)
    if not name:
        raise BadInput(name)
    leader = actor.somebody
    team = Team.objects.create(name=name, folded=fold(name))
    Membership.objects.create(team=team, person_id=leader, leads=True)
    others = [person for person in members if person.pk != leader]
    Membership.objects.bulk_create(Membership(team=team, person=person) for person in others)
    people.changed([leader, *(person.pk for person in others)])
    audit.record("team.form", person=actor.person, team=team.pk)
    return team


@transaction.atomic
def add(actor: Actor, team_id: int, person: Person, *, leads: bool = False) -> None:
    """Bring a person into a team the actor leads, perhaps to lead it too; who leads it already goes on leading it.

    Raises NotFound to who is not in it, Denied to who does not lead it.
    """
    _lead(actor, team_id)
    member, _ = Membership.objects.get_or_create(team_id=team_id, person=person)
    if leads and not member.leads:
        Membership.objects.filter(pk=member.pk).update(leads=True)
    people.changed([person.pk])
    audit.record("team.add", person=actor.person, team=team_id, member=person.pk)


@transaction.atomic
def remove(actor: Actor, team_id: int, person: Person) -> None:
    """Take a person out of a team the actor leads, or the actor themselves. Raises NotFound, Denied.

    The last who leads stays: raises BadInput.
    """
    if person.pk != actor.person:
        _lead(actor, team_id)
    _lock(team_id)
    mine = Membership.objects.filter(team_id=team_id, person=person)
    others_lead = Membership.objects.filter(team_id=team_id, leads=True).exclude(person=person)
    if mine.filter(leads=True).exists() and not others_lead.exists():
        raise BadInput(person.name)
    mine.delete()
    people.changed([person.pk])
    audit.record("team.remove", person=actor.person, team=team_id, member=person.pk)


@dataclass(frozen=True, slots=True)
class Belonging:
    """A team as one of its members sees it."""

    id: int
    name: str
    leads: bool


def of(person_id: int) -> list[Belonging]:
    """Return the teams of a person, by name."""
    rows = Membership.objects.filter(person_id=person_id).order_by("team__folded", "team_id")
    return [Belonging(*row) for row in rows.values_list("team_id", "team__name", "leads")]


def members(actor: Actor, team_id: int) -> list[tuple[Hit, bool]]:
    """Return who is in a team of the actor's, and whether they lead it, who leads first. Raises NotFound."""
    if f"team:{team_id}" not in actor.principals:
        raise NotFound
    rows = dict(Membership.objects.filter(team_id=team_id).values_list("person_id", "leads"))
    hits = directory.names_of(f"person:{person}" for person in rows)
    named = [(hits[f"person:{person}"], leads) for person, leads in rows.items()]
    return sorted(named, key=lambda one: (not one[1], fold(one[0].name)))


def _lock(team_id: int) -> None:
    """Let no other change the leaders of a team before this transaction ends."""
    Team.objects.select_for_update().filter(pk=team_id).first()


def _lead(actor: Actor, team_id: int) -> None:
    if f"team:{team_id}" not in actor.principals:
        raise NotFound
    if f"lead:{team_id}" not in actor.principals:
        raise Denied(actor.person, team=team_id)
