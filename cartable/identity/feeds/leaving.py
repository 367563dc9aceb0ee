"""Somebody is erased, or takes their data away: what feeds know of them. Declared in `apps.py`."""

from collections.abc import Iterator

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cartable.identity import origins
from cartable.identity.feeds import claims, groups, resources, users, wording
from cartable.identity.feeds.models import Civil, MatchCase, MergeLog, PersonKey, Row
from cartable.identity.sheets import Column, Sheet

SOURCE = Column(_("Annuaire"), origins.said)
CIVIL = {
    "usage_name": Column(_("Nom d’usage")),
    "birth_name": Column(_("Nom de naissance")),
    "first_name": Column(_("Prénom")),
    "born": Column(_("Date de naissance")),
}
KEY = {
    "kind": Column(_("Type"), wording.KEYS.get),
    "scope": Column(_("Académie"), origins.academy),
    "since": Column(_("Depuis")),
}
CASE = {
    "created_at": Column(_("Date")),
    "source": SOURCE,
    "evidence": Column(_("Ce qui est comparé"), wording.evidence),
    "answer": Column(_("Réponse"), wording.ANSWERS.get),
    "answered_at": Column(_("Répondu le")),
}
USER = {
    "source": SOURCE,
    "userName": Column(_("Identifiant")),
    "name": Column(_("Nom"), wording.name),
    "emails": Column(_("Adresses"), wording.values),
    "active": Column(_("En fonction")),
    users.SCHEMA: Column(_("Affectations"), wording.duties),
}


def erase(person: int) -> None:
    """Erase the keys and the civil status of a person, the questions about them, and how they were merged.

    Of their records stays that there were: what they state that has ended makes nobody of it again.
    """
    for resource in resources.of(person):
        groups.leave(resource)
        resource.delete()
    claims.lift(person)
    for model in (PersonKey, Civil):
        model.objects.filter(person=person).delete()
    Row.objects.filter(person=person).update(person=None, live=False, hash=b"", said=None)
    _cases(person).delete()
    MergeLog.objects.filter(Q(survivor=person) | Q(loser=person)).delete()


def export(person: int) -> Iterator[Sheet]:
    """Yield what feeds know of a person; of what is kept as a digest, that it is."""
    civil = Civil.objects.filter(person=person).values("usage_name", "birth_name", "first_name", "born")
    yield Sheet("civil", _("État civil, pour vous reconnaître"), civil, CIVIL)
    known = PersonKey.objects.filter(person=person).order_by("pk").values("kind", "scope", "since")
    yield Sheet("keys", _("Identifiants connus (gardés illisibles)"), known, KEY)
    asked = (
        _cases(person)
        .order_by("pk")
        .values("rule", "score", "evidence", "source", "created_at", "answer", "answered_at")
    )
    yield Sheet("cases", _("Rapprochements examinés"), asked, CASE)
    stated = ({"source": one.feed.name, **resources.stated(one)} for one in resources.of(person))
    yield Sheet("scim", _("Fiches reçues d’un annuaire"), stated, USER)


def _cases(person: int) -> QuerySet[MatchCase]:
    return MatchCase.objects.filter(Q(newcomer=person) | Q(candidate=person))
