"""Structures that a feed states: found by its own keys or by UAI, opened, renamed, followed when their code changes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from django.db.models import F
from django.db.models.functions import Coalesce

from cartable.identity import finding, lifecycle, structures
from cartable.identity.feeds import joining, keys
from cartable.identity.feeds.facts import Agent, Place, Remark, row_hash
from cartable.identity.feeds.models import Feed, Row
from cartable.identity.feeds.ours import Ours, today
from cartable.identity.models import Structure
from cartable.identity.names import fold
from cartable.kernel.bulk import among
from cartable.kernel.errors import NotFound

SCHOOL, ACADEMY = Structure.Kind.SCHOOL, Structure.Kind.ACADEMY
UAI, DEPARTMENT = 8, 3  # characters: a school stays in its department, whatever its code becomes


def digest(feed: Feed, key: str) -> bytes:
    """Return under what a structure's row of the feed is kept."""
    return keys.digest("structure", feed.scope, key)


@dataclass
class Places:
    """The structures of one feed while it is read. Those only planned have ids below zero."""

    feed: Feed
    dated: date
    ids: dict[str, int] = field(default_factory=dict)  # of the feed's key
    notices: list[Remark] = field(default_factory=list)
    _academies: dict[str, Structure | None] = field(default_factory=dict)
    _contradicted: set[str] = field(default_factory=set)  # UAIs
    closing: set[int] = field(default_factory=set)  # structures that a plan would have others absorb
    strays: set[str] = field(default_factory=set)  # keys that leave a structure which is not theirs alone
    moved: int = 0  # people, with their school
    _taken: dict[int, str] = field(default_factory=dict)  # codes, by structure
    _planned: int = 0

    def __post_init__(self) -> None:
        """Know of no structure yet whose it is."""
        self.ours = Ours(self.feed)

    def resolve(self, wanted: Iterable[str]) -> None:
        """Look up in two queries at most the keys that are not known yet: what is a UAI, by it; the keys of a source by what it said."""
        new = {one for one in wanted if one and one not in self.ids}
        if not new:
            return
        if codes := {one for one in new if len(one) == UAI}:
            schools = Structure.objects.filter(among("code", codes), kind=SCHOOL)
            self.ids |= dict(schools.values_list("code", Coalesce("successor", "pk")))
        by_digest = {digest(self.feed, one): one for one in new - self.ids.keys()}
        if by_digest and self.feed.pk:
            rows = Row.objects.filter(among("key", by_digest), feed=self.feed).exclude(structure=None)
            found = rows.values_list("key", Coalesce("structure__successor", "structure"))
            self.ids |= {by_digest[bytes(key)]: pk for key, pk in found}

    def has_strayed(self, agent: Agent) -> bool:
        """Return whether a record is to be looked at, unchanged as it may be: a key that it names means another structure now."""
        return any(duty.place in self.strays for duty in agent.duties)

    def learn_whose(self, wanted: Iterable[str]) -> None:
        """Look up in one query whose the structures are that some keys mean."""
        self.ours.learn(self.ids[one] for one in wanted if one in self.ids)

    def compare(self, stated: Iterable[Place]) -> None:
        """Notice, once of each, the schools that we know in another academy than the feed says anywhere. They stay in ours."""
        said = [one for one in stated if one.uai not in self._contradicted and self._academy_of(one)]
        known = Structure.objects.filter(among("code", {one.uai for one in said}), kind=SCHOOL, parent__kind=ACADEMY)
        parents = {one.code: today(one.parent) for one in known.select_related("parent__successor")}
        for one in said:
            ours, theirs = parents.get(one.uai), today(self._academy_of(one))
            if ours and ours != theirs and one.uai not in self._contradicted:
                self._contradicted.add(one.uai)
                self._notice(one, f"UAI {one.uai}: stated in {theirs}, and known in {ours}: kept as it is")

    def plan(self, stated: list[Place]) -> None:
        """Know those stated as if they were written, for a plan that writes nothing."""
        anew = self._anew(one for one in self._filled(stated) if self._fits(one))
        self._take_codes(anew)
        for one, held, now in self._followed(anew):
            if held and held is not now and one.key not in self.strays:
                self.closing.add(held.pk)
            if now.pk is None:
                self._planned -= 1
                self.ours.plan(self._planned, now)
            self.ids[one.key] = self._posts_to(one, now) or self._planned
        if self.closing:
            here = joining.posted(self.dated, among("structure", self.closing))
            self.moved = here.values("structure", "person").distinct().count()

    def count(self) -> int:
        """Return how many structures the feed has stated so far."""
        return Row.objects.filter(feed=self.feed).exclude(structure=None).values("structure").distinct().count()

    def recode(self, stated: list[Place]) -> tuple[int, list[Place]]:
        """Give structures the UAI they have now: who is posted there and what is in their spaces stay.

        Of all that a feed states at once: two may swap theirs. Return how many rows that wrote, and what is stated anew, which is to be
        written. In the caller's transaction.
        """
        anew = self._anew(one for one in self._filled(stated) if self._fits(one))
        self._take_codes(anew)
        for codes in ({pk: f"~{pk:07}" for pk in self._taken}, self._taken):  # no two have one code, be it for a moment
            for pk, code in codes.items():
                Structure.objects.filter(pk=pk).update(code=code)
        return len(self._taken), [one for one, _held in anew]

    def write(self, stated: list[Place]) -> int:
        """Open, rename and follow those stated, once they have their codes; return how many rows that wrote. In the caller's transaction."""
        written, known, anew = 0, dict[str, Structure](), list[Place]()
        for one, held, now in self._followed(self._anew(stated)):
            anew.append(one)
            known[one.uai] = now
            if held and one.key in self.strays:
                written += joining.part(self.feed, self.dated, held, now)
            elif held and held is not now:
                rows, moved = joining.absorb(self.dated, held, now)
                written, self.moved = written + rows, self.moved + moved
            if now.code == one.uai and now.pk:
                written += self._rename(now, one)
        fresh = [one for one in known.values() if not one.pk]
        Structure.objects.bulk_create(fresh)
        finding.follow_places(one.pk for one in fresh)
        return written + len(fresh) + self._keep(anew, known)

    def _anew(self, stated: Iterable[Place]) -> list[tuple[Place, Structure | None]]:
        """Return what is stated anew, each with the structure that its key meant so far."""
        stated, rows = list(stated), dict[bytes, Row]()
        if self.feed.pk:
            keys_ = [digest(self.feed, one.key) for one in stated]
            there = Row.objects.filter(among("key", keys_), feed=self.feed).annotate(joined=F("structure__successor"))
            rows = {bytes(row.key): row for row in there}
        found = [(one, row) for one in stated if not self._unchanged(one, row := rows.get(digest(self.feed, one.key)))]
        former = Structure.objects.in_bulk([row.structure_id for _, row in found if row and row.structure_id])
        return [(one, former.get(row.structure_id) if row and row.structure_id else None) for one, row in found]

    def _filled(self, stated: list[Place]) -> list[Place]:
        """Return what is stated, with the UAI that it has here of each structure of which a feed of changes says something else alone."""
        bare = {digest(self.feed, one.key): one.key for one in stated if not one.uai}
        if not bare or not self.feed.pk:
            return stated
        rows = Row.objects.filter(among("key", bare), feed=self.feed, structure__kind=SCHOOL)
        codes = {bare[bytes(key)]: code for key, code in rows.values_list("key", "structure__code")}
        return [one if one.uai else one._replace(uai=codes.get(one.key, "")) for one in stated]

    def _take_codes(self, anew: list[tuple[Place, Structure | None]]) -> None:
        """Note which structures of the feed's take which codes: such as nobody has, or whose owner takes another one at once.

        A structure that another key means still, or that is another academy's, takes none: a mistyped code made the key stray there. So
        it did if what is stated now is a school that it had join that one. Where a key is a UAI itself, it is that school's or nobody's.
        """
        taken, wanted = dict[int, str](), set[str]()
        changed = [(one, held) for one, held in anew if held and one.uai not in {held.code, one.key}]
        self.ours.learn(held.pk for _, held in changed)
        owners = {
            one.code: one
            for one in Structure.objects.filter(among("code", {one.uai for one, _ in changed}), kind=SCHOOL)
        }
        kept = self._kept(changed) if changed else set()
        for one, held in changed:
            back = one.uai in owners and owners[one.uai].successor_id == held.pk
            if back or not self.ours.has(held) or held.pk in kept or taken.get(held.pk, one.uai) != one.uai:
                self.strays.add(one.key)
            elif one.uai not in wanted:
                taken[held.pk] = one.uai
                wanted.add(one.uai)
        while stays := [pk for pk, code in taken.items() if code in owners and owners[code].pk not in taken]:
            for pk in stays:
                del taken[pk]
        self._taken = taken

    def _kept(self, changed: list[tuple[Place, Structure]]) -> set[int]:
        """Return which of the structures that some keys meant other keys of the feed mean still."""
        leaving = {digest(self.feed, one.key) for one, _ in changed}
        meant = Row.objects.filter(among("structure", {held.pk for _, held in changed}), feed=self.feed)
        return {pk for key, pk in meant.values_list("key", "structure_id") if bytes(key) not in leaving}

    def _followed(
        self, anew: list[tuple[Place, Structure | None]]
    ) -> Iterator[tuple[Place, Structure | None, Structure]]:
        """Yield of each the structure its key meant so far, and the one it means now, which may be a new one.

        Another one absorbs it, unless it is to stay apart, or the key has strayed there.
        """
        former = {held.pk: held for _, held in anew if held}
        there = Structure.objects.filter(among("code", {one.uai for one, _ in anew}), kind=SCHOOL)
        known = {one.code: former.get(one.pk, one) for one in there}
        known |= {code: former[pk] for pk, code in self._taken.items() if pk in former}
        self.ours.learn([*former, *(one.pk for one in known.values())])
        closing = {
            held.pk for one, held in anew if held and self._absorbs(one) and known.get(one.uai, held) is not held
        }
        for one, held in anew:
            if one.uai not in known:
                known[one.uai] = held if held and one.key == one.uai else self._new(one)
            now = known[one.uai]
            if one.key == one.uai:
                yield one, None, now
                continue
            if held and held is not now and (why := self._why_apart(one, held, now, closing)):
                self._notice(one, f"UAI {one.uai}: structure {one.key} is {held.code}{why}: kept as it is")
                self.strays.discard(one.key)
                self.ids[one.key] = held.pk
                continue
            yield one, held, now

    def _absorbs(self, one: Place) -> bool:
        """Return whether what a key meant so far is absorbed by what it means now, if that is another one."""
        return one.key != one.uai and one.key not in self.strays

    def _why_apart(self, one: Place, held: Structure, now: Structure, closing: set[int]) -> str:
        """Return why a key goes on to mean what it meant so far, which is not absorbed; empty if it means another one now.

        A feed closes what is its own alone, and opens it to its own alone, and not under the name it had: that is a mistyped code. Nor does
        what is absorbed itself absorb anything. The new code of another academy's school is for that academy to say first.
        """
        if now.pk in closing:
            return ", and that one joins another"
        if now.successor_id not in {None, held.pk}:
            return ", and that one is closed"
        if one.key in self.strays:
            foretold = now.pk is None and one.uai[:DEPARTMENT] == held.code[:DEPARTMENT]
            return f", no school of {self.feed.academy}" if foretold and not self.ours.has(held) else ""
        if not self.ours.has(now):
            return f", and that one no school of {self.feed.academy}"
        same = fold(one.name)[:200] in {"", held.folded} and held.folded != now.folded
        return f" {held.name}, and that one {now.name}" if same else ""

    def _posts_to(self, one: Place, now: Structure) -> int:
        """Return where those are posted whom a key names: where what it means is closed, in what that joined."""
        return now.pk if one.key in self.strays else now.successor_id or now.pk

    def _keep(self, stated: list[Place], known: dict[str, Structure]) -> int:
        rows = [
            Row(feed=self.feed, key=digest(self.feed, one.key), hash=row_hash(one), structure=known[one.uai])
            for one in stated
        ]
        Row.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["feed", "key"], update_fields=["hash", "structure"]
        )
        self.ids |= {one.key: self._posts_to(one, known[one.uai]) for one in stated}
        return len(rows)

    def _fits(self, one: Place) -> bool:
        if not one.name and one.key == one.uai:
            return False  # beside somebody's posting: it names no school that we do not know
        if len(one.uai) != UAI or not one.uai[:7].isdigit():
            self._notice(one, f"structure {one.key}: {one.uai or 'nothing'} is no UAI code: left out")
            return False
        if not structures.uai_is_valid(one.uai):
            self._notice(one, f"UAI {one.uai}: the letter does not fit the number: kept as it is")
        return True

    def _notice(self, one: Place, text: str) -> None:
        self.notices.append(Remark(one.at, text))

    def _unchanged(self, one: Place, row: Row | None) -> bool:
        if not row or not row.structure_id or bytes(row.hash) != row_hash(one):
            return False
        if one.key != one.uai:
            self.ids[one.key] = row.joined or row.structure_id  # type: ignore[attr-defined]
        return True

    def _new(self, one: Place) -> Structure:
        name = (one.name or one.uai)[:200]
        return Structure(kind=SCHOOL, code=one.uai, name=name, folded=fold(name)[:200], parent=self._parent(one))

    def _rename(self, structure: Structure, one: Place) -> int:
        name = one.name[:200]
        if not name or structure.name == name or not self.ours.has(structure):
            return 0
        structure.name = name
        lifecycle.renamed({f"structure:{structure.pk}": name})
        written = Structure.objects.filter(pk=structure.pk).update(name=name, folded=fold(name)[:200])
        finding.follow_places([structure.pk])
        return written

    def _academy_of(self, one: Place) -> Structure | None:
        """Return the academy a structure is in as stated; None if that is not said, or by no name we know."""
        if one.academy not in self._academies:
            try:
                self._academies[one.academy] = structures.academy(one.academy) if one.academy else None
            except NotFound:
                self._notice(one, f"no academy is {one.academy!r}")
                self._academies[one.academy] = None
        return self._academies[one.academy]

    def _parent(self, one: Place) -> Structure:
        """Return what a new structure is in: the academy that is stated, else that of the feed, else the ministry."""
        return self._academy_of(one) or self.feed.academy or Structure.objects.get(kind=Structure.Kind.MINISTRY)
