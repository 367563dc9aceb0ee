"""Merges of the last thirty days (`merging.UNDO`), which whoever judges the case of the two may undo; those of no case, the ministry."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from cartable.identity import dated, delegations
from cartable.identity.actors import Actor
from cartable.identity.delegations import Act
from cartable.identity.feeds import cases, merging
from cartable.identity.feeds.models import MatchCase, MergeLog
from cartable.identity.models import Address
from cartable.kernel import clock
from cartable.kernel.errors import Denied, Expired, NotFound

LEAF = 50  # merges of a page


@dataclass(frozen=True, slots=True)
class Merged:
    """Two who became one: who stayed, whose account went over to theirs, with which addresses; who said so (empty: a command)."""

    id: int
    name: str
    sub: str
    loser: str
    mails: tuple[str, ...]
    at: datetime
    last_day: date  # on which it can be undone
    by: str


def lately(actor: Actor | None, before: int | None = None) -> tuple[list[Merged], int | None]:
    """Return the merges that an actor may undo today, the latest first (only those before one, if it is named), and before which
    to go on, if there are more. `None` is who runs the site. Raises Denied."""
    found = _theirs(actor).filter(undone_at=None, at__gte=clock.now() - merging.UNDO)
    if actor is not None:
        found = found.exclude(Q(survivor=actor.somebody) | Q(loser=actor.somebody))
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found.select_related("survivor", "loser", "by").order_by("-pk")[: LEAF + 1])
    return [_merged(one) for one in rows[:LEAF]], rows[LEAF - 1].pk if len(rows) > LEAF else None


def one(actor: Actor | None, log_id: int) -> Merged:
    """Return a merge that an actor may undo. Raises NotFound, Denied, also to one of the two; merging.Undone, Expired."""
    return _merged(_find(actor, log_id))


def undo(actor: Actor | None, log_id: int) -> Merged:
    """Make two of them again. Raises as `one`, and what `merging.unmerge` raises."""
    found = _find(actor, log_id)
    two = MatchCase.objects.filter(merging.pair(found.survivor_id, found.loser_id))
    source = two.values_list("source", flat=True).first() or ""
    merging.unmerge(log_id, by=cases.signature(actor, source))
    return _merged(found)


def _theirs(actor: Actor | None) -> QuerySet[MergeLog]:
    """Return the merges of two whose case an actor judges. Raises Denied to who judges none."""
    judged = cases.judged_by(actor)
    if actor is None or delegations.everywhere(actor, Act.CASES):
        return MergeLog.objects.all()
    two = Q(newcomer=OuterRef("survivor"), candidate=OuterRef("loser"))
    other = Q(newcomer=OuterRef("loser"), candidate=OuterRef("survivor"))
    return MergeLog.objects.filter(Exists(judged.filter(two | other)))


def _find(actor: Actor | None, log_id: int) -> MergeLog:
    found = _theirs(actor).filter(pk=log_id).select_related("survivor", "loser", "by").first()
    if found is None:
        raise NotFound(log_id)
    if actor and actor.somebody in (found.survivor_id, found.loser_id):
        raise Denied(actor.person)
    if found.undone_at:
        raise merging.Undone(log_id)
    if found.at < clock.now() - merging.UNDO:
        raise Expired(log_id)
    return found


def _merged(log: MergeLog) -> Merged:
    mails = Address.objects.filter(pk__in=log.moved["addresses"]).order_by("-primary", "mail")
    return Merged(
        log.pk,
        log.survivor.name,
        log.survivor.sub,
        log.loser.name,
        tuple(mails.values_list("mail", flat=True)),
        log.at,
        timezone.localdate(log.at + merging.UNDO) - dated.DAY,
        log.by.name if log.by else "",
    )
