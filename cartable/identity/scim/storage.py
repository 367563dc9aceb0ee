"""Where the SCIM library keeps resources: our tables. Filters are answered by the database, or refused: never in Python."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, cast

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from scim2_models import (
    ForbiddenException,
    InvalidFilterException,
    InvalidValueException,
    Meta,
    NotFoundException,
    PreconditionFailedException,
    Resource,
    ResourceType,
    ResponseParameters,
    SearchRequest,
    UniquenessException,
)
from scim2_models.path import Comparison
from scim2_server.storage import ScimStorage, SearchPage

from cartable.identity.feeds import groups, resources, turns
from cartable.identity.feeds.facts import NO_TEXT, is_text
from cartable.identity.feeds.models import Feed, ScimMail, ScimResource
from cartable.identity.feeds.valve import TooMuch
from cartable.identity.scim import telling, weighing
from cartable.identity.scim.provider import MODELS, Agent
from cartable.kernel import clock

TEXT = {"eq": "", "sw": "__startswith", "co": "__contains"}
LONGEST = 255  # characters of what names something
MOMENTS = {"gt": "__gt", "ge": "__gte", "lt": "__lt", "le": "__lte"}


class Storage(ScimStorage):
    """The resources of one source."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed

    @contextmanager
    def operation(self) -> Iterator[None]:
        """Do all of one operation, or nothing. Raises ForbiddenException for what the safety valve stops, InvalidValueException
        for what nothing is."""
        try:
            with transaction.atomic():
                yield
        except TooMuch as objections:
            weighing.stop(self.feed, objections)
            raise ForbiddenException(detail=weighing.sentence(self.feed, objections)) from objections
        except telling.Unfit as unfit:
            raise InvalidValueException(detail=str(unfit)) from unfit

    def get(self, resource_type: ResourceType, resource_id: str, *, response_parameters: Any = None) -> Resource[Any]:
        """Return a resource. Raises NotFoundException."""
        return _published(self._find(resource_type, resource_id), members=_asks_members(response_parameters))

    def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        """Store a new resource, and let people follow. Raises UniquenessException."""
        with self._alone():
            row = resources.new(self.feed, _kind(resource_type), resource.external_id)
            left_out = self._write(row, resource, new=True)
        return _saying(_published(row), left_out)

    def update(
        self, resource_type: ResourceType, resource: Resource[Any], *, expected_version: str | None = None
    ) -> Resource[Any]:
        """Replace a resource, and let people follow; a user stated as they were keeps their version. Raises NotFoundException, PreconditionFailedException, UniquenessException."""
        with self._alone():
            row = self._find(resource_type, str(resource.id), expected_version)
            if row.kind != resources.USER or resource.model_dump() != _published(row).model_dump():
                row.version, row.modified_at = row.version + 1, clock.now()
            left_out = self._write(row, resource)
        return _saying(_published(row), left_out)

    def delete(self, resource_type: ResourceType, resource_id: str, *, expected_version: str | None = None) -> None:
        """Forget a resource: a person's postings of this source end, a team is closed; both stay. Raises as `update`."""
        with self._alone():
            row = self._find(resource_type, resource_id, expected_version)
            if row.kind == resources.USER:
                telling.tell(self.feed, row, gone=True)
                groups.leave(row)
            else:
                weighing.weigh(self.feed, groups.end(row))
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
        members = _asks_members(search_request)
        page = _page(found, search_request).prefetch_related(*(["members"] if members else []))
        return SearchPage(found.count(), [_published(row, members=members) for row in page])

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Change one thing at a time, as importing does: whatever is locked after."""
        with transaction.atomic():
            turns.take()
            yield

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

    def _write(self, row: ScimResource, resource: Resource[Any], *, new: bool = False) -> list[str]:
        """Keep what a resource states, let people follow, and return what was left out of it."""
        document = resource.model_dump()
        document.pop("meta", None)
        document.pop("id", None)
        members = document.pop("members", None) or ()
        name = getattr(resource, "user_name" if row.kind == resources.USER else "display_name", None)
        resources.keep(row, document)
        row.external = resource.external_id
        row.key, row.active = name.casefold() if name else None, getattr(resource, "active", None)
        _refuse_unkept(row, members)
        try:
            with transaction.atomic():
                row.save(force_insert=new)
        except IntegrityError as taken:
            raise UniquenessException from taken
        if row.kind == resources.GROUP:
            weighing.weigh(self.feed, groups.state(row, members))
            return []
        ScimMail.objects.filter(resource=row).delete()
        mails = {one.value.casefold() for one in getattr(resource, "emails", None) or () if one.value}
        ScimMail.objects.bulk_create(ScimMail(resource=row, value=mail[:254]) for mail in mails)
        return telling.tell(self.feed, row, new=new)


def _refuse_unkept(row: ScimResource, members: Sequence[dict[str, Any]]) -> None:
    """Raise InvalidValueException for names that are too long to be kept, and for a text that no database keeps."""
    if any(len(one or "") > LONGEST for one in (row.key, row.external, *(one.get("value") for one in members))):
        raise InvalidValueException(detail=f"what names a resource or a member has at most {LONGEST} characters")
    if not all(map(is_text, _texts([row.document, *members]))):
        raise InvalidValueException(detail=f"a text holds {NO_TEXT}")


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts in a document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def _kind(resource_type: ResourceType) -> str:
    return str(resource_type.name)


def _version(row: ScimResource) -> str:
    return f'W/"{row.version}"'


def _asks_members(asked: ResponseParameters[Any] | None) -> bool:
    """Return whether members of groups are wanted (RFC 7644 §3.9): they may be many."""
    if asked is None:
        return True
    kept, out = ([str(path).lower() for path in paths or ()] for paths in (asked.attributes, asked.excluded_attributes))
    return "members" not in out and (not kept or any(path.startswith("members") for path in kept))


def _published(row: ScimResource, *, members: bool = True) -> Resource[Any]:
    document = resources.stated(row)
    if members and row.kind == resources.GROUP and (named := sorted(row.members.all(), key=lambda one: one.pk)):
        document = document | {"members": [one.document for one in named]}
    found: Any = MODELS[row.kind].model_validate(document)
    found.id = str(row.pk)
    found.meta = Meta(
        resource_type=row.kind, created=row.created_at, last_modified=row.modified_at, version=_version(row)
    )
    return cast(Resource[Any], found)


def _saying(published: Resource[Any], left_out: list[str]) -> Resource[Any]:
    """Say in the answer to a write what was left out of it."""
    if left_out:
        more = published[Agent]
        said = {"left_out": "; ".join(left_out)}
        published[Agent] = more.model_copy(update=said) if more else Agent.model_validate(said)
    return published


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
    if isinstance(value, str) and not is_text(value):
        raise InvalidFilterException(detail=f"a text holds {NO_TEXT}")
    if path in {("username", ""), ("displayname", "")} and isinstance(value, str) and operator in TEXT:
        return Q(**{f"key{TEXT[operator]}": value.casefold()})
    if path in {("emails", ""), ("emails", "value")} and isinstance(value, str) and operator == "eq":
        return Q(mails__value=value.casefold())
    if path in {("members", ""), ("members", "value")} and isinstance(value, str) and operator == "eq":
        return Q(members__value=groups.spelled(value))
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
