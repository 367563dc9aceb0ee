"""Who did what: one row for each act that changes who may do what, or that somebody may have to answer for.

Rows are added and read, nothing else: the database refuses to change them, and to delete those younger than a year.
What machines and guessers repeat (refusals, uses of a link) is kept once an hour for each person, or else each network
address, and each thing.
"""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from cartable.kernel import bulk, clock, logs, rates, retentions
from cartable.kernel.errors import Denied, TooMany
from cartable.kernel.models import Act

AN_HOUR = timedelta(hours=1)
REFUSALS = 60  # an hour kept of one person, whatever they try: a client may be denied each file of a folder
LEAST = 366  # days: one more than the database insists on
CONNECTIONS = (
    "sign-in",
    "session.",
    "confirm.",
    "code.",
    "link.",
)  # how the verbs of connections begin; `link` is an act
AT_ONCE = 10_000  # acts that are deleted by one statement
COUNTED = 100_000  # rows counted at most, to say how many would go
LATE = timedelta(days=60)  # of nights that were missed: further back, connections are gone


def record(verb: str, *, person: int | None = None, **detail: object) -> None:
    """Keep that `person` (None: nobody known, or a command) did `verb`, with the current transaction.

    `detail` names objects by id, never contents or secrets; the first of them is what the act is about: `node=12`.
    A refusal undoes its transaction: record it outside.
    """
    _act(verb, person, detail).save(force_insert=True)


def record_each(verb: str, kind: str, objects: Iterable[int], **detail: object) -> None:
    """Keep that a command did `verb` to each of some objects of a kind, all at once, with the current transaction."""
    bulk.insert(Act.objects, [_act(verb, None, {kind: one, **detail}) for one in objects])


def _act(verb: str, person: int | None, detail: Mapping[str, object]) -> Act:
    kind, about = next(iter(detail.items()), ("", None))
    number = about if isinstance(about, int) else None
    return Act(
        at=clock.now(),
        person=person,
        verb=verb,
        kind="" if number is None else kind,
        object=number,
        detail={name: value if isinstance(value, int | float | None) else str(value) for name, value in detail.items()},
        address=logs.address.get(),
        request=logs.request_id.get(),
    )


def record_once(verb: str, *, person: int | None = None, **detail: object) -> None:
    """Do as `record`, once an hour for each person (else each network address) and what it is about.

    It stands outside of any transaction.
    """
    if _is_first(verb, person, detail):
        record(verb, person=person, **detail)


def refused(refusal: Exception) -> None:
    """Keep that somebody was denied what they may see; of other refusals nothing. For adapters, as they answer."""
    if not isinstance(refusal, Denied) or not refusal.about or not _is_first("refused", refusal.person, refusal.about):
        return
    with suppress(TooMany):
        rates.take(f"refusals {_who(refusal.person)}", REFUSALS, AN_HOUR)
        record("refused", person=refusal.person, **refusal.about)


def acts_of(*people: int, before: int | None = None, limit: int = 100) -> list[Act]:
    """Return what some people did, the latest first; only what is older than the act `before`, if one is named."""
    return _latest(Act.objects.filter(person__in=people), before, limit)


def acts_on(
    kind: str, *objects: int, verbs: Collection[str] = (), before: int | None = None, limit: int = 100
) -> list[Act]:
    """Return what was done to some objects of a kind, the latest first, as `acts_of` does; these `verbs` only, if some are named."""
    acts = Act.objects.filter(kind=kind, object__in=objects)
    return _latest(acts.filter(verb__in=verbs) if verbs else acts, before, limit)


def search(
    *,
    people: QuerySet[Any] | None = None,
    places: QuerySet[Any] | None = None,
    who: Collection[int] = (),
    verb: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Act]:
    """Return what was done, the latest first: by or to one of these people, or to one of these structures (ids; None: all).

    One of `who` did it, or it was done to them (ids; none: whoever); `verb` is how it begins; it was between two moments. Page by page, as `acts_of`.
    """
    acts = Act.objects.all()
    if people is not None and places is not None:
        of_places = Q(kind="structure", object__in=places)
        acts = acts.filter(Q(person__in=people) | Q(kind="account", object__in=people) | of_places)
    if who:
        acts = acts.filter(Q(person__in=who) | Q(kind="account", object__in=who))
    span = {name: value for name, value in (("at__gte", since), ("at__lt", until)) if value}
    return _latest(acts.filter(verb__startswith=verb, **span) if verb else acts.filter(**span), before, limit)


def forget_old() -> int:
    """Delete what is older than `audit_days`, and connections older than `sign_in_days`; return how many rows that were."""
    acts, connections = _edge("audit_days"), _edge("sign_in_days")
    lately = Act.objects.filter(at__lt=connections, at__gte=connections - LATE)
    gone = lately.filter(_connects()).delete()[0]
    while some := list(Act.objects.filter(at__lt=acts).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        gone += Act.objects.filter(pk__in=some).delete()[0]
    return gone


def forget_connections(since: datetime) -> int:
    """Delete connections that are too old and were on the day that begins then; return how many rows that were.

    For what was to be kept for longer: `forget_old` looks no further back than LATE.
    """
    until = min(since + timedelta(days=1), _edge("sign_in_days"))
    return Act.objects.filter(_connects(), at__gte=since, at__lt=until).delete()[0]


def _edge(name: str) -> datetime:
    return clock.now() - timedelta(days=max(retentions.days(name), LEAST))


def acts_that_would_go(was: int, days: int) -> int:
    """Return how many acts that are kept for `was` days would go if they were for `days`: COUNTED at most."""
    return Act.objects.filter(_between(was, days))[:COUNTED].count()


def connections_that_would_go(was: int, days: int) -> int:
    """Return the same of connections."""
    return Act.objects.filter(_connects(), _between(was, days))[:COUNTED].count()


def _between(was: int, days: int) -> Q:
    older, younger = (clock.now() - timedelta(days=max(one, LEAST)) for one in (was, days))
    return Q(at__gte=older, at__lt=younger)


def _connects() -> Q:
    every = Q()
    for verb in CONNECTIONS:
        every |= Q(verb__startswith=verb)
    return every


def _is_first(verb: str, person: int | None, detail: Mapping[str, object]) -> bool:
    about = next(iter(detail.items()), ("", ""))
    return rates.once(f"act {verb} {about[0]} {about[1]} {_who(person)}", AN_HOUR)


def _who(person: int | None) -> str:
    return f"at {rates.network(logs.address.get())}" if person is None else str(person)


def _latest(acts: QuerySet[Act], before: int | None, limit: int) -> list[Act]:
    older = acts if before is None else acts.filter(pk__lt=before)
    return list(older.order_by("-id")[:limit])
