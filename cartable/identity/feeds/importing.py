"""Importing a feed: read it whole, weigh it, then apply it in batches of a thousand.

Reading comes first and writes nothing, so a file that is cut or hostile changes nothing. Records that state what they
stated before are passed over by their hash. A process that is killed while it applies leaves whole batches: the same feed
again goes on where it stopped, and comes to the same end.
"""

import tempfile
from collections import Counter
from collections.abc import Callable

from django.db import IntegrityError, OperationalError, transaction

from cartable.identity import finding, origins, structures
from cartable.identity.feeds import applying, days, keeping, known, sources, turns, valve
from cartable.identity.feeds.facts import once
from cartable.identity.feeds.models import Batch, Civil, Feed, PersonKey, Row
from cartable.identity.feeds.planning import Planner, Stated, planner
from cartable.identity.feeds.plans import Plan
from cartable.identity.feeds.reading import Source
from cartable.identity.feeds.scanning import BATCH, Report, Scan, Tell, batched
from cartable.identity.models import Address, Person, Posting
from cartable.kernel import audit, bulk, clock
from cartable.kernel.errors import BadInput, NotFound

OUTCOMES = ("arrived", "moved", "changed", "ended", "proposed", "refused", "written")
ATTEMPTS = 3  # of a batch, when somebody else took an address or a key meanwhile
GROWTH = 4  # of the newcomers of a feed, after which the database counts again
WRITTEN = (Person, Civil, Address, Posting, PersonKey, Row)
Ask = Callable[[list[str]], bool]


def run(
    source: Source, label: str, *, dry: bool = False, ask: Ask = lambda _: False, tell: Tell = lambda _: None
) -> Report:
    """Import a feed of `label` (an academy, or whoever states it), and return what it did.

    `ask` is asked whether a feed may change as much as it would; `tell` hears of progress. Raises BadInput, one line with
    file and position, if the feed cannot be read or comes at the wrong time. A feed that `ask` says no to is `stopped`: the report
    says what it would have done, or would do if it was not `dry`. Neither leaves a trace.
    """
    feed = find_feed(label, source.heading.stream)
    digest = source.digest()
    last = days.last_of(feed)
    begun = last if last and last.finished_at is None and bytes(last.digest) == digest else None
    days.refuse_wrong(feed, source, last, goes_on=begun is not None)
    with tempfile.TemporaryFile() as aside:
        scan = Scan(feed, source, aside)
        scan.read(tell)
        if dry:
            return _try(scan, lambda objections: begun is not None or ask(objections))
        if not begun and (objections := _objections(scan)) and not ask(objections):
            report, _ = _weigh(scan, _telling_planner(scan))
            report.stopped_by = objections
            return report
        return _Application(scan, digest, last, begun, tell).run()


def find_feed(label: str, stream: str) -> Feed:
    """Return the feed of a label and a stream; one that is not saved if it never came.

    The label is that of an academy where one has that name; then the keys of its people mean one person there.
    """
    label = label.strip()
    try:
        academy = structures.academy(label) if label.isprintable() else None
    except NotFound:
        academy = None
    if not label or not label.isprintable() or (academy is None and len(label) > origins.LABEL_MAX):
        raise BadInput(f"{label!r} names no source: give an academy, or at most {origins.LABEL_MAX} characters")
    name = f"{origins.label(academy.name) if academy else label} {stream}"
    scope = academy.code if academy else label
    return Feed.objects.filter(name=name).first() or Feed(name=name, scope=scope, academy=academy)


def _planner(scan: Scan) -> Planner:
    return planner(scan.feed, scan.source.heading.stream, scan.source.heading.dated)


def _telling_planner(scan: Scan) -> Planner:
    """Return one that has noticed which schools the feed states where we do not know them."""
    plans = _planner(scan)
    for places in batched(scan.places):
        plans.places.compare(places)
    return plans


def _try(scan: Scan, ask: Ask) -> Report:
    """Return what applying would do, and whether the safety valve would stop it."""
    report, objections = _weigh(scan, _telling_planner(scan))
    if not scan.feed.pk:
        objections = _objections(scan)
    if objections and not ask(objections):
        report.stopped_by = objections
    else:
        report.whole += [f"the safety valve lets it by: it {one}" for one in objections]
    return report


def _objections(scan: Scan) -> list[str]:
    """Return what there is against a feed; of a first one, its first records tell: it is not planned twice as a whole."""
    if scan.feed.pk:
        return _weigh(scan, _planner(scan))[1]
    first = next(scan.stated(), [])
    return sources.objections(scan.feed, _planner(scan).plan(first), len(first))


def _weigh(scan: Scan, plans: Planner) -> tuple[Report, list[str]]:
    """Return what applying would do, and what the safety valve has against it."""
    report = Report()
    report.add(scan.report.remarks, **scan.report.counts)
    plans.places.plan(once(scan.places), complete=scan.source.heading.complete)
    report.add(plans.places.notices)
    created = renamed = ended = 0
    for stated in scan.stated():
        plan = plans.plan(stated)
        report.add(plan.remarks, **plan.counts())
        created, renamed, ended = (
            created + len(plan.newcomers),
            renamed + len(plan.renamed),
            ended + plan.ended_postings,
        )
    if not scan.feed.pk:
        return report, []
    day, recoded = scan.source.heading.dated, plans.places.recoded
    measure = valve.Measure(
        ended,
        created,
        renamed,
        *known.holdings(scan.feed, day),
        recoded=recoded,
        schools=plans.places.count() if recoded else 0,
    )
    return report, valve.objections(measure, day)


