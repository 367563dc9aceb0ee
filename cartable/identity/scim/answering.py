"""What a write is answered: the library's answers, and what was left out in each of them."""

from collections.abc import Iterator
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.alias_generators import to_camel
from scim2_models import BulkOperation, Context, Error, Resource, ResponseParameters, SCIMException
from scim2_server.conditions import Conditions
from scim2_server.responses import ScimResponse
from scim2_server.service import ScimService

from cartable.identity.scim.provider import MODELS, Agent


class Service(ScimService):
    """The library's service (scim2-server 0.8), which answers some writes without the resource: 204, or a status of a bulk.

    Where something was left out the resource is answered, since it tells so.
    """

    def apply_replacement(
        self, current: Resource[Any], replacement: Resource[Any], conditions: Conditions
    ) -> Resource[Any] | None:
        """Return what a PUT leaves; a user as they were where nothing changes, so that what is left out of them is told again."""
        changed = super().apply_replacement(current, replacement, conditions)
        return current if changed is None and _is_user(current) else changed

    def patch_response(
        self, base_url: str, resource: Resource[Any], response_parameters: ResponseParameters[Any]
    ) -> ScimResponse:
        """Answer a PATCH: 200 where something was left out (RFC 7644 §3.5.2 allows both), else as the library does.

        Several of them complete a user who has no name yet (decision 20): nobody is behind it, and its POST said so.
        """
        if not says_left_out(resource) or getattr(resource, "name", None) is None:
            return super().patch_response(base_url, resource, response_parameters)
        published = self.publish(base_url, resource)
        return self.resource_response(published, Context.RESOURCE_REPLACEMENT_RESPONSE, response_parameters)

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

    @staticmethod
    def error_of(exception: Exception) -> Error:
        """Return the error of a refusal; of a value that a PATCH gives an attribute, which the library words as for its programmers, a sentence."""
        if isinstance(exception, SCIMException) and isinstance(exception.__cause__, ValidationError):
            first, within = exception.__cause__.errors()[0], _places().get(exception.__cause__.title, ())
            return Error.from_validation_error({**first, "loc": [*within, *map(_as_stated, first["loc"])]})
        return ScimService.error_of(exception)


def says_left_out(resource: Resource[Any]) -> bool:
    """Return whether a resource, as a write left it, tells that something was left out."""
    more = resource[Agent] if _is_user(resource) else None
    return bool(more and more.left_out)


@cache
def _places() -> dict[str, tuple[str, ...]]:
    """Return the path of each attribute that has parts, by the name of its model: a PATCH checks such a value on its own."""
    return {kind: path for model in MODELS.values() for kind, path in _inside(model)}


def _inside(model: type[BaseModel]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for field in model.model_fields.values():
        for part in _models(field.annotation):
            at = str(field.serialization_alias)
            yield part.__name__, (at,)
            yield from ((kind, (at, *path)) for kind, path in _inside(part))


def _models(annotation: Any) -> list[type[BaseModel]]:
    """Return the models that an annotation names, alone, in a list or as one of several."""
    if isinstance(annotation, type) and not get_args(annotation):
        return [annotation] if issubclass(annotation, BaseModel) else []
    return [model for part in get_args(annotation) for model in _models(part)]


def _as_stated(part: str | int) -> str | int:
    """Return a part of a path as SCIM has it, where it is the name of a field of a model: family_name → familyName."""
    return to_camel(part) if isinstance(part, str) and part.isidentifier() else part


def _is_user(resource: Resource[Any]) -> bool:
    return bool(resource.meta and resource.meta.resource_type == "User")
