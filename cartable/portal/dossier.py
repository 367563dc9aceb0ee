"""A person as an administrator sees them: each part is there if the reader may do something about it, and None if not."""

from collections.abc import Sequence
from dataclasses import dataclass

from cartable.identity import absences, delegations, directory, postings, roles, support, teams
from cartable.identity.absences import Away
from cartable.identity.actors import Actor
from cartable.identity.delegations import Act
from cartable.identity.models import Person, Team
from cartable.identity.postings import Held
from cartable.identity.roles import Given
from cartable.identity.support import Account
from cartable.spaces import allotting
from cartable.spaces.quota import Room

PRESENT = frozenset({"current", "announced"})  # the rest of a career concerns no other administrator


@dataclass(frozen=True, slots=True)
class Dossier:
    """What the reader may read, and do."""

    person: Person
    postings: Sequence[tuple[Held, bool]]  # and whether the reader may change it
    may_post: bool
    account: Account | None
    may_free: bool  # from second factors
    room: Room | None
    teams: Sequence[Team] | None
    roles: Sequence[Given] | None
    protects: bool  # data, by a role: with one of administration that is a conflict of interests
    audited: bool
    may_erase: bool
    absences: Sequence[Away] | None


def of(actor: Actor, sub: str) -> Dossier:
    """Return what an actor may see of a person. Raises Denied to who administers nobody, NotFound. A fixed number of queries."""
    person = delegations.reach(actor, Act.PEOPLE, sub)
    may_give = bool(delegations.roots(actor, Act.DELEGATIONS))
    account = support.account(actor, person.sub)[1] if delegations.is_over(actor, Act.RESET, person) else None
    return Dossier(
        person,
        _postings(actor, person),
        bool(delegations.roots(actor, Act.POSTINGS)),
        account,
        bool(account and account.factors and delegations.outranks(actor, person)),
        allotting.room_of(actor, f"person:{person.sub}") if delegations.is_over(actor, Act.QUOTAS, person) else None,
        teams.administered_of(actor, person) if delegations.roots(actor, Act.TEAMS) else None,
        roles.listed(actor, person=person) if may_give else None,
        may_give and delegations.Role.DPO in roles.held(person),
        delegations.is_over(actor, Act.AUDIT, person),
        delegations.was_over(actor, Act.RETENTION, person),
        absences.of(person.pk) if absences.may_state(actor, person) else None,
    )


def _postings(actor: Actor, person: Person) -> list[tuple[Held, bool]]:
    """Return the postings a reader may see: all where they give some; those of now where they administer people.

    Those of now elsewhere, too, of who is in the directory and is not there by a posting by hand alone (decision 17).
    """
    career = postings.of(person)
    places = {one.structure_id for one in career}
    theirs, seen = (
        set(delegations.where_may(actor, act).filter(pk__in=places).values_list("pk", flat=True))
        for act in (Act.POSTINGS, Act.PEOPLE)
    )
    if person.listed and delegations.is_over(actor, Act.PEOPLE, person, stated=True):
        seen = places
    shown = [one for one in career if one.structure_id in (seen if one.state in PRESENT else theirs)]
    return [(one, one.structure_id in theirs) for one in shown]


def few(actor: Actor, act: Act, most: int = 12) -> list[tuple[str, str]]:
    """Return the structures where an actor may do something, code and name, if they are that few; else none: they are typed."""
    theirs = delegations.where_may(actor, act).filter(closed=None).select_related("parent")
    rows = list(theirs.order_by("folded", "pk")[: most + 1])
    return directory.told_apart(rows) if len(rows) <= most else []
