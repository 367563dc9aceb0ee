"""Who changes academy stays in their teams, with what is shared there: who leads one is told, and sees who still belongs.

Each night; what was missed is made up for, also where a feed tells a move late. Of who wishes not to be found, nothing is said.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import chain

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext, override

from cartable.identity import letters, people
from cartable.identity.models import Membership, Posting, Team
from cartable.identity.postings import academy_of
from cartable.kernel import clock
from cartable.kernel.bulk import among, batches
from cartable.kernel.tasks import progress, task
from cartable.options import public_url


@dataclass(frozen=True, slots=True)
class Move:
    """Somebody works in another academy than when the leaders of their team last knew; both by name."""

    member: Membership
    before: str
    now: str


@task
def tell_leaders() -> None:
    """Let who leads a team know who of it has changed academy since they were last told: one letter for each team."""
    for team in chain.from_iterable(batches(_unseen().distinct(), "team")):
        tell_leaders_of(team)
        progress(0)


def _unseen() -> QuerySet[Membership]:
    """Return the members of teams that people lead, whose work began somewhere since the leaders last knew where."""
    begun = Posting.objects.filter(
        person=OuterRef("person"), start__gt=OuterRef("seen_on"), start__lte=clock.today(), cancelled=False
    )
    return Membership.objects.filter(Exists(begun), team__closed_at=None, team__source="")


@transaction.atomic
def tell_leaders_of(team: int) -> None:
    """Write to who leads a team, but of nobody to themselves; what they are told is told once."""
    rows = list(_unseen().filter(team=team).select_related("person").order_by("pk").select_for_update(of=("self",)))
    held = _held([one.person_id for one in rows])
    moves = [move for one in rows if one.person.listed and (move := _move(one, held.get(one.person_id, [])))]
    leaders = Membership.objects.filter(team=team, leads=True, person__is_active=True).values_list("person", flat=True)
    for leader in leaders if moves else ():
        told = [(one.member.person_id, one.before, one.now) for one in moves if one.member.person_id != leader]
        if told:
            write.enqueue(leader, team, told)
    Membership.objects.filter(pk__in=[one.pk for one in rows]).update(seen_on=clock.today())


def _held(numbers: Iterable[int]) -> dict[int, list[Posting]]:
    """Return the postings of people, by person, those that began last first. One query."""
    rows = Posting.objects.filter(among("person", numbers), cancelled=False).order_by(F("start").desc(), "-pk")
    held: dict[int, list[Posting]] = {}
    for one in rows.select_related("structure__parent__parent"):
        held.setdefault(one.person_id, []).append(one)
    return held


def _move(member: Membership, held: list[Posting]) -> Move | None:
    """Return what a member's leaders do not know, or None: they work in none of the academies where they did."""
    before, now = (_academies(held, day) for day in (member.seen_on, clock.today()))
    if not before or not now or set(before) & set(now):
        return None
    return Move(member, before[0], now[0])


def _academies(held: list[Posting], day: date) -> list[str]:
    """Return the academies of the postings that run on a day, by name, the latest first."""
    return [academy_of(one.structure) for one in held if one.start <= day and (one.end is None or one.end > day)]


@task
def write(leader_id: int, team_id: int, told: list[tuple[int, str, str]]) -> None:
    """Write to who leads a team of some who changed academy, as [person, before, now], unless they no longer lead it."""
    leader, to = people.by_id(leader_id), people.primary_mail(leader_id)
    team = Team.objects.filter(pk=team_id, closed_at=None, memberships__person=leader_id, memberships__leads=True)
    name = team.values_list("name", flat=True).first()
    there = dict(Membership.objects.filter(team=team_id).values_list("person", "person__name"))
    told = [one for one in told if one[0] in there]
    if not to or name is None or not told:
        return
    with override(leader.language):
        lines = [
            gettext("– %(name)s (avant : %(before)s ; maintenant : %(now)s)")
            % {"name": there[number], "before": before, "now": now}
            for number, before, now in told
        ]
        subject = gettext("Équipe « %(team)s » : qui a changé d’académie") % {"team": name}
        text = gettext(
            "Des membres de l’équipe « %(team)s », que vous animez, ont changé d’académie. Ils en restent membres, et voient "
            "toujours ce qui y est partagé : à vous de voir qui y a encore sa place."
        )
        letters.send(leader, to, subject, [text % {"team": name}, "\n".join(lines), f"{public_url()}/teams/{team_id}"])
