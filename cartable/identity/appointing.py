"""Postings by hand: what an administrator knows before the directory does, or instead of it.

They bear no feed's name, so a feed neither ends nor changes them. What a feed states may be ended here, earlier than it says and
never later; that sticks until its record says something else (decision 17). A posting by hand gives the one who gave it no
power over the account of whom they posted (`delegations.OVER_ACCOUNTS`), and tells them nothing of where else they work.
"""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import QuerySet

from cartable.identity import dated, delegations, departures, functions, people, postings, principals
from cartable.identity.actors import Actor
from cartable.identity.delegations import BY_HAND, Act, Office, Oneself
from cartable.identity.models import Person, Posting, Structure
from cartable.kernel import audit
from cartable.kernel.errors import BadInput, Conflict, Denied, NotFound, Past

FARTHEST = timedelta(days=3 * 366)  # from today, that a posting by hand may begin or be dated back to


class NoFunction(BadInput):
    """A posting by hand says what is done there."""


class TooFarAway(BadInput):
    """A posting would begin too long before today, or after it."""


class FromAbove(Denied):
    """Who directs a structure is posted from above it."""


class Archived(Denied):
    """The account is archived, and a posting would open it again, with its shares and the passwords of its devices."""


class Stated(Conflict):
    """A feed states this posting: it is there that its dates are put right."""


@transaction.atomic
def give(
    actor: Actor, person: Person, structure: Structure, function: str, *, first_day: date, last_day: date | None = None
) -> Posting:
    """Post a person to a structure. Raises Denied, Oneself; FromAbove to who would post a head without standing above them;
    Archived to who may not bring the person back (`delegations.may_bring_back`); NoFunction, BadInput, TooFarAway, Past of days that cannot be; Conflict if they have that function there in those days already."""
    by = _allowed(actor, person.pk, structure.pk, function)
    end = _end(structure, first_day, last_day)
    if not function:
        raise NoFunction(person.pk)
    if function not in functions.PROFILE_OF:
        raise BadInput(function)
    (person,) = people.locked(person.pk)
    if not person.is_active:
        raise NotFound(person.pk)
    _refuse_archived(actor, person)
    posting = Posting(person=person, structure=structure, function=function, start=first_day, end=end, source=BY_HAND)
    _refuse_twice(posting)
    posting.save()
    _follow(actor, by, "posting.give", posting)
    return posting


@transaction.atomic
def end(actor: Actor, posting_id: int, *, last_day: date) -> Posting:
    """End a posting after a day. Raises NotFound where the actor may not, Denied, Past if it ended before, or would before it began;
    Stated if it would last longer than a feed, or who runs the site, says."""
    posting, by = _reach(actor, posting_id)
    day = last_day + dated.DAY
    over = posting.end is not None and posting.end <= postings.day_at(posting.structure)
    if posting.cancelled or day <= posting.start or (over and posting.end and day > posting.end):
        raise Past(last_day)  # who came back has a new one
    if posting.source != BY_HAND and posting.end is not None and day > posting.end:
        raise Stated(posting_id)
    posting.end = day
    Posting.objects.filter(pk=posting.pk).update(end=day)
    _follow(actor, by, "posting.stop", posting)
    return posting


@transaction.atomic
def cancel(actor: Actor, posting_id: int) -> Posting:
    """Take back a posting that has not begun: it never was. Raises NotFound, Denied; Past if it has."""
    posting, by = _reach(actor, posting_id)
    if posting.cancelled or posting.start <= postings.day_at(posting.structure):
        raise Past(posting.start)
    Posting.objects.filter(pk=posting.pk).update(end=posting.start, cancelled=True)
    _follow(actor, by, "posting.cancel", posting)
    return posting


@transaction.atomic
def date_again(actor: Actor, posting_id: int, *, first_day: date, last_day: date | None) -> Posting:
    """Give a posting by hand other days, perhaps before today. Raises NotFound, Denied, Archived, Stated, BadInput, Past, Conflict."""
    posting, by = _reach(actor, posting_id)
    if posting.source != BY_HAND or posting.cancelled:
        raise Stated(posting_id)
    _refuse_archived(actor, posting.person)
    posting.start, posting.end = first_day, _end(posting.structure, first_day, last_day)
    _refuse_twice(posting)
    Posting.objects.filter(pk=posting.pk).update(start=posting.start, end=posting.end)
    _follow(actor, by, "posting.date", posting)
    return posting


def one(actor: Actor, posting_id: int) -> Posting:
    """Return a posting of somebody, where the actor gives some. Raises NotFound, Denied, Oneself."""
    return _reach(actor, posting_id, Posting.objects.select_related("person"))[0]


def _reach(actor: Actor, posting_id: int, among: QuerySet[Posting] | None = None) -> tuple[Posting, Office]:
    """Return a posting the actor may change, locked, and by which role. Raises NotFound, Denied."""
    delegations.any_office(actor, Act.POSTINGS)
    if among is None:
        people.locked(
            *Posting.objects.filter(pk=posting_id).values_list("person_id", flat=True)
        )  # before it, as merges do
        among = Posting.objects.select_for_update(of=("self",))
    found = among.filter(structure__in=delegations.where_may(actor, Act.POSTINGS))
    posting = found.select_related("structure__parent__parent").filter(pk=posting_id).first()
    if posting is None:
        raise NotFound(posting_id)
    return posting, _allowed(actor, posting.person_id, posting.structure_id, posting.function)


def _allowed(actor: Actor, person: int, structure: int, function: str) -> Office:
    """Return the role that allows it. Nobody posts themselves; who directs a structure is posted from above it."""
    by = delegations.office(actor, Act.POSTINGS, structure)
    if person == actor.person:
        raise Oneself(actor.person, structure=structure)
    if function in principals.HEADS and by.structure == structure:
        raise FromAbove(actor.person, structure=structure)
    return by


def _refuse_archived(actor: Actor, person: Person) -> None:
    if departures.is_closed(person.left_on) and not delegations.may_bring_back(actor, person):
        raise Archived(actor.person, member=person.pk)


def _end(structure: Structure, first_day: date, last_day: date | None) -> date | None:
    today = postings.day_at(structure)
    if not today - FARTHEST <= first_day <= today + FARTHEST:
        raise TooFarAway(first_day)
    return dated.end_of(first_day, last_day)


def _refuse_twice(posting: Posting) -> None:
    same = Posting.objects.filter(
        dated.meeting(posting.start, posting.end),
        person=posting.person_id,
        structure=posting.structure_id,
        function=posting.function,
        cancelled=False,
    ).exclude(pk=posting.pk)
    if same.exists():
        raise Conflict(posting.person_id)


def _follow(actor: Actor, by: Office, verb: str, posting: Posting) -> None:
    people.changed([posting.person_id])
    signed = delegations.signed(actor, by)
    audit.record(verb, account=posting.person_id, structure=posting.structure_id, function=posting.function, **signed)
