"""Of whom a second factor is required: by function or by role of administration, by structure and all that is below it.

Asked with each page, so that a new demand reaches sessions that are open. The table has a few rows; what a person does, and
where, is kept by the process until their version or the day changes. A role stands in the column of functions, as `@ADMIN`: it
falls on whoever has it today (`delegations.offices`), heads of structures too, and no longer on whom it has ended for.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction

from cartable.identity import delegations, principals, structures, zones
from cartable.identity.actors import Actor
from cartable.identity.delegations import Act, Office
from cartable.identity.functions import PROFILE_OF, PROFILES
from cartable.identity.models import Demand, Person, Structure
from cartable.kernel import audit
from cartable.kernel.errors import BadInput, NotFound
from cartable.options import options

ANY = ""  # function
ANY_ROLE = "@ANY"
ROLES = {f"@{role.upper()}": role for role in delegations.ACTS}  # what stands for each role
KNOWN = {ANY, ANY_ROLE, *ROLES, *PROFILE_OF, *PROFILES}
PROOFS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes only stand in for one


@transaction.atomic
def require(function: str = ANY, structure: Structure | None = None, *, by: Actor | None = None) -> bool:
    """Ask a second factor of who has a function, or a role, at or below a structure, from now on. Return whether that is new.

    `by` administers the structure, or the ministry if none is named; without it, it is who runs the site. Raises Denied; BadInput
    of a function or a role there is not: a slip would protect nobody.
    """
    if function.upper() not in KNOWN:
        raise BadInput(function)
    signed = _signed(by, structure)
    _demand, made = Demand.objects.get_or_create(function=function.upper(), structure=structure)
    if made:
        audit.record("demand.add", structure=structure and structure.pk, function=function.upper(), **signed)
    return made


@transaction.atomic
def drop(function: str = ANY, structure: Structure | None = None, *, by: Actor | None = None) -> None:
    """Ask it no longer. Raises NotFound if it was not asked in these words, Denied as `require` does."""
    signed = _signed(by, structure)
    gone, _ = Demand.objects.filter(function=function.upper(), structure=structure).delete()
    if not gone:
        raise NotFound(function)
    audit.record("demand.drop", structure=structure and structure.pk, function=function.upper(), **signed)


def made(by: Actor | None = None) -> list[Demand]:
    """Return the demands, with their structures, the oldest first; those an actor could drop. Raises Denied to who could none."""
    found = Demand.objects.select_related("structure").order_by("pk")
    if by:
        delegations.any_office(by, Act.DEMANDS)
        if not delegations.everywhere(by, Act.DEMANDS):
            found = found.filter(structure__in=delegations.where_may(by, Act.DEMANDS))
    return list(found)


def one(by: Actor, demand_id: int) -> Demand:
    """Return a demand that an actor could drop. Raises NotFound, Denied."""
    found = next((one for one in made(by) if one.pk == demand_id), None)
    if found is None:
        raise NotFound(demand_id)
    return found


def _signed(by: Actor | None, structure: Structure | None) -> dict[str, Any]:
    if by is None:
        return {}
    place = structure or Structure.objects.get(kind=Structure.Kind.MINISTRY)
    return delegations.signed(by, delegations.office(by, Act.DEMANDS, place.pk))


def unmet(person: Person) -> bool:
    """Return whether a second factor is asked of a person and they have none. One query where nothing is asked of them.

    With `role_factors`, it is of whoever has a role: more queries for these alone, one for each step up to who gave theirs.
    """
    asked: list[tuple[str, int | None]] = list(Demand.objects.values_list("function", "structure_id"))
    if options.role_factors:
        asked.append((ANY_ROLE, None))
    if not asked:
        return False
    posts = _posts(person.pk, person.version, zones.days())
    offices = _offices(person) if any(function.startswith("@") for function, _ in asked) else []
    falls = any(_falls_on_role(offices, *one) if one[0].startswith("@") else _falls_on(posts, *one) for one in asked)
    return falls and not has_factor(person)


def _offices(person: Person) -> list[Office]:
    return delegations.offices(principals.actor_of(person.pk, person.version))


def _falls_on_role(offices: Sequence[Office], function: str, structure: int | None) -> bool:
    """Return whether one of these roles is meant: in the structure, or below it."""
    return any(
        function in {ANY_ROLE, f"@{one.role.upper()}"}
        and (structure is None or structure in structures.chain(one.structure))
        for one in offices
    )


def has_factor(person: Person) -> bool:
    """Return whether a person has a second factor."""
    return bool(Authenticator.objects.filter(user=person, type__in=PROOFS).exists())


def _falls_on(posts: frozenset[tuple[str, int]], function: str, structure: int | None) -> bool:
    if function == ANY and structure is None:
        return True  # of who has no posting too
    return any(function in {ANY, doing} and structure in {None, where} for doing, where in posts)


@lru_cache(maxsize=10_000)
def _posts(person_id: int, _version: int, days: zones.Days) -> frozenset[tuple[str, int]]:
    """Return what a person does these days, by code and by profile, and where, with all that is above."""
    return frozenset(
        (said, where)
        for one in principals.held_by(person_id, days)
        if one.current
        for said in (one.function, PROFILE_OF.get(one.function, one.function))
        for where in one.above
    )
