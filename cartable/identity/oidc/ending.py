"""What ends what an application was given: the end of a session here, of an account, or the person's own wish.

Its tokens are worthless at once. An application that wants to know is told by a task (OpenID Connect Back-Channel Logout 1.0),
put in by the same transaction, and again until it has heard.
"""

from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.db.models import QuerySet

from cartable.identity.oidc import authorizations
from cartable.identity.oidc.models import Authorization, Consent
from cartable.identity.oidc.subjects import subject
from cartable.identity.oidc.tasks import tell_signed_out
from cartable.kernel import audit
from cartable.kernel.errors import NotFound

SID = "sid"  # in a session: the id that applications know it by


def session_over(sid: str | None) -> None:
    """End all that was given in a session here; of one without an id nothing was."""
    if sid:
        _end(Authorization.objects.filter(sid=sid))


def sid_of(key: str) -> str | None:
    """Return the id that applications know the session of this key by, if any does."""
    sid: str | None = SessionStore(key).get(SID)
    return sid


def person_over(person_id: int, *, but: str | None = None) -> None:
    """End all that a person gave, in every session but the one of id `but`: they leave, or chose a new password."""
    _end(Authorization.objects.filter(person=person_id).exclude(sid=but or ""))


@transaction.atomic
def erase(person_id: int) -> None:
    """Forget what a person gave, once it has ended. The ids that applications know them by stay: nobody else gets them.

    What an application was told by SCIM stays too, until it has been told that there is nobody any more.
    """
    person_over(person_id)
    Consent.objects.filter(person=person_id).delete()


@transaction.atomic
def take_away(person_id: int, client_id: str) -> None:
    """End all that a person gave an application, and ask them anew next time. Raises NotFound if they gave it nothing."""
    consent, _ = Consent.objects.filter(person=person_id, client=client_id).delete()
    ended = _end(Authorization.objects.filter(person=person_id, client=client_id))
    if not (consent or ended):
        raise NotFound(client_id)
    audit.record("application.revoke", person=person_id, client=client_id)


@transaction.atomic
def _end(rows: QuerySet[Authorization]) -> list[Authorization]:
    """End authorizations, and have each application told once of each session."""
    ended = authorizations.end(rows.exclude(redeemed_at=None).select_related("client__application", "person"))
    authorizations.end(rows)
    for one in {(one.client_id, one.sid): one for one in ended}.values():
        if one.client.application.backchannel:
            tell_signed_out.enqueue(one.pk, subject(one.person, one.client.application.sector))
    return ended
