"""Two people side by side, as who compares sees them: what each is, what agrees, and what they come to as one."""

from dataclasses import dataclass
from datetime import date

from cartable.identity import dated, people, postings
from cartable.identity.feeds import civil, matching
from cartable.identity.feeds.leading import Joined
from cartable.identity.feeds.matching import Agreement, Likeness
from cartable.identity.models import Delegation, Membership, Person
from cartable.identity.postings import Held
from cartable.kernel import clock
from cartable.web import formats


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two. Of who came without a feed, the surname and the first name are those of the name they have here."""

    sub: str
    name: str
    usage_name: str
    birth_name: str
    first_name: str
    born: date | None
    mails: tuple[str, ...]
    postings: tuple[Held, ...]
    since: date
    signed_in: bool


@dataclass(frozen=True, slots=True)
class AsOne:
    """What a yes makes of the two: which account stays, under which name and main address; and how much goes over to it."""

    stays: Side
    goes: Side
    name: str
    mail: str
    since: date | None  # when the posting began for which they are these; None: no such posting runs
    tied: bool  # such postings of both began that day: these of who stays
    still: bool  # these of the two, because feeds state that one still
    passed: bool  # a later posting, given by hand, does not count
    lacking: bool  # whose name it is has no address: it is the other's
    teams: int  # of who goes over
    roles: int


def side(person: Person) -> Side:
    """Return what who compares sees of a person."""
    like = likeness(person)
    return Side(
        person.sub,
        person.name,
        like.usage_name,
        like.birth_name,
        like.first_name,
        like.born,
        tuple(one.mail for one in people.addresses_of(person.pk)),
        tuple(postings.of(person)),
        formats.local(person.created_at).date(),
        person.last_login is not None,
    )


def as_one(both: Joined) -> AsOne:
    """Return what two are as one, to who is asked whether they are."""
    return AsOne(
        side(both.stays),
        side(both.goes),
        both.speaks.name,
        both.main.mail if both.main else "",
        both.since,
        both.tied,
        both.still,
        both.passed,
        both.main is not None and both.main.person_id != both.speaks.pk,
        Membership.objects.filter(person=both.goes, team__closed_at=None).count(),
        Delegation.objects.filter(dated.not_over(clock.today()), person=both.goes).count(),
    )


def facts(one: Person, other: Person) -> dict[str, Agreement]:
    """Return how what is known of two people agrees: their names, their birth dates."""
    return matching.compare(likeness(one), likeness(other))


def likeness(person: Person) -> Likeness:
    """Return what tells a person apart: by what feeds say of them, else by their name alone."""
    return civil.of(person).likeness or matching.by_name(person.name)
