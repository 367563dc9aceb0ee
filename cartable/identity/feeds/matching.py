"""Whether two people are one: the rules R0 to R5. Pure: no table, no clock.

A key that is known (R0), or the same national identifier with enough that agrees (R1), is the same person. Everything
else only proposes (R2, R3) and a human decides: among 1.2 million agents about seventy pairs share both names and the
birth date. An address is evidence and never proof (R4): academies give it again to homonyms. Nothing: somebody new (R5).
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

from cartable.identity.feeds.facts import NEVER_KNOWN
from cartable.identity.names import fold

Agreement = Literal["agree", "near", "differ", "unknown"]
_SAINTS = {"SAINT": "ST", "SAINTE": "STE"}
WEIGHTS: dict[str, dict[str, int]] = {
    "name": {"agree": 3, "near": 2},
    "first": {"agree": 2, "near": 1},
    "born": {"agree": 3, "near": 1},
    "mail": {"agree": 2},
    "continuity": {"agree": 1},
}
PROOFS = ("name", "first", "born")


@lru_cache(maxsize=20_000)  # a nation has few first names
def normal(name: str) -> str:
    """Return a name as two registers that spell it differently both have it."""
    return " ".join(_SAINTS.get(word, word) for word in fold(name).upper().split())


@dataclass(frozen=True, slots=True)
class Likeness:
    """What tells a person apart: names by `normal`, the birth date if it is known."""

    usage_name: str
    birth_name: str
    first_name: str
    born: date | None

    @property
    def names(self) -> frozenset[str]:
        """The surnames borne."""
        return frozenset({self.usage_name, self.birth_name} - {""})


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody known who may be the person stated. `beside`: the same feed states both, as two people."""

    person: int
    likeness: Likeness
    same_mail: bool
    continuity: bool  # a posting ended lately, or is known to end
    beside: bool


Sought = tuple[set[int], set[int], set[int]]  # marks: by name, by first name, by both names


@dataclass(frozen=True, slots=True)
class Doubt:
    """A candidate a human should look at."""

    person: int
    rule: str
    score: int
    evidence: dict[str, Agreement]


def likeness(usage_name: str, birth_name: str, first_name: str, born: date | None) -> Likeness:
    """Return the likeness of names as they are written."""
    usage, birth = normal(usage_name), normal(birth_name)
    return Likeness(usage or birth, birth or usage, normal(first_name), None if born == NEVER_KNOWN else born)


def by_name(name: str) -> Likeness:
    """Return the likeness of somebody of whom a whole name is known and nothing else: its first word is the first name."""
    first, _, last = name.partition(" ")
    return likeness(last, "", first, None)


def marks(one: Likeness) -> tuple[int | None, int | None, int | None]:
    """Return three numbers under which those are found with whom two facts agree: name and date, first name and date, names."""
    first = one.first_name.split(" ")[0]
    day = one.born.isoformat() if one.born else ""
    return (
        _mark("b", one.birth_name, day) if day else None,
        _mark("f", first, day) if day else None,
        _mark("n", one.birth_name, first),
    )


def sought(one: Likeness) -> Sought:
    """Return the marks (by name, by first name, by both names) of all who may be this person: also by the usage name, or swapped names."""
    first = one.first_name.split(" ")[0]
    day = one.born.isoformat() if one.born else ""
    by_name = {_mark("b", name, day) for name in one.names | {one.first_name}} if day else set()
    by_first = {_mark("f", first, day)} if day else set()
    return by_name, by_first, {_mark("n", name, first) for name in one.names}


def agree_enough(one: Likeness, other: Likeness) -> bool:
    """R1: beside the same national identifier the birth date agrees; or a surname, unless first name and birth date both differ."""
    found = compare(one, other)
    both_differ = found["first"] == found["born"] == "differ"
    return found["born"] == "agree" or (found["name"] == "agree" and not both_differ)


