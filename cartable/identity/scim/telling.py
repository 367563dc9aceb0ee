"""From a resource to people: the same planning as any feed's, one record at a time."""

import logging
from typing import Any

from cartable.identity.feeds import applying, groups, resources
from cartable.identity.feeds.facts import Agent, Gone, Remark, once
from cartable.identity.feeds.models import Feed, ScimResource
from cartable.identity.feeds.planning import planner
from cartable.identity.feeds.users import agent, places
from cartable.identity.scim import weighing
from cartable.identity.scim.weighing import STREAM
from cartable.kernel import clock

logger = logging.getLogger(__name__)


def tell(feed: Feed, resource: ScimResource, *, new: bool = False, gone: bool = False) -> None:
    """Apply what a user states now; `new`: for the first time; `gone`: nothing any more. In the caller's transaction, which
    lets no other feed by.

    What cannot be understood leaves the person as they were, with a line in the log; the resource keeps what was said.
    One that is new under a key that meant another human starts anew. Raises valve.TooMuch if the source would end or rename
    too many in a day.
    """
    stated, key, at = resources.stated(resource), str(resource.pk), f"scim {resource.pk}"
    fact = Gone(at, key) if gone else agent(stated, at, key)
    remarks, refused = _apply(feed, resource, fact, stated)
    if new and refused and resources.person(resource):
        resources.start_anew(resource)
        remarks, _ = _apply(feed, resource, fact, stated)
    if not gone:
        weighing.weigh(feed, groups.join(resource))
    if not isinstance(fact, Gone):  # whom we never knew is gone already
        for remark in remarks:
            logger.warning("%s", remark)


def _apply(feed: Feed, resource: ScimResource, fact: Agent | Gone, stated: dict[str, Any]) -> tuple[list[Remark], bool]:
    """Apply a fact; return what there is to say of it, and whether it was left out."""
    plans = planner(feed, STREAM, clock.today())
    if isinstance(fact, Agent):
        named = list(places(stated, fact.at))
        plans.places.compare(named)
        plans.places.write(once(named))
    plan = plans.plan([(bytes(resource.digest or b""), fact)])
    weighing.weigh(feed, weighing.changes(plan))
    applying.apply(plan, feed)
    return [*plans.places.notices, *plan.remarks], bool(plan.refused)
