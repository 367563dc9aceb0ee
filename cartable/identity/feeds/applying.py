"""A plan becomes rows: in bulk, in the transaction of the caller, a fixed number of statements whoever it is about."""

import secrets

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Value
from django.db.models.functions import Greatest

from cartable.identity import departures, finding, lifecycle, people
from cartable.identity.feeds import civil, claims
from cartable.identity.feeds.known import Someone
from cartable.identity.feeds.models import Civil, Feed, MatchCase, PersonKey, Row
from cartable.identity.feeds.plans import Plan
from cartable.identity.models import Address, Person, Posting
from cartable.identity.names import fold
from cartable.kernel import audit, bulk, clock
from cartable.kernel.bulk import among


def apply(plan: Plan, feed: Feed) -> int:
    """Write a plan, and return how many rows about people that wrote."""
    written = (
        _write_people(plan)
        + _write_civil(plan)
        + _write_keys(plan)
        + _write_addresses(plan)
        + _write_postings(plan)
        + _write_rows(plan, feed)
        + _write_cases(plan, feed)
    )
    audit.record_each("record.join", "account", map(_id, plan.joined), source=feed.name)
    _tell(plan)
    return written


def _tell(plan: Plan) -> None:
    """Let all follow: who must compute again as whom people act, and who wants to know of those who are new or have another address."""
    newcomers = {_id(one) for one in plan.newcomers}
    departures.recompute({_id(one) for one, posting in plan.begun if posting.end} & newcomers)
    finding.follow(newcomers)
    touched = {_id(one) for one in plan.touched}
    if touched:
        people.changed(touched)
    written_to = {_id(one) for one in (*plan.main, *(one for one, *_ in plan.mails))}
    if others := (newcomers | written_to) - touched:
        people.tell_followers(others)


def _write_people(plan: Plan) -> int:
    new = [
        Person(name=one.name, folded=fold(one.name)[:200], password=UNUSABLE_PASSWORD_PREFIX + secrets.token_hex(20))
        for one in plan.newcomers
    ]
    bulk.insert(Person.objects, new, numbered=True)
    for one, person in zip(plan.newcomers, new, strict=True):
        one.id = person.pk
    known = {one.id: one for one in plan.renamed}
    renamed = [Person(pk=pk, name=one.name, folded=fold(one.name)[:200]) for pk, one in known.items()]
    if renamed:
        Person.objects.bulk_update(renamed, ["name", "folded"], batch_size=500)
        lifecycle.renamed({f"person:{pk}": one.name for pk, one in known.items()})
    return len(new) + max(len(plan.touched), len(renamed))


def _write_civil(plan: Plan) -> int:
    fresh, alike = ({one.id: one for one in some if one.likeness} for some in (plan.newcomers, plan.alike))
    new = [_civil(one) for one in fresh.values()]
    for one in new:
        one.compared = one.person_id not in alike  # as the plan was made
    known = [_civil(one) for pk, one in alike.items() if pk not in fresh]
    bulk.insert(Civil.objects, new)
    Civil.objects.bulk_create(
        known,
        update_conflicts=True,
        unique_fields=["person"],
        update_fields=["usage_name", "birth_name", "first_name", "born", "by_name", "by_first", "by_names", "compared"],
    )
    return len(new) + len(known)


def _civil(one: Someone) -> Civil:
    return civil.row_of(_id(one), one.likeness or civil.NOBODY)


def _write_keys(plan: Plan) -> int:
    for one, key in plan.keys:
        key.person_id = _id(one)
    bulk.insert(PersonKey.objects, [key for _, key in plan.keys])
    return len(plan.keys)


def _write_addresses(plan: Plan) -> int:
    """Give each their new address, and write to each where the plan says; those before still sign in.

    Who has no other is written to at once at one that waits: for its posting to begin, or for its record to speak.
    """
    now = clock.now()
    fresh = {one.id for one in plan.newcomers}
    last = {_id(one): mail for one, mail in plan.main.items()}
    waiting = {_id(one): mail for one, mail, *_ in plan.mails if one not in plan.main}
    beside = waiting.keys() - fresh
    others = Address.objects.filter(person_id__in=beside, primary=True).values_list("person_id", flat=True)
    alone = waiting.keys() - set(others if beside else ())
    last |= {pk: waiting[pk] for pk in alone}
    had = {pk: mail for pk, mail in last.items() if pk not in fresh}
    before = Address.objects.filter(person_id__in=had, primary=True).exclude(mail__in=had.values())
    written = before.update(primary=False, until=Greatest("since", Value(now))) if had else 0
    again = set(had.values()) - {mail for _, mail, *_ in plan.mails}
    if again:
        written += Address.objects.filter(mail__in=again, primary=False).update(primary=True, until=None)
    new = [
        Address(
            person_id=_id(one),
            mail=mail,
            since=now,
            primary=last.get(_id(one)) == mail,
            begins=None if one.id in alone else begins,
            source=source,
        )
        for one, mail, begins, source in plan.mails
    ]
    bulk.insert(Address.objects, new)
    stated = {
        (_id(one), source): mail for (one, source), mail in plan.claims.items() if mail or one.id not in fresh
    }  # nobody who is new has one to take back
    return written + len(new) + claims.keep(stated)


def _write_postings(plan: Plan) -> int:
    for one, posting in plan.begun:
        posting.person_id = _id(one)
    changed = {posting.pk: posting for posting in plan.redated if posting.pk}
    bulk.insert(Posting.objects, [posting for _, posting in plan.begun])
    if changed:
        Posting.objects.bulk_update(
            changed.values(), ["start", "end", "discipline", "stated", "cancelled"], batch_size=500
        )
    return len(plan.begun) + len(changed)


def _write_rows(plan: Plan, feed: Feed) -> int:
    for one, row in plan.rows.values():
        row.feed, row.person_id = feed, _id(one)
    known = [row for _, row in plan.rows.values() if row.pk]
    new = [row for _, row in plan.rows.values() if not row.pk]
    bulk.insert(Row.objects, new)
    if known:
        Row.objects.bulk_update(known, ["hash", "live", "person", "part"], batch_size=500)
    beside = {row.pk: row for row in (*known, *plan.said) if row.pk and row.said is not None}  # they are few
    if beside:
        Row.objects.bulk_update(beside.values(), ["said"], batch_size=500)
    return len(new) + len({row.pk for row in known} | beside.keys())


def _write_cases(plan: Plan, feed: Feed) -> int:
    cases = [
        MatchCase(
            newcomer_id=_id(one),
            candidate_id=_id(candidate),
            rule=doubt.rule,
            score=doubt.score,
            evidence=doubt.evidence,
            source=feed.name,
        )
        for one, candidate, doubt in plan.cases
    ]
    asked = _asked(cases)
    new = [one for one in cases if (one.candidate_id, one.newcomer_id) not in asked]  # nor the other way round
    MatchCase.objects.bulk_create(new, ignore_conflicts=True)  # asked already
    return len(new)


def _asked(cases: list[MatchCase]) -> set[tuple[int, int]]:
    """Return the cases that are known of which the newcomer is the candidate of one of these: both by number."""
    if not cases:
        return set()
    known = MatchCase.objects.filter(among("newcomer", [one.candidate_id for one in cases]))
    return set(known.values_list("newcomer_id", "candidate_id"))


def _id(one: Someone) -> int:
    if one.id is None:
        raise ValueError("a newcomer who was not written")
    return one.id
