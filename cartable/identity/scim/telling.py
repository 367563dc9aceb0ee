"""From a resource to people: the same planning as any feed's, one record at a time."""

import logging
from typing import Any

from cartable.identity.feeds import applying, groups, resources
from cartable.identity.feeds.facts import Agent, Gone, Remark, once
from cartable.identity.feeds.models import Feed, ScimResource
from cartable.identity.feeds.places import Places
from cartable.identity.feeds.planning import planner
from cartable.identity.feeds.users import SCHEMA, agent, places
from cartable.identity.scim import weighing
from cartable.identity.scim.weighing import STREAM
from cartable.kernel import clock
from cartable.kernel.errors import BadInput

logger = logging.getLogger(__name__)


class Unfit(BadInput):
    """A user states what nothing is: a day, a code of a function, a school that nobody knows. Its argument names the paths."""


def tell(feed: Feed, resource: ScimResource, *, new: bool = False, gone: bool = False) -> list[str]:
    """Apply what a user states now; `new`: for the first time; `gone`: nothing any more. Return what was left out of it, and why.
    In the caller's transaction, which lets no other feed by.

    What is left out changes nobody, and has a line in the log; the resource keeps what was said. One that is new under a key
    that meant another human starts anew. Raises Unfit, and valve.TooMuch if the source would end or rename too many in a day.
    """
    stated, key, at = resources.stated(resource), str(resource.pk), f"scim {resource.pk}"
    fact = Gone(at, key) if gone else agent(stated, at, key)
    if isinstance(fact, Agent) and fact.mistakes:
        raise Unfit("; ".join(str(one).removeprefix(f"{at} ") for one in fact.mistakes))
    remarks, refused = _apply(feed, resource, fact, stated)
    if new and refused and resources.person(resource):
        resources.start_anew(resource)
        remarks, _ = _apply(feed, resource, fact, stated)
    if not gone:
        weighing.weigh(feed, groups.join(resource))
    if isinstance(fact, Gone):
        return []  # whom we never knew is gone already
    for remark in remarks:
        logger.warning("%s", remark)
    return [remark.text for remark in remarks]


def _apply(feed: Feed, resource: ScimResource, fact: Agent | Gone, stated: dict[str, Any]) -> tuple[list[Remark], bool]:
    """Apply a fact; return what there is to say of it, and whether it was left out."""
    plans = planner(feed, STREAM, clock.today())
    if isinstance(fact, Agent):
        named = list(places(stated, fact.at))
        plans.places.compare(named)
        plans.places.write(plans.places.recode(once(named))[1])
        _refuse_unknown(plans.places, fact)
    plan = plans.plan([(bytes(resource.digest or b""), fact)])
    weighing.weigh(feed, weighing.changes(plan))
    applying.apply(plan, feed)
    return [*plans.places.notices, *plan.remarks], bool(plan.refused)


def _refuse_unknown(places: Places, fact: Agent) -> None:
    """Raise Unfit for postings to schools that are not known, and are not named either."""
    wanted = dict.fromkeys(duty.place for duty in fact.duties if duty.place)
    places.resolve(wanted)
    if unknown := [one for one in wanted if one not in places.ids]:
        what = "is a school that nobody knows: state its code (UAI) and its name (structure)"
        raise Unfit("; ".join(f'{SCHEMA}:postings[uai eq "{one}"].uai: {what}' for one in unknown))
