"""Somebody is erased, or takes their data away: what feeds know of them. Declared in `apps.py`."""

from collections.abc import Iterator

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cartable.identity.feeds import groups, keys
from cartable.identity.feeds.models import Civil, Feed, MatchCase, MergeLog, PersonKey, Row, ScimResource
from cartable.identity.models import Address
from cartable.identity.sheets import Sheet


def erase(person: int) -> None:
    """Erase the keys, the civil status and the records that mean a person, the questions about them, and how they were merged."""
    for resource in _resources(person):
        groups.leave(resource)
        resource.delete()
    for model in (PersonKey, Civil, Row):
        model.objects.filter(person=person).delete()
    _cases(person).delete()
    MergeLog.objects.filter(Q(survivor=person) | Q(loser=person)).delete()


def export(person: int) -> Iterator[Sheet]:
    """Yield what feeds know of a person; of what is kept as a digest, that it is."""
    civil = Civil.objects.filter(person=person).values("usage_name", "birth_name", "first_name", "born")
    yield Sheet("civil", _("État civil, pour vous reconnaître"), civil)
    known = PersonKey.objects.filter(person=person).order_by("pk").values("kind", "scope", "since")
    yield Sheet("keys", _("Identifiants connus (gardés illisibles)"), known)
    asked = (
        _cases(person)
        .order_by("pk")
        .values("rule", "score", "evidence", "source", "created_at", "answer", "answered_at")
    )
    yield Sheet("cases", _("Rapprochements examinés"), asked)
    yield Sheet("scim", _("Fiches reçues d’un annuaire"), (one.document for one in _resources(person)))


def _cases(person: int) -> QuerySet[MatchCase]:
    return MatchCase.objects.filter(Q(newcomer=person) | Q(candidate=person))


def _resources(person: int) -> list[ScimResource]:
    """Return the resources of directories that mean a person: of those with an address of theirs, the ones whose key is."""
    own = PersonKey.objects.filter(person=person, kind=PersonKey.Kind.SCIM)
    marks = {bytes(mark) for mark in own.values_list("digest", flat=True)}
    if not marks:
        return []
    mails = list(Address.objects.filter(person=person).values_list("mail", flat=True))
    near = ScimResource.objects.filter(Q(mails__value__in=mails) | Q(key__in=mails), kind="User").distinct()
    scopes = dict(Feed.objects.values_list("pk", "scope"))
    return [one for one in near if keys.digest(PersonKey.Kind.SCIM, scopes[one.feed_id], str(one.pk)) in marks]
