"""What an application is told of people by SCIM 2.0, before anybody signs in (RFC 7643, 7644).

What was told is kept as a digest, so that nothing is told twice. Who is no longer of its audience is told inactive there,
never deleted: what they wrote in it is not ours.
"""

import hashlib
import json
import logging
from collections.abc import Collection
from typing import Any

from scim2_models import Email, Name, User

from cartable.identity.models import Person
from cartable.identity.oidc import audience, scim
from cartable.identity.oidc.claims import claims_of
from cartable.identity.oidc.models import Application, Provisioned
from cartable.identity.oidc.provisioning import SEALED
from cartable.identity.oidc.subjects import subject
from cartable.kernel import clock, sealing

logger = logging.getLogger(__name__)


def tell(client_id: str, people: Collection[int]) -> list[int]:
    """Tell an application what is so of these people; return those whom it does not take.

    Raises Unreachable if it does not answer, or takes nobody now: it need not be asked about the others.
    """
    wants = Application.objects.select_related("client").exclude(scim_url="")
    application = wants.filter(pk=client_id).first()
    if application is None:
        return []  # it is gone, or no longer wants to know
    remote = scim.Remote(application.scim_url, sealing.unseal(application.scim_token, SEALED))
    told = {one.person_id: one for one in Provisioned.objects.filter(client=client_id, person__in=people)}
    left = []
    for person in Person.objects.filter(pk__in=people).order_by("pk"):
        try:
            _tell_one(remote, application, person, told.get(person.pk))
        except scim.NotTaken as why:
            logger.warning("%s does not take person %s: %s", client_id, person.sub, why)
            left.append(person.pk)
    return left


def _tell_one(remote: scim.Remote, application: Application, person: Person, told: Provisioned | None) -> None:
    """Tell of one person, and again if they changed meanwhile: another worker may be telling of them too."""
    while True:
        wanted = resource(application, person)
        kept = hashlib.sha256(json.dumps(wanted.model_dump(), sort_keys=True).encode()).digest()
        if bytes(told.digest) == kept if told else not wanted.active:
            return  # they heard; or never did, and need not
        remote_id = remote.put(wanted, told.remote_id if told else None)
        news = {"remote_id": remote_id, "digest": kept, "told_at": clock.now()}
        told, _ = Provisioned.objects.update_or_create(client_id=application.pk, person=person, defaults=news)
        person.refresh_from_db()


def resource(application: Application, person: Person) -> "User[Any]":
    """Return a person as an application is told of them: no more than its scopes say. `externalId` is the `sub` it knows."""
    claims, sub = claims_of(person, application.client.get_scopes()), subject(person, application.sector)
    mail, name = claims.get("email"), claims.get("name")
    told = User[Any](user_name=mail or sub, external_id=sub, active=audience.admits(application, person))
    if name:
        told.display_name, told.name, told.locale = name, Name(formatted=name), claims["locale"]
    if mail:
        told.emails = [Email(value=mail, primary=True)]
    return told
