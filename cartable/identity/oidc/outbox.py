"""Who is to be told to which application: put into the task table by the transaction that changes it."""

from collections.abc import Collection

from django.db import transaction

from cartable.identity.oidc import clients, provisioning, tasks
from cartable.identity.oidc.models import Application
from cartable.identity.oidc.provisioning import BATCH, SEALED
from cartable.kernel import audit, clock, sealing
from cartable.kernel.tasks import enqueue_once


def follow(people: Collection[int]) -> None:
    """Have each application that wants to know told of these people, once this transaction has committed."""
    everybody = sorted(people)
    for client_id in provisioning.wanting():
        if len(everybody) == 1:
            enqueue_once(tasks.provision, f"scim {client_id} {everybody[0]}", client_id, everybody)
            continue
        for start in range(0, len(everybody), BATCH):
            tasks.provision.enqueue(client_id, everybody[start : start + BATCH])


@transaction.atomic
def begin(client_id: str, url: str, token: str) -> None:
    """Tell an application who there is, at this SCIM server, with this bearer token. Raises NotFound, BadInput."""
    clients.find(client_id)
    clients.check_address(url)
    told = {"scim_url": url.rstrip("/"), "scim_token": sealing.seal(token, SEALED), "scim_day": clock.today()}
    Application.objects.filter(pk=client_id).update(**told)
    audit.record("client.scim", client=client_id, url=url)
    tasks.provision_all.enqueue(client_id)


@transaction.atomic
def stop(client_id: str) -> None:
    """Tell an application nothing more; it keeps what it was told. Raises NotFound."""
    clients.find(client_id)
    Application.objects.filter(pk=client_id).update(scim_url="", scim_token="")
    audit.record("client.scim", client=client_id, url="")
