"""Importing a feed: read it whole, weigh it, then apply it in batches of a thousand.

Reading comes first and writes nothing, so a file that is cut or hostile changes nothing. Records that state what they
stated before are passed over by their hash. A process that is killed while it applies leaves whole batches: the same feed
again goes on where it stopped, and comes to the same end.
"""

import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from django.db import IntegrityError, OperationalError, transaction

from cartable.identity import finding, origins, structures
from cartable.identity.feeds import applying, keeping, known, sources, turns, valve
from cartable.identity.feeds.facts import once
from cartable.identity.feeds.models import Batch, Civil, Feed, PersonKey, Row
from cartable.identity.feeds.planning import Planner, Stated, planner
from cartable.identity.feeds.reading import Source
from cartable.identity.feeds.scanning import BATCH, Report, Scan, Tell, batched
from cartable.identity.models import Address, Person, Posting
from cartable.kernel import audit, bulk, clock
from cartable.kernel.errors import BadInput, NotFound

OUTCOMES = ("arrived", "moved", "changed", "ended", "proposed", "refused", "written")
MISSED = timedelta(days=1)  # between two feeds of changes: they come each night
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
    cut = _cut(feed)
    begun = cut if cut and bytes(cut.digest) == digest else None
    _refuse_wrong_time(feed, source, cut, goes_on=begun is not None)
    with tempfile.TemporaryFile() as aside:
        scan = Scan(feed, source, aside)
        scan.read(tell)
        if dry:
            return _try(scan, lambda objections: begun is not None or ask(objections))
        if not begun and (objections := _objections(scan)) and not ask(objections):
            report, _ = _weigh(scan, _telling_planner(scan))
            report.stopped_by = objections
            return report
        return _Application(scan, digest, begun, tell).run()


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


def _cut(feed: Feed) -> Batch | None:
    """Return the batch that was cut, unless another came since."""
    last = Batch.objects.filter(feed=feed).order_by("-pk").first() if feed.pk else None
    return last if last and last.finished_at is None else None


def _refuse_wrong_time(feed: Feed, source: Source, cut: Batch | None, *, goes_on: bool) -> None:
    """Raise BadInput for a feed that is older than what was applied, if only in part; or for changes without what they change."""
    dated, last, name = source.heading.dated, feed.dated, source.files[0].name
    for newest in (last, cut.dated if cut else None):
        if newest and dated < newest:
            raise BadInput(f"{name}: of {dated}, older than what was applied ({newest}): refused")
    if source.heading.complete:
        return
    if last is None:
        raise BadInput(f"{name}: changes, and no complete feed came before: import a complete one first")
    if dated - last > MISSED:
        raise BadInput(f"{name}: changes of {dated}, after a feed of {last}: one was missed, import a complete one")
    if cut and not goes_on:
        raise BadInput(
            f"{name}: changes, and the feed of {cut.dated} was cut: import that one again, or a complete one"
        )


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
    plans.places.plan(once(scan.places))
    report.add(plans.places.notices, moved=plans.places.moved)
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
    day, closed = scan.source.heading.dated, len(plans.places.closing)
    measure = valve.Measure(
        ended,
        created,
        renamed,
        *known.holdings(scan.feed, day),
        closed=closed,
        schools=plans.places.count() if closed else 0,
    )
    return report, valve.objections(measure, day)


class _Application:
    """A feed being applied. Each batch commits what it wrote together with how much that was."""

    def __init__(self, scan: Scan, digest: bytes, begun: Batch | None, tell: Tell) -> None:
        self.scan, self.feed, self.digest, self.batch, self.tell = scan, scan.feed, digest, begun, tell
        self.report = Report()
        self.report.add(scan.report.remarks, **scan.report.counts)
        self.planner = _telling_planner(scan)

    def run(self) -> Report:
        """Apply what was put aside, and return what that did."""
        if not self.feed.pk:
            self._begin()
        self._places()
        done, arrived, next_stock = 0, 0, BATCH
        for stated in self.scan.stated():
            arrived += self._people(stated)
            done += len(stated)
            if arrived >= next_stock:
                bulk.take_stock(*WRITTEN)
                next_stock = arrived * GROWTH
            self.tell(f"{done} records applied")
        self.report.add(self.planner.places.notices)
        if arrived >= BATCH:
            finding.settle()
        self._end()
        if self.batch:
            self.report.counts.update(self._counted(self.batch))
        return self.report

    def _places(self) -> None:
        with transaction.atomic():
            turns.take()
            written, anew = self.planner.places.recode(once(self.scan.places))
            self._count(Counter(written=written))
        for places in batched(anew):
            with transaction.atomic():
                turns.take()
                before = self.planner.places.moved
                written = self.planner.places.write(places)
                self._count(Counter(written=written, moved=self.planner.places.moved - before))

    def _people(self, stated: list[Stated]) -> int:
        """Apply what some records state; return how many newcomers that made."""
        for attempt in range(ATTEMPTS):
            before = self.batch
            try:
                with transaction.atomic():
                    turns.take()
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
        return len(plan.newcomers)

    def _begin(self) -> Batch:
        """Know the feed and the batch, from the first row written on."""
        if not self.feed.pk:
            self.feed.save()
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
            Feed.objects.filter(pk=self.feed.pk).update(dated=dated, digest=self.digest)
            if self.batch:
                Batch.objects.filter(pk=self.batch.pk).update(finished_at=clock.now())
                audit.record("feed.apply", batch=self.batch.pk, source=self.feed.name, **self._counted(self.batch))
