"""What becomes of a school whose number a feed gives another code. Everything is decided here, and nothing written (decision 17).

A number is the school's that it opened, or came to. The school takes the code that its number has now, if nobody has it. Where another
school has it, or this one joined another, the number stays what it is, and a line says so: whether the two are one, or a code is mistyped, a
person knows. A number that came second to a school, or to another academy's, strays once it has another code: it leaves for the school that
has that, and a line says so.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from cartable.identity.feeds import keys
from cartable.identity.feeds.facts import Place
from cartable.identity.feeds.models import NUMBERING, Feed, Row
from cartable.identity.feeds.ours import Ours
from cartable.identity.models import Structure
from cartable.kernel.bulk import among

NO_ACADEMY = frozenset({Structure.Kind.MINISTRY, Structure.Kind.REGION})
DEPARTMENT = 3  # characters of a UAI: a school stays in its department, whatever its code becomes


class Anew(NamedTuple):
    """A school that is stated anew, and whose its number was so far."""

    stated: Place
    held: Structure | None


class Meant(NamedTuple):
    """The same, decided: whose the number is now. That may be new: one object then, whatever number means it."""

    stated: Place
    school: Structure
    left: Structure | None = None  # where the number had strayed to
    names: bool = True  # whether the school is called as the number says


@dataclass
class Recoding:
    """The decisions about one feed."""

    feed: Feed
    ours: Ours
    open: Callable[[Place], Structure]  # makes a school, which is not saved
    say: Callable[[Place, str], None]  # hears what there is to say of a school
    strays: set[str] = field(default_factory=set)  # numbers
    taken: dict[int, str] = field(default_factory=dict)  # codes, by structure
    numbers: list[str] | None = None  # all that there are, where the feed says so
    _first: dict[int, bytes] = field(default_factory=dict)  # digests of the numbers whose own the structures are
    _new: set[str] = field(default_factory=set)  # codes of what came under a new number

    def decide(self, anew: list[Anew]) -> None:
        """Tell the schools that take a code from the numbers that stray: of all that is stated at once, for two may swap theirs."""
        changed = [(one, held) for one, held in anew if held and one.uai not in {held.code, one.key}]
        owners = _by_code(one.uai for one, _ in changed)
        self._learn([*(held for _, held in changed), *owners.values()], changed)
        own = list[tuple[Place, Structure]]()
        for one, held in changed:
            if not self._is_own(one, held) or self._is_anothers(held):
                self.strays.add(one.key)
            elif held.successor_id is None and self.ours.has(held):
                own.append((one, held))
        self.taken = _take(own, owners)
        for one, held in own:
            if self.taken.get(held.pk) == one.uai:
                self.say(one, f"structure {one.key} was {held.code}: it is this from now on")

    def followed(self, anew: list[Anew]) -> Iterator[Meant]:
        """Yield whose each number is, but for those that stay what they are though they have the code of another school."""
        former = {held.pk: held for _, held in anew if held}
        owners = _by_code(one.uai for one, _ in anew)
        known = {code: former.get(one.pk, one) for code, one in owners.items() if self._keeps(one)}
        known |= {code: former[pk] for pk, code in self.taken.items() if pk in former}
        self._learn([*former.values(), *known.values()], anew)
        for one, held in anew:
            now = known.get(one.uai) or (held if held and one.key == one.uai else self.open(one))
            known[one.uai] = now
            if one.key == one.uai:
                yield Meant(one, now)
            elif held is None:
                self._greet(one, now)
                yield Meant(one, now, names=self._is_own(one, now))
            elif now is held or (now.pk and now.pk == held.successor_id):
                self.strays.discard(one.key)
                yield Meant(one, held, names=self._is_own(one, held))
            elif one.key in self.strays and not self._is_foretold(one, held, now):
                self.say(one, f"structure {one.key} was {held.code} {held}: it leaves that")
                yield Meant(one, now, left=held, names=self._is_own(one, now))
            else:
                self.strays.discard(one.key)
                why = self._why(held, now)
                self.say(one, f"structure {one.key} is {held.code} {held}, {why}: kept as it is")

    def _why(self, held: Structure, now: Structure) -> str:
        """Return why a number stays what it is."""
        if now.pk:
            return f"and that one {now}"
        if held.successor_id:
            return f"which joined {held.successor}"
        return f"no school of {self.feed.academy}"

    def _learn(self, schools: list[Structure], stated: Iterable[tuple[Place, Structure | None]]) -> None:
        """Look up whose some schools are: of which academy, and, if what is stated has numbers, of the one that came first."""
        self.ours.learn(one.pk for one in schools)
        wanted = {one.pk for one in schools} - self._first.keys()
        if wanted and any(one.key != one.uai for one, _ in stated):
            there = Row.objects.filter(NUMBERING, among("structure", wanted), feed__academy=self.feed.academy_id)
            rows = there.order_by("-pk").values_list("structure", "key", "feed")
            self._first |= {pk or 0: bytes(key) for pk, key, feed in rows if self._is_there(bytes(key), feed)}

    def _is_there(self, key: bytes, feed: int) -> bool:
        """Return whether a number is stated still, as far as this feed says."""
        return self.numbers is None or feed != self.feed.pk or key in self._stated

    @cached_property
    def _stated(self) -> set[bytes]:
        return {keys.of_school(self.feed, one) for one in self.numbers or ()}

    def _is_own(self, one: Place, school: Structure) -> bool:
        """Return whether no other number of the academy came to a school before this one."""
        key = keys.of_school(self.feed, one.key)
        return school.pk is None or self._first.get(school.pk, key) == key

    def _is_anothers(self, school: Structure) -> bool:
        """Return whether a school is in another academy: not in none, as those that the ministry's tables named first."""
        return not self.ours.has(school) and school.parent is not None and school.parent.kind not in NO_ACADEMY

    def _keeps(self, school: Structure) -> bool:
        return self.taken.get(school.pk, school.code) == school.code

    def _greet(self, one: Place, now: Structure) -> None:
        """Say of a new number what may be a mistake: that its school joined another, or is another number's, or another academy's."""
        if now.successor:
            self.say(one, f"structure {one.key} is {now}, which joined {now.successor}: posted there")
        elif one.uai in self._new or not self._is_own(one, now):
            self.say(one, f"structure {one.key} is {now}, as another number is: posted there")
        elif self._is_anothers(now):
            self.say(one, f"structure {one.key} is {now}, no school of {self.feed.academy}: posted there")
        self._new.add(one.uai)

    def _is_foretold(self, one: Place, held: Structure, now: Structure) -> bool:
        """Return whether a new code of another academy's school is said, which is for that academy to say first."""
        return now.pk is None and one.uai[:DEPARTMENT] == held.code[:DEPARTMENT] and not self.ours.has(held)


def _by_code(codes: Iterable[str]) -> dict[str, Structure]:
    found = Structure.objects.filter(among("code", set(codes)), kind=Structure.Kind.SCHOOL)
    return {one.code: one for one in found.select_related("successor")}


def _take(own: list[tuple[Place, Structure]], owners: dict[str, Structure]) -> dict[int, str]:
    """Return which structures take which codes: such as nobody has, or whose owner takes another at once, or joined this school.

    That one has the code which this school had, or none, if somebody else takes it.
    """
    taken, joined = dict[int, str](), list[tuple[Structure, Structure]]()
    for one, held in own:
        if one.uai in taken.values():
            continue
        taken[held.pk] = one.uai
        owner = owners.get(one.uai)
        if owner and owner.successor_id == held.pk:
            joined.append((owner, held))
    free = {owner.pk for owner, _ in joined}
    while stays := [pk for pk, code in taken.items() if code in owners and owners[code].pk not in taken.keys() | free]:
        for pk in stays:
            del taken[pk]
    for owner, held in joined:
        if held.pk in taken:
            taken[owner.pk] = held.code if held.code not in taken.values() else f"~{owner.pk:07}"
    return taken