class _Application:
    """A feed being applied. Each batch commits what it wrote together with how much that was.

    `last` is the batch of its source that was begun last as this one began to be read, `begun` the same if this one goes on with it.
    """

    def __init__(self, scan: Scan, digest: bytes, last: Batch | None, begun: Batch | None, tell: Tell) -> None:
        self.scan, self.feed, self.digest, self.batch, self.tell = scan, scan.feed, digest, begun, tell
        self.before = days.written(last)
        self.report = Report()
        self.report.add(scan.report.remarks, **scan.report.counts)
        self.planner = _telling_planner(scan)

    def run(self) -> Report:
        """Apply what was put aside, and return what that did."""
        if not self.feed.pk:
            self._begin_anew()
        self._places()
        done, arrived, next_stock = 0, 0, BATCH
        for stated in self.scan.stated():
            plan = self._people(stated)
            arrived += len(plan.newcomers)
            done += len(stated) - plan.refused
            if arrived >= next_stock:
                bulk.take_stock(*WRITTEN)
                next_stock = arrived * GROWTH
            self.tell(f"{done} record{'' if done == 1 else 's'} applied")
        self.report.add(self.planner.places.notices)
        if arrived >= BATCH:
            finding.settle()
        self._end()
        if self.batch:
            self.report.counts.update(self._counted(self.batch))
        return self.report

    def _places(self) -> None:
        with transaction.atomic():
            self._take_turn()
            complete = self.scan.source.heading.complete
            written, anew = self.planner.places.recode(once(self.scan.places), complete=complete)
            self._count(Counter(written=written))
        for places in batched(anew):
            with transaction.atomic():
                self._take_turn()
                self._count(Counter(written=self.planner.places.write(places)))

    def _take_turn(self) -> None:
        """Wait for our turn, and raise BadInput if another feed of the source came since this one was read: what it states was held
        against what is no more."""
        turns.take()
        last = days.last_of(self.feed)
        if last:
            self.feed.dated = last.feed.dated
        days.refuse_older(self.feed, self.scan.source, last)
        if last != self.batch and days.written(last) != self.before:
            raise self._beside_another()

    def _beside_another(self) -> BadInput:
        name = self.scan.source.files[0].name
        return BadInput(
            f"{name}: another feed of {self.feed.name} was applied since this one was read: import it again"
        )

    def _people(self, stated: list[Stated]) -> Plan:
        """Apply what some records state; return what that was."""
        for attempt in range(ATTEMPTS):
            before = self.batch
            try:
                with transaction.atomic():
                    self._take_turn()
                    plan = self.planner.plan(stated)
                    self._count(
                        plan.counts() - Counter(refused=plan.refused) + Counter(written=applying.apply(plan, self.feed))
                    )
                break
            except (IntegrityError, OperationalError):  # or waited for who waits for us
                self.batch = before
                if attempt == ATTEMPTS - 1:
                    raise
        self.report.add(plan.remarks, refused=plan.refused)
        return plan

    def _begin_anew(self) -> None:
        """Know a feed that never came. Raises BadInput if it did since this one was read."""
        try:
            with transaction.atomic():
                self.feed.save()
                self._begin()
        except IntegrityError as known:
            raise self._beside_another() from known

    def _begin(self) -> Batch:
        """Know the batch, from the first row written on."""
        heading = self.scan.source.heading
        self.batch = Batch.objects.create(
            feed=self.feed, digest=self.digest, dated=heading.dated, complete=heading.complete
        )
        keeping.keep(self.scan.source, self.batch)
        return self.batch

    def _count(self, counts: Counter[str]) -> None:
        """Keep what a batch did, in its transaction. What is refused is counted anew by each attempt: it stays refused."""
        if not +counts:
            return
        batch = self.batch or self._begin()
        Batch.objects.filter(pk=batch.pk).update(counts=dict(self._counted(batch) + counts))

    def _counted(self, batch: Batch) -> Counter[str]:
        return Counter(Batch.objects.values_list("counts", flat=True).get(pk=batch.pk))

    def _end(self) -> None:
        """Say that the feed was applied; one that stated nothing new and came before leaves no trace."""
        dated = self.scan.source.heading.dated
        if not self.batch and self.feed.dated == dated:
            return
        with transaction.atomic():
            if not self.batch:
                self._take_turn()
            newer = Feed.objects.filter(dated__gt=dated, dated__lte=days.latest())  # which came since our last batch
            Feed.objects.filter(pk=self.feed.pk).exclude(pk__in=newer).update(dated=dated, digest=self.digest)
            if self.batch:
                Batch.objects.filter(pk=self.batch.pk).update(finished_at=clock.now())
                audit.record("feed.apply", batch=self.batch.pk, source=self.feed.name, **self._counted(self.batch))
