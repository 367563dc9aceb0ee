"""What our SCIM server says of itself: users with their postings, groups; filters, bulk, ETags, pages by index."""

from functools import cache
from typing import Annotated, Any

from pydantic import Field
from scim2_models import (
    URN,
    Bulk,
    ChangePassword,
    ComplexAttribute,
    EnterpriseUser,
    ETag,
    Extension,
    Filter,
    Group,
    Mutability,
    Patch,
    ResourceType,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    User,
)

from cartable.identity import functions
from cartable.identity.feeds.users import SCHEMA

PAGE = 200  # resources at most
BULK, BULK_BYTES = 1000, 4_000_000


class Posting(ComplexAttribute):
    """A function in a structure, as the source states it. `end` is the last day; days are 2026-09-01.

    Examples are published as the canonical values (RFC 7643 §7): how each is written, and all codes of functions.
    """

    value: str | None = None  # the source's own key
    uai: str | None = Field(None, examples=["0750655E"])
    structure: str | None = None
    academy: str | None = Field(None, examples=["PARIS"])
    function: str | None = Field(None, examples=sorted(functions.PROFILE_OF))
    discipline: str | None = None
    start: str | None = Field(None, examples=["2026-09-01"])
    end: str | None = Field(None, examples=["2027-08-31"])


class Agent(Extension):
    """What the ministry knows of an agent beside RFC 7643. `left_out` answers a write: what of it changes nobody yet, and why."""

    __schema__ = URN(SCHEMA)

    national_id: str | None = None
    birth_name: str | None = None
    birth_date: str | None = Field(None, examples=["1967-08-07"])
    postings: list[Posting] | None = None
    left_out: Annotated[str | None, Mutability.read_only] = None


MODELS: dict[str, Any] = {"User": User[EnterpriseUser | Agent], "Group": Group}


@cache
def provider() -> ScimProvider:
    """Return the description of the service."""
    config = ServiceProviderConfig(
        patch=Patch(supported=True),
        bulk=Bulk(supported=True, max_operations=BULK, max_payload_size=BULK_BYTES),
        filter=Filter(supported=True, max_results=PAGE),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=False),
        etag=ETag(supported=True),
    )
    users = ResourceType.from_resource(MODELS["User"])
    return ScimProvider(
        models=[User, EnterpriseUser, Agent, Group],
        resource_types=[users, ResourceType.from_resource(Group)],
        config=config,
    )
