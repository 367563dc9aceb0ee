"""Where the SCIM library keeps resources: our tables. Filters are answered by the database, or refused: never in Python."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, cast

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from scim2_models import (
    ForbiddenException,
    InvalidFilterException,
    Meta,
    NotFoundException,
    PreconditionFailedException,
    Resource,
    ResourceType,
    SearchRequest,
    UniquenessException,
)
from scim2_models.path import Comparison
from scim2_server.storage import ScimStorage, SearchPage

from cartable.identity.feeds.models import Feed, ScimMail, ScimResource
from cartable.identity.feeds.valve import TooMuch
from cartable.identity.scim import telling, weighing
from cartable.identity.scim.provider import MODELS
from cartable.kernel import clock

TEXT = {"eq": "", "sw": "__startswith", "co": "__contains"}
MOMENTS = {"gt": "__gt", "ge": "__gte", "lt": "__lt", "le": "__lte"}


class Storage(ScimStorage):
    """The resources of one source."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed

    @contextmanager
    def operation(self) -> Iterator[None]:
        """Do all of one operation, or nothing. Raises ForbiddenException for what the safety valve stops."""
        try:
            with transaction.atomic():
                yield
        except TooMuch as objections:
            weighing.stop(self.feed, objections)
            raise ForbiddenException(detail=weighing.sentence(self.feed, objections)) from objections

    def get(self, resource_type: ResourceType, resource_id: str, *, response_parameters: Any = None) -> Resource[Any]:
        """Return a resource. Raises NotFoundException."""
        return _published(self._find(resource_type, resource_id))

    def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        """Store a new resource, and let people follow. Raises UniquenessException."""
        row = ScimResource(feed=self.feed, kind=_kind(resource_type))
        self._write(row, resource, new=True)
        return _published(row)

    def update(
        self, resource_type: ResourceType, resource: Resource[Any], *, expected_version: str | None = None
    ) -> Resource[Any]:
        """Replace a resource, and let people follow. Raises NotFoundException, PreconditionFailedException, UniquenessException."""
        with transaction.atomic():
            row = self._find(resource_type, str(resource.id), expected_version)
            row.version, row.modified_at = row.version + 1, clock.now()
            self._write(row, resource)
        return _published(row)

    def delete(self, resource_type: ResourceType, resource_id: str, *, expected_version: str | None = None) -> None:
        """Forget a resource: the person's postings of this source end, the person stays. Raises as `update`."""
        with transaction.atomic():
            row = self._find(resource_type, resource_id, expected_version)
            if row.kind == "User":
                telling.tell(self.feed, row, gone=True)
            row.delete()

    def search(
        self, resource_types: list[ResourceType], search_request: SearchRequest[Any], *, position: Any = None
    ) -> SearchPage:
        """Return a page of what matches. Raises InvalidFilterException for what the database cannot answer."""
        found = ScimResource.objects.filter(feed=self.feed, kind__in=[_kind(one) for one in resource_types])
        if search_request.filter is not None:
            found = found.filter(_condition(search_request.filter.ast)).distinct()
        if search_request.sort_by is not None:
            raise InvalidFilterException(detail="sorting is not supported")
        return SearchPage(found.count(), [_published(row) for row in _page(found, search_request)])

    def _find(self, resource_type: ResourceType, resource_id: str, expected: str | None = None) -> ScimResource:
        try:
            number = uuid.UUID(resource_id)
        except ValueError:
            raise NotFoundException(detail="no such resource") from None
        rows = ScimResource.objects.select_for_update() if expected is not None else ScimResource.objects
        row = rows.filter(feed=self.feed, kind=_kind(resource_type), pk=number).first()
        if row is None:
            raise NotFoundException(detail="no such resource")
        if expected is not None and expected != _version(row):
            raise PreconditionFailedException
        return row

    def _write(self, row: ScimResource, resource: Resource[Any], *, new: bool = False) -> None:
        document = resource.model_dump()
        document.pop("meta", None)
        document.pop("id", None)
        name = getattr(resource, "user_name" if row.kind == "User" else "display_name", None)
        row.document, row.external = document, resource.external_id
        row.key, row.active = name.casefold() if name else None, getattr(resource, "active", None)
        try:
            with transaction.atomic():
                row.save(force_insert=new)
        except IntegrityError as taken:
            raise UniquenessException from taken
        ScimMail.objects.filter(resource=row).delete()
        mails = {one.value.casefold() for one in getattr(resource, "emails", None) or () if one.value}
        ScimMail.objects.bulk_create(ScimMail(resource=row, value=mail[:254]) for mail in mails)
        if row.kind == "User":
            telling.tell(self.feed, row)


def _kind(resource_type: ResourceType) -> str:
    return str(resource_type.name)


def _version(row: ScimResource) -> str:
    return f'W/"{row.version}"'


def _published(row: ScimResource) -> Resource[Any]:
    found: Any = MODELS[row.kind].model_validate(row.document)
    found.id = str(row.pk)
    found.meta = Meta(
        resource_type=row.kind, created=row.created_at, last_modified=row.modified_at, version=_version(row)
    )
    return cast(Resource[Any], found)


def _page(found: QuerySet[ScimResource], asked: SearchRequest[Any]) -> QuerySet[ScimResource]:
    begin = asked.start_index_0 or 0
    end = None if asked.count is None else begin + asked.count
    return found.order_by(F("created_at"), "pk")[begin:end]


def _condition(node: Any) -> Q:
    """Return a filter (RFC 7644 §3.4.2.2) as a condition of ours. Raises InvalidFilterException for one we do not answer."""
    kind = type(node).__name__
    if isinstance(node, Comparison):
        return _comparison(node)
    if kind == "LogicalExpr":
        first, *others = [_condition(term) for term in node.terms]
        for other in others:
            first = first & other if str(node.op) == "and" else first | other
        return first
    if kind == "Not":
        return ~_condition(node.expr)
    raise InvalidFilterException(detail=f"unsupported filter: {node}")


def _comparison(node: Comparison) -> Q:
    path = (node.attr_path.attr.lower(), (node.attr_path.sub_attr or "").lower())
    value, operator = node.value, str(node.op)
    if path in {("username", ""), ("displayname", "")} and isinstance(value, str) and operator in TEXT:
        return Q(**{f"key{TEXT[operator]}": value.casefold()})
    if path in {("emails", ""), ("emails", "value")} and isinstance(value, str) and operator == "eq":
        return Q(mails__value=value.casefold())
    if path == ("externalid", "") and operator == "eq":
        return Q(external=value)
    if path == ("active", "") and operator == "eq":
        return Q(active=value)
    if path == ("id", "") and operator == "eq":
        return _id_is(str(value))
    if path == ("meta", "lastmodified") and operator in MOMENTS:
        moment = value if isinstance(value, datetime) else _moment(str(value))
        return Q(**{f"modified_at{MOMENTS[operator]}": moment})
    raise InvalidFilterException(detail=f"unsupported filter: {node}")


def _id_is(text: str) -> Q:
    try:
        return Q(pk=uuid.UUID(text))
    except ValueError:
        return Q(pk__in=())


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        raise InvalidFilterException(detail=f"no date and time: {text}") from error
