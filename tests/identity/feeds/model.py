"""What feeds of two academies make of a few people, said as simply as it can be: what the database is compared with.

It knows who is who, which no feed does; so it knows which accounts are of one human, and what may not be taken for one.
What a record says hangs on the record, and a record on the account it came to: a merge and its undoing move neither.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from tests.identity.feeds.written import AMPERE, BUFFON, CARNOT

PLACES = {"DIJON": (CARNOT, BUFFON), "LYON": (AMPERE,)}


class Human(NamedTuple):
    """What all registers write of somebody alike."""

    first: str
    birth: str
    born: date


MARIE = Human("Marie", "Durand", date(1980, 2, 29))
FOLK = (
    Human("Alice", "Martin", date(1967, 8, 7)),
    Human("Bob", "Petit", date(1975, 11, 12)),
    MARIE,
    MARIE._replace(),  # of the same names, born on the same day, and somebody else
    Human("Jean", "Roux", date(1971, 3, 15)),
    Human("Jean", "Roux", date(1984, 11, 2)),
)


class Said(NamedTuple):
    """What one academy says of one human."""

    places: tuple[str, ...]
    usage: str
    mail: str
    numbered: bool  # with their national identifier


Statements = dict[int, Said | None]  # by human, in the order of the file; None: no longer


@dataclass(frozen=True)
class Sent:
    """A feed as it was written."""

    academy: str
    day: date
    text: str
    says: Statements
    whole: bool


@dataclass(eq=False)
class Account:
    """What was made for one human; `into`: the one it became part of."""

    who: int
    into: "Account | None" = None
    usage: str = ""
    main: str = ""  # the address written to
    other: str = ""  # what the one was called that it became part of

    @property
    def name(self) -> str:
        return f"{FOLK[self.who].first} {self.usage}"

    @property
    def now(self) -> "Account":
        return self.into.now if self.into else self


@dataclass(eq=False)
class Record:
    """What an academy said of one human until today. `origin`: the account it came to, by itself or by an identifier."""

    origin: Account
    usage: str = ""
    live: bool = True  # still stated
    spans: dict[tuple[str, str], list[list[date | None]]] = field(default_factory=dict)  # by academy and structure

    def began(self, day: date) -> date | None:
        """Return when the last of the postings began that run on a day."""
        held = [start for spans in self.spans.values() for start, end in spans if end is None or end > day]
        return max((start for start in held if start and start <= day), default=None)


@dataclass
class Model:
    """Academies that speak, and accounts that follow. `batch`: how many statements are applied at once."""

    batch: int
    said: dict[str, Statements] = field(default_factory=lambda: {academy: {} for academy in PLACES})  # None: it did
    last: dict[str, Sent] = field(default_factory=dict)  # by academy: of those that were applied to the end
    cut: dict[str, Sent] = field(default_factory=dict)  # by academy: what was killed, and nothing came since
    records: dict[tuple[str, int], Record] = field(default_factory=dict)  # by academy and human, as they came
    numbers: dict[int, Account] = field(default_factory=dict)  # by human: to which their national identifier came
    asked: dict[frozenset[Account], bool] = field(default_factory=dict)  # pairs; whether somebody answered
    mails: dict[str, Record] = field(default_factory=dict)  # which record gave an address
    former: list[str] = field(default_factory=list)  # addresses that are written to no more, since the longest first
    again: set[tuple[str, int]] = field(default_factory=set)  # records that are looked at though they state nothing new

    @property
    def accounts(self) -> set[Account]:
        return {record.origin.now for record in self.records.values()}

    def records_of(self, account: Account) -> list[Record]:
        return [record for record in self.records.values() if record.origin.now is account]

    def left_on(self, account: Account) -> date | None:
        ends = [end for one in self.records_of(account) for spans in one.spans.values() for _, end in spans]
        return None if None in ends else max(ends)

    def refuses(self, sent: Sent) -> bool:
        """Older than what was applied, if only in part; or changes, and not of what was there before."""
        last, cut = self.last.get(sent.academy), self.cut.get(sent.academy)
        if any(one and sent.day < one.day for one in (last, cut)):
            return True
        if sent.whole:
            return False
        return last is None or sent.day - last.day > timedelta(days=1) or (cut is not None and cut.text != sent.text)

    def batches(self, sent: Sent) -> list[list[tuple[int, Said | None]]]:
        """Return what a feed states anew, then whom a whole one no longer mentions, as they are applied."""
        before = self.said[sent.academy]
        gone = [who for who, said in before.items() if said and who not in sent.says] if sent.whole else []
        anew = [
            (who, said)
            for who, said in sent.says.items()
            if said != before.get(who) or (sent.academy, who) in self.again
        ]
        parts = (anew, [(who, None) for who in gone])
        return [part[at : at + self.batch] for part in parts for at in range(0, len(part), self.batch)]

    def take(self, sent: Sent, day: date, killed_after: int = 0) -> None:
        """Follow a feed on a day; the whole of it, or as many batches as were applied when it was killed."""
        for some in self.batches(sent)[: killed_after or None]:
            for who, said in some:
                self._state(sent, day, who, said)
        if killed_after:
            self.cut[sent.academy] = sent
        else:
            self.cut.pop(sent.academy, None)
            self.last[sent.academy] = sent

    def _state(self, sent: Sent, day: date, who: int, said: Said | None) -> None:
        key, before = (sent.academy, who), self.said[sent.academy].get(who)
        self.again.discard(key)
        if said is None and key not in self.records:
            return  # deletes whom it never stated
        record = self._record(key, said) if said else self.records[key]
        was, now = (set(one.places) if one else set() for one in (before, said))
        for place in now - was:
            record.spans.setdefault((sent.academy, place), []).append([sent.day, None])
        for place in was - now:
            record.spans[sent.academy, place][-1][1] = sent.day
        news = said is not None and said.usage != record.usage
        record.live, record.usage = said is not None, said.usage if said else record.usage
        account = record.origin.now
        account.usage = self._called(account, day, account.usage, record if news else None)
        self._write(record, day, said, back=before is None)
        self.said[sent.academy][who] = said

    def _record(self, key: tuple[str, int], said: Said) -> Record:
        """Find whom a record means: by its own key, else by the national identifier, else it is somebody new."""
        who, holder = key[1], self.numbers.get(key[1]) if said.numbered else None
        origin = self.records[key].origin if key in self.records else holder
        if origin is None:
            origin = Account(who)
            for other in self.accounts:
                if FOLK[other.who] == FOLK[who]:
                    self._ask(origin, other)
        if holder and holder.now is not origin.now:
            self._ask(origin.now, holder.now)
        if said.numbered:
            self.numbers.setdefault(who, origin)
        return self.records.setdefault(key, Record(origin))

    def _called(self, account: Account, day: date, now: str, news: Record | None = None) -> str:
        """Return what an account is called: as its records say that speak for it, else as before.

        Of equals the one that says something new, else the one that it is called by already, else the last that came.
        """
        first = self._heard(account, day)
        if news and news in first:
            return news.usage
        return now if not first or now in {one.usage for one in first} else first[-1].usage

    def _heard(self, account: Account, day: date) -> list[Record]:
        """Return which records speak for an account: those that work somewhere since the latest, else are still stated."""
        best = self._rank(account, day)
        held = self.records_of(account)
        return (
            [one for one in held if (one.began(day) or date.min, one.live) == best]
            if best[1] or best[0] > date.min
            else []
        )

    def _rank(self, account: Account, day: date) -> tuple[date, bool]:
        return max((one.began(day) or date.min, one.live) for one in self.records_of(account))

    def _write(self, record: Record, day: date, said: Said | None, *, back: bool) -> None:
        """Write where the record says that speaks: at a new address of it, at the one it comes back with, at its latest."""
        account = record.origin.now
        heard = self._heard(account, day)
        fresh = said and (back or said.mail not in self.mails)
        if said and said.mail not in self.mails:
            self.mails[said.mail] = record
            self.former.append(said.mail)
        main = self._written(account, heard)
        if said and (not account.main or (fresh and record in heard)):
            main = said.mail
        if main != account.main:
            self._write_to(account, main)

    def _written(self, account: Account, heard: list[Record]) -> str:
        stated = [mail for mail in (self._stated(record, account.main) for record in heard) if mail]
        return account.main if account.main in stated or not stated else stated[-1]

    def _stated(self, record: Record, main: str) -> str:
        """Return the address of a record that is written to, else was last; empty if it gave none."""
        theirs = [mail for mail in [*self.former, main] if self.mails.get(mail) is record]
        return theirs[-1] if theirs else ""

    def _write_to(self, account: Account, mail: str) -> None:
        if account.main:
            self.former.append(account.main)
        account.main = mail
        self.former = [one for one in self.former if one != mail]

    def _ask(self, one: Account, other: Account) -> None:
        self.asked.setdefault(frozenset({one, other}), False)

    def merge(self, stays: Account, goes: Account, day: date) -> None:
        """Follow who judged that two are one: the one that has the record that speaks for both."""
        self.asked[frozenset({stays, goes})] = True
        goes.other = stays.usage
        if self._rank(goes, day) > self._rank(stays, day):
            stays.usage = goes.usage
            self._write_to(stays, goes.main)
        else:
            self.former.append(goes.main)
        goes.into = stays

    def undo(self, stays: Account, goes: Account, day: date) -> None:
        """Follow who found that they are two: each has what their records say."""
        goes.into, wrote = None, stays.main
        for one, called in ((stays, goes.other), (goes, goes.usage)):
            mails = {mail for mail, record in self.mails.items() if record.origin.now is one}
            one.main = wrote if wrote in mails else [mail for mail in self.former if mail in mails][-1]
            one.usage = self._called(one, day, called)
            self.former = [mail for mail in self.former if mail != one.main]
            if (main := self._written(one, self._heard(one, day))) != one.main:
                self._write_to(one, main)
        self.former = [mail for mail in self.former if mail not in {stays.main, goes.main}]
        self.again |= {key for key, one in self.records.items() if one.origin.now in {stays, goes}}
