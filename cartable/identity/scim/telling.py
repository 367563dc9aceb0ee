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
    left_out, refused = _apply(feed, resource, fact, stated)
    if new and refused and resources.person(resource):
        resources.start_anew(resource)
        left_out, _ = _apply(feed, resource, fact, stated)
    if not gone:
        weighing.weigh(feed, groups.join(resource))
    if isinstance(fact, Gone):
        return []  # whom we never knew is gone already
    for remark in left_out:
        logger.warning("%s", remark)
    return [remark.text for remark in left_out]


def _apply(feed: Feed, resource: ScimResource, fact: Agent | Gone, stated: dict[str, Any]) -> tuple[list[Remark], bool]:
    """Apply a fact; return what of it was left out, and whether that is all of it. What else there is to say is for the log."""
    plans, academies = planner(feed, STREAM, clock.today()), list[Remark]()
    if isinstance(fact, Agent):
        named = list(places(stated, fact.at))
        plans.places.compare(named)
        academies = list(
            plans.places.notices
        )  # that schools are not in; what is noticed from here on leaves nothing out
        plans.places.write(plans.places.recode(once(named))[1])
        _refuse_unfit(plans.places, fact)
    plan = plans.plan([(bytes(resource.digest or b""), fact)])
    weighing.weigh(feed, weighing.changes(plan))
    applying.apply(plan, feed)
    for notice in plans.places.notices[len(academies) :]:
        logger.warning("%s", notice)
    return [*academies, *plan.remarks], bool(plan.refused)


def _refuse_unfit(places: Places, fact: Agent) -> None:
    """Raise Unfit for all mistakes of a user at once; so is a posting to a school that is not known, and not named either."""
    wanted = dict.fromkeys(duty.place for duty in fact.duties if duty.place)
    places.resolve(wanted)
    unknown = [one for one in wanted if one not in places.ids]
    what = "is a school that nobody knows: state its code (UAI) and its name (structure)"
    wrong = [str(mistake).removeprefix(f"{fact.at} ") for mistake in fact.mistakes]  # whose it is, they know
    wrong += [f'{SCHEMA}:postings[uai eq "{one}"].uai: {what}' for one in unknown]
    if wrong:
        raise Unfit("; ".join(wrong))
