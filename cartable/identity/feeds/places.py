"""Structures that a feed states: found by its own keys or by UAI, opened, renamed, followed when their code changes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import F

from cartable.identity import finding, lifecycle, structures
from cartable.identity.feeds import joining, keys
from cartable.identity.feeds.facts import LOOK_AGAIN, Agent, Place, Remark, row_hash
from cartable.identity.feeds.models import NUMBERING, Feed, Row
from cartable.identity.feeds.ours import Ours, today
from cartable.identity.feeds.recoding import Anew, Meant, Recoding
from cartable.identity.models import Structure
from cartable.identity.names import fold
from cartable.kernel.bulk import among
from cartable.kernel.errors import NotFound

SCHOOL, ACADEMY = Structure.Kind.SCHOOL, Structure.Kind.ACADEMY
UAI = 8  # characters


@dataclass
class Places:
    """The structures of one feed while it is read. Those only planned have ids below zero."""

    feed: Feed
    dated: date
    ids: dict[str, int] = field(default_factory=dict)  # of the feed's key, as stated: it may have joined another
    notices: list[Remark] = field(default_factory=list)
    _academies: dict[str, Structure | None] = field(default_factory=dict)
    _contradicted: set[str] = field(default_factory=set)  # UAIs
    _joined: dict[int, int] = field(default_factory=dict)  # what those are now that joined another
    _planned: int = 0

    def __post_init__(self) -> None:
        """Know of no structure yet whose it is."""
        self.ours = Ours(self.feed)
        self._recoding = Recoding(self.feed, self.ours, self._new, self._say)

    def resolve(self, wanted: Iterable[str]) -> None:
        """Look up in two queries at most the keys that are not known yet: what is a UAI, by it; the keys of a source by what it said."""
        new = {one for one in wanted if one and one not in self.ids}
        if not new:
            return
        found = list[tuple[str, int, int | None]]()
        if codes := {one for one in new if len(one) == UAI}:
            schools = Structure.objects.filter(among("code", codes), kind=SCHOOL)
            found += schools.values_list("code", "pk", "successor")
        by_digest = {keys.of_school(self.feed, one): one for one in new - {code for code, *_ in found}}
        if by_digest and self.feed.pk:
            rows = Row.objects.filter(among("key", by_digest), feed=self.feed).exclude(structure=None)
            meant = rows.values_list("key", "structure", "structure__successor")
            found += [(by_digest[bytes(key)], pk, became) for key, pk, became in meant]
        for key, pk, became in found:
            self._know(key, pk, became)

    def of(self, key: str) -> int | None:
        """Return in which structure those are whom a key states: where it joined another, in that one; None if none is known by it."""
        meant = self.ids.get(key)
        return None if meant is None else self._joined.get(meant, meant)

    def has_strayed(self, agent: Agent) -> bool:
        """Return whether a record is to be looked at, unchanged as it may be: a key that it names means another structure now."""
        return any(duty.place in self._recoding.strays for duty in agent.duties)

    def learn_whose(self, wanted: Iterable[str]) -> None:
        """Look up in one query whose the structures are that some keys mean."""
        self.ours.learn(there for one in wanted if (there := self.of(one)) is not None)

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

    def plan(self, stated: list[Place], *, complete: bool = False) -> None:
        """Know those stated as if they were written, for a plan that writes nothing; of a `complete` feed they are all there are."""
        for meant in self._recoding.followed(self._decided(stated, complete=complete)):
            if meant.school.pk is None:
                self._planned -= 1
                meant.school.pk = self._planned
                self.ours.plan(self._planned, meant.school)
            self._mean(meant.stated.key, meant.school)

    def count(self) -> int:
        """Return how many structures the feed has stated so far."""
        return Row.objects.filter(feed=self.feed).exclude(structure=None).values("structure").distinct().count()

    @property
    def recoded(self) -> int:
        """How many structures take another code."""
        return len(self._recoding.taken)

    def recode(self, stated: list[Place], *, complete: bool = False) -> tuple[int, list[Place]]:
        """Give structures the UAI they have now: who is posted there and what is in their spaces stay.

        Of all that a feed states at once: two may swap theirs. Return how many rows that wrote, and what is stated anew, which is to be
        written. In the caller's transaction.
        """
        anew = self._decided(stated, complete=complete)
        taken = self._recoding.taken
        if taken:  # whatever number means them, is looked at again: it may not be theirs any more
            Row.objects.filter(NUMBERING, among("structure", taken)).update(hash=LOOK_AGAIN)
        for codes in ({pk: f"~{pk:07}" for pk in taken}, taken):  # no two have one code, be it for a moment
            for pk, code in codes.items():
                Structure.objects.filter(pk=pk).update(code=code)
        return len(taken), [one for one, _held in anew]

    def _decided(self, stated: list[Place], *, complete: bool) -> list[Anew]:
        """Return what is stated anew, once it is decided what becomes of all of it."""
        anew = self._anew(one for one in self._filled(stated) if self._fits(one))
        self._recoding.numbers = [one.key for one in stated] if complete else None
        self._recoding.decide(anew)
        return anew

    def write(self, stated: list[Place]) -> int:
        """Open, rename and follow those stated, once they have their codes; return how many rows that wrote. In the caller's transaction."""
        meant = list(self._recoding.followed(self._anew(stated)))
        fresh = list({id(one.school): one.school for one in meant if not one.school.pk}.values())
        Structure.objects.bulk_create(fresh)
        finding.follow_places(one.pk for one in fresh)
        return len(fresh) + sum(map(self._follow, meant)) + self._keep(meant)

    def _follow(self, meant: Meant) -> int:
        """Have a number leave where it strayed to, and a school be called as its number says; return how many rows that wrote."""
        written = joining.look_again(self.feed, self.dated, meant.left) if meant.left else 0
        if meant.names and meant.school.code == meant.stated.uai:
            written += self._rename(meant.school, meant.stated)
        return written

    def _mean(self, key: str, school: Structure) -> None:
        """Know which school a key means, and what that has become."""
        self._know(key, school.pk, school.successor_id)

    def _know(self, key: str, school: int, became: int | None) -> None:
        self.ids[key] = school
        if became:
            self._joined[school] = became

    def _say(self, one: Place, what: str) -> None:
        self._notice(one, f"UAI {one.uai}: {what}")

    def _anew(self, stated: Iterable[Place]) -> list[Anew]:
        """Return what is stated anew, with whose each number was so far."""
        stated, rows = list(stated), dict[bytes, Row]()
        if self.feed.pk:
            there = Row.objects.filter(among("key", map(self._key, stated)), feed=self.feed)
            rows = {bytes(row.key): row for row in there.annotate(became=F("structure__successor"))}
        found = [(one, row) for one in stated if not self._unchanged(one, row := rows.get(self._key(one)))]
        held = Structure.objects.select_related("parent", "successor").in_bulk(
            {row.structure_id for _, row in found if row and row.structure_id}
        )
        anew = [Anew(one, held.get(row.structure_id or 0) if row else None) for one, row in found]
        for one in anew:
            if one.held:  # until it is known to mean another
                self._mean(one.stated.key, one.held)
        return anew

    def _key(self, one: Place) -> bytes:
        return keys.of_school(self.feed, one.key)

    def _filled(self, stated: list[Place]) -> list[Place]:
        """Return what is stated, with the UAI it has here, of each school of which a feed of changes says something else."""
        bare = {self._key(one): one.key for one in stated if not one.uai}
        if not bare or not self.feed.pk:
            return stated
        rows = Row.objects.filter(among("key", bare), feed=self.feed, structure__kind=SCHOOL)
        codes = {bare[bytes(key)]: code for key, code in rows.values_list("key", "structure__code")}
        return [one if one.uai else one._replace(uai=codes.get(one.key, "")) for one in stated]

    def _keep(self, meant: list[Meant]) -> int:
        """Keep whose the numbers are; return how many rows that wrote."""
        rows = [
            Row(
                feed=self.feed,
                key=self._key(one.stated),
                hash=row_hash(one.stated),
                structure=one.school,
            )
            for one in meant
        ]
        # Who came to a school first is told by its rows: who comes from elsewhere has a new one
        if gone := [self._key(one.stated) for one in meant if one.left]:
            Row.objects.filter(among("key", gone), feed=self.feed).delete()
        Row.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["feed", "key"], update_fields=["hash", "structure"]
        )
        for one in meant:
            self._mean(one.stated.key, one.school)
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
            self._know(one.key, row.structure_id, row.became)  # type: ignore[attr-defined]
        return True

    def _new(self, one: Place) -> Structure:
        name = (one.name or one.uai)[:200]
        return Structure(kind=SCHOOL, code=one.uai, name=name, folded=fold(name)[:200], parent=self._parent(one))

    def _rename(self, structure: Structure, one: Place) -> int:
        name = one.name[:200]
        if not name or structure.name == name or not self.ours.has(structure):
            return 0
        structure.name, structure.folded = name, fold(name)[:200]
        lifecycle.renamed({f"structure:{structure.pk}": name})
        written = Structure.objects.filter(pk=structure.pk).update(name=name, folded=structure.folded)
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
