"""Teams whose last leader left get another: who directs or administers the structure that leader worked in, or else above it;
never nobody.

Who left goes on being named as a leader: should they come back, they lead again, with who took over. Who is erased does
not: what they led alone is handed over first, or as soon as there is somebody.
"""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext, override

from cartable.identity import dated, letters, people, structures
from cartable.identity.models import Delegation, Membership, Person, Posting, Structure, Team
from cartable.identity.principals import HEADS
from cartable.kernel import audit, clock
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
    given = ((team, _give(team)) for team in list(orphans.values_list("pk", flat=True)))
    return [(team, heir) for team, heir in given if heir is not None]


@transaction.atomic
def _give(team_id: int) -> int | None:
    """Let somebody lead a team from now on; None if nobody is left anywhere who could."""
    team = Team.objects.select_for_update().get(pk=team_id)
    lately = F("person__left_on").desc(nulls_first=True)  # who was closed by hand did not even leave
    leaders = Membership.objects.filter(team=team_id, leads=True).order_by(lately, "pk")
    places = [*(_last_place(one.person_id) for one in leaders), team.structure_id]
    heir = next(filter(None, map(_head_over, filter(None, places))), None) or _member(team_id)
    if heir is None:
        return None
    Membership.objects.update_or_create(team_id=team_id, person=heir, defaults={"leads": True})
    people.changed([heir.pk])
    audit.record("team.inherit", account=heir.pk, team=team_id)
    write.enqueue(heir.pk, team_id)
    return heir.pk


@task
def write(person_id: int, team_id: int) -> None:
    """Let somebody know that a team is theirs to lead."""
    person, team = people.by_id(person_id), Team.objects.filter(pk=team_id).first()
    if team is None or not (to := people.primary_mail(person.pk)):
        return
    with override(person.language):
        text = gettext(
            "Qui animait l’équipe « %(team)s » est parti, et personne d’autre ne l’anime. Elle vous revient, par la direction "
            "que vous exercez ou parce que vous en êtes membre."
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
