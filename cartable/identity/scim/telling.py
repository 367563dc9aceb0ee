"""From a resource to people: the same planning as any feed's, one record at a time."""

import logging

from cartable.identity.feeds import applying, groups, keys
from cartable.identity.feeds.facts import Agent, Gone, Refused
from cartable.identity.feeds.models import Feed, PersonKey, ScimResource
from cartable.identity.feeds.planning import planner
from cartable.identity.feeds.users import agent, places
from cartable.identity.scim import weighing
from cartable.identity.scim.weighing import STREAM
from cartable.kernel import clock

logger = logging.getLogger(__name__)


def tell(feed: Feed, resource: ScimResource, *, gone: bool = False) -> None:
    """Apply what a user states now; `gone`: nothing any more. In the caller's transaction, which lets no other feed by.

    What cannot be understood leaves the person as they were, with a line in the log; the resource keeps what was said.
    Raises valve.TooMuch if the source would end or rename too many in a day.
    """
    key, at = str(resource.pk), f"scim {resource.pk}"
    fact = Gone(at, key) if gone else agent(resource.document, at, key)
    if isinstance(fact, Refused):
        logger.warning("%s: %s", fact.at, fact.why)
        return
    if not isinstance(fact, Agent | Gone):
        return
    plans = planner(feed, STREAM, clock.today())
    if not gone:
        plans.places.write(list(places(resource.document, at)))
    plan = plans.plan([(keys.digest(PersonKey.Kind.SCIM, feed.scope, key), fact)])
    weighing.weigh(feed, plan)
    applying.apply(plan, feed)
    if not gone:
        groups.join(resource)
    for line in (*plans.places.notices, *plan.lines):
        if not isinstance(fact, Gone):  # whom we never knew is gone already
            logger.warning("%s", line)
