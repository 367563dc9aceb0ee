"""What becomes of the schools whose numbers a feed gives another code. Everything is decided here, and nothing written (decision 17).

A number is a school's. That takes the code that its number has now, if nobody has it, or joins the school that has it, until its number
has its own again. A number that came to another one's school, by a mistyped code, strays: it is another school's from now on, and leaves
that one alone. It stays where it is if what it says now may be mistyped itself.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from cartable.identity.feeds import keys
from cartable.identity.feeds.facts import Place
from cartable.identity.feeds.models import Feed, Row
from cartable.identity.feeds.ours import Ours
from cartable.identity.models import Structure
from cartable.identity.names import fold
from cartable.kernel.bulk import among

DEPARTMENT = 3  # characters of a UAI: a school stays in its department, whatever its code becomes


class Anew(NamedTuple):
    """A school that is stated anew, and whose its number was so far."""

    stated: Place
    held: Structure | None


class Meant(NamedTuple):
    """The same, decided: whose the number is now, and what has the code that it states. Either may be new: one object then."""

    stated: Place
    school: Structure
    now: Structure
    left: Structure | None = None  # where the number had strayed to
    opens: bool = False  # the school, which had joined another
    joins: bool = False  # the school the other one
    names: bool = True  # what has the code: of what a school joined, that has a name of its own


@dataclass
class Recoding:
    """The decisions about one feed."""

    feed: Feed
    ours: Ours
    open: Callable[[Place], Structure]  # makes a school, which is not saved
    stay: Callable[[Place, Structure, str], None]  # hears of a number whose it stays, and why
    strays: set[str] = field(default_factory=set)  # numbers
    taken: dict[int, str] = field(default_factory=dict)  # codes, by structure
    leaving: set[int] = field(default_factory=set)  # schools that had joined another, and go elsewhere
    _names: dict[str, str] = field(default_factory=dict)  # folded, as those that have a code state theirs
    _opening: set[int] = field(default_factory=set)  # schools that had joined another
    _closing: set[int] = field(default_factory=set)  # schools that join another
    _unnumbered: set[int] = field(default_factory=set)  # schools that no directory has a number for

    def decide(self, anew: list[Anew]) -> None:
        """Tell the schools that take a code from those that join another, and from the numbers that stray: of all that is stated at once."""
        changed = [
            (one, held)
            for one, held in anew
            if held and one.uai not in {held.code, one.key} and not self._is_elsewhere(held)
        ]
        owners = _by_code(one.uai for one, _ in changed)
        self.ours.learn([*(held.pk for _, held in changed), *(one.pk for one in owners.values())])
        self._stray(changed)
        leaving = [(one, held) for one, held in changed if one.key not in self.strays]
        self.taken = _take((held.pk, one.uai, owners[one.uai].pk if one.uai in owners else 0) for one, held in leaving)
        after = self._after(owners, {held.pk: held for _, held in leaving})
        joins = [(one, held, after[one.uai]) for one, held in leaving if one.uai in after and held.pk not in self.taken]
        joined = [(one, held) for one, held in anew if held and held.successor_id and not self._is_elsewhere(held)]
        back = {held.pk for one, held in joined if one.uai == held.code}
        self._names = {
            one.uai: fold(one.name)[:200] for one, held in anew if held and one.name and one.uai == held.code
        }
        self._unnumbered = stated_by_code(now for *_, now in joins)
        self._opening, self._closing = back | self.taken.keys(), set()
        self._closing = {
            held.pk for one, held, now in joins if not _is_in(held, now) and not self._why_apart(one, held, now)
        }
        self.leaving = {held.pk for _, held in joined} & (self._opening | self._closing)

    def followed(self, anew: list[Anew]) -> Iterator[Meant]:
        """Yield what is decided of each, but for the numbers that stay where they are: of all, or of some at a time."""
        former = {held.pk: held for _, held in anew if held}
        known = self._after(_by_code(one.uai for one, _ in anew), former)
        self.ours.learn([*former, *(one.pk for one in known.values())])
        for one, held in anew:
            now = known.get(one.uai) or (held if held and one.key == one.uai else self.open(one))
            known[one.uai] = now
            if one.key == one.uai:
                yield Meant(one, now, now)
            elif why := self._why_apart(one, held, now):
                self.strays.discard(one.key)
                self.stay(one, held or now, why)
            elif held is None or one.key in self.strays:
                yield Meant(one, now, now, left=held)
            elif now is held:
                yield Meant(one, held, now, opens=held.successor_id is not None and not self._is_elsewhere(held))
            else:
                yield Meant(one, held, now, joins=not _is_in(held, now), names=now.pk in self._unnumbered)

    def _after(self, owners: dict[str, Structure], former: dict[int, Structure]) -> dict[str, Structure]:
        """Return who has which codes once they are taken, of those who have some, and of some others."""
        stay = {code: former.get(one.pk, one) for code, one in owners.items() if self.taken.get(one.pk, code) == code}
        return stay | {code: former[pk] for pk, code in self.taken.items() if pk in former}

    def _is_elsewhere(self, held: Structure) -> bool:
        """Return whether a school joined another, and not because this feed says so."""
        return held.successor_id is not None and held.joined_by != self.feed.name

    def _stray(self, changed: list[tuple[Place, Structure]]) -> None:
        """Note the numbers of which what they came to is another academy's, or that of another number, which stays or says another code."""
        leaving = {keys.of_school(self.feed, one.key) for one, _ in changed}
        rows = (
            Row.objects.filter(among("structure", {held.pk for _, held in changed}), feed=self.feed) if changed else ()
        )
        staying = {row.structure_id for row in rows if bytes(row.key) not in leaving}
        said = dict[int, str]()
        for one, held in changed:
            alone = held.pk not in staying and self.ours.has(held)
            if not alone or said.setdefault(held.pk, one.uai) != one.uai:
                self.strays.add(one.key)

    def _why_apart(self, one: Place, held: Structure | None, now: Structure) -> str:
        """Return why a number stays where it is, or is nobody's; empty if it does not.

        A feed has only its own schools join each other, and not under the name they had: that is a mistyped code. Nor does what joins
        another have others join it. The new code of another academy's school is for that academy to say first.
        """
        if held is None:
            return (
                f"structure {one.key} is {now}, which joined {now.successor}: posted there" if now.successor_id else ""
            )
        if now is held or _is_in(held, now):
            return ""
        if self._is_elsewhere(held):
            return _kept(one, held, f", which joined {held.successor}")
        if now.successor_id and now.pk not in self._opening:
            return _kept(one, held, ", and that one is closed")
        if now.pk in self._closing:
            return _kept(one, held, ", and that one joins another")
        if one.key in self.strays:
            foretold = now.pk is None and one.uai[:DEPARTMENT] == held.code[:DEPARTMENT] and not self.ours.has(held)
            return _kept(one, held, f", no school of {self.feed.academy}") if foretold else ""
        if now.pk in self._unnumbered and now.code[:DEPARTMENT] == held.code[:DEPARTMENT]:
            return ""  # another source was told of its new code first
        if not self.ours.has(now):
            return _kept(one, held, f", and that one no school of {self.feed.academy}")
        same = fold(one.name)[:200] in {"", held.folded} and held.folded != self._names.get(one.uai, now.folded)
        return _kept(one, held, f" {held.name}, and that one {now.name}") if same else ""


