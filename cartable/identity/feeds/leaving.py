"""Somebody is erased, or takes their data away: what feeds know of them. Declared in `apps.py`."""

from collections.abc import Iterator

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cartable.identity.feeds import groups, resources
from cartable.identity.feeds.models import Civil, MatchCase, MergeLog, PersonKey, Row
from cartable.identity.sheets import Sheet


def erase(person: int) -> None:
    """Erase the keys, the civil status and the records that mean a person, the questions about them, and how they were merged."""
    for resource in resources.of(person):
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
    yield Sheet("scim", _("Fiches reçues d’un annuaire"), map(resources.stated, resources.of(person)))


def _cases(person: int) -> QuerySet[MatchCase]:
    return MatchCase.objects.filter(Q(newcomer=person) | Q(candidate=person))
