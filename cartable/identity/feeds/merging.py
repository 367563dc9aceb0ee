"""Two people found to be one become one, and can be made two again for thirty days.

The one who stays keeps their id, documents and password, and bears the name and the main address of
who speaks for both (`leading.py`). What the other had goes over: postings, addresses (which sign the survivor in), keys,
teams; packages move theirs (`lifecycle.py`). The other is kept, closed: their id still means somebody. Their app passwords
are revoked: the one exception to "for ever".

Parted again, each has what their own records state, since the merge too: a record is theirs by its key, and what a record
gave (`Posting.source`, `Address.source`, `Row.said`) goes with it.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Greatest

from cartable.identity import letters, lifecycle, people, sessions
from cartable.identity.feeds import civil, groups, known, leading, naming, turns
from cartable.identity.feeds.facts import LOOK_AGAIN
from cartable.identity.feeds.leading import Joined
from cartable.identity.feeds.models import Civil, MatchCase, MergeLog, PersonKey, Row, source_of
from cartable.identity.models import (
    Absence,
    Address,
    AddressClaim,
    AppPassword,
    Delegation,
    Membership,
    Person,
    Posting,
)
from cartable.kernel import audit, clock
from cartable.kernel.errors import Conflict, Expired, NotFound

UNDO = timedelta(days=30)
LENT = timedelta(days=90)  # for so long a merge lends what two accounts had, beside what one person has
Answer = MatchCase.Answer
Signature = Mapping[str, Any]


class MergedSince(Conflict):
    """Who stayed went over to somebody else since: that is undone first."""


class Undone(Conflict):
    """The two are two again already."""


class TwoIdentifiers(Conflict):
    """Each has a national identifier of their own: one more person must agree."""


@transaction.atomic
def merge(survivor: Person, loser: Person, *, by: Signature | None = None, agreed: bool = False) -> MergeLog:
    """Make `loser` one with `survivor`, let them know at the address each is written to, and return what undoes it.

    `by` is what the audit trail keeps of who did (`delegations.signed`); without it, it was a command. Raises Conflict if
    they are one already or erased, TwoIdentifiers unless `agreed`. Two who ask at once: the second is refused.
    """
    survivor, loser = _locked(survivor, loser)
    if survivor == loser or any(one.merged_into_id or one.erased_at for one in (survivor, loser)):
        raise Conflict(survivor.pk, loser.pk)
    if not agreed and are_identified(survivor, loser):
        raise TwoIdentifiers(survivor.pk, loser.pk)
    _tell("person.merge", survivor, loser, by)
    log = MergeLog.objects.create(
        survivor=survivor, loser=loser, by_id=_who(by), moved=_move(leading.joined(survivor, loser))
    )
    AppPassword.objects.filter(person=loser).delete()
    sessions.end_others(loser, None)
    Person.objects.filter(pk=loser.pk).update(is_active=False, merged_into=survivor)
    people.changed([survivor.pk, loser.pk])
    log.packages = {label: act(survivor.pk, loser.pk) for label, act in lifecycle.declared("merge").items()}
    log.save(update_fields=["packages"])
    MatchCase.objects.filter(pair(survivor.pk, loser.pk)).exclude(answer=Answer.SAME).update(
        answer=Answer.SAME, by_id=_who(by), answered_at=clock.now()
    )
    return log


@transaction.atomic
def unmerge(log_id: int, *, by: Signature | None = None) -> None:
    """Make two again of those who were merged. That they are two is remembered.

    What the other's records stated since is theirs; what else came stays with the survivor. The next feeds look at both again.

    Both are told. Raises NotFound, Undone, Expired after UNDO, MergedSince; what moving documents back raises.
    """
    turns.take()
    log = MergeLog.objects.select_for_update().filter(pk=log_id).first()
    if log is None:
        raise NotFound(log_id)
    if log.undone_at:
        raise Undone(log_id)
    if log.at < clock.now() - UNDO:
        raise Expired(log_id)
    survivor, loser = _locked(log.survivor, log.loser)
    if survivor.merged_into_id:
        raise MergedSince(survivor.pk)
    for label, act in lifecycle.declared("unmerge").items():
        if label in log.packages:
            act(survivor.pk, loser.pk, log.packages[label])
    _move_back(survivor, loser, log.moved)
    Person.objects.filter(pk=loser.pk).update(is_active=True, merged_into=None)
    people.changed([survivor.pk, loser.pk])
    MergeLog.objects.filter(pk=log.pk).update(undone_at=clock.now())
    remember(survivor.pk, loser.pk, _who(by))
    _tell("person.unmerge", survivor, loser, by)


def due() -> list[int]:
    """Return the merges that have lent for long enough, and lend still."""
    held = MergeLog.objects.filter(undone_at=None, at__lt=clock.now() - LENT)
    return list(held.exclude(moved__has_key="settled").order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def settle(log_id: int) -> None:
    """Have each package end what a merge lent (`lifecycle`), once; who stayed is told if that changes something for them."""
    log = MergeLog.objects.select_for_update(of=("self",)).select_related("survivor").get(pk=log_id)
    if log.undone_at or "settled" in log.moved:
        return
    ended = [
        act(log.survivor_id, log.packages.get(label, {}), log.at) for label, act in lifecycle.declared("settle").items()
    ]
    MergeLog.objects.filter(pk=log.pk).update(moved={**log.moved, "settled": True})
    if any(ended):
        letters.tell(log.survivor, "quota.settle")


def remember(one: int, other: int, by: int | None) -> None:
    """Keep that two are not the same: nobody is asked again."""
    said = {"answer": Answer.DIFFERENT, "by_id": by, "answered_at": clock.now()}
    if not MatchCase.objects.filter(pair(one, other)).update(**said):
        MatchCase.objects.create(newcomer_id=one, candidate_id=other, rule="", score=0, evidence={}, source="", **said)


def are_identified(one: Person, other: Person) -> bool:
    """Return whether each has a national identifier of their own."""
    return all(PersonKey.objects.filter(person=each, kind=PersonKey.Kind.NATIONAL).exists() for each in (one, other))


def pair(one: int, other: int) -> Q:
    """Return what selects the cases about two people."""
    return Q(newcomer=one, candidate=other) | Q(newcomer=other, candidate=one)


def last_of(person: Person) -> MergeLog:
    """Return the latest merge of a person, whichever of the two they were. Raises NotFound."""
    found = MergeLog.objects.filter(Q(survivor=person) | Q(loser=person), undone_at=None).order_by("-pk").first()
    if found is None:
        raise NotFound(person.pk)
    return found


def elder(one: Person, other: Person) -> tuple[Person, Person]:
    """Return who stays and who goes over: who ever signed in stays, then who came first."""
    never = datetime.max.replace(tzinfo=clock.now().tzinfo)
    first, second = sorted((one, other), key=lambda each: (each.last_login is None, each.created_at or never, each.pk))
    return first, second


def _locked(*both: Person) -> list[Person]:
    turns.take()
    return people.locked(*(one.pk for one in both))


def _who(by: Signature | None) -> int | None:
    return by["person"] if by else None


def _tell(event: str, survivor: Person, loser: Person, by: Signature | None) -> None:
    """Keep what befalls two accounts, in the trail of each, and write to both: of one that is not theirs somebody has to hear."""
    for one in (survivor, loser):
        audit.record(event, account=one.pk, survivor=survivor.pk, loser=loser.pk, **(by or {}))
        letters.tell(one, event)


def _move(both: Joined) -> dict[str, Any]:
    """Give the survivor what the other had, and return what it takes to give it back."""
    survivor, loser = both.stays, both.goes
    moved: dict[str, Any] = {
        "names": _move_names(both),
        "addresses": list(Address.objects.filter(person=loser).values_list("pk", flat=True)),
        "postings": list(Posting.objects.filter(person=loser).values_list("pk", "source")),
        "keys": list(PersonKey.objects.filter(person=loser).values_list("pk", flat=True)),
        "teams": _move_teams(survivor, loser),
        "roles": list(Delegation.objects.filter(person=loser).values_list("pk", flat=True)),
        "gave": list(Delegation.objects.filter(given_by=loser).values_list("pk", flat=True)),
        "absences": list(Absence.objects.filter(person=loser).values_list("pk", flat=True)),
    }
    _write_to_one(both)
    _give_records(Row.objects.filter(person=loser), survivor)
    Address.objects.filter(person=loser).update(person=survivor)
    Posting.objects.filter(person=loser).update(person=survivor)
    PersonKey.objects.filter(person=loser).update(person=survivor)
    Delegation.objects.filter(person=loser).update(person=survivor)
    Delegation.objects.filter(given_by=loser).update(given_by=survivor)
    Absence.objects.filter(person=loser).update(person=survivor)
    return moved


def _move_names(both: Joined) -> dict[str, Any]:
    """Have the survivor bear the names of who speaks for both, and the records of each keep what they call theirs. The other keeps theirs.

    Return what the survivor was called, as it is kept.
    """
    called = {one: civil.of(one) for one in (both.stays, both.goes)}
    for one, named in called.items():
        Row.objects.filter(person=one, said__isnull=True).update(said=civil.kept(named))
    mine, named = called[both.stays], called[both.speaks]
    civil.give(both.stays, named._replace(likeness=named.likeness or mine.likeness or called[both.goes].likeness))
    return civil.kept(mine)


def _write_to_one(both: Joined) -> None:
    """Have one stay so of the two addresses that are written to."""
    for one, begins in ((both.stays, None), (both.goes, leading.announced(both.goes))):
        other = Address.objects.filter(person=one, primary=True).exclude(pk=both.main.pk if both.main else 0)
        other.update(primary=False, until=Greatest("since", Value(clock.now())), begins=begins)


def _give_records(rows: QuerySet[Row], to: Person) -> None:
    """Give records of feeds to somebody with what they state, postings, addresses and claims; where one feed states both, each goes on stating its own."""
    for row in rows.select_related("feed").order_by("pk"):
        before = source_of(row.feed.name, row.part)
        part = known.next_parts(row.feed, [to.pk]).get(to.pk, 0)
        stated = {"person": to, "source": source_of(row.feed.name, part)}
        for model in (Posting, Address, AddressClaim):
            model.objects.filter(person=row.person_id, source=before).update(**stated)
        Row.objects.filter(pk=row.pk).update(person=to, part=part)


def _move_teams(survivor: Person, loser: Person) -> list[list[Any]]:
    """Bring the survivor into the other's teams, with the higher role; return [team, loser led, survivor led (None: was not in it)]."""
    theirs = dict(Membership.objects.filter(person=survivor).values_list("team_id", "leads"))
    moved = []
    for team, leads in Membership.objects.filter(person=loser).values_list("team_id", "leads"):
        moved.append([team, leads, theirs.get(team)])
        both = {"leads": leads or theirs.get(team, False)}
        Membership.objects.update_or_create(team_id=team, person=survivor, defaults=both)
    Membership.objects.filter(person=loser).delete()
    return moved