def _is_in(held: Structure, now: Structure) -> bool:
    """Return whether a school had joined another one."""
    return now.pk is not None and now.pk in {held.joined_id, held.successor_id}


def _kept(one: Place, held: Structure, why: str) -> str:
    return f"structure {one.key} is {held.code}{why}: kept as it is"


def _by_code(codes: Iterable[str]) -> dict[str, Structure]:
    found = Structure.objects.filter(among("code", set(codes)), kind=Structure.Kind.SCHOOL)
    return {one.code: one for one in found}


def _take(wanted: Iterable[tuple[int, str, int]]) -> dict[int, str]:
    """Return which structures take which codes, of (structure, code, whose it is or 0): such as nobody has, or whose owner takes another."""
    taken, owners = dict[int, str](), dict[str, int]()
    for structure, code, owner in wanted:
        if code not in owners:
            taken[structure], owners[code] = code, owner
    while stays := [pk for pk, code in taken.items() if owners[code] and owners[code] not in taken]:
        for pk in stays:
            del taken[pk]
    return taken


def stated_by_code(schools: Iterable[Structure]) -> set[int]:
    """Return which schools were stated by their UAI alone, in tables or by SCIM: no directory has a number for them."""
    codes = {one.pk: one.code for one in schools}
    rows = Row.objects.filter(among("structure", codes)).select_related("feed") if codes else ()
    numbered, stated = set[int](), set[int]()
    for row in rows:
        place = row.structure_id or 0
        by_code = bytes(row.key) == keys.of_school(row.feed, codes[place])
        (stated if by_code else numbered).add(place)
    return stated - numbered
