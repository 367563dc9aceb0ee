"""What a write is answered: the library's answers, and what was left out in each of them."""

from typing import Any

from scim2_models import BulkOperation, Resource
from scim2_server.service import ScimService

from cartable.identity.scim.provider import Agent


class Service(ScimService):
    """The library's service (scim2-server 0.8), which answers an operation of a bulk by its status alone."""

    def bulk_success(
        self,
        base_url: str,
        operation: BulkOperation[Resource[Any]],
        outcome: dict[str, Any],
        resource: Resource[Any] | None,
    ) -> dict[str, Any]:
        """Answer an operation of a bulk, with its resource where something was left out (RFC 7644 §3.7.3: it may be there)."""
        answer = super().bulk_success(base_url, operation, outcome, resource)
        if resource is not None and says_left_out(resource):
            answer["response"] = self.publish(base_url, resource)
        return answer


def says_left_out(resource: Resource[Any]) -> bool:
    """Return whether a resource, as a write left it, tells that something was left out."""
    more = resource[Agent] if resource.meta and resource.meta.resource_type == "User" else None
    return bool(more and more.left_out)
