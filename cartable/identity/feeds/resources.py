"""The resources of a directory as they are kept: which key means whoever is behind a user, and what is told to nobody else.

A user that is deleted and stated again under the same `externalId` means whom it meant, unless what is stated then cannot
be about them. The national identifier that a user states is sealed, apart from the document: it is given back to its source
alone.
"""

import uuid
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from django.db.models import QuerySet

from cartable.identity.feeds import keys
from cartable.identity.feeds.models import Feed, PersonKey, ScimResource
from cartable.identity.feeds.users import SCHEMA
from cartable.kernel import sealing
from cartable.kernel.bulk import among
from cartable.kernel.errors import Expired

USER, GROUP = "User", "Group"
NATIONAL_ID = "nationalId"  # in what we add to a user
SEALED = "scim national identifier"


def new(feed: Feed, kind: str, external: str | None) -> ScimResource:
    """Return a resource that is not saved yet."""
    row = ScimResource(feed=feed, kind=kind)
    if kind == USER:
        row.digest = _digest(row, f"{feed.name} {external}")
        if not external or ScimResource.objects.filter(digest=row.digest).exists():
            row.digest = _digest(row, str(row.pk))
    return row


def start_anew(user: ScimResource) -> None:
    """Let nobody be behind a user yet, whomever its `externalId` meant before."""
    user.digest = _digest(user, str(user.pk))
    user.save(update_fields=["digest"])


def keep(row: ScimResource, document: dict[str, Any]) -> None:
    """Let a row have what a resource states, the national identifier sealed."""
    more = dict(document.get(SCHEMA) or {})
    secret = more.pop(NATIONAL_ID, None)
    row.document = document | {SCHEMA: more} if secret else document
    row.sealed = sealing.seal(str(secret), SEALED) if secret else ""


def stated(row: ScimResource) -> dict[str, Any]:
    """Return what a resource states, whole; what was sealed under another key of the site is gone."""
    document: dict[str, Any] = row.document
    if row.sealed:
        with suppress(Expired):
            return document | {SCHEMA: document[SCHEMA] | {NATIONAL_ID: sealing.unseal(row.sealed, SEALED)}}
    return document


def person(user: ScimResource) -> int | None:
    """Return who is behind a user, by id."""
    return PersonKey.objects.filter(digest=user.digest).values_list("person", flat=True).first()


def people(feed: Feed, ids: Iterable[uuid.UUID]) -> set[int]:
    """Return who is behind some users of a source, by id. One query."""
    users = ScimResource.objects.filter(among("pk", ids), feed=feed, kind=USER)
    return set(PersonKey.objects.filter(digest__in=users.values("digest")).values_list("person", flat=True))


def of(person: int) -> QuerySet[ScimResource]:
    """Return the users of directories that mean a person."""
    own = PersonKey.objects.filter(person=person, kind=PersonKey.Kind.SCIM)
    return ScimResource.objects.filter(digest__in=own.values("digest")).select_related("feed").order_by("pk")


def _digest(user: ScimResource, value: str) -> bytes:
    return keys.digest(PersonKey.Kind.SCIM, user.feed.scope, value)
