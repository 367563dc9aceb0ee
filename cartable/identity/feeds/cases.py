"""Cases: two people who may be one, with the evidence side by side, and who may say so."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import Q, QuerySet

from cartable.identity import delegations, demands, factors, guesses, people, postings
from cartable.identity.actors import Actor
from cartable.identity.credentials import ByAddress
from cartable.identity.delegations import Act
from cartable.identity.feeds import civil, comparing, leading, matching, merging, turns
from cartable.identity.feeds.comparing import AsOne, Side, side
from cartable.identity.feeds.matching import Agreement
from cartable.identity.feeds.models import Feed, MatchCase
from cartable.identity.models import Person, Structure
from cartable.kernel import audit, clock, retentions
from cartable.kernel.errors import BadInput, Conflict, Denied, NotFound

LEAF = 50  # cases of a page
OWN = "own"  # rule: the newcomer says so, and has proved the other account by its password


@dataclass(frozen=True, slots=True)
class Case:
    """A question, and what speaks for a yes, by what is known now: `evidence` maps facts to agree, near, differ, unknown."""

    id: int
    rule: str
    score: int
    evidence: dict[str, Agreement]
    source: str
    newcomer: Side
    candidate: Side
    identified: bool = False  # each has a national identifier of their own: a page alone does not make them one
    as_one: AsOne | None = None  # what a yes does, to who reads this case alone

    @property
    def proved(self) -> bool:
        """Return whether the newcomer says that both accounts are theirs, and proved the other."""
        return self.rule == OWN


class Answered(Conflict):
    """Somebody else has answered, or the two became one meanwhile."""


def waiting(actor: Actor | None, limit: int | None = LEAF) -> list[Case]:
    """Return the cases that wait for an answer, the likeliest first, or the first of them. `None` is who runs the site. Raises Denied."""
    weighed = _weighed(actor)
    return _shown(weighed, list(weighed)[:limit])


def count(actor: Actor | None) -> int:
    """Return how many cases wait for an answer. Raises Denied."""
    return judged_by(actor).filter(WAITS).count()


def leaf(actor: Actor | None, number: int) -> tuple[list[Case], Page[int]]:
    """Return a page of the same, and which one it is: the last, if there are fewer. Raises Denied."""
    weighed = _weighed(actor)
    page = Paginator(list(weighed), LEAF).get_page(number)
    return _shown(weighed, list(page)), page


def one(actor: Actor | None, case_id: int) -> Case:
    """Return a case that waits for an answer, its facts compared as they are known now, and what a yes does.

    Raises NotFound, Denied, Answered.
    """
    found = _find(actor, case_id)
    two = found.newcomer, found.candidate
    return replace(
        _case(found, {**found.evidence, **comparing.facts(*two)}),
        identified=merging.are_identified(*two),
        as_one=comparing.as_one(leading.joined(*merging.elder(*two))),
    )


@transaction.atomic
def answer(actor: Actor | None, case_id: int, *, same: bool, agreed: bool = False) -> Person:
    """Say that the two are one, and merge them; or that they are not, for ever. Return who stays.

    Raises NotFound, Answered, Denied, also to one of the two, and what `merging.merge` raises. Of two who answer at once, the
    second is told.
    """
    case = _locked(actor, case_id)
    two = (case.newcomer_id, case.candidate_id)
    if actor and actor.somebody in two:
        raise Denied(actor.person)
    signed = signature(actor, case.source)
    survivor, loser = merging.elder(case.newcomer, case.candidate)
    if same:
        merging.merge(survivor, loser, by=signed, agreed=agreed)
        return survivor
    merging.remember(*two, signed.get("person"))
    for one in two:
        audit.record("case.different", account=one, case=case.pk, **signed)
    return survivor


def signature(actor: Actor | None, source: str) -> dict[str, Any]:
    """Return who answers a case of a source, and by which role: in the academy whose feed asks, else in the ministry."""
    if actor is None:
        return {}
    academy = Feed.objects.filter(name=source).values_list("academy_id", flat=True).first()
    place = academy or Structure.objects.get(kind=Structure.Kind.MINISTRY).pk
    return delegations.signed(actor, delegations.office(actor, Act.CASES, place))


class SameAccount(BadInput):
    """It is the account of who asks."""


class WrongCode(BadInput):
    """The account has a second factor, and what was given proves none."""


class FactorDemanded(Conflict):
    """A second factor is demanded of the account, and it has none yet."""


class ToldApart(Conflict):
    """Somebody said already that the two are not the same: nobody is asked again."""


class OtherNames(Conflict):
    """The names, or what else is known, do not agree: a human is asked."""


def had_an_account(person: Person, mail: str, password: str, network: str, code: str = "") -> Person:
    """Merge a person with the account they prove to be theirs, as fully as its sign-in asks, and return who stays.

    `network` is the address the request comes from: guesses are counted as at any sign-in. Raises BadInput if the address
    and the password do not go together, SameAccount, WrongCode, FactorDemanded, TooMany; OtherNames and TwoIdentifiers, and then a human
    is asked, or ToldApart if one was; Conflict if one of the two was merged meanwhile.
    """
    other = guesses.sign_in(mail, network, lambda: ByAddress().authenticate(None, mail, password))
    if other is None:
        raise BadInput(mail)
    if other.pk == person.pk:
        raise SameAccount(mail)
    if demands.has_factor(other) and not (code and factors.proves(other, code)):
        raise WrongCode(other.pk)
    if demands.unmet(other):
        raise FactorDemanded(other.pk)
    if not _resemble(person, other):
        _ask(person, other)
        raise OtherNames(person.pk, other.pk)
    survivor, loser = sorted((person, other), key=lambda each: (not demands.has_factor(each), each.pk))
    try:
        merging.merge(survivor, loser, by={"person": person.pk})
    except merging.TwoIdentifiers:
        _ask(person, other)
        raise
    return survivor


def forget_old() -> int:
    """Delete the cases that were answered "same" longer ago than `case_days`; return how many. A "no" is never asked again."""
    return _older(retentions.days("case_days")).delete()[0]


def would_go(was: int, days: int) -> int:
    """Return how many cases that stay for `was` days would go if they stayed for `days`."""
    return _older(days).count() - _older(was).count()


def _older(days: int) -> QuerySet[MatchCase]:
    before = clock.now() - timedelta(days=days)
    return MatchCase.objects.filter(answer=MatchCase.Answer.SAME, answered_at__lt=before)


WAITS = Q(answer=None, newcomer__merged_into=None, candidate__merged_into=None)


def judged_by(actor: Actor | None) -> QuerySet[MatchCase]:
    """Return the cases that an actor judges: those of the feeds of the academies they administer; of the ministry, all.

    `None` is who runs the site. Raises Denied to everybody else.
    """
    if actor is None:
        return MatchCase.objects.all()
    delegations.any_office(actor, Act.CASES)
    if delegations.everywhere(actor, Act.CASES):
        return MatchCase.objects.all()
    mine = Feed.objects.filter(academy__in=delegations.where_may(actor, Act.CASES))
    return MatchCase.objects.filter(source__in=mine.values("name"))


def _weighed(actor: Actor | None) -> dict[int, dict[str, Agreement]]:
    """Return the evidence of each case that waits, as it is known now, the likeliest first. Two queries, however many they are."""
    waiting = judged_by(actor).filter(WAITS)
    rows = list(waiting.values_list("pk", "evidence", "newcomer", "newcomer__name", "candidate", "candidate__name"))
    names = {row[2]: row[3] for row in rows} | {row[4]: row[5] for row in rows}
    either = Q(person__in=waiting.values("newcomer")) | Q(person__in=waiting.values("candidate"))
    known = civil.likenesses(either, names)
    weighed = {
        pk: {**evidence, **matching.compare(known[one], known[other])} for pk, evidence, one, _, other, _ in rows
    }
    return dict(sorted(weighed.items(), key=lambda one: (-matching.score(one[1]), one[0])))


def _shown(weighed: Mapping[int, dict[str, Agreement]], some: list[int]) -> list[Case]:
    """Return some of the cases, as who judges reads them."""
    found = MatchCase.objects.select_related("newcomer", "candidate").in_bulk(some)
    return [_case(found[pk], weighed[pk]) for pk in some]


def _find(actor: Actor | None, case_id: int) -> MatchCase:
    theirs = judged_by(actor).filter(pk=case_id)
    found = theirs.filter(WAITS).select_related("newcomer", "candidate").first()
    if found is None:
        raise Answered(case_id) if theirs.exists() else NotFound(case_id)
    return found


def _locked(actor: Actor | None, case_id: int) -> MatchCase:
    """Return a case as it is now: nobody else answers it, nor merges one of the two, before this transaction ends."""
    turns.take()
    case = _find(actor, case_id)
    people.locked(case.newcomer_id, case.candidate_id)
    return _find(actor, case_id)  # somebody may have answered while we waited


def _resemble(one: Person, other: Person) -> bool:
    """Return whether a person who proves both accounts may merge them alone: a feed asks it too, or nothing that is known differs."""
    if MatchCase.objects.filter(merging.pair(one.pk, other.pk), answer=None).exclude(rule=OWN).exists():
        return True
    return not differ(one, other)


def differ(one: Person, other: Person) -> bool:
    """Return whether something that is known of two people differs: their names, their birth dates."""
    return "differ" in comparing.facts(one, other).values()


@transaction.atomic
def _ask(one: Person, other: Person) -> None:
    """Open a case, unless there is one about the two. Raises ToldApart."""
    turns.take()
    people.locked(one.pk, other.pk)  # who asks in two browsers at once asks one question
    asked = MatchCase.objects.filter(merging.pair(one.pk, other.pk)).first()
    if asked and asked.answer == MatchCase.Answer.DIFFERENT:
        raise ToldApart(one.pk, other.pk)
    if asked:
        MatchCase.objects.filter(pk=asked.pk).update(rule=OWN)
        return
    evidence = comparing.facts(one, other)
    source = _directory(one)
    score = matching.score(evidence)
    MatchCase.objects.create(newcomer=one, candidate=other, rule=OWN, score=score, evidence=evidence, source=source)


def _directory(person: Person) -> str:
    """Return the directory of the academy where somebody works, or worked last; empty if it has none."""
    feeds = dict(Feed.objects.exclude(academy=None).order_by("-pk").values_list("academy", "name"))
    rows = person.postings.filter(cancelled=False).select_related("structure__parent__parent")
    latest = sorted(rows, key=lambda one: (one.end or date.max, one.start), reverse=True)
    academies = (postings.academy_above(one.structure) for one in latest)
    return next((feeds[one.pk] for one in academies if one and one.pk in feeds), "")


def _case(case: MatchCase, evidence: dict[str, Agreement]) -> Case:
    two = side(case.newcomer), side(case.candidate)
    return Case(case.pk, case.rule, matching.score(evidence), evidence, case.source, *two)
