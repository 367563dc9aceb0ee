"""Teams: people from anywhere who work together."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Left

from cartable.identity import dated, delegations, directory, functions, lifecycle, people, principals, structures, tasks
from cartable.identity.actors import Actor
from cartable.identity.delegations import Act, Office
from cartable.identity.directory import Hit
from cartable.identity.models import Membership, Person, Posting, Structure, Team, TeamRule
from cartable.identity.names import fold
from cartable.kernel import audit, clock, given
from cartable.kernel.errors import BadInput, Conflict, NotFound

SHOWN = 1000  # members of a team by rule that a page names


class BadDiscipline(BadInput):
    """Codes of disciplines are letters and digits."""


class Twin(Conflict):
    """The structure has an open team of this name already: nobody could tell them apart."""


class Stated(Conflict):
    """A directory says what the team is called and who is in it: what is changed by hand would not last."""


@transaction.atomic
def form(actor: Actor, name: str, members: Iterable[Person] = ()) -> Team:
    """Form a team that the actor leads, and return it. Raises BadInput if the name is blank, Denied to a link."""
    name, leader = _name(name), actor.active
    team = Team.objects.create(name=name, folded=fold(name))
    Membership.objects.create(team=team, person_id=leader, leads=True)
    others = [person for person in members if person.pk != leader]
    Membership.objects.bulk_create(Membership(team=team, person=person) for person in others)
    people.changed([leader, *(person.pk for person in others)])
    audit.record("team.form", person=actor.person, team=team.pk)
    return team


@transaction.atomic
def form_by_rule(actor: Actor | None, name: str, at: Structure, *, function: str = "", discipline: str = "") -> Team:
    """Form the team of all who are posted at or below a structure, of one function or discipline if it is given.

    Nobody is named in it: who belongs is derived from postings at each read. The actor administers the structure or one
    above; None is who runs the site. Raises BadInput if the name is blank or the function unknown, BadDiscipline, Twin, Denied.
    """
    name = _name_at(at, name)
    if function and function not in functions.PROFILE_OF:
        raise BadInput(function)
    discipline = given.text(discipline, 10)
    if discipline and not (discipline.isascii() and discipline.isalnum()):
        raise BadDiscipline(discipline)
    if actor is not None:
        delegations.office(actor, Act.TEAMS, at.pk)
    team = Team.objects.create(name=name, folded=fold(name), structure=at)
    TeamRule.objects.create(team=team, structure=at, function=function, discipline=discipline)
    tasks.tell_those_posted.enqueue(at.pk)
    audit.record("team.form", person=actor.person if actor else None, team=team.pk, structure=at.pk)
    return team


@transaction.atomic
def form_for(actor: Actor, name: str, at: Structure, leader: Person) -> Team:
    """Form a team of a structure that the actor administers, led by somebody: they bring in the others.

    Raises BadInput, Twin, Denied.
    """
    by = delegations.office(actor, Act.TEAMS, at.pk)
    team = Team.objects.create(name=(name := _name_at(at, name)), folded=fold(name), structure=at)
    Membership.objects.create(team=team, person=leader, leads=True)
    people.changed([leader.pk])
    audit.record("team.lead", account=leader.pk, team=team.pk, structure=at.pk, **delegations.signed(actor, by))
    return team


def formed_by(structure: Structure) -> list[Team]:
    """Return the teams that a structure formed, by name; it is the caller who asks who may know."""
    return list(Team.objects.filter(structure=structure).order_by("folded", "pk"))


def administered(actor: Actor, *, limit: int = 200) -> list[Team]:
    """Return the teams of the structures an actor administers, open ones first; with their rules and structures. Raises Denied."""
    delegations.any_office(actor, Act.TEAMS)
    found = Team.objects.filter(structure__in=delegations.where_may(actor, Act.TEAMS))
    open_first = F("closed_at").desc(nulls_first=True)
    return list(found.select_related("structure__parent", "rule").order_by(open_first, "folded", "pk")[:limit])


def administered_of(actor: Actor, person: Person) -> list[Team]:
    """Return those of a person: no other team of theirs concerns an administrator."""
    theirs = [one.id for one in of(person.pk)]
    places = delegations.where_may(actor, Act.TEAMS)
    return list(Team.objects.filter(pk__in=theirs, structure__in=places).order_by("folded", "pk"))


@transaction.atomic
def rename(actor: Actor, team_id: int, name: str) -> Team:
    """Give a team of a structure that the actor administers another name. Raises BadInput, NotFound, Denied, Stated."""
    team, by = administer(actor, team_id)
    _refuse_stated(team)
    team.name = _name(name)
    call(team.pk, team.name)
    audit.record("team.rename", team=team.pk, structure=team.structure_id, **delegations.signed(actor, by))
    return team


def call(team_id: int, name: str) -> None:
    """Call a team by a name, wherever it is shown; it is the caller who asks who may."""
    Team.objects.filter(pk=team_id).update(name=name, folded=fold(name))
    lifecycle.renamed({f"team:{team_id}": name})


@transaction.atomic
def close(actor: Actor, team_id: int, *, closed: bool) -> Team:
    """Close a team: nobody acts as of it any more, and what it has is kept; or open it again. Raises NotFound, Denied, Stated."""
    team, by = administer(actor, team_id)
    _refuse_stated(team)
    Team.objects.filter(pk=team.pk).update(closed_at=clock.now() if closed else None)
    people.changed(list(team.memberships.values_list("person_id", flat=True)))
    if rule := TeamRule.objects.filter(team=team).first():
        tasks.tell_those_posted.enqueue(rule.structure_id)
    verb = "team.close" if closed else "team.open"
    audit.record(verb, team=team.pk, structure=team.structure_id, **delegations.signed(actor, by))
    return team


def administer(actor: Actor, team_id: int, act: Act = Act.TEAMS) -> tuple[Team, Office]:
    """Return a team of a structure where an actor may do something, and by which role. Raises NotFound, Denied."""
    delegations.any_office(actor, act)
    found = Team.objects.filter(pk=team_id, structure__in=delegations.where_may(actor, act)).first()
    if found is None or found.structure_id is None:
        raise NotFound(team_id)
    return found, delegations.office(actor, act, found.structure_id)


@transaction.atomic
def add(actor: Actor, team_id: int, person: Person, *, leads: bool = False) -> None:
    """Bring a person into a team the actor leads, perhaps to lead it too; who leads it already goes on leading it.

    Raises NotFound to who is not in it, and for a newcomer whom the actor cannot find; Denied to who does not lead it; Stated
    if a directory says who is in it.
    """
    _lead(actor, team_id)
    if is_stated(team_id):
        raise Stated(team_id)
    member = Membership.objects.filter(team_id=team_id, person=person).first()
    if member is None:
        if not directory.may_name(actor, person.pk):
            raise NotFound(person.sub)
        member, _ = Membership.objects.get_or_create(team_id=team_id, person=person)
    if leads and not member.leads:
        Membership.objects.filter(pk=member.pk).update(leads=True)
    people.changed([person.pk])
    audit.record("team.add", account=person.pk, person=actor.person, team=team_id)


@transaction.atomic
def remove(actor: Actor, team_id: int, person: Person) -> None:
    """Take a person out of a team the actor leads, or the actor themselves. Raises NotFound, Denied.

    The last who leads stays: raises BadInput; Stated if a directory says who is in it.
    """
    if person.pk != actor.active:
        _lead(actor, team_id)
    people.locked(person.pk)  # before the team, as erasing does
    team = _lock(team_id)
    mine = Membership.objects.filter(team_id=team_id, person=person)
    others_lead = Membership.objects.filter(team_id=team_id, leads=True).exclude(person=person)
    if mine.filter(leads=True).exists() and not others_lead.exists():
        raise BadInput(person.name)
    if team and mine.exists():
        _refuse_stated(team)
    mine.delete()
    people.changed([person.pk])
    audit.record("team.remove", account=person.pk, person=actor.person, team=team_id)


def _name_at(place: Structure, text: str) -> str:
    """Return the name of a new team of a structure, which no other forms one of that name beside."""
    Structure.objects.select_for_update().get(pk=place.pk)
    name = _name(text)
    if Team.objects.filter(structure=place, folded=fold(name), closed_at=None).exists():
        raise Twin(name)
    return name


def _name(text: str) -> str:
    name = given.text(" ".join(text.split()), 200)
    if not name:
        raise BadInput(text)
    return name


@dataclass(frozen=True, slots=True)
class Belonging:
    """A team as one of its members sees it."""

    id: int
    name: str
    leads: bool
    by_rule: bool = False
    stated: bool = False  # by a directory


def of(person_id: int) -> list[Belonging]:
    """Return the teams of a person, named or by rule, by name."""
    leads = dict(Membership.objects.filter(person_id=person_id).values_list("team_id", "leads"))
    ruled = principals.by_rule(principals.held_by(person_id))
    open_ones = Team.objects.filter(pk__in=[*leads, *ruled], closed_at=None)
    rows = open_ones.order_by("folded", "pk").values_list("pk", "name", "source")
    return [Belonging(pk, name, leads.get(pk, False), pk in ruled, bool(source)) for pk, name, source in rows]


def joined(person_id: int) -> dict[int, datetime]:
    """Return the teams a person is named in, closed ones too, and since when."""
    return dict(Membership.objects.filter(person_id=person_id).values_list("team_id", "since"))


def is_stated(team_id: int) -> bool:
    """Return whether a directory says who is in a team."""
    return Team.objects.filter(pk=team_id).exclude(source="").exists()


def people_of(team_ids: Iterable[int]) -> set[int]:
    """Return who is named in these teams."""
    return set(Membership.objects.filter(team__in=list(team_ids)).values_list("person_id", flat=True))


def common(actor: Actor, person: Person) -> list[Belonging]:
    """Return the teams of a person that the actor is in and would read them in."""
    mine = {one.id for one in of(actor.person or 0)}
    hidden = not (person.listed or person.pk == actor.person or delegations.is_over(actor, Act.PEOPLE, person))
    named = joined(person.pk).keys() if hidden else mine
    return [one for one in of(person.pk) if one.id in mine & named]


def members(actor: Actor, team_id: int) -> list[tuple[Hit, bool]]:
    """Return who is in a team of the actor's, and whether they lead it, who leads first. Raises NotFound.

    Who wants not to be found, and is not named in it, is read there by who administers them, and by themselves.
    """
    if f"team:{team_id}" not in actor.principals:
        raise NotFound
    shown = Q(person__listed=True) | Q(person=actor.person)
    shown |= Q(person__in=delegations.whom_may(actor, Act.PEOPLE).values("pk"))
    rows = dict.fromkeys(_by_rule(team_id).filter(shown)[:SHOWN], False)
    rows |= dict(Membership.objects.filter(team_id=team_id).values_list("person_id", "leads"))
    hits = directory.names_of(f"person:{person}" for person in rows)
    named = [(hits[f"person:{person}"], leads) for person, leads in rows.items()]
    return sorted(named, key=lambda one: (not one[1], fold(one[0].name)))


def _by_rule(team_id: int) -> QuerySet[Posting, int]:
    """Return who is in a team by its rule today."""
    rule = TeamRule.objects.filter(team=team_id).first()
    if rule is None:
        return Posting.objects.none().values_list("person_id", flat=True)
    places = structures.below([rule.structure_id])
    held = Posting.objects.filter(dated.running_there(), structure__in=places, cancelled=False)
    if rule.function:
        held = held.filter(function=rule.function)
    if rule.discipline:
        held = held.alias(begins=Left("discipline", len(rule.discipline))).filter(begins=rule.discipline)
    return held.values_list("person_id", flat=True).distinct()


def _lock(team_id: int) -> Team | None:
    """Return a team, of which no other changes the leaders before this transaction ends."""
    return Team.objects.select_for_update().filter(pk=team_id).first()


def _refuse_stated(team: Team) -> None:
    if team.source:
        raise Stated(team.pk)


def _lead(actor: Actor, team_id: int) -> None:
    if f"team:{team_id}" not in actor.principals:
        raise NotFound
    if f"lead:{team_id}" not in actor.principals:
        raise actor.denied(team=team_id)
