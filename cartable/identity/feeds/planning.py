"""From facts to what would change. Everything is decided here and nothing is written: a dry run and the safety valve ask too."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from cartable.identity import dated, principals, zones
from cartable.identity.feeds import civil, keys, known, leading, matching, naming
from cartable.identity.feeds.civil import Named
from cartable.identity.feeds.diffing import Wanted, redate
from cartable.identity.feeds.facts import LOOK_AGAIN, Agent, Duty, Gone, Mistakes, Remark, row_hash, seen
from cartable.identity.feeds.known import Compared, Someone
from cartable.identity.feeds.mailing import Mailing
from cartable.identity.feeds.matching import Doubt, Likeness
from cartable.identity.feeds.models import Feed, PersonKey, Row, source_of
from cartable.identity.feeds.places import Places
from cartable.identity.feeds.plans import Plan
from cartable.identity.models import Posting, Structure

NATIONAL = PersonKey.Kind.NATIONAL
KINDS = {
    "aaf-1d": PersonKey.Kind.AAF,
    "aaf-2d": PersonKey.Kind.AAF,
    "csv": PersonKey.Kind.TABLE,
    "scim": PersonKey.Kind.SCIM,
    "scim-file": PersonKey.Kind.TABLE,
}
Stated = tuple[bytes, Agent | Gone | None]  # the digest of a key; None: the feed is silent about it


@dataclass(frozen=True)
class Planner:
    """One feed on one day."""

    feed: Feed
    kind: str
    dated: date
    places: Places
    academy: int  # the structure of those who are nowhere else
    former_scopes: tuple[str, ...] = ()  # of the academies that this one succeeds

    def plan(self, stated: list[Stated]) -> Plan:
        """Return what these records change. The number of queries does not depend on how many they are."""
        agents = [fact for _, fact in stated if isinstance(fact, Agent)]
        self.places.resolve(duty.place for one in agents for duty in one.duties)
        self.places.learn_whose(
            duty.place for one in agents for duty in one.duties if duty.function in principals.HEADS
        )
        digests = [key for key, _ in stated]
        digests += [self.national(one) for one in agents if one.national_id]
        digests += [former for one in agents for former in self.former(one)]
        work = _Work(self, known.read(self.feed, digests, [one.mail for one in agents]))
        for key, fact in stated:
            if isinstance(fact, Agent):
                work.state(key, fact)
            else:
                work.end(key, fact)
        work.compare_newcomers()
        return work.plan

    def national(self, agent: Agent) -> bytes:
        """Return the digest of the national identifier of an agent."""
        return keys.digest(NATIONAL, "", agent.national_id)

    def former(self, agent: Agent) -> Iterable[bytes]:
        """Return the digests the agent's key had in the academies this one succeeds."""
        return (keys.digest(self.kind, scope, agent.key) for scope in self.former_scopes)


def planner(feed: Feed, stream: str, dated: date) -> Planner:
    """Return what plans for a feed on a day."""
    ministry = Structure.objects.get(kind=Structure.Kind.MINISTRY).pk if feed.academy_id is None else 0
    former = Structure.objects.filter(successor=feed.academy_id) if feed.academy_id else ()
    scopes = tuple(one.code for one in former)
    return Planner(feed, KINDS[stream], dated, Places(feed, dated), feed.academy_id or ministry, scopes)