def is_another(one: Likeness, other: Likeness) -> bool:
    """Return whether two are not one: both names are known of both, and nothing that is known of both agrees, or nearly."""
    named = all((one.names, other.names, one.first_name, other.first_name))
    return named and set(compare(one, other).values()) <= {"differ", "unknown"}


def doubts(stated: Likeness, candidates: Iterable[Candidate]) -> list[Doubt]:
    """Return which candidates a human should look at, the likeliest first."""
    found = [doubt for doubt in (_doubt(stated, one) for one in candidates) if doubt]
    whole = [one for one in found if one.rule == "R2"]
    if len(whole) > 1:  # R2 asks for exactly one
        found = [Doubt(one.person, "R3", one.score, one.evidence) for one in found]
    return sorted(found, key=lambda one: (-one.score, one.person))


def _doubt(stated: Likeness, candidate: Candidate) -> Doubt | None:
    evidence = compare(stated, candidate.likeness)
    evidence["mail"] = "agree" if candidate.same_mail else "unknown"
    evidence["continuity"] = "agree" if candidate.continuity else "unknown"
    same = sum(evidence[fact] == "agree" for fact in PROOFS)
    near = sum(evidence[fact] == "near" for fact in PROOFS)
    unknown = evidence["born"] == "unknown"
    if same == 3:
        rule = "R2" if candidate.continuity and not candidate.beside else "R3"
    elif candidate.beside:
        return None  # a feed that states two people, of whom less than all is the same, means two
    elif (same == 2 and (near or candidate.same_mail or (unknown and candidate.continuity))) or (
        near == 2 and evidence["born"] == "agree"
    ):
        rule = "R3"
    else:
        return None
    return Doubt(candidate.person, rule, score(evidence), evidence)


def score(evidence: dict[str, Agreement]) -> int:
    """Return how likely it is that two are one, from 0 to 11."""
    return sum(WEIGHTS[fact].get(found, 0) for fact, found in evidence.items())


def compare(one: Likeness, other: Likeness) -> dict[str, Agreement]:
    """Return how the names and the birth dates of two people agree."""
    swapped = one.first_name == other.birth_name and one.birth_name == other.first_name
    return {
        "name": "near" if swapped else compare_surnames(one, other),
        "first": "near" if swapped else compare_first_names(one.first_name, other.first_name),
        "born": compare_dates(one.born, other.born),
    }


def compare_surnames(one: Likeness, other: Likeness) -> Agreement:
    """Return how surnames agree: the birth name of one may be the usage name of the other."""
    if one.names & other.names:
        return "agree"
    near = any(_contains(a, b) or one_letter_apart(a, b) for a in one.names for b in other.names)
    return "near" if near else "differ"


def compare_first_names(one: str, other: str) -> Agreement:
    """Return how first names agree: JEAN is near JEAN PIERRE, and SYLVIE near SILVIE."""
    if one == other:
        return "agree"
    return "near" if _contains(one, other) or one_letter_apart(one, other) else "differ"


def compare_dates(one: date | None, other: date | None) -> Agreement:
    """Return how birth dates agree: near if day and month are swapped, or one digit differs."""
    if one is None or other is None:
        return "unknown"
    if one == other:
        return "agree"
    swapped = (one.year, one.month, one.day) == (other.year, other.day, other.month)
    digits = sum(a != b for a, b in zip(one.isoformat(), other.isoformat(), strict=True))
    return "near" if swapped or digits == 1 else "differ"


def one_letter_apart(one: str, other: str) -> bool:
    """Return whether one letter added, left out, changed, or two neighbours swapped makes one of the other. Short names never."""
    if one == other or min(len(one), len(other)) < 4 or abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    a, b = one[start:], other[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])


def _contains(one: str, other: str) -> bool:
    few, many = sorted((one.split(), other.split()), key=len)
    return bool(few) and len(few) < len(many) and many[: len(few)] == few


def _mark(*parts: str) -> int:
    return int.from_bytes(hashlib.blake2b("\x00".join(parts).encode(), digest_size=8).digest()) >> 1
