"""Teams whose last leader left get another: who directs or administers the structure that leader worked in, or else above it;
never nobody.

Who left goes on being named as a leader: should they come back, they lead again, with who took over. Who is erased does
not: what they led alone is handed over first, or as soon as there is somebody. A team that a structure formed is the structure's: once
all who lead it have worked there and work elsewhere, past the grace, who directs the structure leads it too. Who was asked to
lead it from elsewhere goes on.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext, override

from cartable.identity import dated, letters, people, structures
from cartable.identity.models import Delegation, Membership, Person, Posting, Structure, Team
from cartable.identity.principals import HEADS
from cartable.kernel import audit, clock, retentions
from cartable.kernel.bulk import among
from cartable.kernel.tasks import task
from cartable.options import public_url


def inherit(leader: int | None = None) -> list[tuple[int, int]]:
    """Give each team without a leader who is here one, and return which team whom. Run again, it finds nothing to do.

    Of those that one person leads, if `leader` is named. A team by rule that nobody ever led needs nobody, nor does one that a
    directory states: its members are those it names.
    """
    here = Membership.objects.filter(_is_here("person__"), team=OuterRef("pk"), leads=True)
    led = Membership.objects.filter(team=OuterRef("pk"), leads=True)
    orphans = Team.objects.filter(Exists(led) | Q(rule=None), ~Exists(here), closed_at=None, source="").order_by("pk")
    if leader is not None:
        orphans = orphans.filter(memberships__person=leader, memberships__leads=True)
    given = [(team, _give(team)) for team in list(orphans.values_list("pk", flat=True))]
    if leader is None:
        given += [(team, _give(team, away=True)) for team in _led_from_elsewhere()]
    return [(team, heir) for team, heir in given if heir is not None]


def _led_from_elsewhere() -> list[int]:
    """Return the teams of structures that nobody leads but who worked there once: a number of queries that does not depend on them."""
    lately = clock.today() - timedelta(days=retentions.days("grace_days"))
    leads = Membership.objects.filter(_is_here("person__"), team=OuterRef("pk"), leads=True)
    there = Posting.objects.filter(dated.not_over(lately), structure=OuterRef("team__structure"), cancelled=False)
    near = leads.filter(Exists(there.filter(person=OuterRef("person"))))
    formed = Team.objects.filter(Exists(leads), ~Exists(near), closed_at=None, source="").exclude(structure=None)
    places = dict(formed.order_by("pk").values_list("pk", "structure_id"))
    if not places:
        return []
    above: dict[int, int | None] = dict(Structure.objects.values_list("pk", "parent_id"))
    leaders = Membership.objects.filter(_is_here("person__"), among("team", places), leads=True)
    away: dict[int, bool] = {}
    ties = _Ties(set(leaders.values_list("person", flat=True)), above, lately)
    for team, person in leaders.values_list("team", "person"):
        away[team] = away.get(team, True) and ties.left(person, places[team] or 0)
    return [team for team, gone in away.items() if gone]


class _Ties:
    """Where some people work or have a role, and where they worked once."""

    def __init__(self, people: Iterable[int], above: Mapping[int, int | None], lately: date) -> None:
        self._above = above
        self._now, self._ever = defaultdict[int, set[int]](set), defaultdict[int, set[int]](set)
        held = Posting.objects.filter(among("person", people), cancelled=False)
        for person, place, end in held.values_list("person", "structure", "end"):
            self._ever[person].update(self._chain(place))
            if end is None or end > lately:
                self._now[person].add(place)
        roles = Delegation.objects.filter(dated.running_there(), among("person", people))
        for person, place in roles.values_list("person", "structure"):
            self._now[person].add(place)

    def left(self, person: int, place: int) -> bool:
        """Return whether a person worked in a structure or below, and neither works nor has a role there, below or above any more."""
        stays = any(one in self._chain(place) or place in self._chain(one) for one in self._now[person])
        return place in self._ever[person] and not stays

    def _chain(self, place: int) -> list[int]:
        up = [place]
        while (parent := self._above.get(up[-1])) is not None:
            up.append(parent)
        return up


@transaction.atomic
def _give(team_id: int, *, away: bool = False) -> int | None:
    """Let somebody lead a team from now on; None if nobody is left anywhere who could.

    Who leads it is `away`: they work elsewhere, and only who directs or administers its structure, or above, takes their place.
    """
    team = Team.objects.select_for_update().get(pk=team_id)
    if away:
        heir = _head_over(team.structure_id or 0)
        return _name(heir, team_id, away=True) if heir else None
    lately = F("person__left_on").desc(nulls_first=True)  # who was closed by hand did not even leave
    leaders = Membership.objects.filter(team=team_id, leads=True).order_by(lately, "pk")
    places = [*(_last_place(one.person_id) for one in leaders), team.structure_id]
    heir = next(filter(None, map(_head_over, filter(None, places))), None) or _member(team_id)
    return _name(heir, team_id) if heir else None


def _name(heir: Person, team_id: int, *, away: bool = False) -> int:
    Membership.objects.update_or_create(team_id=team_id, person=heir, defaults={"leads": True})
    people.changed([heir.pk])
    audit.record("team.inherit", account=heir.pk, team=team_id)
    write.enqueue(heir.pk, team_id, away)
    return heir.pk


@task
def write(person_id: int, team_id: int, away: bool = False) -> None:  # noqa: FBT001, FBT002 - a task's arguments are values
    """Let somebody know that a team is theirs to lead."""
    person, team = people.by_id(person_id), Team.objects.filter(pk=team_id).first()
    if team is None or not (to := people.primary_mail(person.pk)):
        return
    with override(person.language):
        text = gettext(
            "Qui animait l’équipe « %(team)s » est parti, et personne d’autre ne l’anime. Elle vous revient, par la direction "
            "que vous exercez ou parce que vous en êtes membre."
        )
        if away:
            text = gettext(
                "Qui animait l’équipe « %(team)s » travaille ailleurs désormais. C’est une équipe de votre structure, ou de celles "
                "dont vous répondez : vous l’animez aussi, et pouvez la confier à quelqu’un d’autre."
            )
        said = [text % {"team": team.name}, f"{public_url()}/teams/{team.pk}"]
        letters.send(person, to, gettext("Une équipe vous revient"), said)


def _last_place(person_id: int) -> int | None:
    """Return the structure where a person works, or worked last."""
    held = dated.latest_first(Posting.objects.filter(person=person_id, cancelled=False))
    return held.values_list("structure_id", flat=True).first()


def _head_over(structure: int) -> Person | None:
    """Return who directs a structure, or else administers it; of the nearest one above, if nobody does."""
    return next(filter(None, (head_of(one) or _administrator_of(one) for one in structures.chain(structure))), None)


def _administrator_of(structure: int) -> Person | None:
    """Return who has the role of administering a structure today; of several, who has had it for the longest."""
    given = Delegation.objects.filter(dated.running_there(), _is_here("person__"), role=Delegation.Role.ADMIN)
    return _for_the_longest(given.filter(structure=structure))


def head_of(structure: int) -> Person | None:
    """Return who directs a structure today; of several, who has for the longest."""
    return _for_the_longest(_heads().filter(structure=structure))


def _for_the_longest(held: QuerySet[Posting] | QuerySet[Delegation]) -> Person | None:
    first = held.order_by("start", "pk").select_related("person").first()
    return first.person if first else None


def nearest_headed(places: Iterable[int]) -> dict[int, int]:
    """Return, for each of these structures that nobody directs today, the nearest one above that somebody does, else the top one."""
    headed = set(_heads().values_list("structure_id", flat=True))
    above: dict[int, int | None] = dict(Structure.objects.values_list("pk", "parent_id"))
    return {place: _up(place, above, headed) for place in places if place not in headed}


def _up(place: int, above: dict[int, int | None], headed: set[int]) -> int:
    while place not in headed and (parent := above.get(place)) is not None:
        place = parent
    return place


def _heads() -> QuerySet[Posting]:
    return Posting.objects.filter(dated.running_there(), _is_here("person__"), cancelled=False, function__in=HEADS)


def _member(team_id: int) -> Person | None:
    """Return who of a team is here, and has been in it for the longest."""
    member = Membership.objects.filter(_is_here("person__"), team=team_id).order_by("since", "pk").first()
    return member.person if member else None


def _is_here(prefix: str) -> Q:
    """Return what selects who is here and may still change something: they have not left."""
    left = Q(**{f"{prefix}left_on": None}) | Q(**{f"{prefix}left_on__gt": clock.today()})
    return left & Q(**{f"{prefix}is_active": True})
