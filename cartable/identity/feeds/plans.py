"""What would change: a plan is made before anything is written, and weighed, told or applied whole."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from cartable.identity.feeds.facts import Agent, Remark
from cartable.identity.feeds.known import Someone
from cartable.identity.feeds.matching import Doubt
from cartable.identity.feeds.models import PersonKey, Row
from cartable.identity.models import Posting


@dataclass
class Plan:
    """What a batch of facts changes. Each person has one outcome at most."""

    newcomers: list[Someone] = field(default_factory=list)
    renamed: list[Someone] = field(default_factory=list)
    alike: list[Someone] = field(default_factory=list)  # whose civil facts changed
    keys: list[tuple[Someone, PersonKey]] = field(default_factory=list)
    mails: list[tuple[Someone, str, date | None, str]] = field(default_factory=list)  # from when on; of which source
    main: dict[Someone, str] = field(default_factory=dict)  # where they are written to from now on: new, or held before
    claims: dict[tuple[Someone, str], str] = field(
        default_factory=dict
    )  # by record (`Posting.source`): the address it states and did not give, or none
    begun: list[tuple[Someone, Posting]] = field(default_factory=list)
    redated: list[Posting] = field(default_factory=list)
    rows: dict[bytes, tuple[Someone, Row]] = field(default_factory=dict)  # by key
    said: list[Row] = field(default_factory=list)  # records beside another from now on, which keep what they said
    joined: list[Someone] = field(default_factory=list)  # whom a record came to by their national identifier alone (R1)
    cases: list[tuple[Someone, Someone, Doubt]] = field(default_factory=list)
    touched: dict[Someone, None] = field(default_factory=dict)  # whose principals change
    outcomes: dict[Someone, str] = field(default_factory=dict)
    refused: int = 0
    ended_postings: int = 0
    remarks: list[Remark] = field(default_factory=list)

    def counts(self) -> Counter[str]:
        """Return how many people arrived, moved, changed, ended, are proposed, and how many records were refused."""
        return Counter(self.outcomes.values()) + Counter(refused=self.refused)

    def remark(self, agent: Agent, text: str) -> None:
        """Keep what there is to say of a record."""
        self.remarks.append(Remark(agent.at, text))
