"""Groups of a directory are teams of the structure that states them; who is in a team follows (RFC 7643 §4.2).

A member is the id of a user of the same source, and the team has the person behind. What names nobody yet is kept and
joins once somebody is behind it; a group in a group is kept, and brings nobody in.
"""

import logging
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.db.models import F

from cartable.identity import people, teams
from cartable.identity.feeds import resources
from cartable.identity.feeds.models import Feed, Row, ScimMember, ScimResource
from cartable.identity.models import Membership, Structure, Team
from cartable.identity.names import fold
from cartable.kernel import audit, clock
from cartable.kernel.bulk import among

logger = logging.getLogger(__name__)
LONGEST = 200  # characters of a name


def state(group: ScimResource, members: Iterable[dict[str, Any]]) -> Counter[str]:
    """Keep whom a group names, and let its team follow, formed if it is new; return how many `joined` and `left` it. In the
    caller's transaction.

    A group without a name leaves its team as it was, with a line in the log.
    """
    _keep(group, {name: one | {"value": name} for one in members if (name := spelled(one.get("value") or ""))})
    name = " ".join(str(group.document.get("displayName") or "").split())[:LONGEST]
    if not name.isprintable() or not name:
        logger.warning("scim %s: a group without a name forms no team", group.pk)
        return Counter()
    if group.team is None:
        _form(group, name)
    elif group.team.name != name:
        teams.call(group.team.pk, name)
    return follow(group)


def end(group: ScimResource) -> Counter[str]:
    """Close the team of a group that is no longer stated, and return how many `left` so. What it has is kept, for who
    administers its structure."""
    if group.team_id is None:
        return Counter()
    members = _members(group.team_id)
    Team.objects.filter(pk=group.team_id).update(closed_at=clock.now(), source="")
    people.changed(members)
    audit.record("team.close", team=group.team_id, structure=_place(group.feed), source=group.feed.name)
    return Counter(left=len(members))


def follow(group: ScimResource) -> Counter[str]:
    """Let the team of a group have exactly the people that it names now, and return how many `joined` and `left` it."""
    named = ScimMember.objects.filter(resource=group).values_list("value", flat=True)
    if group.team_id is None:
        return Counter()
    return _hold(group.team_id, resources.people(group.feed, filter(None, map(_id, named))))


def follow_again(team_ids: Iterable[int]) -> None:
    """Do so for teams, of which others may be behind the same members than before."""
    for group in ScimResource.objects.select_related("feed").filter(team__in=list(team_ids)).order_by("pk"):
        follow(group)


def join(user: ScimResource) -> Counter[str]:
    """Bring whoever is behind a user into the teams of the groups that name it, and return how many they `joined`. One query
    where there are none."""
    named = list(_naming(user).exclude(team=None).values_list("team", flat=True))
    if named and (person := resources.person(user)):
        there = set(Membership.objects.filter(person=person, team__in=named).values_list("team", flat=True))
        new = set(named) - there
        Membership.objects.bulk_create(Membership(person_id=person, team_id=team) for team in new)
        people.changed([person] if new else [])
        return Counter(joined=len(new))
    return Counter()


def leave(user: ScimResource) -> None:
    """Take a user that is no longer stated out of the groups, and out of their teams whoever was behind it."""
    groups = {one.pk: one for one in _naming(user).select_related("feed")}
    if not groups:
        return
    ScimMember.objects.filter(resource__in=groups, value=str(user.pk)).delete()
    ScimResource.objects.filter(pk__in=groups).update(version=F("version") + 1, modified_at=clock.now())
    person = resources.person(user)
    if person is None:
        return
    if Row.objects.filter(feed=user.feed, person=person).count() > 1:  # another user may mean them too
        follow_again(one.team_id for one in groups.values() if one.team_id)
    else:
        Membership.objects.filter(person=person, team__in=[one.team_id for one in groups.values()]).delete()
        people.changed([person])


def _keep(group: ScimResource, stated: dict[str, dict[str, Any]]) -> None:
    """Write whom a group names: what is new, what is gone, what is told of them otherwise."""
    kept = {one.value: one for one in ScimMember.objects.filter(resource=group)}
    gone = [one.pk for value, one in kept.items() if value not in stated]
    ScimMember.objects.filter(among("pk", gone)).delete()
    ScimMember.objects.bulk_create(
        ScimMember(resource=group, value=value, document=one) for value, one in stated.items() if value not in kept
    )
    for value, one in kept.items():
        if value in stated and stated[value] != one.document:
            ScimMember.objects.filter(pk=one.pk).update(document=stated[value])


def _form(group: ScimResource, name: str) -> None:
    place = _place(group.feed)
    group.team = Team.objects.create(name=name, folded=fold(name), structure_id=place, source=group.feed.name)
    ScimResource.objects.filter(pk=group.pk).update(team=group.team)
    audit.record("team.form", team=group.team_id, structure=place, source=group.feed.name)


def held(feed: Feed) -> int:
    """Return how many members the teams have that a source states."""
    return Membership.objects.filter(team__source=feed.name, team__closed_at=None).count()


def _hold(team: int, wanted: set[int]) -> Counter[str]:
    there = set(_members(team))
    gone, new = there - wanted, wanted - there
    Membership.objects.filter(among("person", gone), team=team).delete()
    Membership.objects.bulk_create(Membership(team_id=team, person_id=person) for person in sorted(new))
    if gone or new:
        people.changed(gone | new)
    return Counter(joined=len(new), left=len(gone))


def _members(team: int) -> Collection[int]:
    return list(Membership.objects.filter(team=team).values_list("person", flat=True))


def _naming(user: ScimResource) -> Any:
    return ScimResource.objects.filter(feed=user.feed, kind=resources.GROUP, members__value=str(user.pk))


def spelled(value: str) -> str:
    """Return what names a member as we spell ids: UUIDs come in capitals, in braces, as URNs (RFC 9562 §4) too."""
    return str(_id(value) or value)


def _id(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None


def _place(feed: Feed) -> int:
    """Return the structure that a source speaks for."""
    return feed.academy_id or Structure.objects.get(kind=Structure.Kind.MINISTRY).pk
