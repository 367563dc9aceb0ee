"""One reading of a feed: what it states anew is put aside in a temporary file, whom it mentions is known. Writes no row."""

import itertools
import pickle
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import IO, TypeVar

from cartable.identity.feeds import keys
from cartable.identity.feeds.facts import Agent, Gone, Place, Refused, Remark, once, row_hash
from cartable.identity.feeds.models import Feed, Row
from cartable.identity.feeds.places import Places
from cartable.identity.feeds.planning import KINDS, Stated
from cartable.identity.feeds.reading import Source
from cartable.kernel.bulk import among
from cartable.kernel.errors import BadInput

BATCH = 1000
LINES = 1000  # kept of what was refused or noticed: the first in the feed
T = TypeVar("T")
Tell = Callable[[str], None]


@dataclass
class Report:
    """What an import did, or would do."""

    counts: Counter[str] = field(default_factory=Counter)
    remarks: list[Remark] = field(default_factory=list)
    whole: list[str] = field(default_factory=list)  # what there is to say of the feed as a whole
    stopped_by: list[str] = field(default_factory=list)  # what the safety valve has against it, unless it was let by

    def add(self, remarks: list[Remark], **counts: int) -> None:
        """Take in what a batch did."""
        self.counts.update(counts)
        self.remarks += remarks
        if len(self.remarks) > 2 * LINES:
            self.remarks = self._first()

    @property
    def lines(self) -> list[str]:
        """What there is to say, in the order of the feed; then of the whole."""
        return [*self.of_records, *self.whole, *(f"stopped: it {one}" for one in self.stopped_by)]

    @property
    def of_records(self) -> list[str]:
        """What there is to say of records, in their order."""
        return [str(one) for one in self._first()]

    def _first(self) -> list[Remark]:
        return sorted(self.remarks, key=_position)[:LINES]


class Scan:
    """A feed, read."""

    def __init__(self, feed: Feed, source: Source, aside: IO[bytes]) -> None:
        self.feed, self.source, self._aside = feed, source, aside
        self.kind = KINDS[source.heading.stream]
        self.report = Report()
        self.places: list[Place] = []
        self.changes = self.agents = 0  # records of people: put aside, all
        self._waiting: list[Stated] = []
        self._mentioned: set[int] = set()  # the first half of the digest of each key
        self._nameless = False  # a record whose key could not be read: who it means is not missing

    def read(self, tell: Tell) -> None:
        """Read all facts. Raises BadInput as reading does, or if a complete feed states nobody."""
        done = 0
        for facts in batched(self.source.facts()):
            self.places += [fact for fact in facts if isinstance(fact, Place)]
            self._refuse(fact for fact in facts if isinstance(fact, Refused))
            self._sort_out([fact for fact in facts if isinstance(fact, Agent | Gone)])
            done += len(facts)
            if done % (20 * BATCH) == 0:
                tell(f"{done} records read, {self.changes + len(self._waiting)} state something new")
        self._put_aside()
        if self.source.heading.complete and not self.agents:
            raise BadInput(f"{self.source.files[0].name}: a complete feed that states nobody: refused{self._why()}")

    def stated(self) -> Iterator[list[Stated]]:
        """Yield what was put aside, by batches, in the order of the feed; then those of whom it no longer speaks."""
        self._aside.seek(0)
        for _ in range(0, self.changes, BATCH):
            yield pickle.load(self._aside)  # noqa: S301 - we wrote it
        for silent in batched(self.missing()):
            yield [(key, None) for key in silent]

    def missing(self) -> Iterator[bytes]:
        """Yield the digests of people whom a complete feed no longer mentions."""
        if not self.source.heading.complete or self._nameless or not self.feed.pk:
            return
        rows = Row.objects.filter(feed=self.feed, live=True).exclude(person=None).order_by("pk")
        for key in rows.values_list("key", flat=True).iterator(chunk_size=10_000):
            if _number(bytes(key)) not in self._mentioned:
                yield bytes(key)

    def _sort_out(self, facts: list[Agent | Gone]) -> None:
        stated = [(keys.digest(self.kind, self.feed.scope, fact.key), fact) for fact in facts]
        known: dict[bytes, bytes] = {}
        if self.feed.pk and stated:
            rows = Row.objects.filter(among("key", [key for key, _ in stated]), feed=self.feed, live=True)
            known = {bytes(key): bytes(hash_) for key, hash_ in rows.values_list("key", "hash")}
        for key, fact in stated:
            number = _number(key)
            if number in self._mentioned and self.source.heading.complete:
                self._refuse([Refused(fact.at, f"key {fact.key} is stated twice", fact.key)])
                continue
            self._mentioned.add(number)
            if isinstance(fact, Agent):
                self.agents += 1
                if not fact.mistakes and known.get(key) == row_hash(fact) and not self._meant.has_strayed(fact):
                    continue
            self._waiting.append((key, fact))
            if len(self._waiting) == BATCH:
                self._put_aside()

    @cached_property
    def _meant(self) -> Places:
        """What the keys of structures mean as this feed states them: all of them come before the first person."""
        places = Places(self.feed, self.source.heading.dated)
        if self.feed.pk:
            places.plan(once(self.places), complete=self.source.heading.complete)
        return places

    def _refuse(self, refused: Iterable[Refused]) -> None:
        for one in refused:
            self.report.add([Remark(one.at, one.why)], refused=1)
            if one.key:
                self._mentioned.add(_number(keys.digest(self.kind, self.feed.scope, one.key)))
            else:
                self._nameless = True

    def _why(self) -> str:
        """Return which records a feed that states nobody has, after all; empty if it has none."""
        refused = self.report.counts["refused"]
        records = "its record is refused" if refused == 1 else f"its {refused} records are refused, the first"
        return f"; {records}: {self.report.lines[0]}" if refused else ""

    def _put_aside(self) -> None:
        if self._waiting:
            pickle.dump(self._waiting, self._aside, protocol=5)
            self.changes += len(self._waiting)
            self._waiting = []


def batched(facts: Iterable[T]) -> Iterator[list[T]]:
    """Yield lists of BATCH."""
    facts = iter(facts)
    while batch := list(itertools.islice(facts, BATCH)):
        yield batch


def _position(remark: Remark) -> str:
    """Return what sorts remarks as they stand: files by name, and what they state by number."""
    return re.sub(r"\d+", lambda number: number[0].zfill(12), remark.at)


def _number(digest: bytes) -> int:
    return int.from_bytes(digest[:8])
