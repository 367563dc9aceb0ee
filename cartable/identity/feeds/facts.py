"""What a feed states, whatever its format: plain values, in the order of the file. Nothing here knows the database."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, TypeVar

from cartable.identity import functions
from cartable.kernel import given

OPEN_ENDED = 9000  # a year from which on a date means "no end": files write 31/12/9999
NEVER_KNOWN = date(1900, 1, 1)  # what files write for an unknown birth date
LOOK_AGAIN = (
    b""  # kept of a record instead of its hash where something of it could not be resolved, or means something else now
)
MISTAKES_MAX = 100  # told of one record
_UNKEPT = re.compile("[\0\ud800-\udfff]")
_UNSEEN = re.compile(
    "[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)  # turn the writing round, or have no width
NO_TEXT = "a character that is no text (NUL, or half of one)"
Given = TypeVar("Given")
Read = TypeVar("Read")
Span = tuple[date | None, date | None]


class Remark(NamedTuple):
    """What there is to say of something a feed states: a mistake, or what is made of it."""

    at: str  # where it is stated: file:line
    text: str

    def __str__(self) -> str:
        return f"{self.at}: {self.text}"


class Mistakes:
    """What is wrong with one record: each mistake once, in the order they are found."""

    def __init__(self, known: Iterable[Remark] = ()) -> None:
        self.found = list(known)

    def note(self, at: str, text: str) -> None:
        """Keep a mistake, up to MISTAKES_MAX: a file may be hostile."""
        if len(self.found) < MISTAKES_MAX and Remark(at, text) not in self.found:
            self.found.append(Remark(at, text))

    def reading(self, at: str, read: Callable[[Given], Read | None], given: Given) -> Read | None:
        """Return what a value means by `read`; None where that raises ValueError, a sentence, which is a mistake."""
        try:
            return read(given)
        except ValueError as error:
            self.note(at, str(error))
            return None

    def function(self, at: str, code: str) -> None:
        """Note a code that is no function of anybody."""
        if code and code not in functions.PROFILE_OF:
            self.note(at, f"function code {code!r} is unknown")

    def span(self, at: str, read: Callable[[Given], date | None], start: Given, end: Given) -> Span:
        """Return the first and the last day that two values mean; an end before its start is a mistake."""
        first, last = self.reading(at, read, start), self.reading(at, read, end)
        self.order(at, first, last)
        return first, last

    def order(self, at: str, first: date | None, last: date | None) -> None:
        """Note an end before its start."""
        if first and last and last < first:
            self.note(at, f"end {last} is before start {first}")


def is_text(value: str) -> bool:
    """Return whether every database keeps this: PostgreSQL has no NUL, and UTF-8 no surrogate, which JSON can write."""
    return not _UNKEPT.search(value)


def dated(read: date) -> date | None:
    """Return a day a file states; None for a year that means "no end". Raises ValueError, a sentence, for one of no career."""
    if read.year >= OPEN_ENDED:
        return None
    if not given.FIRST_DAY <= read <= given.LAST_DAY:
        raise ValueError(f"{read} is no day of a career")
    return read


class Duty(NamedTuple):
    """A function in a structure. `place` is the feed's own key of the structure, `last` the last day worked."""

    place: str
    function: str
    discipline: str = ""
    first: date | None = None
    last: date | None = None


class Place(NamedTuple):
    """A structure. `academy` is its name as the feed spells it; empty if it does not say."""

    at: str  # where it is stated: file:line
    key: str
    uai: str
    name: str
    academy: str = ""


class Agent(NamedTuple):
    """A person. `stated` names the fields that a change states; None: all of them. With `mistakes` it is left out whole."""

    at: str
    key: str
    usage_name: str = ""
    birth_name: str = ""
    first_name: str = ""
    born: date | None = None
    mail: str = ""
    national_id: str = ""
    duties: tuple[Duty, ...] = ()
    stated: frozenset[str] | None = None
    mistakes: tuple[Remark, ...] = ()  # where they stand in the file is none of what is stated: see `row_hash`


class Gone(NamedTuple):
    """A person the feed no longer speaks of, as it says itself."""

    at: str
    key: str


class Refused(NamedTuple):
    """A record of which nothing else counts, and why. `key` is empty where it is not known whom it means."""

    at: str
    why: str
    key: str = ""


Fact = Place | Agent | Gone | Refused
Facts = Iterator[Fact]


def once(stated: Iterable[Place]) -> list[Place]:
    """Return each structure once, as it is stated last; what that leaves empty was said before."""
    found: dict[str, Place] = {}
    for one in stated:
        said = {name: value for name, value in one._asdict().items() if value}
        found[one.key] = found.get(one.key, one)._replace(**said)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Heading:
    """What a feed says of itself. A complete one ends what it does not mention; another states changes only."""

    stream: str  # what replaces what: aaf-1d, aaf-2d, csv, scim
    complete: bool
    dated: date


def row_hash(fact: Place | Agent) -> bytes:
    """Return 16 bytes that are the same as long as the record states the same, wherever it stands."""
    stated = fact[1:-1] if isinstance(fact, Agent) else fact[1:]
    return hashlib.blake2b(repr(stated).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def seen(agent: Agent) -> Agent:
    """Return an agent without the marks in their names that nobody sees: one name may not be shown as another."""
    usage, birth, first = (_UNSEEN.sub("", name) for name in (agent.usage_name, agent.birth_name, agent.first_name))
    return agent._replace(usage_name=usage, birth_name=birth, first_name=first)


def spoken(name: str) -> str:
    """Return a name written in capitals as people write it: DE LA FONTAINE → de La Fontaine. Others stay as they are."""
    if name != name.upper():
        return name
    words = name.split(" ")
    cased = [word.title() for word in words]
    if len(words) > 1 and words[0] in {"DE", "DU", "DES", "D'", "D’"}:
        cased[0] = cased[0].lower()
    return " ".join(cased)
