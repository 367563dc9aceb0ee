"""Teams whose last leader left get another: who directs the structure that leader worked in, or else above it; never nobody.

Who left goes on being named as a leader: should they come back, they lead again, with who took over.
"""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext, override

from cartable.identity import dated, letters, people, structures
from cartable.identity.models import Membership, Person, Posting, Structure, Team
from cartable.identity.principals import HEADS
from cartable.kernel import audit, clock
from cartable.kernel.tasks import task
from cartable.options import public_url


def inherit() -> list[tuple[int, int]]:
    """Give each team without a leader who is here one, and return which team whom. Run again, it finds nothing to do."""
    here = Membership.objects.filter(_is_here("person__"), team=OuterRef("pk"), leads=True)
    led = Membership.objects.filter(team=OuterRef("pk"), leads=True)
    orphans = (
        Team.objects.filter(Exists(led), ~Exists(here), closed_at=None).order_by("pk").values_list("pk", flat=True)
    )
    given = ((team, _give(team)) for team in list(orphans))
    return [(team, heir) for team, heir in given if heir is not None]


@transaction.atomic
def _give(team_id: int) -> int | None:
    """Let somebody lead a team from now on; None if nobody is left anywhere who could."""
    Team.objects.select_for_update().get(pk=team_id)
    leaders = Membership.objects.filter(team=team_id, leads=True).order_by("-person__left_on", "pk")
    heir = next(filter(None, (_head_over(one.person_id) for one in leaders)), None) or _member(team_id)
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


def _head_over(person_id: int) -> Person | None:
    """Return who directs the structure where a person worked last, or the nearest one above that somebody directs."""
    last = Posting.objects.filter(person=person_id, cancelled=False).order_by("-end", "-start").first()
    for place in structures.chain(last.structure_id) if last else ():
        if found := head_of(place):
            return found
    return None


def head_of(structure: int) -> Person | None:
    """Return who directs a structure today; of several, who has for the longest."""
    held = _heads().filter(structure=structure).order_by("start", "pk").select_related("person").first()
    return held.person if held else None


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
    current = dated.running(clock.today())
    return Posting.objects.filter(current, _is_here("person__"), cancelled=False, function__in=HEADS)


def _member(team_id: int) -> Person | None:
    """Return who of a team is here, and has been in it for the longest."""
    member = Membership.objects.filter(_is_here("person__"), team=team_id).order_by("since", "pk").first()
    return member.person if member else None


def _is_here(prefix: str) -> Q:
    """Return what selects who is here and may still change something: they have not left."""
    left = Q(**{f"{prefix}left_on": None}) | Q(**{f"{prefix}left_on__gt": clock.today()})
    return left & Q(**{f"{prefix}is_active": True})
