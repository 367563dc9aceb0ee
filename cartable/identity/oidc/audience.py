"""Whom an application is for: everybody, or those with a posting in some structures, in some functions.

One and the same posting must fit both. It opens an application as it opens anything else: some weeks before it begins and after
it ends too, by the day it is in its academy.
"""

from cartable.identity import demands, departures, principals
from cartable.identity.models import Person
from cartable.identity.oidc.models import Application


def admits(application: Application, person: Person) -> bool:
    """Return whether a person may sign in to an application today."""
    if departures.of(person) not in departures.OPEN:
        return False
    wanted = set(application.structures.values_list("pk", flat=True))
    functions = set(application.functions)
    if not wanted and not functions:
        return True
    fit = [one for one in principals.held_by(person.pk) if not functions or one.function in functions]
    return any(wanted & one.above for one in fit) if wanted else bool(fit)


def opens(application: Application, person: Person) -> bool:
    """Return whether an application may be given tokens of a person now: it is for them, and no second factor is missing.

    A demand that falls on them later stops it at its next refresh; once they have a factor, the same token is good again.
    """
    return admits(application, person) and not demands.unmet(person)