class _Work:
    """A plan in the making."""

    def __init__(self, planner: Planner, now: known.Known) -> None:
        self.planner, self.now, self.plan = planner, now, Plan()
        self._likeness: dict[bytes, tuple[Someone, Likeness, str]] = {}  # of newcomers, by key
        self._conflicts: list[tuple[Someone, Someone]] = []  # whom one national identifier means
        self._pairs: set[frozenset[Someone]] = set()  # who are proposed
        self.mailing = Mailing(self.plan, now.holders, planner.dated)

    # One record

    def state(self, key: bytes, agent: Agent) -> None:
        """Plan what a record states of a person."""
        agent = self._seen(agent)
        row = self.now.rows.get(key)
        someone, known_by = self._find(key, agent)
        unchanged = row and row.live and not agent.mistakes and bytes(row.hash) == row_hash(agent)
        if unchanged and not self.planner.places.has_strayed(agent):
            # Who states it by SCIM is told again what is left out; of a file the scan passes over it: it was told the first time
            self.mailing.read(agent, someone)
            self._wanted(agent)
            return
        if mistakes := self._mistakes(agent, row, someone):
            self.refuse(mistakes)
            return
        if row and someone is None and self._is_over(agent):
            return  # who it meant was erased, and has not come back
        new = someone is None
        someone = someone or self._arrive(key, agent)
        self._add_keys(key, agent, someone, known_by)
        back = row is not None and not row.live
        row = self._record(key, row, someone)
        mail, theirs = self.mailing.read(agent, someone)
        begun, ended, redated, whole = self._post(agent, someone, row)
        said, row.live = row.said, True
        renamed = self._name(someone, row, agent) and not new
        mailed = self.mailing.give(agent, someone, row, mail, theirs)
        self.mailing.write_to(someone, row, self._heard(someone), mail if mailed or (theirs and back) else "")
        kept = row_hash(agent) if whole and agent.stated is None else LOOK_AGAIN
        if row.pk is None or bytes(row.hash) != kept or back or row.said != said:
            self._keep(key, row, kept, someone)
        if not new and (outcome := _outcome(begun, ended, redated or renamed or mailed)):
            self.plan.outcomes.setdefault(someone, outcome)
        if not new and (begun or ended or redated or renamed):
            self.plan.touched[someone] = None

    def end(self, key: bytes, fact: Gone | None) -> None:
        """Plan that a feed no longer states a person."""
        row = self.now.rows.get(key)
        if row is None:
            if fact:
                why = f"deletes {fact.key}, whom no earlier feed states: import a complete one"
                self.refuse([Remark(fact.at, why)])
            return
        someone = self.now.someone(row.person_id) if row.person_id else self._newcomer(key)
        if someone is None or not row.live:
            return
        ended, row.live = self._redate(someone, row, [])[1], False
        renamed = self._name(someone, row)
        self.mailing.end(someone, row)
        self.mailing.write_to(someone, row, self._heard(someone))
        self._keep(key, row, LOOK_AGAIN, someone)
        self.plan.outcomes.setdefault(someone, "ended")
        if ended or renamed:
            self.plan.touched[someone] = None

    def _newcomer(self, key: bytes) -> Someone | None:
        """Return whom a record of this batch means, who is not in the database yet; nobody, if who it meant was erased."""
        planned = self.plan.rows.get(key)
        return planned[0] if planned else None

    def refuse(self, mistakes: list[Remark]) -> None:
        """Count a record that is left out whole, and say why."""
        self.plan.refused += 1
        self.plan.remarks += mistakes

    def _mistakes(self, agent: Agent, row: Row | None, someone: Someone | None) -> list[Remark]:
        """Return all for which a record is left out; nothing if it stands."""
        mistakes = Mistakes(agent.mistakes)
        if agent.stated is not None and (row is None or someone is None):
            mistakes.note(agent.at, f"changes {agent.key}, whom no earlier feed states: import a complete one")
        if agent.stated is None and not ((agent.usage_name or agent.birth_name) and agent.first_name):
            mistakes.note(agent.at, f"{agent.key} has no name")
        for duty in agent.duties:
            if self.planner.kind != PersonKey.Kind.AAF and duty.place and duty.place not in self.planner.places.ids:
                mistakes.note(agent.at, f"UAI {duty.place} is unknown: name its structure")
        was = civil.read(row.said).likeness if row and row.said else someone.likeness if someone else None
        if was and matching.is_another(was, civil.likeness(agent)):
            dates = matching.compare_dates(was.born, agent.born)
            what = (
                "names and birth date all differ"
                if dates == "differ"
                else "both names differ, and no birth date agrees"
            )
            mistakes.note(agent.at, f"key {agent.key} was another person's: {what}")
        return mistakes.found

    def _seen(self, agent: Agent) -> Agent:
        bare = seen(agent)
        if bare != agent:
            self.plan.remark(agent, f"marks that are not seen, in a name of {agent.key}: left out")
        return bare

    def _find(self, key: bytes, agent: Agent) -> tuple[Someone | None, bytes | None]:
        """Return whom a record means without doubt (R0, R1), and by which key; whom an identifier contradicts (R1') is noted later."""
        if owner := self.now.owners.get(key):
            return owner, key
        for former in self.planner.former(agent):
            owner = self.now.owners.get(former)
            if owner and _is_all_the_same(owner, agent):
                return owner, former
        if not agent.national_id:
            return None, None
        national = self.planner.national(agent)
        numbered = self.now.owners.get(national)
        fits = numbered and numbered.likeness and matching.agree_enough(numbered.likeness, civil.likeness(agent))
        return (numbered, national) if fits else (None, None)

    def _arrive(self, key: bytes, agent: Agent) -> Someone:
        someone = Someone(None, civil.display(agent), civil.likeness(agent))
        self._likeness[key] = someone, civil.likeness(agent), agent.mail
        self.plan.newcomers.append(someone)
        self.plan.outcomes[someone] = "arrived"
        return someone

    def _name(self, someone: Someone, row: Row, agent: Agent | None = None) -> bool:
        """Plan what a person is called now that one of their records says something, or no longer; return whether that is another name.

        Each of several keeps what it says; they are called as that does which speaks for them.
        """
        now = Named(someone.name, someone.likeness)
        if len(someone.records) > 1:
            self._keep_names(someone, row, now)
        before = civil.read(row.said) if row.said else now
        says = civil.stated(agent, before) if agent else before
        if row.said:
            row.said = civil.kept(says)
        if len(someone.records) > 1:
            says = naming.called(self._heard(someone), now, fresh=row if says != before else None)
        if says.likeness != now.likeness:
            someone.likeness = says.likeness
            self.plan.alike.append(someone)
        if says.name == now.name:
            return False
        someone.name = says.name
        self.plan.renamed.append(someone)
        return True

    def _keep_names(self, someone: Someone, row: Row, now: Named) -> None:
        """Have the records of a person, now that they are several, keep what it was that they said: what the person is called."""
        for one in someone.records:
            if one.said is None:
                one.said = civil.kept(now)
                if one is not row:
                    self.plan.said.append(one)

    def _heard(self, someone: Someone) -> list[Row]:
        """Return which of several records speak for a person, as this plan leaves them."""
        return leading.speaking(someone.records, leading.by_source(self._since(someone)))

    def _since(self, someone: Someone) -> dict[str, date]:
        """Return when the last current posting began of each source, as this plan leaves them: by the day it is in the feed's academy."""
        today, since = zones.day_in(self.planner.feed.scope), dict(someone.since)
        for source, held in someone.postings.items():
            since.pop(source, None)
            if current := [one.start for one in held if one.start <= today and _stands(one, today)]:
                since[source] = max(current)
        return since

    def _record(self, key: bytes, row: Row | None, someone: Someone) -> Row:
        """Return the record under a key as it means somebody: numbered among those of theirs."""
        if row and row.person_id in {None, someone.id}:
            return row
        row = row or Row(key=key, feed=self.planner.feed)
        row.part, someone.parts = someone.parts, someone.parts + 1
        someone.records.append(row)
        return row

    def _add_keys(self, key: bytes, agent: Agent, someone: Someone, known_by: bytes | None) -> None:
        if key not in self.now.owners:
            self._own(key, self.planner.kind, self.planner.feed.scope, someone, known_by)
        if not agent.national_id:
            return
        national = self.planner.national(agent)
        holder = self.now.owners.get(national)
        if holder is None:
            self._own(national, NATIONAL, "", someone, key)
        elif holder is not someone:
            self._conflicts.append((someone, holder))
            self.plan.remark(
                agent, f"the national identifier of {agent.key} is somebody else's: left out, and a person decides"
            )
        elif known_by == national:
            self.plan.joined.append(someone)

    def _own(self, digest: bytes, kind: str, scope: str, someone: Someone, known_by: bytes | None) -> None:
        self.now.owners[digest] = someone
        self.plan.keys.append((someone, PersonKey(kind=kind, scope=scope, digest=digest, by=known_by)))

    # Postings

    def _post(self, agent: Agent, someone: Someone, row: Row) -> tuple[bool, bool, bool, bool]:
        """Plan postings; return whether some began elsewhere, some ended, some changed, and whether all could be placed."""
        if agent.stated is not None and "duties" not in agent.stated:
            return False, False, False, True
        wanted, whole = self._wanted(agent)
        return *self._redate(someone, row, wanted), whole

    def _wanted(self, agent: Agent) -> tuple[list[Wanted], bool]:
        wanted: dict[tuple[int, str, date | None], Wanted] = {}
        lost, places = False, self.planner.places
        for duty in agent.duties:
            place = places.of(duty.place) if duty.place else self.planner.academy
            if place is None:
                place, lost = self.planner.academy, True
                self.plan.remark(agent, f"structure {duty.place} is unknown: posted to the academy")
            function = self._function(agent, duty, place)
            stated = places.ids.get(duty.place, place)
            last = dated.day_after(duty.last)
            one = Wanted(place, function, duty.first, last, duty.discipline[:10], None if stated == place else stated)
            wanted.setdefault((stated, function, duty.first), one)
        return list(wanted.values()) or [Wanted(self.planner.academy, "", None, None)], not lost

    def _is_over(self, agent: Agent) -> bool:
        """Return whether all that a record states has ended."""
        ends = [dated.day_after(duty.last) for duty in agent.duties]
        return bool(ends) and all(end is not None and end <= self.planner.dated for end in ends)

    def _function(self, agent: Agent, duty: Duty, place: int) -> str:
        """Return the function of somebody at a place. Who heads a structure, its own academy says alone."""
        if not duty.place or duty.function not in principals.HEADS:
            return duty.function
        if duty.place not in self.planner.places.ids:
            return ""  # they head no academy
        if self.planner.places.ours.holds(place):
            return duty.function
        ours = self.planner.feed.academy
        self.plan.remark(agent, f"structure {duty.place} is no school of {ours}: posted there without {duty.function}")
        return ""

    def _redate(self, someone: Someone, row: Row, wanted: list[Wanted]) -> tuple[bool, bool, bool]:
        source = source_of(self.planner.feed.name, row.part)
        there = someone.postings.setdefault(source, [])
        day = self.planner.dated
        before = {one.structure_id for one in there if one.end is None or one.end > day}
        standing = [one for one in there if one.pk and _stands(one, day)]
        change = redate(there, wanted, day)
        for one in change.begun:
            one.source = source
        self.plan.begun += [(someone, one) for one in change.begun]
        self.plan.redated += [*change.ended, *change.redated]
        self.plan.ended_postings += sum(not _stands(one, day) for one in standing)  # by whatever was stated
        there += change.begun
        elsewhere = any(one.structure_id not in before for one in change.begun)
        return elsewhere, bool(change.ended), bool(change.redated or (change.begun and not elsewhere))

    def _keep(self, key: bytes, row: Row, kept: bytes, someone: Someone) -> None:
        row.hash = kept
        self.now.rows[key] = row
        self.plan.rows[key] = someone, row

    # Newcomers

    def compare_newcomers(self) -> None:
        """Plan what a human should look at: newcomers who may be known, and one identifier that means two people."""
        register = self.planner.kind, self.planner.feed.scope
        stated = {
            key: Compared(one, {self.now.holders.get(mail, known.ERASED).person} - {known.ERASED.person}, {register})
            for key, (_, one, mail) in self._likeness.items()
        }
        found = known.candidates(stated, self.planner.dated)
        for key, (someone, one, _mail) in self._likeness.items():
            for doubt in matching.doubts(one, found.get(key, ())):
                self._propose(someone, self.now.someone(doubt.person), doubt)
        self._compare_mates()
        for someone, holder in self._conflicts:
            evidence = matching.compare(someone.likeness or civil.NOBODY, holder.likeness or civil.NOBODY)
            self._propose(someone, holder, Doubt(holder.id or 0, "R1'", matching.score(evidence), evidence))

    def _compare_mates(self) -> None:
        """Propose newcomers of whom this batch states twice the first name, the birth date and a surname: each with who came first."""
        first: dict[tuple[str, str, date], Someone] = {}
        for someone, one, _mail in self._likeness.values():
            if one.born is None:
                continue
            named = [(name, one.first_name, one.born) for name in (one.birth_name, one.usage_name)]
            for mate in dict.fromkeys(first.setdefault(each, someone) for each in named):
                if mate is not someone:
                    evidence = matching.compare(one, mate.likeness or civil.NOBODY)
                    self._propose(someone, mate, Doubt(0, "R3", matching.score(evidence), evidence))

    def _propose(self, someone: Someone, candidate: Someone, doubt: Doubt) -> None:
        """Plan a case of two, whichever of them comes first: one is enough."""
        if (pair := frozenset((someone, candidate))) in self._pairs:
            return
        self._pairs.add(pair)
        self.plan.cases.append((someone, candidate, doubt))
        self.plan.outcomes[someone] = "proposed"


def _stands(posting: Posting, day: date) -> bool:
    return not posting.cancelled and (posting.end is None or posting.end > day)


def _is_all_the_same(someone: Someone, agent: Agent) -> bool:
    found = matching.compare(someone.likeness or civil.NOBODY, civil.likeness(agent))
    return set(found.values()) == {"agree"}


def _outcome(begun: bool, ended: bool, changed: bool) -> str:  # noqa: FBT001 - three facts of one person
    if begun:
        return "moved"
    return "ended" if ended and not changed else "changed" if ended or changed else ""
