"""The addresses that records state, in a plan in the making: whose they are, and where people are written to."""

from collections.abc import Mapping, Sequence
from datetime import date

from cartable.identity import people
from cartable.identity.feeds import leading
from cartable.identity.feeds.facts import Agent
from cartable.identity.feeds.known import Someone
from cartable.identity.feeds.models import Row
from cartable.identity.feeds.plans import Plan
from cartable.kernel.errors import BadInput


class Mailing:
    """What a plan does about addresses, of which it is known who holds them."""

    def __init__(self, plan: Plan, holders: Mapping[str, int], dated: date) -> None:
        self._plan, self._holders, self._dated = plan, holders, dated
        self._given: dict[str, Someone] = {}  # addresses
        self._waiting: set[str] = set()  # those of announced postings

    def read(self, agent: Agent, someone: Someone | None) -> tuple[str, bool | None]:
        """Return the address a record states, empty if it is none, and whether it is theirs: None, if it is nobody's yet."""
        mail = self._mail(agent)
        holder = self._given.get(mail) or self._holders.get(mail)
        if not mail or holder is None:
            return mail, None
        theirs = someone is not None and (holder is someone or holder == someone.id)
        if not theirs:
            self._plan.remark(agent, f"{mail} is, or was, somebody else's: left out")
        return mail, theirs

    def give(self, agent: Agent, someone: Someone, row: Row, mail: str, theirs: bool | None) -> bool:  # noqa: FBT001 - as `read` has them
        """Plan the address a record states; return whether it is a new one."""
        if not mail:
            return False
        if theirs is not None:
            self._plan.claims[mail] = (someone, theirs)
            return False
        self._given[mail] = someone
        if begins := self._begins(agent):
            self._waiting.add(mail)
        self._plan.mails.append((someone, mail, begins, row.source))
        return True

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
