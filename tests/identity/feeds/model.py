"""What feeds of two academies make of a few people, said as simply as it can be: what the database is compared with.

It knows who is who, which no feed does; so it knows which accounts are of one human, and what may not be taken for one.
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
    """One person here: all that was taken for one human."""

    who: int
    usage: str = ""
    spans: dict[tuple[str, str], list[list[date | None]]] = field(default_factory=dict)  # by academy and structure

    @property
    def name(self) -> str:
        return f"{FOLK[self.who].first} {self.usage}"

    @property
    def left_on(self) -> date | None:
        ends = [end for spans in self.spans.values() for _, end in spans]
        return None if None in ends else max(ends)


@dataclass
class Model:
    """Academies that speak, and accounts that follow. `batch`: how many statements are applied at once."""

    batch: int
    said: dict[str, Statements] = field(default_factory=lambda: {academy: {} for academy in PLACES})  # None: it did
    last: dict[str, Sent] = field(default_factory=dict)  # by academy: of those that were applied to the end
    cut: dict[str, Sent] = field(default_factory=dict)  # by academy: what was killed, and nothing came since
    keys: dict[tuple[str, int], Account] = field(default_factory=dict)  # by academy and human
    numbers: dict[int, Account] = field(default_factory=dict)  # by human: who has their national identifier
    asked: dict[frozenset[Account], bool] = field(default_factory=dict)  # pairs; whether somebody answered

    @property
    def accounts(self) -> set[Account]:
        return set(self.keys.values())

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
        anew = [(who, said) for who, said in sent.says.items() if said != before.get(who)]
        parts = (anew, [(who, None) for who in gone])
        return [part[at : at + self.batch] for part in parts for at in range(0, len(part), self.batch)]

    def take(self, sent: Sent, killed_after: int = 0) -> None:
        """Follow a feed; the whole of it, or as many batches as were applied when it was killed."""
        for some in self.batches(sent)[: killed_after or None]:
            for who, said in some:
                self._state(sent, who, said)
        if killed_after:
            self.cut[sent.academy] = sent
        else:
            self.cut.pop(sent.academy, None)
            self.last[sent.academy] = sent

    def _state(self, sent: Sent, who: int, said: Said | None) -> None:
        key, before = (sent.academy, who), self.said[sent.academy].get(who)
        if said is None and key not in self.keys:
            return  # deletes whom it never stated
        account = self._account(key, said) if said else self.keys[key]
        was, now = (set(one.places) if one else set() for one in (before, said))
        for place in now - was:
            account.spans.setdefault((sent.academy, place), []).append([sent.day, None])
        for place in was - now:
            account.spans[sent.academy, place][-1][1] = sent.day
        self.said[sent.academy][who] = said

    def _account(self, key: tuple[str, int], said: Said) -> Account:
        """Find whom a record means: by its own key, else by the national identifier, else it is somebody new."""
        who, holder = key[1], self.numbers.get(key[1]) if said.numbered else None
        account = self.keys.get(key) or holder
        if account is None:
            account = Account(who)
            for other in self.accounts:
                if FOLK[other.who] == FOLK[who]:
                    self._ask(account, other)
        if holder and holder is not account:
            self._ask(account, holder)
        account.usage = said.usage
        self.keys[key] = account
        if said.numbered:
            self.numbers.setdefault(who, account)
        return account

    def _ask(self, one: Account, other: Account) -> None:
        self.asked.setdefault(frozenset({one, other}), False)

    def merge(self, stays: Account, goes: Account) -> None:
        """Follow who judged that two are one."""
        for place, spans in goes.spans.items():
            stays.spans.setdefault(place, []).extend(spans)
        for holders in (self.keys, self.numbers):
            holders.update({key: stays for key, held in holders.items() if held is goes})
        for pair in [pair for pair in self.asked if goes in pair]:
            answered, two = self.asked.pop(pair), pair - {goes} | {stays}
            if len(two) == 2:
                self.asked.setdefault(two, answered)  # a question of who stays is theirs still
