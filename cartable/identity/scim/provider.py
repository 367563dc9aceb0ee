"""What our SCIM server says of itself: users with their postings, groups; filters, bulk, ETags, pages by index."""

from functools import cache
from typing import Any

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
    Patch,
    ResourceType,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    User,
)

from cartable.identity.feeds.users import SCHEMA

PAGE = 200  # resources at most
BULK, BULK_BYTES = 1000, 4_000_000


class Posting(ComplexAttribute):
    """A function in a structure, as the source states it. `end` is the last day; days are 2026-09-01."""

    value: str | None = None  # the source's own key
    uai: str | None = None
    structure: str | None = None
    academy: str | None = None
    function: str | None = None
    discipline: str | None = None
    start: str | None = None
    end: str | None = None


class Agent(Extension):
    """What the ministry knows of an agent beside RFC 7643."""

    __schema__ = URN(SCHEMA)

    national_id: str | None = None
    birth_name: str | None = None
    birth_date: str | None = None
    postings: list[Posting] | None = None


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