def _move_back(survivor: Person, loser: Person, moved: dict[str, Any]) -> None:
    """Give back what went over, and what the other's records have stated since: it is theirs by the keys that they had."""
    keys = _grown(moved["keys"], survivor)
    PersonKey.objects.filter(digest__in=keys).update(person=loser)
    _give_records(Row.objects.filter(person=survivor, key__in=keys), loser)
    Address.objects.filter(pk__in=moved["addresses"], person=survivor).update(person=loser)
    Posting.objects.filter(pk__in=[pk for pk, _ in moved["postings"]], person=survivor).update(person=loser)
    Delegation.objects.filter(pk__in=moved.get("roles", ())).update(person=loser)
    Delegation.objects.filter(pk__in=moved.get("gave", ())).update(given_by=loser)
    Absence.objects.filter(pk__in=moved.get("absences", ()), person=survivor).update(person=loser)
    for one in (survivor, loser):
        leading.write_to_latest(one)
    naming.again([survivor.pk, loser.pk], {survivor.pk: civil.read(moved["names"])} if "names" in moved else None)
    Row.objects.filter(person__in=[survivor, loser]).update(hash=LOOK_AGAIN)
    Civil.objects.filter(person__in=[survivor, loser]).update(compared=False)
    for team, led, before in moved["teams"]:
        there = Membership.objects.filter(team_id=team, person=survivor)
        if before is None:
            there.delete()
        else:
            there.update(leads=before)
        Membership.objects.get_or_create(team_id=team, person=loser, defaults={"leads": led})
    groups.follow_again(Membership.objects.filter(person__in=[survivor, loser]).values_list("team", flat=True))


def _grown(held: Collection[int], bearer: Person) -> set[bytes]:
    """Return the digests of some keys, and of those by which their bearer is known since because of them."""
    found = {bytes(one) for one in PersonKey.objects.filter(pk__in=held).values_list("digest", flat=True)}
    others = PersonKey.objects.filter(person=bearer).exclude(by=None).order_by("pk")
    for key in others:  # after the one it was known by
        if bytes(key.by or b"") in found:
            found.add(bytes(key.digest))
    return found
