"""The addresses that records state, in a plan in the making: whose they are, and where people are written to."""

from collections.abc import Mapping, Sequence
from datetime import date

from cartable.identity import people
from cartable.identity.feeds import leading
from cartable.identity.feeds.facts import Agent
from cartable.identity.feeds.known import Holder, Someone
from cartable.identity.feeds.models import Row
from cartable.identity.feeds.plans import Plan
from cartable.kernel.errors import BadInput


class Mailing:
    """What a plan does about addresses, of which it is known who holds them."""

    def __init__(self, plan: Plan, holders: Mapping[str, Holder], dated: date) -> None:
        self._plan, self._holders, self._dated = plan, holders, dated
        self._given: dict[str, tuple[Someone, str]] = {}  # to whom, and by which record
        self._waiting: set[str] = set()  # those of announced postings

    def read(self, agent: Agent, someone: Someone | None) -> tuple[str, bool | None]:
        """Return the address a record states, empty if it is none, and whether it is theirs: None, if it is nobody's yet."""
        mail = self._mail(agent)
        holder, _ = self._holder(mail)
        if not mail or holder is None:
            return mail, None
        theirs = someone is not None and holder in {someone, someone.id}
        if not theirs:
            self._plan.remark(agent, f"{mail} is, or was, somebody else's: left out")
        return mail, theirs

    def give(self, agent: Agent, someone: Someone, row: Row, mail: str, theirs: bool | None) -> bool:  # noqa: FBT001 - as `read` has them
        """Plan the address a record states; return whether it is a new one.

        One that the record did not give is kept as that (`AddressClaim`), for as long as it is stated: also one that is theirs by
        another record, for that may be found to be another's.
        """
        if agent.stated is None or "mail" in agent.stated:
            gave = theirs is None or (theirs and self._holder(mail)[1] == row.source)
            self._plan.claims[someone, row.source] = "" if gave else mail
        if not mail or theirs is not None:
            return False
        self._given[mail] = someone, row.source
        if begins := self._begins(agent):
            self._waiting.add(mail)
        self._plan.mails.append((someone, mail, begins, row.source))
        return True

    def end(self, someone: Someone, row: Row) -> None:
        """Plan that a record states no address any more. What it gave stays theirs."""
        self._plan.claims[someone, row.source] = ""

    def write_to(self, someone: Someone, row: Row, heard: Sequence[Row], mail: str = "") -> None:
        """Plan where a person is written to now that one of their records gives an address (again), or says something else, or no longer.

        It is as the record says that speaks for them. One that comes with an announced posting waits (`applying`).
        """
        held, gives = someone.written, bool(mail) and mail not in self._waiting
        if gives:
            held.stated[row.source] = mail
        main = leading.mail(heard, held, row if gives else None)
        if main != held.main:
            held.main, held.by_hand = main, False
            self._plan.main[someone] = main

    def _holder(self, mail: str) -> tuple[Someone | int | None, str]:
        """Return who holds an address, None if it is nobody's yet, and which record gave it."""
        return self._given.get(mail) or self._holders.get(mail) or (None, "")

    def _begins(self, agent: Agent) -> date | None:
        """Return the first day of somebody who is only announced: their mailbox may not be there before."""
        days = [duty.first for duty in agent.duties if duty.first]
        announced = len(days) == len(agent.duties) and all(day > self._dated for day in days)
        return min(days) if days and announced else None

    def _mail(self, agent: Agent) -> str:
        if not agent.mail:
            return ""
        try:
            mail = people.clean_mail(agent.mail)
        except BadInput:
            self._plan.remark(agent, f"{agent.mail!r} is no address: left out")
            return ""
        if people.is_functional(mail):
            self._plan.remark(agent, f"{mail} is the mailbox of a school, not of a person: left out")
            return ""
        return mail
